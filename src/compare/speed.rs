//! Rows of two benches: which belong together, and what was measured of both.

use super::identity::{Aspect, Differ};
use super::judge::{Evidence, Metric, Unjudged};
use super::model_pairs;
use super::options::Options;
use crate::bench::warning::Warning;
use crate::measure::bench_report::{LatencyReport, RowReport};
use crate::report::stored::Stored;
use crate::stat::difference::Difference;
use crate::stat::{Estimate, Sample};

/// Everything that both benches measured.
pub(super) fn rows(base: &Stored, other: &Stored, options: &Options, differ: &mut Differ) -> Vec<Unjudged> {
    let (Some(ours), Some(theirs)) = (&base.report.bench, &other.report.bench) else { return Vec::new() };
    let mut compared = Vec::new();
    let several = ours.models.len() > 1;
    for (model, partner) in model_pairs::pairs(&ours.models, &theirs.models, differ) {
        let mut left: Vec<&RowReport> = theirs.results.iter().filter(|row| row.model == partner.id).collect();
        for row in ours.results.iter().filter(|row| row.model == model.id) {
            let Some(twin) = take(&mut left, row) else {
                differ.add(Aspect::Shapes, "row", Some(row.test.clone()), None);
                continue;
            };
            settings(row, twin, differ);
            for (side, row) in [(base, row), (other, twin)] {
                validity(side, row, differ);
            }
            let name = several.then(|| model.id.clone());
            compared
                .extend(row_metrics(row, twin, options).into_iter().map(|row| Unjudged { model: name.clone(), ..row }));
        }
        for extra in left {
            differ.add(Aspect::Shapes, "row", None, Some(extra.test.clone()));
        }
    }
    compared
}

/// The row of the same shape, by preference under the same settings.
fn take<'a>(left: &mut Vec<&'a RowReport>, row: &RowReport) -> Option<&'a RowReport> {
    let shaped = |candidate: &&RowReport| candidate.shape() == row.shape();
    let equal = |candidate: &&RowReport| {
        shaped(candidate) && candidate.settings == row.settings && candidate.backend == row.backend
    };
    let at = left.iter().position(equal).or_else(|| left.iter().position(shaped))?;
    Some(left.remove(at))
}

fn told<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "not told".to_owned(), |value| value.to_string())
}

fn settings(row: &RowReport, twin: &RowReport, differ: &mut Differ) {
    type Setting = (&'static str, fn(&RowReport) -> String);
    const SETTINGS: [Setting; 10] = [
        ("threads", |row| row.threads.to_string()),
        ("n_batch", |row| row.settings.n_batch.to_string()),
        ("n_ubatch", |row| row.settings.n_ubatch.to_string()),
        ("flash attention", |row| told(row.settings.flash_attention)),
        ("type_k", |row| row.settings.type_k.to_string()),
        ("type_v", |row| row.settings.type_v.to_string()),
        ("layers on a GPU", |row| told(row.settings.n_gpu_layers)),
        ("devices", |row| told(row.settings.devices_asked())),
        ("operations handed over", |row| told(row.settings.op_offload)),
        ("back end", |row| told(row.backend.as_deref())),
    ];
    for (name, of) in SETTINGS {
        if of(row) != of(twin) && (row.backend.is_some() && twin.backend.is_some() || name != "back end") {
            differ.add(Aspect::Settings, format!("{} {name}", row.test), Some(of(row)), Some(of(twin)));
        }
    }
}

/// The mark of an imported row, which alone is no reason to refuse it.
const fn unrecorded(warning: &Warning) -> bool {
    matches!(warning, Warning::NotRecorded { .. })
}

fn validity(stored: &Stored, row: &RowReport, differ: &mut Differ) {
    if row.valid || row.tokens_per_second.is_none() {
        return;
    }
    let mut why = row.warnings.iter().filter(|warning| warning.invalidates).peekable();
    if why.peek().is_some() && why.clone().all(|warning| unrecorded(&warning.warning)) {
        differ.note(format!(
            "{} of {} is imported: nothing vouches for a quiet machine",
            row.test,
            stored.path.display()
        ));
        return;
    }
    if row.unwatched() {
        let why: Vec<&str> = why.map(|warning| warning.message.as_str()).collect();
        differ.note(format!("{} of {} is UNWATCHED: {}", row.test, stored.path.display(), why.join("; ")));
        return;
    }
    let why: Vec<&str> = why.map(|warning| warning.message.as_str()).collect();
    let why = if why.is_empty() { "the report does not say why".to_owned() } else { why.join("; ") };
    let what = format!("{} of {} is INVALID: {why}", row.test, stored.path.display());
    differ.add(Aspect::Invalid, what, None, None);
}

fn row_metrics(row: &RowReport, twin: &RowReport, options: &Options) -> Vec<Unjudged> {
    let test = &row.test;
    let unjudged = |metric, base: f64, other: Option<f64>, evidence| Unjudged {
        test: test.clone(),
        model: None,
        metric,
        base,
        other,
        threshold: options.threshold,
        evidence,
        reason: None,
    };
    let mut rows = Vec::new();
    match (&row.tokens_per_second, &twin.tokens_per_second) {
        (Some(speed), Some(twin_speed)) => {
            let evidence = speeds(row).zip(speeds(twin)).and_then(|(a, b)| Difference::of_logs(&a, &b));
            let evidence = evidence.map_or(Evidence::Bare, Evidence::Ratio);
            rows.push(unjudged(Metric::TokensPerSecond, speed.point, Some(twin_speed.point), evidence));
        }
        (Some(speed), None) => rows.push(Unjudged {
            reason: Some(format!("failed: {}", twin.reason.as_deref().unwrap_or("no number"))),
            ..unjudged(Metric::TokensPerSecond, speed.point, None, Evidence::Lost)
        }),
        (None, _) => {}
    }
    if let (Some(ours), Some(theirs)) = (&row.latency, &twin.latency) {
        type Percentile = fn(&LatencyReport) -> Option<&Estimate>;
        let percentiles: [(Metric, Percentile); 2] = [
            (Metric::LatencyP50, |latency| latency.p50.as_ref()),
            (Metric::LatencyP99, |latency| latency.p99.as_ref()),
        ];
        for (metric, of) in percentiles {
            if let (Some(a), Some(b)) = (of(ours), of(theirs)) {
                rows.push(unjudged(metric, a.point, Some(b.point), of_estimates(a, b)));
            }
        }
    }
    if let (Some(a), Some(b)) = (&row.first_token, &twin.first_token) {
        rows.push(unjudged(Metric::Ttft, a.point, Some(b.point), of_estimates(a, b)));
    } else if let (Some(ours), Some(theirs)) = (row.ttft, twin.ttft) {
        rows.push(Unjudged {
            reason: Some("one median each, without an interval: shown, not judged; tokens/s is".to_owned()),
            ..unjudged(Metric::Ttft, ours.user_ns, Some(theirs.user_ns), Evidence::Bare)
        });
    }
    if let (Some(ours), Some(theirs)) = (row.memory.peak_rss, twin.memory.peak_rss) {
        rows.push(unjudged(Metric::PeakRss, ours as f64, Some(theirs as f64), Evidence::Exact));
    }
    if let (Some(ours), Some(theirs)) = (&row.energy, &twin.energy) {
        rows.push(unjudged(
            Metric::JoulesPerToken,
            ours.joules_per_token,
            Some(theirs.joules_per_token),
            Evidence::Bare,
        ));
    }
    rows.retain(|row| row.base > 0.0 && row.other.is_none_or(|other| other > 0.0));
    rows
}

/// Speeds of the repetitions.
fn speeds(row: &RowReport) -> Option<Sample> {
    let tokens = f64::from(row.tokens);
    Sample::new(row.samples_ns.iter().map(|ns| tokens * 1e9 / *ns as f64).collect()).ok()
}

/// The ratio of two estimates above 0 by their own intervals.
pub(super) fn of_estimates(base: &Estimate, other: &Estimate) -> Evidence {
    if base == other {
        return Evidence::Identical;
    }
    let logs = |estimate: &Estimate| estimate.clone().map(f64::ln);
    Difference::of_estimates(&logs(base), &logs(other)).map_or(Evidence::Bare, Evidence::Ratio)
}
