//! Scores, losses and density of two reports: item by item where the logs lie beside them.

use super::identity::{Aspect, Differ};
use super::items;
use super::items::Item;
use super::judge::{Evidence, Metric, Unjudged};
use super::options::Options;
use super::speed::of_estimates;
use crate::density::report::DensityReport;
use crate::eval::report::TaskReport;
use crate::report::stored::Stored;
use crate::stat::difference::Difference;
use crate::stat::paired::{Discordant, PairedCost, ln_ratio, ln_ratio_error};

/// Everything that both reports know of quality.
pub(super) fn rows(base: &Stored, other: &Stored, options: &Options, differ: &mut Differ) -> Vec<Unjudged> {
    let mut rows = Vec::new();
    for both in tasks(base, other, differ) {
        rows.extend(task(base, other, both, options, differ));
    }
    rows.extend(density(base, other, options, differ));
    rows
}

/// The tasks that both have; those that one lacks are told.
fn tasks<'a>(base: &'a Stored, other: &'a Stored, differ: &mut Differ) -> Vec<(&'a TaskReport, &'a TaskReport)> {
    let of = |stored: &'a Stored| stored.report.eval.as_ref().map(|eval| eval.tasks.as_slice());
    let (ours, theirs) = (of(base), of(other));
    let mut both = Vec::new();
    for task in ours.unwrap_or_default() {
        match theirs.unwrap_or_default().iter().find(|candidate| candidate.task == task.task) {
            Some(their) => both.push((task, their)),
            None if theirs.is_some() => differ.add(Aspect::Quality, "task", Some(task.task.clone()), None),
            None => {}
        }
    }
    let alone = |their: &&TaskReport| !ours.unwrap_or_default().iter().any(|task| task.task == their.task);
    for their in theirs.unwrap_or_default().iter().filter(|_| ours.is_some()).filter(alone) {
        differ.add(Aspect::Quality, "task", None, Some(their.task.clone()));
    }
    both
}

fn task(
    base: &Stored,
    other: &Stored,
    (ours, theirs): (&TaskReport, &TaskReport),
    options: &Options,
    differ: &mut Differ,
) -> Vec<Unjudged> {
    let name = &ours.task;
    for (key, own, their) in [("version", ours.version, theirs.version), ("shots", ours.shots, theirs.shots)] {
        if own != their {
            differ.add(Aspect::Quality, format!("{name} {key}"), Some(own.to_string()), Some(their.to_string()));
        }
    }
    // Another protocol: what two rows of it say is not compared, and the answer is told to lack them.
    if ours.chat.as_ref().map(|chat| (&chat.protocol, &chat.settings))
        != theirs.chat.as_ref().map(|chat| (&chat.protocol, &chat.settings))
    {
        let told = |task: &TaskReport| {
            Some(task.chat.as_ref().map_or_else(
                || "base completion".to_owned(),
                |chat| format!("chat, template {}", chat.settings.template_sha256.get(..12).unwrap_or_default()),
            ))
        };
        differ.add(Aspect::Quality, format!("{name} protocol"), told(ours), told(theirs));
        return Vec::new();
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
        _ if ours.selection != theirs.selection || ours.n != theirs.n => {
            differ.add(Aspect::Quality, format!("{name} items"), Some(ours.n.to_string()), Some(theirs.n.to_string()));
        }
        _ => {}
    }
    let mut rows = Vec::new();
    if let (Some(a), Some(b)) = (&ours.score, &theirs.score) {
        let evidence = pairs
            .as_deref()
            .and_then(answers)
            .unwrap_or_else(|| Difference::of_estimates(a, b).map_or(Evidence::Bare, Evidence::Plain));
        let threshold = 100.0 * options.threshold;
        rows.push(row(name, Metric::Score, (a.point, b.point), threshold, evidence));
    }
    if let (Some(a), Some(b)) = (&ours.conditional_loss, &theirs.conditional_loss) {
        let evidence = pairs.as_deref().and_then(losses).unwrap_or_else(|| of_estimates(a, b));
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
    let ratio = |report: &DensityReport| Some(report.density.clone()?.map(|density| density.ratio()));
    let (a, b) = (ratio(ours)?, ratio(theirs)?);
    let told = |report: &DensityReport| {
        [
            ("reference", serde_json::to_string(&report.reference).ok()),
            ("score_basis", serde_json::to_string(&report.score_basis).ok()),
            ("imputed", serde_json::to_string(&report.imputed).ok()),
        ]
    };
    for ((key, own), (_, their)) in told(ours).into_iter().zip(told(theirs)) {
        if own != their {
            differ.add(Aspect::Quality, format!("density {key}"), own, their);
        }
    }
    let positive = a.point > 0.0 && b.point > 0.0 && [a.low, b.low].iter().flatten().all(|low| *low > 0.0);
    positive.then(|| row("all", Metric::Density, (a.point, b.point), options.threshold, of_estimates(&a, &b)))
}
