//! From paired records to verdicts: the basis, the evidence, the family, and what a loss can say of a density.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Shipped;
use super::curve;
use super::pairing::{Paired, PairedLoss};
use crate::cli::audit::Audit;
use crate::law::audit::{ALPHA, Basis, Finding, Kind, Margin, Question, Verdict, judge};
use crate::law::audit_loss;
use crate::law::audit_scores::{self, Compared, Design, TaskAnswers};
use crate::law::evidence::{Cost, Evidence};
use crate::report::audit::KindVerdict;
use crate::stat::Bootstrap;
use crate::stat::paired::PairedCost;
use crate::unit::Benchmark;

/// Below this the costs of two models count as the same.
const SAME_COST: f64 = 1e-3;
/// One-sided 5 % quantile of the normal law.
const Z: f64 = 1.644_853_626_951_472_2;

/// A cost, or why there is none.
pub(super) type Priced = BTreeMap<Kind, Result<Cost, String>>;

/// What a comparison has shown.
pub(super) struct Shown {
    /// What it rests on.
    pub(super) basis: Basis,
    /// Effective parameters, or losses, compressed against original.
    pub(super) overall: Evidence,
    /// The same, task by task, where there are several.
    pub(super) tasks: Vec<(Benchmark, Question)>,
    /// Both capabilities, where scores give them.
    pub(super) compared: Option<Compared>,
    /// Why the basis is not the other one.
    pub(super) why: Option<String>,
    /// Score differences, task by task, whatever the verdict rests on.
    pub(super) differences: Vec<(Benchmark, Value)>,
}

/// How to show it.
pub(super) struct Ways<'a> {
    pub(super) args: &'a Audit,
    pub(super) shipped: &'a Shipped,
    pub(super) design: Design,
    pub(super) bootstrap: Bootstrap,
    /// Of the original.
    pub(super) tokenizer: Option<String>,
}

impl Ways<'_> {
    /// Densities where the original's scores give one, else losses; `fixed` keeps to the basis of an earlier look.
    pub(super) fn show(&self, paired: &Paired, same_file: bool, fixed: Option<Basis>) -> Result<Shown, String> {
        let mut shown = self.basis(paired, same_file, fixed)?;
        shown.differences = paired
            .answers
            .iter()
            .map(|task| Ok((task.benchmark, self.difference(task, same_file)?)))
            .collect::<Result<_, String>>()?;
        Ok(shown)
    }

    fn evidence(&self, task: &TaskAnswers, same_file: bool) -> Result<Evidence, String> {
        if same_file {
            return Ok(Evidence::Certain { effect: 0.0 });
        }
        audit_scores::difference(task, self.design).map_err(|error| error.to_string())
    }

    /// The score difference of one task in points, at the level of a test alone.
    fn difference(&self, task: &TaskAnswers, same_file: bool) -> Result<Value, String> {
        let question = Question { evidence: self.evidence(task, same_file)?, margin: Margin::Difference(0.0) };
        let pairs = task.discordant();
        let finding = judge(&[question], ALPHA).remove(0);
        Ok(json!({
            "points": finding.effect.map(|effect| effect.map(|difference| 100.0 * difference)),
            "p_value": finding.p_value,
            "items": pairs.items,
            "discordant": { "lost": pairs.lost, "won": pairs.won },
            "detectable_drop": finding.detectable_drop.map(|drop| 100.0 * drop),
        }))
    }

    fn basis(&self, paired: &Paired, same_file: bool, fixed: Option<Basis>) -> Result<Shown, String> {
        let mut why = None;
        if fixed != Some(Basis::Loss) {
            match self.by_scores(paired, same_file) {
                Ok(shown) => return Ok(shown),
                Err(reason) if fixed == Some(Basis::Density) => return Err(reason),
                Err(reason) => why = Some(format!("the verdict rests on losses: {reason}")),
            }
        }
        let mut shown = self.by_losses(paired, same_file)?;
        shown.why = why;
        if let (Some(path), false) = (&self.args.reference, same_file) {
            shown.overall = curve::evidence(path, paired, self.tokenizer.as_deref(), self.bootstrap)?;
            shown.basis = Basis::Density;
            shown.why = Some(format!("the density is that of the loss on the curve of {}", path.display()));
        }
        Ok(shown)
    }

    fn by_scores(&self, paired: &Paired, same_file: bool) -> Result<Shown, String> {
        if paired.answers.is_empty() {
            return Err("no item was answered by both models".to_owned());
        }
        let ground = self.shipped.ground();
        // Scores of all tasks or of none: a mean over those that happen to be answered is another quantity.
        if paired.answers.len() < paired.losses.len() {
            let only: Vec<&str> = paired.answers.iter().map(|task| task.benchmark.name()).collect();
            return Err(format!("only {} was answered, and at chance", only.join(", ")));
        }
        let compared =
            audit_scores::compare(&ground, &paired.answers, self.design).map_err(|error| error.to_string())?;
        let task = |task: &TaskAnswers| {
            let evidence = self.evidence(task, same_file)?;
            Ok((task.benchmark, Question { evidence, margin: Margin::Difference(0.0) }))
        };
        let tasks = paired.answers.iter().map(task).collect::<Result<Vec<_>, String>>()?;
        let overall = if same_file { Evidence::Certain { effect: 0.0 } } else { compared.evidence.clone() };
        Ok(Shown {
            basis: Basis::Density,
            overall,
            tasks: several(tasks),
            compared: Some(compared),
            why: None,
            differences: Vec::new(),
        })
    }

    fn by_losses(&self, paired: &Paired, same_file: bool) -> Result<Shown, String> {
        let evidence = |strata: &[Vec<PairedCost>]| {
            if same_file {
                return Ok(Evidence::Certain { effect: 0.0 });
            }
            audit_loss::compare(strata, self.design).map_err(|error| error.to_string())
        };
        let bits = |losses: &[PairedLoss]| losses.iter().map(|loss| loss.bits).collect::<Vec<PairedCost>>();
        let strata: Vec<Vec<PairedCost>> = paired.losses.iter().map(|(_, losses)| bits(losses)).collect();
        if strata.is_empty() {
            return Err("no item has a loss of both models".to_owned());
        }
        let task = |(benchmark, losses): &(Benchmark, Vec<PairedLoss>)| {
            let evidence = evidence(&[bits(losses)])?;
            Ok((*benchmark, Question { evidence, margin: Margin::Ratio(self.args.loss_margin) }))
        };
        let tasks = paired.losses.iter().map(task).collect::<Result<Vec<_>, String>>()?;
        Ok(Shown {
            basis: Basis::Loss,
            overall: evidence(&strata)?,
            tasks: several(tasks),
            compared: None,
            why: None,
            differences: Vec::new(),
        })
    }
}

/// One task alone is the whole: it is asked about once.
fn several(tasks: Vec<(Benchmark, Question)>) -> Vec<(Benchmark, Question)> {
    if tasks.len() > 1 { tasks } else { Vec::new() }
}

/// Verdicts by kind, and the findings on single tasks.
pub(super) struct Judged {
    pub(super) kinds: BTreeMap<Kind, KindVerdict>,
    pub(super) tasks: BTreeMap<Benchmark, Value>,
}

/// Judges all comparisons of a call: for each kind one family of every model and task.
pub(super) fn judge_all(shown: &[(Result<Shown, String>, Priced)], args: &Audit, by: Kind, seed: u64) -> Vec<Judged> {
    let mut judged: Vec<Judged> =
        shown.iter().map(|_| Judged { kinds: BTreeMap::new(), tasks: BTreeMap::new() }).collect();
    for kind in Kind::ALL {
        let mut family = Vec::new();
        let mut places: Vec<(usize, Option<Benchmark>)> = Vec::new();
        for (at, (shown, priced)) in shown.iter().enumerate() {
            let question = match shown {
                Ok(shown) => question(shown, &priced[&kind], args, seed),
                Err(reason) => Err(reason.clone()),
            };
            match question {
                Ok(question) => {
                    family.push(question);
                    places.push((at, None));
                }
                Err(reason) => {
                    judged[at].kinds.insert(kind, KindVerdict::none(reason));
                }
            }
            for (benchmark, question) in shown.iter().flat_map(|shown| &shown.tasks) {
                family.push(question.clone());
                places.push((at, Some(*benchmark)));
            }
        }
        for ((at, task), finding) in places.into_iter().zip(judge(&family, ALPHA)) {
            let (Ok(shown), priced) = (&shown[at].0, &shown[at].1) else { continue };
            match task {
                Some(benchmark) if kind == by => {
                    judged[at].tasks.insert(benchmark, task_json(&finding, shown.compared.is_some()));
                }
                Some(_) => {}
                None => {
                    judged[at].kinds.insert(kind, verdict(finding, shown, &priced[&kind], kind));
                }
            }
        }
    }
    judged
}

fn question(shown: &Shown, priced: &Result<Cost, String>, args: &Audit, seed: u64) -> Result<Question, String> {
    match shown.basis {
        Basis::Loss => Ok(Question { evidence: shown.overall.clone(), margin: Margin::Ratio(args.loss_margin) }),
        _ => {
            let cost = priced.clone()?;
            Ok(Question { evidence: shown.overall.with_cost(cost, seed), margin: Margin::Ratio(args.margin) })
        }
    }
}

/// Scores are fractions inside and points in the report.
fn task_json(finding: &Finding, scores: bool) -> Value {
    let (name, scale) = if scores { ("score_difference", 100.0) } else { ("loss_ratio", 1.0) };
    json!({
        name: finding.effect.clone().map(|effect| effect.map(|effect| scale * effect)),
        "p_value": finding.p_value,
        "p_adjusted": finding.p_adjusted,
        "verdict": finding.verdict,
        "detectable_drop": finding.detectable_drop.map(|drop| scale * drop),
    })
}

/// The verdict on one kind. A ratio of losses is one of densities only where the models cost the same; elsewhere a loss
/// gives the sign of the change in effective parameters, which decides where the cost points the same way.
fn verdict(finding: Finding, shown: &Shown, priced: &Result<Cost, String>, kind: Kind) -> KindVerdict {
    let mut found = KindVerdict::of(finding, shown.basis);
    if shown.basis != Basis::Loss {
        if let Some(Err(error)) = shown.compared.as_ref().map(|compared| &compared.compressed) {
            found.reason = Some(format!("the compressed model has no effective parameters: {error}"));
        }
        return found;
    }
    let cost = match priced {
        Ok(cost) => *cost,
        Err(reason) => return KindVerdict::none(reason.clone()),
    };
    if cost.ln.abs() < SAME_COST && cost.error == 0.0 {
        return found;
    }
    let (dearer, cheaper) = (cost.ln + Z * cost.error <= 0.0, cost.ln - Z * cost.error >= 0.0);
    let costs = format!("it takes {:.3} of the original's {}", (-cost.ln).exp(), unit(kind));
    match found.verdict {
        Verdict::Dropped if dearer => found.reason = Some(format!("the loss rose and {costs}")),
        Verdict::Gained if cheaper => found.reason = Some(format!("the loss fell and {costs}")),
        _ => {
            let loss = found.verdict;
            found = KindVerdict::none(format!(
                "a loss gives no ratio of densities without a curve of its own kind (--reference): by loss {loss}, and \
                 {costs}"
            ));
        }
    }
    found.ratio = None;
    found
}

const fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Params => "parameters",
        Kind::Memory => "memory",
        Kind::Time => "time",
    }
}
