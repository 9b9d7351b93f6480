//! Seconds of inference on this device, by the bench: one row in one process at a time.

use super::measured::RequestSpeed;
use super::plan::AuditPlan;
use super::subject::Subject;
use crate::bench::plan::{Phase, Row, Settings, Shape, StopRule};
use crate::measure::bench_report::RowReport;
use crate::measure::journal::RunPlan;
use crate::measure::session::{SessionOptions, run_session};
use crate::observer::Observer;
use crate::stat::Estimate;
use crate::stat::least_squares::t_quantile;
use crate::worker::protocol::EngineKind;

/// Tokens of the timed reply; its speed stands for that of any length.
const REPLY: u32 = 32;

/// The time of one request of a model.
pub(super) struct Speed {
    /// As the record tells it.
    pub(super) request: RequestSpeed,
    /// Standard error of its seconds over their size.
    pub(super) relative_error: f64,
    /// The most memory that either row took, or why that is not known.
    pub(super) peak_rss: Result<u64, String>,
}

/// Times a model, or takes up the times in the folder. The error says why it was not timed.
pub(super) fn measure(
    subject: &Subject,
    threads: u32,
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<Speed, String> {
    let workload = plan.rules.workload;
    let prompt = Shape { phase: Phase::Prefill, tokens: (workload.n_in.round() as u32).max(1), depth: 0 };
    let reply = Shape { phase: Phase::Decode, tokens: REPLY, depth: 0 };
    let (first, second) =
        (row(subject, prompt, threads, plan, observer)?, row(subject, reply, threads, plan, observer)?);
    let ((prefill, prefill_error), (decode, decode_error)) = (speed(&first)?, speed(&second)?);
    let (reading, writing) = (workload.n_in / prefill.point, workload.n_out / decode.point);
    let seconds = reading + writing;
    Ok(Speed {
        request: RequestSpeed {
            prefill_tokens_per_second: prefill,
            decode_tokens_per_second: decode,
            seconds_per_request: seconds,
            valid: first.valid && second.valid,
        },
        peak_rss: peak(&[&first, &second]),
        relative_error: (reading * prefill_error).hypot(writing * decode_error) / seconds,
    })
}

/// One row of a bench, in a folder of its own.
fn row(
    subject: &Subject,
    shape: Shape,
    threads: u32,
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<RowReport, String> {
    // The double takes no time: there is no second to fill with it.
    let min_seconds = if plan.engine == EngineKind::Mock { 0.0 } else { 2.0 };
    let rows = RunPlan {
        engine: plan.engine,
        seed: plan.rules.bootstrap.seed,
        models: vec![subject.file.info.clone()],
        rows: vec![Row { model: 0, shape, settings: Settings::with_threads(threads) }],
        stop: StopRule { repetitions: 5, min_seconds, max_seconds: 120.0 },
    };
    let folder = plan.folder.join(subject.folder_name()).join(format!("speed-{shape}-t{threads}"));
    let options = SessionOptions { resume: true, ..SessionOptions::default() };
    let report = run_session(&folder, &rows, std::slice::from_ref(&subject.file), &[], &options, observer)
        .map_err(|error| error.to_string())?;
    report.results.first().cloned().ok_or_else(|| "the bench gave no row".to_owned())
}

/// The largest high-water mark; a row without one leaves it unknown, as it may have been the larger.
fn peak(rows: &[&RowReport]) -> Result<u64, String> {
    let of = |row: &&RowReport| {
        let reason = || row.memory.reason.clone().unwrap_or_else(|| format!("{} has no peak of memory", row.test));
        row.memory.peak_rss.ok_or_else(reason)
    };
    let peaks = rows.iter().map(of).collect::<Result<Vec<u64>, String>>()?;
    peaks.into_iter().max().ok_or_else(|| "no row was measured".to_owned())
}

/// The speed of a row and its standard error over its size.
fn speed(row: &RowReport) -> Result<(Estimate, f64), String> {
    let reason = || row.reason.clone().unwrap_or_else(|| format!("{} was not measured", row.test));
    let estimate = row.tokens_per_second.clone().ok_or_else(reason)?;
    let half = estimate.high.zip(estimate.low).map_or(0.0, |(high, low)| (high - low) / 2.0);
    let n = row.samples_ns.len().max(2);
    let error = half / t_quantile(estimate.level, n - 1) / estimate.point;
    Ok((estimate, error))
}
