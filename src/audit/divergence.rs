//! KL divergence and top-token agreement: drives the two roles of [`crate::eval::divergence`] in turn.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::AuditError;
use super::measured::{Divergence, KlSpread};
use super::plan::AuditPlan;
use super::subject::Subject;
use super::task_ids::TaskIds;
use crate::engine::{Build, ContextOptions};
use crate::eval::divergence::{Block, BlockOrder, Position, Role, Sampling};
use crate::eval::plan::Questions;
use crate::eval::schedule::Settings;
use crate::eval::summary;
use crate::file::bounded;
use crate::file::digest::sha256_hex;
use crate::file::run_folder;
use crate::measure::untimed_worker;
use crate::observer::Observer;
use crate::stat::proportion::wilson;
use crate::stat::{Estimate, Sample};
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{Event, Job, VERSION, Work};

/// Bytes of the block file.
const BLOCK_BYTES: u64 = 128 << 20;
/// How long one block may take.
const PATIENCE: Duration = Duration::from_secs(6 * 3600);

/// Of the kept file; another one is not read.
const FORMAT: u32 = 2;

/// Largest file of kept distances that is read.
const LARGEST: u64 = 256 << 20;

/// Compares distributions on some items.
pub(super) struct Comparer<'a> {
    pub(super) plan: &'a AuditPlan,
    pub(super) observer: &'a dyn Observer,
    pub(super) questions: &'a Questions,
    pub(super) threads: u32,
    pub(super) build: &'a Build,
}

/// What is known of one compressed model, kept after every block.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// Positions that were compared.
    next: usize,
    /// All of them; unknown before the first block.
    of: Option<usize>,
    found: Vec<Position>,
}

impl Progress {
    fn whole(&self) -> bool {
        self.of.is_some_and(|of| self.next >= of)
    }
}

/// A compressed model on its way.
struct Compared<'a> {
    subject: &'a Subject,
    file: PathBuf,
    progress: Progress,
    /// Why it has no distances: another tokenizer, say.
    failed: Option<String>,
}

impl Comparer<'_> {
    /// The distances of compressed models from their original on these items, or why one has none. The original writes
    /// each block once, and every other model reads it.
    ///
    /// # Errors
    /// An interrupt, and a folder that cannot be written.
    pub(super) fn measure(
        &self,
        original: &Subject,
        compressed: &[&Subject],
        items: &TaskIds,
    ) -> Result<Vec<Result<Divergence, String>>, AuditError> {
        let found = self.positions(original, compressed, items)?;
        Ok(found.into_iter().map(|found| found.map(|found| summarise(&found))).collect())
    }

    /// The same, position by position: the same positions of every model.
    ///
    /// # Errors
    /// As of [`Comparer::measure`].
    pub(super) fn positions(
        &self,
        original: &Subject,
        compressed: &[&Subject],
        items: &TaskIds,
    ) -> Result<Vec<Result<Vec<Position>, String>>, AuditError> {
        let questions = self.questions.clone();
        let sampling = Sampling { questions, items: items.clone(), positions: self.plan.kl_tokens };
        let context = ContextOptions {
            n_ubatch: original.n_ubatch(),
            n_batch: 2048,
            threads: self.threads,
            ..ContextOptions::default()
        };
        let settings =
            Settings { context, exact: false, share: true, alone: true, parallel: 1, n_gpu_layers: 0, chat: None };
        let key = serde_json::to_string(&(&original.file.info.sha256, self.build, &sampling, &settings, FORMAT))
            .map_err(io::Error::from)?;
        let name = format!("divergence-{}.json", &sha256_hex(key.as_bytes())[..12]);
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| AuditError::File { path, error }
        };
        let mut all = Vec::new();
        for subject in compressed {
            let folder = self.plan.folder.join(subject.folder_name());
            std::fs::create_dir_all(&folder).map_err(at(&folder))?;
            let file = folder.join(&name);
            let progress = match bounded::text(&file, LARGEST) {
                Ok(text) => serde_json::from_str(&text).map_err(io::Error::from).map_err(at(&file))?,
                Err(_) => Progress::default(),
            };
            all.push(Compared { subject, file, progress, failed: None });
        }
        self.blocks(original, &mut all, &sampling, &settings)?;
        Ok(all
            .into_iter()
            .map(|model| match model.failed {
                Some(error) => Err(error),
                None => Ok(model.progress.found),
            })
            .collect())
    }

    fn blocks(
        &self,
        original: &Subject,
        all: &mut [Compared<'_>],
        sampling: &Sampling,
        settings: &Settings,
    ) -> Result<(), AuditError> {
        let file = tempfile::Builder::new().prefix(".distributions-").tempfile_in(&self.plan.folder)?;
        let open = |model: &Compared<'_>| model.failed.is_none() && !model.progress.whole();
        while let Some(from) = all.iter().filter(|model| open(model)).map(|model| model.progress.next).min() {
            let order = |role: Role| BlockOrder {
                sampling: sampling.clone(),
                settings: settings.clone(),
                file: file.path().to_owned(),
                from,
                role,
            };
            let written = match self.block(original, order(Role::Write { most_bytes: BLOCK_BYTES })) {
                Ok(written) => written,
                Err(_) if self.observer.interrupted() => return Err(self.ended()),
                Err(reason) => {
                    for model in all.iter_mut().filter(|model| open(model)) {
                        model.failed = Some(reason.clone());
                    }
                    continue;
                }
            };
            for model in all.iter_mut().filter(|model| open(model) && model.progress.next == from) {
                match self.block(model.subject, order(Role::Compare)) {
                    Ok(block) if block.next == written.next && (block.next > from || block.of <= from) => {
                        self.keep(model, block)?;
                    }
                    Ok(_) => {
                        let id = &model.subject.file.info.id;
                        model.failed = Some(format!("{id}: the two models disagree on which tokens there are"));
                    }
                    Err(_) if self.observer.interrupted() => return Err(self.ended()),
                    Err(reason) => model.failed = Some(reason),
                }
            }
        }
        Ok(())
    }

    /// Adds a block to what is known, on disk too.
    fn keep(&self, model: &mut Compared<'_>, block: Block) -> Result<(), AuditError> {
        let progress = &mut model.progress;
        progress.found.extend(block.found);
        (progress.next, progress.of) = (block.next, Some(block.of));
        run_folder::write_json(&model.file, progress)?;
        let id = &model.subject.file.info.id;
        self.observer.note(&format!("{id}: distributions at {} of {} tokens", block.next, block.of));
        Ok(())
    }

    /// What one model makes of a block, or why it makes nothing of it.
    fn block(&self, subject: &Subject, order: BlockOrder) -> Result<Block, String> {
        let job = Job {
            version: VERSION,
            engine: self.plan.engine,
            model: subject.file.path.clone(),
            work: Work::Divergence { order, n_gpu_layers: 0 },
        };
        let named = |error: HostError| format!("{}: {error}", subject.file.info.id);
        let command = untimed_worker().map_err(|error| error.to_string())?;
        let mut worker = Worker::start(command, &job).map_err(|error| error.to_string())?;
        match worker.next(PATIENCE, &|| self.observer.interrupted()) {
            Ok(Event::Block(block)) => {
                // The end of the worker frees the model before the next one is loaded.
                let _ = worker.next(PATIENCE, &|| self.observer.interrupted());
                Ok(*block)
            }
            Ok(other) => Err(HostError::Garbled(format!("{other:?} instead of a block")).to_string()),
            Err(error) => Err(named(error)),
        }
    }

    fn ended(&self) -> AuditError {
        AuditError::Interrupted(self.plan.folder.clone())
    }
}

/// Means over tokens, items being the units; quantiles over tokens.
pub(super) fn summarise(found: &[Position]) -> Divergence {
    let mut items: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for position in found {
        let sum = items.entry(&position.item).or_default();
        sum.0 += position.kl_nats;
        sum.1 += f64::from(u8::from(position.same_top));
        sum.2 += 1.0;
    }
    let over = |pick: fn(&(f64, f64, f64)) -> f64| {
        let units: Vec<(f64, f64)> = items.values().map(|sum| (pick(sum), sum.2)).collect();
        summary::ratio(&units, "cluster-ratio-t")
    };
    let sample = Sample::new(found.iter().map(|position| position.kl_nats).collect()).ok();
    let quantile = |p: f64| sample.as_ref().map(|sample| sample.quantile(p));
    let at_least_nothing = |kl: Estimate| Estimate { low: kl.low.map(|low| low.max(0.0)), ..kl };
    Divergence {
        kl_nats: over(|sum| sum.0).map(at_least_nothing),
        top_token_agreement: over(|sum| sum.1).map(summary::within_unit).map(|share| agreement(share, items.len())),
        spread: Some(KlSpread {
            median_kl_nats: quantile(0.5),
            p99_kl_nats: quantile(0.99),
            max_kl_nats: quantile(1.0),
            tokens: found.len(),
            items: items.len(),
            direction: "original || compressed, over the whole vocabulary".into(),
        }),
        reason: None,
    }
}

/// Items that all agree, or none, have no variance; that is no certainty. Wilson's interval over the items, then.
fn agreement(share: Estimate, items: usize) -> Estimate {
    if share.low != share.high {
        return share;
    }
    let items = items as u64;
    let agreeing = if share.point > 0.5 { items } else { 0 };
    wilson(agreeing, items, share.level).unwrap_or(share)
}

impl Divergence {
    /// The distance of a file from itself.
    pub(super) fn none() -> Self {
        let certain = |value: f64| Some(Estimate::new(value, value, value, 0.95, "the same file"));
        Self { kl_nats: certain(0.0), top_token_agreement: certain(1.0), ..Self::default() }
    }

    /// No distance, with the reason.
    pub(super) fn absent(reason: String) -> Self {
        Self { reason: Some(reason), ..Self::default() }
    }
}
