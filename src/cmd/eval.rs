//! `densimeter eval`: scores and conditional losses of a model on the benchmarks.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::eval::{EngineName, Eval};
use crate::engine::mock::Mock;
use crate::engine::{ContextOptions, Engine, Model, ModelOptions};
use crate::eval::data::{Benchmarks, sha256_hex};
use crate::eval::journal::Journal;
use crate::eval::record::Record;
use crate::eval::run::{Event, Options, Run, TaskRun};
use crate::eval::schedule::Settings;
use crate::eval::subset::{Selection, Subset, select};
use crate::eval::summary::{self, Noise, Observed, Standing};
use crate::eval::task::{self, CodeScorer, Task};
use crate::stat::Estimate;

/// Most bytes of a file with item ids.
const MOST_IDS: u64 = 16 << 20;

/// Runs the command.
pub(super) fn run(args: &Eval, global: &Global) -> anyhow::Result<Outcome> {
    for name in &args.task {
        if !task::NAMES.contains(&name.as_str()) {
            return Err(Usage(format!("'{name}' is not a task ({})", task::NAMES.join(", "))).into());
        }
    }
    let engine: Box<dyn Engine> = match args.engine {
        EngineName::Mock => Box::new(mock(&args.model)),
        EngineName::Llama => bail!("this build evaluates on the mock engine only"),
    };
    let path = PathBuf::from(&args.model);
    let options = ModelOptions { n_gpu_layers: args.n_gpu_layers, ..ModelOptions::default() };
    let model = engine.load(&path, &options)?;
    let model_sha256 = if path.is_file() { file_sha256(&path)? } else { sha256_hex(args.model.as_bytes()) };
    let session = Evaluation { args, global, model: &*model, engine: &*engine, model_sha256, code: None };
    session.all()
}

/// The double; `mock:delay=N` makes it take N microseconds a token, so that a run can be interrupted.
fn mock(model: &str) -> Mock {
    match model.strip_prefix("mock:delay=").and_then(|text| text.parse::<u64>().ok()) {
        Some(micros) => Mock::engine().on_tokens(Arc::new(move |tokens| {
            std::thread::sleep(Duration::from_micros(micros * tokens as u64));
        })),
        None => Mock::engine(),
    }
}

fn file_sha256(path: &Path) -> anyhow::Result<String> {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    let mut file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).with_context(|| path.display().to_string())? {
            0 => break,
            n => digest.update(&buffer[..n]),
        }
    }
    Ok(crate::eval::data::hex(&digest.finalize()))
}

/// Seconds for the accounts of work; differences of a clock that is not stepped during a run.
fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// One call of the command.
struct Evaluation<'a> {
    args: &'a Eval,
    global: &'a Global,
    model: &'a dyn Model,
    engine: &'a dyn Engine,
    model_sha256: String,
    code: Option<&'a dyn CodeScorer>,
}

impl Evaluation<'_> {
    fn all(&self) -> anyhow::Result<Outcome> {
        let data = self.data()?;
        let subset = self.subset()?;
        if self.args.out.is_none() && !self.global.quiet {
            terminal::note("no item log is kept, and an interrupted run cannot be continued: name a folder with -o");
        }
        let mut tasks = Vec::new();
        let mut matched = 0;
        let mut failed = false;
        for name in task::NAMES.into_iter().filter(|name| self.args.task.iter().any(|asked| asked == name)) {
            let task = task::open(name, &data)?;
            let selection = select(&*task, &subset);
            matched += selection.indices.len();
            if selection.indices.is_empty() {
                continue;
            }
            let (row, some_failed) = self.one(&*task, &selection)?;
            tasks.push(row);
            failed |= some_failed;
        }
        if matched == 0 {
            return Err(Usage("no item was selected: no id of --items is in the data of these tasks".to_owned()).into());
        }
        let document = json!({
            "schema": 1,
            "model": {"id": self.args.model, "sha256": self.model_sha256},
            "engine": self.engine.build(),
            "mock": self.args.engine == EngineName::Mock,
            "settings": self.settings(self.args.exact),
            "score_unit": "percent",
            "tasks": tasks,
        });
        if self.global.json {
            terminal::json(&document)?;
        } else {
            terminal::out(&table(&document))?;
        }
        Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
    }

    fn data(&self) -> anyhow::Result<Benchmarks> {
        match &self.args.data {
            Some(folder) if self.args.unpinned_data => Ok(Benchmarks::unpinned(folder)),
            Some(folder) => Ok(Benchmarks::pinned(folder)),
            None => self.cached(),
        }
    }

    #[cfg(feature = "download")]
    fn cached(&self) -> anyhow::Result<Benchmarks> {
        use crate::eval::download::{Hosts, fetch};
        use etcetera::BaseStrategy;
        let folder = etcetera::choose_base_strategy()?.cache_dir().join("densimeter/bench");
        let quiet = self.global.quiet;
        let mut note = |line: &str| {
            if !quiet {
                terminal::note(line);
            }
        };
        fetch(&folder, &self.args.task, &Hosts::from_environment(), &mut note)?;
        Ok(Benchmarks::pinned(folder))
    }

    #[cfg(not(feature = "download"))]
    #[allow(clippy::unused_self)]
    fn cached(&self) -> anyhow::Result<Benchmarks> {
        bail!("this build cannot download; give the folder with the benchmarks with --data")
    }

    fn subset(&self) -> anyhow::Result<Subset> {
        if let Some(path) = &self.args.items {
            let size = std::fs::metadata(path).with_context(|| path.display().to_string())?.len();
            if size > MOST_IDS {
                bail!("{}: {size} bytes is too long for a list of ids, one a line", path.display());
            }
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            let ids = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
            return Ok(Subset::Ids(ids));
        }
        if self.args.full {
            return Ok(Subset::Full);
        }
        Ok(Subset::Limit { items: self.args.limit, seed: self.global.seed })
    }

    fn settings(&self, exact: bool) -> Settings {
        let threads = self
            .args
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1)));
        let context = ContextOptions {
            n_batch: self.args.n_ubatch.max(2048),
            n_ubatch: self.args.n_ubatch,
            threads,
            flash_attention: self.args.flash_attention == 1,
            type_k: self.args.type_k,
            type_v: self.args.type_v,
            swa_full: exact || self.args.swa_full,
            ..ContextOptions::default()
        };
        Settings { context, exact, share: !self.args.no_share, parallel: self.args.parallel }
    }

    fn options(&self, exact: bool) -> Options {
        Options {
            settings: self.settings(exact),
            loss_only: self.args.loss_only,
            model_sha256: self.model_sha256.clone(),
            engine: self.engine.build(),
        }
    }

    /// Evaluates one task; the row of the result, and whether some of its items failed.
    fn one(&self, task: &dyn Task, selection: &Selection) -> anyhow::Result<(Value, bool)> {
        let options = self.options(self.args.exact);
        let run = Run { model: self.model, options: &options, clock: &seconds, code: self.code };
        let mut journal = match &self.args.out {
            Some(folder) => Some(Journal::open(folder, &run.key(task, selection), self.args.resume)?),
            None => None,
        };
        let bar = self.progress(task.name());
        let mut observe = |event: &Event<'_>| {
            match event {
                Event::Begin { items, done, .. } => {
                    bar.set_length(*items as u64);
                    bar.set_position(*done as u64);
                    bar.reset_eta();
                }
                Event::Item(_) => bar.inc(1),
            }
            ControlFlow::Continue(())
        };
        let done = run.task(task, selection, journal.as_mut(), &mut observe)?;
        bar.finish_and_clear();
        let noise = self.noise(task, selection, &done)?;
        let failed = done.records.iter().any(|record| record.error.is_some());
        Ok((row(task, selection, &done, noise.as_ref(), self.args), failed))
    }

    /// Evaluates the first items again in exact mode: what the fast mode's batches do to them.
    fn noise(&self, task: &dyn Task, selection: &Selection, done: &TaskRun) -> anyhow::Result<Option<Noise>> {
        if self.args.exact || self.args.noise_items < 2 {
            return Ok(None);
        }
        let mut options = self.options(true);
        // Texts are not generated again: their noise shows in the loss, and a second writing would double the run.
        options.loss_only = self.args.loss_only || task.name() != "mmlu";
        let sample = Selection {
            indices: selection.indices.iter().copied().take(self.args.noise_items).collect(),
            ..selection.clone()
        };
        let run = Run { model: self.model, options: &options, clock: &seconds, code: None };
        let exact = run.task(task, &sample, None, &mut |_| ControlFlow::Continue(()))?;
        let pairs: Vec<(Record, Record)> = done
            .records
            .iter()
            .zip(&exact.records)
            .map(|(fast, exact)| {
                let mut exact = exact.clone();
                if options.loss_only {
                    exact.prediction.clone_from(&fast.prediction);
                    exact.correct = fast.correct;
                }
                (fast.clone(), exact)
            })
            .collect();
        Ok(summary::noise(&pairs.iter().map(|(fast, exact)| (fast, exact)).collect::<Vec<_>>()))
    }

    fn progress(&self, task: &str) -> ProgressBar {
        let bar = if self.global.quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = ProgressStyle::with_template("{prefix:10} {wide_bar} {pos}/{len} {elapsed} ETA {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.with_prefix(task.to_owned())
    }
}

fn percent(estimate: Estimate) -> Estimate {
    estimate.map(|fraction| 100.0 * fraction)
}

fn row(task: &dyn Task, selection: &Selection, done: &TaskRun, noise: Option<&Noise>, args: &Eval) -> Value {
    let clusters: Vec<Option<String>> = selection.indices.iter().map(|&index| task.cluster(index)).collect();
    let observed: Vec<Observed<'_>> = done
        .records
        .iter()
        .zip(&selection.indices)
        .zip(&clusters)
        .map(|((record, &index), cluster)| Observed { record, cluster: cluster.as_deref(), chance: task.chance(index) })
        .collect();
    let widen = |estimate: Estimate, by: fn(&Noise) -> f64| match noise {
        Some(noise) if by(noise) > 0.0 => summary::widen(estimate, by(noise)),
        _ => estimate,
    };
    let score = summary::score(&observed);
    let loss = summary::loss(&observed);
    let bytes: f64 = done.records.iter().map(|record| f64::from(record.continuation_bytes)).sum();
    let tokens: f64 = done.records.iter().map(|record| f64::from(record.continuation_tokens)).sum();
    let score_reason = if score.is_some() {
        None
    } else if args.loss_only {
        Some("only losses were asked for".to_owned())
    } else {
        let first = done.records.iter().find_map(|record| record.error.as_deref());
        Some(first.unwrap_or("no item was graded").to_owned())
    };
    let failed = done.records.iter().filter(|record| record.error.is_some()).count();
    let work = &done.work;
    let per_second = |tokens: u64| (work.decode_seconds > 0.0).then(|| tokens as f64 / work.decode_seconds);
    let at_chance = score.as_ref().is_some_and(|score| matches!(score.standing, Standing::AtChance { .. }));
    json!({
        "task": task.name(),
        "version": task.version(),
        "shots": task.shots(),
        "n": done.records.len(),
        "failed": failed,
        "selection": selection,
        "score": score.as_ref().map(|score| percent(summary::within_unit(widen(score.micro.clone(), |noise| noise.widening_score)))),
        "score_average": "micro",
        "score_macro": score.as_ref().and_then(|score| score.macro_average.clone()).map(percent),
        "score_reason": score_reason,
        "graded": score.as_ref().map_or(0, |score| score.n),
        "at_chance": at_chance,
        "standing": score.as_ref().map(|score| &score.standing),
        "conditional_loss": loss.as_ref()
            .map(|loss| widen(loss.nats_per_token.clone(), |noise| noise.widening_nats_per_token)),
        "conditional_loss_unit": "nats per token",
        "bits_per_byte": loss.as_ref().map(|loss| match noise {
            Some(noise) if noise.widening_nats_per_token > 0.0 => summary::widen(
                loss.bits_per_byte.clone(),
                noise.widening_nats_per_token * tokens / bytes / std::f64::consts::LN_2,
            ),
            _ => loss.bits_per_byte.clone(),
        }),
        "loss_reason": loss.is_none().then_some("fewer than two items have a loss"),
        "engine_noise": noise,
        "tokens_evaluated": work.tokens_evaluated,
        "tokens_saved": work.tokens_saved,
        "tokens_unique": work.tokens_unique,
        "tokens_per_second": per_second(work.tokens_evaluated),
        "unique_tokens_per_second": per_second(work.tokens_unique),
        "decode_seconds": work.decode_seconds,
        "seconds": done.seconds,
        "resumed": done.resumed,
    })
}

/// The rows for people.
fn table(document: &Value) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["task", "shots", "n", "score %", "nats/token", "bits/byte", "tokens", "saved", "t/s", "seconds"]);
    let number = |value: &Value, digits: usize| {
        value.as_f64().map_or_else(|| "–".to_owned(), |number| format!("{number:.digits$}"))
    };
    let estimate = |value: &Value, digits: usize| match value.get("point") {
        Some(point) => {
            let end = |name: &str| number(&value[name], digits);
            format!("{} [{}, {}]", number(point, digits), end("low"), end("high"))
        }
        None => "–".to_owned(),
    };
    let mut notes = String::new();
    for row in document["tasks"].as_array().into_iter().flatten() {
        let name = row["task"].as_str().unwrap_or_default();
        table.add_row([
            name.to_owned(),
            row["shots"].to_string(),
            row["n"].to_string(),
            estimate(&row["score"], 1),
            estimate(&row["conditional_loss"], 4),
            estimate(&row["bits_per_byte"], 4),
            row["tokens_evaluated"].to_string(),
            row["tokens_saved"].to_string(),
            number(&row["tokens_per_second"], 0),
            number(&row["seconds"], 1),
        ]);
        if row["at_chance"] == true {
            notes += &format!(
                "{name}: at chance (p = {} against guessing {} %): no density can be made from this score\n",
                number(&row["standing"]["p"], 3),
                number(&json!(row["standing"]["chance"].as_f64().map(|chance| 100.0 * chance)), 1),
            );
        }
        if let Some(reason) = row["score_reason"].as_str() {
            notes += &format!("{name}: no score: {reason}\n");
        }
        if row["failed"].as_u64().is_some_and(|failed| failed > 0) {
            notes += &format!("{name}: {} items failed, see \"error\" in the item log\n", row["failed"]);
        }
    }
    if document["mock"] == true {
        notes += "mock engine: these numbers say nothing about any model\n";
    }
    format!("{table}\n{notes}")
}
