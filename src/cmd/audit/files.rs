//! `audit ORIGINAL COMPRESSED…`: measures, pairs and judges model files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::distributions::{self, Comparison};
use super::evaluate::{Evaluator, Records, extend};
use super::items::{Items, TaskIds};
use super::pairing::{self, Paired};
use super::speed::{self, Speed};
use super::subject::Subject;
use super::verdicts::{Judged, Priced, Shown, Ways, judge_all};
use super::{Shipped, kind};
use crate::cli::Global;
use crate::cli::audit::Audit;
use crate::cmd::interrupt::{self, interrupted};
use crate::cmd::{Usage, terminal};
use crate::law::audit::{ALPHA, Basis, Kind, Verdict};
use crate::law::audit_scores::Design;
use crate::law::evidence::Cost;
use crate::model::relation::Relation;
use crate::report::audit::AuditRecord;
use crate::report::store;
use crate::stat::Bootstrap;
use crate::stat::sequential::Mixture;

/// A compressed model on its way to a verdict.
pub(super) struct Entry {
    pub(super) subject: Subject,
    pub(super) relation: Option<Relation>,
    pub(super) method: String,
    pub(super) records: Records,
    pub(super) paired: Option<Paired>,
    /// The basis of the first look, kept by the later ones.
    pub(super) basis: Option<Basis>,
    /// Items when its verdict became sure.
    pub(super) items: usize,
    pub(super) looks: usize,
    pub(super) sure: bool,
    /// Why it could not be evaluated.
    pub(super) failed: Option<String>,
    pub(super) speed: Option<Result<Speed, String>>,
    pub(super) divergence: Value,
}

impl Entry {
    /// Whether this is the original itself.
    pub(super) fn same_file(&self) -> bool {
        self.relation == Some(Relation::SameFile)
    }
}

/// The records of an audit of named models.
pub(super) fn records(names: &[String], args: &Audit, global: &Global) -> anyhow::Result<Vec<AuditRecord>> {
    interrupt::listen();
    let mut subjects =
        names.iter().map(|name| Subject::resolve(name, args, global)).collect::<anyhow::Result<Vec<_>>>()?;
    let original = subjects.remove(0);
    audit(original, subjects, args, global)
}

/// Measures, pairs and judges models against their original.
pub(super) fn audit(
    original: Subject,
    compressed: Vec<Subject>,
    args: &Audit,
    global: &Global,
) -> anyhow::Result<Vec<AuditRecord>> {
    if args.reference.is_some() && args.sequential {
        let text = "--reference gives densities by a fixed number of items: leave --sequential out";
        return Err(Usage(text.to_owned()).into());
    }
    let mut entries = Vec::new();
    for subject in compressed {
        let relation = match subject.relation(&original) {
            Ok(relation) => relation,
            Err(_) if args.unrelated => None,
            Err(error) => return Err(Usage(format!("{error:#}")).into()),
        };
        let method = subject.method(&original);
        entries.push(Entry {
            subject,
            relation,
            method,
            records: Records::new(),
            paired: None,
            basis: None,
            items: 0,
            looks: 0,
            sure: false,
            failed: None,
            speed: None,
            divergence: Value::Null,
        });
    }
    let items = Items::draw(args, global)?;
    if items.planned < 2 {
        return Err(Usage("fewer than two items were selected: nothing can be compared".to_owned()).into());
    }
    let root = match &args.out {
        Some(folder) => folder.clone(),
        None => default_root()?,
    };
    let evaluator = Evaluator::new(args, global, items.data.clone(), root.clone())?;
    Audited { args, global, shipped: Shipped::load()?, original, entries, original_speed: None, items, evaluator }
        .conclude()
        .map_err(|error| if interrupted() { kept(&root) } else { error })
}

/// How to go on after Ctrl-C; what a child said about its own end helps nobody then.
fn kept(root: &Path) -> anyhow::Error {
    let root = root.display();
    anyhow::anyhow!("interrupted; what was measured is kept in {root}: go on with the same command and -o {root}")
}

/// Logs are kept from one audit to the next: an original is evaluated once.
fn default_root() -> anyhow::Result<PathBuf> {
    let runs = store::state_folder()?;
    let base = runs.parent().and_then(std::path::Path::parent).map(PathBuf::from).unwrap_or(runs);
    Ok(base.join("audits"))
}

pub(super) struct Audited<'a> {
    pub(super) args: &'a Audit,
    pub(super) global: &'a Global,
    pub(super) shipped: Shipped,
    pub(super) original: Subject,
    pub(super) entries: Vec<Entry>,
    pub(super) original_speed: Option<Result<Speed, String>>,
    pub(super) items: Items,
    pub(super) evaluator: Evaluator<'a>,
}

impl Audited<'_> {
    fn conclude(mut self) -> anyhow::Result<Vec<AuditRecord>> {
        let by = kind(self.args.by);
        if !self.args.no_speed {
            self.time()?;
        }
        let mut answers = self.evaluator.answers(&self.original, &self.items.looks[0])?;
        let mut before = Records::new();
        let (mut seen, mut judged) = (0, Vec::new());
        let mut used: TaskIds = Vec::new();
        for look in 0..self.items.looks.len() {
            let items = self.items.looks[look].clone();
            seen += items.iter().map(|(_, ids)| ids.len()).sum::<usize>();
            used.extend(items.clone());
            extend(&mut before, self.evaluator.records(&self.original, &items, answers)?.0);
            for entry in self.entries.iter_mut().filter(|entry| !entry.sure) {
                let more = if entry.same_file() {
                    Ok(restricted(&before, &items))
                } else {
                    self.evaluator.records(&entry.subject, &items, answers).map(|found| found.0)
                };
                match more {
                    Ok(more) => extend(&mut entry.records, more),
                    // One model that cannot be evaluated is one row that failed, not the end of the others.
                    Err(error) if !interrupted() => {
                        entry.failed = Some(format!("{error:#}"));
                        entry.sure = true;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
                entry.paired = Some(pairing::pair(&before, &entry.records)?);
                (entry.items, entry.looks) = (seen, look + 1);
            }
            if let Some(reason) = self.entries.iter().map(|entry| entry.failed.clone()).collect::<Option<Vec<_>>>() {
                anyhow::bail!("no compressed model could be evaluated: {}", reason.join("; "));
            }
            judged = self.judge(by);
            for (entry, (judged, _)) in self.entries.iter_mut().zip(&judged) {
                entry.sure = entry.failed.is_some()
                    || judged.kinds.get(&by).is_some_and(|found| found.verdict != Verdict::Undecided);
                if self.args.sequential && !self.global.quiet {
                    let state = judged.kinds.get(&by).map_or(Verdict::Undecided, |found| found.verdict);
                    terminal::note(&format!(
                        "{}: {state} after {} of {} items",
                        entry.subject.about.id, entry.items, self.items.planned
                    ));
                }
            }
            if self.args.sequential && self.entries.iter().all(|entry| entry.sure) {
                break;
            }
            // The basis stays what the first look made it: texts that no verdict rests on need not be written.
            answers &= self.args.generate || self.entries.iter().any(|entry| entry.basis != Some(Basis::Loss));
        }
        if self.args.kl_tokens > 0 {
            self.diverge(&used)?;
        }
        self.entries.iter().zip(judged).map(|(entry, (judged, shown))| self.record(entry, judged, shown)).collect()
    }

    /// Times the original and every other model, one process after another.
    fn time(&mut self) -> anyhow::Result<()> {
        let evaluator = &self.evaluator;
        let measure = |subject: &Subject| {
            speed::measure(subject, &evaluator.root, evaluator.threads, self.args, self.global)
                .map_err(|error| format!("not timed: {error:#}"))
        };
        self.original_speed = Some(measure(&self.original));
        for entry in &mut self.entries {
            entry.speed = if entry.same_file() { None } else { Some(measure(&entry.subject)) };
            if interrupted() {
                anyhow::bail!("interrupted");
            }
        }
        Ok(())
    }

    /// What the original costs over what the other one costs.
    fn priced(&self, entry: &Entry) -> Priced {
        if entry.same_file() {
            return Kind::ALL.into_iter().map(|kind| (kind, Ok(Cost::default()))).collect();
        }
        let counted = |before: f64, after: f64| Ok(Cost { ln: (before / after).ln(), error: 0.0 });
        let time = match (&self.original_speed, &entry.speed) {
            (Some(Ok(before)), Some(Ok(after))) => Ok(Cost {
                ln: (before.seconds / after.seconds).ln(),
                error: before.relative_error.hypot(after.relative_error),
            }),
            (Some(Err(reason)), _) | (_, Some(Err(reason))) => Err(reason.clone()),
            _ => Err("not timed (--no-speed)".to_owned()),
        };
        let (before, after) = (&self.original, &entry.subject);
        BTreeMap::from([
            (Kind::Params, counted(before.about.params as f64, after.about.params as f64)),
            (Kind::Memory, counted(before.weight_bytes, after.weight_bytes)),
            (Kind::Time, time),
        ])
    }

    fn judge(&mut self, by: Kind) -> Vec<(Judged, Result<Shown, String>)> {
        let bootstrap = Bootstrap { resamples: self.args.resamples as usize, seed: self.global.seed };
        let design = if self.args.sequential {
            Design::Sequential(Mixture::narrowest_at(self.items.planned as f64 / 10.0, ALPHA))
        } else {
            Design::Fixed(bootstrap)
        };
        let ways =
            Ways { args: self.args, shipped: &self.shipped, design, bootstrap, tokenizer: self.original.tokenizer() };
        let mut shown = Vec::new();
        for entry in &self.entries {
            let found = match (&entry.failed, &entry.paired) {
                (Some(reason), _) => Err(format!("not evaluated: {reason}")),
                (None, Some(paired)) => ways.show(paired, entry.same_file(), entry.basis),
                (None, None) => Err("not evaluated".to_owned()),
            };
            shown.push((found, self.priced(entry)));
        }
        if self.args.sequential {
            for (entry, (shown, _)) in self.entries.iter_mut().zip(&shown) {
                entry.basis = entry.basis.or(shown.as_ref().ok().map(|shown| shown.basis));
            }
        }
        let judged = judge_all(&shown, self.args, by, self.global.seed);
        judged.into_iter().zip(shown).map(|(judged, (shown, _))| (judged, shown)).collect()
    }

    fn diverge(&mut self, items: &TaskIds) -> anyhow::Result<()> {
        let evaluator = &self.evaluator;
        let comparison = Comparison {
            args: self.args,
            global: self.global,
            data: &self.items.data,
            root: &evaluator.root,
            threads: evaluator.threads,
            build: &evaluator.build,
        };
        let absent = |reason: String| json!({ "kl_nats": null, "top_token_agreement": null, "reason": reason });
        let compared = |entry: &Entry| entry.failed.is_none() && !entry.same_file();
        let others: Vec<&Subject> = self.entries.iter().filter(|entry| compared(entry)).map(|e| &e.subject).collect();
        let found = if others.is_empty() { Vec::new() } else { comparison.measure(&self.original, &others, items)? };
        let mut found = found.into_iter();
        for entry in &mut self.entries {
            entry.divergence = match (&entry.failed, entry.same_file()) {
                (Some(reason), _) => absent(reason.clone()),
                (None, true) => distributions::none(),
                // A model of another tokenizer has no divergence, and that stops no verdict.
                (None, false) => match found.next() {
                    Some(Ok(found)) => found,
                    Some(Err(error)) => absent(format!("{error:#}")),
                    None => absent("not compared".to_owned()),
                },
            };
        }
        Ok(())
    }
}

fn restricted(all: &Records, items: &TaskIds) -> Records {
    items
        .iter()
        .filter_map(|(name, ids)| {
            let records = all.get(name)?;
            let kept = ids.iter().filter_map(|id| Some((id.clone(), records.get(id)?.clone()))).collect();
            Some((name.clone(), kept))
        })
        .collect()
}
