//! That every number of a bench and of a probe is the one that its raw samples give.
//!
//! What a report says of its own repetitions is held already where it is read; here the journal speaks, which has every
//! repetition, with what was read beside it.

use std::path::Path;

use super::rule::{Finding, LONGEST, Rule};
use crate::device::compute::Samples;
use crate::device::record::ProbedDevice;
use crate::file::run_folder::REPORT;
use crate::measure::bench_report::BenchReport;
use crate::measure::bench_report::row::RowReport;
use crate::measure::journal::{self, Entry, Journal, RunPlan};
use crate::report::run::RunReport;
use crate::report::stored::LARGEST;
use crate::sanitize::line;
use crate::stat::Estimate;
use crate::worker::protocol::EngineKind;

/// Share by which two computers may differ over the same samples.
const ROUNDING: f64 = 1e-6;

/// What is found in a report with the entries of its journal.
pub(super) fn look(report: &RunReport, entries: &Result<Vec<Entry>, String>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(device) = report.device.as_ref().and_then(|device| device.record.probed()) {
        found.extend(probe(device));
    }
    let Some(bench) = &report.bench else { return found };
    match entries {
        Err(why) => found.push(Finding::new(Rule::Journal, why)),
        Ok(entries) => found.extend(journal(report, bench, entries)),
    }
    found
}

/// The journal beside a report.
///
/// # Errors
/// Why there is none, as a text.
pub(crate) fn entries(report: &Path) -> Result<Vec<Entry>, String> {
    let path = report.with_file_name(journal::FILE);
    let about = std::fs::symlink_metadata(&path);
    if about.as_ref().is_ok_and(std::fs::Metadata::is_symlink) {
        return Err(format!("{} beside {REPORT} is a link: a report travels with its own file", journal::FILE));
    }
    if !about.as_ref().is_ok_and(std::fs::Metadata::is_file) {
        return Err(format!("no {} beside {REPORT}: the raw samples belong to a report", journal::FILE));
    }
    if about.is_ok_and(|about| about.len() > LARGEST) {
        return Err(format!("{} is larger than {} MiB", journal::FILE, LARGEST >> 20));
    }
    // The name of the file stands before what is said of it.
    Journal::read(&path).map_err(|error| line(&error.to_string(), LONGEST * 2))
}

/// The numbers of a probe are those of its samples.
fn probe(device: &ProbedDevice) -> Option<Finding> {
    let measured = device.measured.as_ref()?;
    let all: [(&str, &[Samples]); 3] =
        [("read_bandwidth", &measured.read_bandwidth), ("fp32", &measured.fp32), ("int8", &measured.int8)];
    all.into_iter().flat_map(|(name, all)| all.iter().map(move |samples| (name, samples))).find_map(
        |(name, samples)| {
            let (which, own, derived) = samples.contradiction()?;
            let text =
                format!("{name} at {} threads: {which} is {own}, and its samples give {derived}", samples.threads);
            Some(Finding::new(Rule::Edited, text).number(own, derived))
        },
    )
}

/// The bench is the one that its journal gives.
fn journal(report: &RunReport, bench: &BenchReport, entries: &[Entry]) -> Vec<Finding> {
    let edited = |what: String| Finding::new(Rule::Edited, what);
    let Some(derived) = BenchReport::of(entries) else {
        return vec![Finding::new(Rule::Journal, format!("{} holds no run", journal::FILE))];
    };
    let mut found = Vec::new();
    if RunPlan::of(entries).is_some_and(|plan| plan.engine != EngineKind::Llama) {
        found.push(Finding::new(Rule::Origin, "its journal is of another engine than llama.cpp"));
    }
    // A correction is a new run over the journal of the old one.
    let run = report.supersedes.as_ref().map_or(&bench.run_id, |old| &old.run_id);
    if *run != derived.run_id || report.run_id != bench.run_id {
        let text =
            format!("the run is `{}`, and the journal's `{}`", line(run, LONGEST), line(&derived.run_id, LONGEST));
        found.push(edited(text));
    }
    let told = [
        ("started", bench.started == derived.started),
        ("seed", bench.seed == derived.seed),
        ("models", bench.models == derived.models),
        ("device", bench.device == derived.device),
        ("sustain", bench.sustain == derived.sustain),
    ];
    for (name, _) in told.into_iter().filter(|(_, same)| !same) {
        found.push(edited(format!("`{name}` is not what the journal says")));
    }
    if bench.results.len() != derived.results.len() {
        let (own, all) = (bench.results.len(), derived.results.len());
        return vec![edited(format!("{own} rows, and the journal has {all}")).number(own as f64, all as f64)];
    }
    found.extend(bench.results.iter().zip(derived.results.iter()).filter_map(|(own, derived)| row(own, derived)));
    let loads = |bench: &BenchReport| bench.results.loads.iter().map(|row| row.samples_ns.clone()).collect::<Vec<_>>();
    if loads(bench) != loads(&derived) {
        found.push(edited("the loads are not those of the journal".to_owned()).in_row("load"));
    }
    found
}

/// The first difference of a row.
fn row(own: &RowReport, derived: &RowReport) -> Option<Finding> {
    let edited = |what: String| Finding::new(Rule::Edited, what).in_row(&own.test);
    let identity = |row: &RowReport| (row.test.clone(), row.model.clone(), row.phase, row.backend.clone());
    if identity(own) != identity(derived) {
        return Some(edited("its test, model or back end is not the journal's".to_owned()));
    }
    if own.samples_ns != derived.samples_ns {
        let (at, number, bound) = unequal(&own.samples_ns, &derived.samples_ns);
        let what = format!("repetition {} took {number} ns, and {bound} in the journal", at + 1);
        return Some(edited(what).number(number as f64, bound as f64));
    }
    if own.valid && !derived.valid {
        return Some(edited("called valid, and by its journal it is not".to_owned()));
    }
    numbers(own).into_iter().zip(numbers(derived)).find_map(|((name, own), (_, derived))| match (own, derived) {
        (Some(own), Some(derived)) if (own - derived).abs() > ROUNDING * own.abs().max(derived.abs()) => {
            Some(edited(format!("{name} is {own}, and the journal gives {derived}")).number(own, derived))
        }
        (Some(own), None) => Some(edited(format!("{name} is {own}, and the journal gives none"))),
        _ => None,
    })
}

/// The first repetition in which two rows differ; 0 stands for one that is not there.
fn unequal(own: &[u64], derived: &[u64]) -> (usize, u64, u64) {
    let at = |samples: &[u64], at: usize| samples.get(at).copied().unwrap_or(0);
    let longest = own.len().max(derived.len());
    let first = (0..longest).find(|&place| own.get(place) != derived.get(place)).unwrap_or(0);
    (first, at(own, first), at(derived, first))
}

/// The numbers of a row that rest on what the journal holds; always the same names in the same order.
fn numbers(row: &RowReport) -> Vec<(String, Option<f64>)> {
    let whole = |number: Option<u64>| number.map(|number| number as f64);
    let mut all: Vec<(String, Option<f64>)> = Vec::new();
    let mut estimate = |name: &str, estimate: Option<&Estimate>| {
        all.push((name.to_owned(), estimate.map(|estimate| estimate.point)));
        all.push((format!("the lower end of {name}"), estimate.and_then(|estimate| estimate.low)));
        all.push((format!("the upper end of {name}"), estimate.and_then(|estimate| estimate.high)));
    };
    estimate("tokens_per_second", row.tokens_per_second.as_ref());
    estimate("first_token", row.first_token.as_ref());
    let latency = row.latency.as_ref();
    for (name, percentile) in [
        ("latency.p50", latency.and_then(|latency| latency.p50.as_ref())),
        ("latency.p90", latency.and_then(|latency| latency.p90.as_ref())),
        ("latency.p95", latency.and_then(|latency| latency.p95.as_ref())),
        ("latency.p99", latency.and_then(|latency| latency.p99.as_ref())),
    ] {
        estimate(name, percentile);
    }
    let (ttft, memory, energy) = (row.ttft.as_ref(), &row.memory, row.energy.as_ref());
    let (thermal, load) = (&row.thermal, &row.load);
    let rest = [
        ("tokens", Some(f64::from(row.tokens))),
        ("depth", Some(f64::from(row.depth))),
        ("threads", Some(f64::from(row.threads))),
        ("median_tokens_per_second", row.median_tokens_per_second),
        ("stddev_tokens_per_second", row.stddev_tokens_per_second),
        ("spread", row.spread),
        ("warmup_ns", whole(row.warmup_ns)),
        ("load_ns", whole(row.load_ns)),
        ("latency.max", latency.and_then(|latency| whole(latency.max))),
        ("latency.count", latency.map(|latency| latency.count as f64)),
        ("ttft.prefill_ns", ttft.map(|ttft| ttft.prefill_ns)),
        ("ttft.user_ns", ttft.map(|ttft| ttft.user_ns)),
        ("ttft.engine_ns", ttft.map(|ttft| ttft.engine_ns)),
        ("memory.peak_rss", whole(memory.peak_rss)),
        ("memory.pss", whole(memory.pss)),
        ("memory.anonymous", whole(memory.anonymous)),
        ("memory.kv_cache", whole(memory.kv_cache)),
        ("energy.joules", energy.map(|energy| energy.joules)),
        ("energy.joules_per_token", energy.map(|energy| energy.joules_per_token)),
        ("energy.watts", energy.map(|energy| energy.watts)),
        ("thermal.start_celsius", thermal.start_celsius),
        ("thermal.end_celsius", thermal.end_celsius),
        ("thermal.start_hertz", thermal.start_hertz),
        ("thermal.end_hertz", thermal.end_hertz),
        ("load.others_busy_processors", load.others_busy_processors),
        ("load.steal_fraction", load.steal_fraction),
        ("load.major_faults", whole(load.major_faults)),
    ];
    all.extend(rest.map(|(name, number)| (name.to_owned(), number)));
    all
}
