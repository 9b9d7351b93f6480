//! From evidence to verdicts: one family of tests for each kind, and what a loss can say of a density.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::kind_verdict::KindVerdict;
use super::measured::{TaskEffect, TaskTest};
use super::plan::Rules;
use crate::law::audit::{Basis, Finding, Kind, Margin, Question, Verdict, judge};
use crate::law::evidence::Cost;
use crate::stat::Estimate;

/// Below this the costs of two models count as the same.
const SAME_COST: f64 = 1e-3;
/// One-sided 5 % quantile of the normal law.
const Z: f64 = 1.644_853_626_951_472_2;

/// What the original costs over what the compressed model costs, kind by kind, or why that is not known.
pub(super) type CostRatios = BTreeMap<Kind, Result<Cost, String>>;

/// Verdicts by kind, and the findings on single tasks.
#[derive(Default)]
pub(super) struct Verdicts {
    pub(super) kinds: BTreeMap<Kind, KindVerdict>,
    pub(super) tasks: BTreeMap<String, TaskTest>,
}

/// Judges all comparisons of a call: for each kind one family of every model and task, with one error rate.
pub(super) fn judge_all(
    compared: &[(Result<Evidence, String>, CostRatios)],
    rules: &Rules,
    alpha: f64,
) -> Vec<Verdicts> {
    let mut verdicts: Vec<Verdicts> = compared.iter().map(|_| Verdicts::default()).collect();
    for kind in Kind::ALL {
        let mut family = Vec::new();
        let mut places: Vec<(usize, Option<&str>)> = Vec::new();
        for (at, (evidence, costs)) in compared.iter().enumerate() {
            let question = match evidence {
                Ok(evidence) => question(evidence, &costs[&kind], rules),
                Err(reason) => Err(reason.clone()),
            };
            match question {
                Ok(question) => {
                    family.push(question);
                    places.push((at, None));
                }
                Err(reason) => {
                    verdicts[at].kinds.insert(kind, KindVerdict::none(reason));
                }
            }
            for (task, question) in evidence.iter().flat_map(|evidence| &evidence.tasks) {
                family.push(question.clone());
                places.push((at, Some(task)));
            }
        }
        for (((at, task), question), finding) in places.into_iter().zip(&family).zip(judge(&family, alpha)) {
            let (Ok(evidence), costs) = &compared[at] else { continue };
            match task {
                Some(task) if kind == rules.by => {
                    let scores = matches!(question.margin, Margin::Difference(_));
                    verdicts[at].tasks.insert(task.to_owned(), task_test(finding, scores));
                }
                Some(_) => {}
                None => {
                    verdicts[at].kinds.insert(kind, verdict(finding, evidence, &costs[&kind], kind));
                }
            }
        }
    }
    verdicts
}

fn question(evidence: &Evidence, cost: &Result<Cost, String>, rules: &Rules) -> Result<Question, String> {
    Ok(match evidence.basis {
        Basis::Loss => Question { evidence: evidence.overall.clone(), margin: Margin::Ratio(rules.loss_margin) },
        Basis::Score => Question { evidence: evidence.overall.clone(), margin: Margin::Difference(0.0) },
        _ => Question {
            evidence: evidence.overall.with_cost(cost.clone()?, rules.bootstrap.seed),
            margin: Margin::Ratio(rules.margin),
        },
    })
}

/// Scores are fractions inside and points in the report.
fn task_test(finding: Finding, scores: bool) -> TaskTest {
    let scale = if scores { 100.0 } else { 1.0 };
    let change = finding.effect.map(|effect| effect.map(|effect| scale * effect));
    TaskTest {
        effect: if scores { TaskEffect::ScoreDifference(change) } else { TaskEffect::LossRatio(change) },
        p_value: finding.p_value,
        p_adjusted: finding.p_adjusted,
        verdict: finding.verdict,
        detectable_drop: finding.detectable_drop.map(|drop| scale * drop),
    }
}

/// The verdict on one kind. A ratio of losses is one of densities only where the models cost the same; elsewhere a loss
/// gives the sign of the change in effective parameters, which decides where the cost points the same way.
fn verdict(finding: Finding, evidence: &Evidence, cost: &Result<Cost, String>, kind: Kind) -> KindVerdict {
    let points = (evidence.basis == Basis::Score).then(|| finding.effect.clone()).flatten();
    let mut found = KindVerdict::of(finding, evidence.basis);
    if !matches!(evidence.basis, Basis::Loss | Basis::Score) {
        return found.without_effective(evidence.sizes.as_ref().and_then(|both| both.compressed.as_ref().err()));
    }
    let cost = match cost {
        Ok(cost) => *cost,
        Err(reason) => return KindVerdict::none(reason.clone()),
    };
    if evidence.basis == Basis::Score {
        return by_score(found, points.as_ref(), cost, kind);
    }
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

/// The verdict on one kind where only scores tell: their difference is no ratio of densities, but has its sign, which decides
/// where the cost does not point the other way.
fn by_score(found: KindVerdict, points: Option<&Estimate>, cost: Cost, kind: Kind) -> KindVerdict {
    let said = points.map_or_else(String::new, |change| {
        let points = change.clone().map(|difference| 100.0 * difference);
        match (points.low, points.high) {
            (Some(low), Some(high)) => {
                format!("the score changed by {:+.1} points [{low:.1}, {high:.1}]", points.point)
            }
            _ => format!("the score changed by {:+.1} points", points.point),
        }
    });
    let (dearer, cheaper) = (cost.ln + Z * cost.error <= SAME_COST, cost.ln - Z * cost.error >= -SAME_COST);
    let points_elsewhere = match found.verdict {
        Verdict::Dropped => !dearer,
        Verdict::Gained => !cheaper,
        Verdict::Held => cost.ln.abs() >= SAME_COST,
        Verdict::Undecided => false,
    };
    if points_elsewhere {
        let costs = format!("it takes {:.3} of the original's {}", (-cost.ln).exp(), unit(kind));
        return KindVerdict::none(format!("a score gives no ratio of densities: {said}, and {costs}"));
    }
    KindVerdict { ratio: None, detectable_drop: None, reason: Some(said), ..found }
}

const fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Params => "parameters",
        Kind::Memory => "memory",
        Kind::Time => "time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::audit::ALPHA;
    use crate::law::density::Workload;
    use crate::law::evidence::Evidence as Effect;
    use crate::stat::bootstrap::Bootstrap;

    #[test]
    fn a_tasks_test_is_told_as_what_its_question_is_whatever_the_verdict_rests_on() {
        let bootstrap = Bootstrap { resamples: 100, seed: 1 };
        let rules =
            Rules { by: Kind::Memory, margin: 0.05, loss_margin: 0.005, bootstrap, workload: Workload::default() };
        let effect = || Effect::Normal { effect: -0.2, error: 0.01 };
        let question = |margin| Question { evidence: effect(), margin };
        // As with --reference: densities, from losses by task; and one task that only scores tell of.
        let evidence = Evidence {
            basis: Basis::Density,
            overall: effect(),
            tasks: vec![
                ("mmlu".to_owned(), question(Margin::Ratio(0.005))),
                ("mine".to_owned(), question(Margin::Difference(0.0))),
            ],
            sizes: None,
            why: None,
            differences: Vec::new(),
        };
        let costs = Kind::ALL.into_iter().map(|kind| (kind, Ok(Cost { ln: 0.0, error: 0.0 }))).collect();
        let verdicts = judge_all(&[(Ok(evidence), costs)], &rules, ALPHA);
        let of = |task: &str| verdicts[0].tasks[task].effect.clone();
        assert!(
            matches!(of("mmlu"), TaskEffect::LossRatio(Some(ratio)) if (ratio.point - (-0.2f64).exp()).abs() < 1e-9)
        );
        assert!(matches!(of("mine"), TaskEffect::ScoreDifference(Some(points)) if (points.point + 20.0).abs() < 1e-9));
    }
}
