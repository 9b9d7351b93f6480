//! Scores, losses and density of two reports: item by item where the logs lie beside them.

use serde_json::Value;

use super::identity::{Aspect, Differ};
use super::items;
use super::items::Item;
use super::judge::{Evidence, Metric, Unjudged};
use super::options::Options;
use super::speed::of_estimates;
use crate::report::stored::Stored;
use crate::stat::Estimate;
use crate::stat::difference::Difference;
use crate::stat::paired::{Discordant, PairedCost, ln_ratio, ln_ratio_error};

/// Everything that both reports know of quality.
pub(super) fn rows(base: &Stored, other: &Stored, options: &Options, differ: &mut Differ) -> Vec<Unjudged> {
    let mut rows = Vec::new();
    for (name, ours, theirs) in tasks(base, other, differ) {
        rows.extend(task(base, other, (&name, &ours, &theirs), options, differ));
    }
    rows.extend(density(base, other, options, differ));
    rows
}

/// The tasks that both have; those that one lacks are told.
fn tasks(base: &Stored, other: &Stored, differ: &mut Differ) -> Vec<(String, Value, Value)> {
    let of = |stored: &Stored| -> Vec<(String, Value)> {
        let tasks = stored.report.eval.as_ref().and_then(|eval| eval["tasks"].as_array().cloned()).unwrap_or_default();
        tasks.into_iter().filter_map(|task| Some((task["task"].as_str()?.to_owned(), task))).collect()
    };
    let (ours, mut theirs) = (of(base), of(other));
    let mut both = Vec::new();
    for (name, task) in ours {
        match theirs.iter().position(|(candidate, _)| *candidate == name) {
            Some(at) => both.push((name, task, theirs.remove(at).1)),
            None if other.report.eval.is_some() => differ.add(Aspect::Quality, "task", Some(name), None),
            None => {}
        }
    }
    if base.report.eval.is_some() {
        for (name, _) in theirs {
            differ.add(Aspect::Quality, "task", None, Some(name));
        }
    }
    both
}

fn task(
    base: &Stored,
    other: &Stored,
    (name, ours, theirs): (&str, &Value, &Value),
    options: &Options,
    differ: &mut Differ,
) -> Vec<Unjudged> {
    for key in ["version", "shots"] {
        if ours[key] != theirs[key] {
            differ.add(
                Aspect::Quality,
                format!("{name} {key}"),
                Some(ours[key].to_string()),
                Some(theirs[key].to_string()),
            );
        }
    }
    let logs = items::of(base, name).zip(items::of(other, name));
    let pairs = logs.as_ref().map(|(ours, theirs)| items::shared(ours, theirs)).filter(|pairs| !pairs.is_empty());
    match (&pairs, &logs) {
        (Some(pairs), Some((ours, theirs))) => {
            let apart = ours.len().max(theirs.len()) - pairs.len();
            if apart > 0 {
                differ.add(Aspect::Quality, format!("{name}: {apart} items or prompts are not shared"), None, None);
            }
        }
        _ if ours["selection"] != theirs["selection"] || ours["n"] != theirs["n"] => {
            differ.add(
                Aspect::Quality,
                format!("{name} items"),
                Some(ours["n"].to_string()),
                Some(theirs["n"].to_string()),
            );
        }
        _ => {}
    }
    let estimate = |task: &Value, key: &str| serde_json::from_value::<Estimate>(task[key].clone()).ok();
    let mut rows = Vec::new();
    if let (Some(a), Some(b)) = (estimate(ours, "score"), estimate(theirs, "score")) {
        let evidence = pairs
            .as_deref()
            .and_then(answers)
            .unwrap_or_else(|| Difference::of_estimates(&a, &b).map_or(Evidence::Bare, Evidence::Plain));
        let threshold = 100.0 * options.threshold;
        rows.push(row(name, Metric::Score, (a.point, b.point), threshold, evidence));
    }
    if let (Some(a), Some(b)) = (estimate(ours, "conditional_loss"), estimate(theirs, "conditional_loss")) {
        let evidence = pairs.as_deref().and_then(losses).unwrap_or_else(|| of_estimates(&a, &b));
        rows.push(row(name, Metric::Loss, (a.point, b.point), options.loss_threshold, evidence));
    }
    rows
}

fn row(test: &str, metric: Metric, (base, other): (f64, f64), threshold: f64, evidence: Evidence) -> Unjudged {
    Unjudged { test: test.to_owned(), model: None, metric, base, other: Some(other), threshold, evidence, reason: None }
}

/// Which answers were lost and won.
fn answers(pairs: &[(&Item, &Item)]) -> Option<Evidence> {
    let graded: Option<Vec<(bool, bool)>> = pairs.iter().map(|(a, b)| Some((a.correct?, b.correct?))).collect();
    Some(Evidence::Pairs(Discordant::count(graded?)))
}

/// The ratio of the losses over the same texts.
fn losses(pairs: &[(&Item, &Item)]) -> Option<Evidence> {
    let costs: Option<Vec<PairedCost>> =
        pairs.iter().map(|(a, b)| Some(PairedCost { before: a.nll_nats?, after: b.nll_nats? })).collect();
    let costs = costs?;
    let point = -ln_ratio(costs.iter().copied())?;
    let (error, degrees) = ln_ratio_error(&[costs])?;
    let difference = Difference {
        point,
        error_below: error,
        error_above: error,
        degrees,
        method: "ratio of losses over the same items, linearised",
    };
    Some(Evidence::Ratio(difference))
}

fn density(base: &Stored, other: &Stored, options: &Options, differ: &mut Differ) -> Option<Unjudged> {
    let (ours, theirs) = (base.report.density.as_ref()?, other.report.density.as_ref()?);
    let estimate = |density: &Value| serde_json::from_value::<Estimate>(density["density"].clone()).ok();
    let (a, b) = (estimate(ours)?, estimate(theirs)?);
    for key in ["reference", "score_basis", "imputed"] {
        if ours[key] != theirs[key] {
            let side = |value: &Value| Some(value[key].to_string());
            differ.add(Aspect::Quality, format!("density {key}"), side(ours), side(theirs));
        }
    }
    let positive = a.point > 0.0 && b.point > 0.0 && [a.low, b.low].iter().flatten().all(|low| *low > 0.0);
    positive.then(|| row("all", Metric::Density, (a.point, b.point), options.threshold, of_estimates(&a, &b)))
}
