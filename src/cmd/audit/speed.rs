//! Seconds of inference on this device, by the bench: one row in one process at a time.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::subject::Subject;
use crate::bench::plan::{Phase, Settings, Shape, StopRule};
use crate::cli::Global;
use crate::cli::audit::Audit;
use crate::cli::bench::Engine;
use crate::cmd::bench;
use crate::cmd::progress::Terminal;
use crate::measure::bench_report::RowReport;
use crate::measure::journal::RunPlan;
use crate::measure::model_file::ModelFile;
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::sweep;
use crate::stat::Estimate;
use crate::stat::least_squares::t_quantile;

/// Tokens of the timed reply; its speed stands for that of any length.
const REPLY: u32 = 32;

/// Speeds of a model and the time of one request.
pub(super) struct Speed {
    /// Prompt tokens a second.
    pub(super) prefill: Estimate,
    /// Generated tokens a second.
    pub(super) decode: Estimate,
    /// Seconds of a request of `--n-in` and `--n-out` tokens.
    pub(super) seconds: f64,
    /// Its standard error over its size.
    pub(super) relative_error: f64,
    /// Whether both rows are VALID.
    pub(super) valid: bool,
}

impl Speed {
    /// For the record.
    pub(super) fn json(&self) -> Value {
        json!({
            "prefill_tokens_per_second": self.prefill,
            "decode_tokens_per_second": self.decode,
            "seconds_per_request": self.seconds,
            "valid": self.valid,
        })
    }
}

/// Times a model, or takes up the times in the folder.
pub(super) fn measure(
    subject: &Subject,
    root: &Path,
    threads: u32,
    args: &Audit,
    global: &Global,
) -> anyhow::Result<Speed> {
    let prompt = Shape { phase: Phase::Prefill, tokens: (args.n_in.round() as u32).max(1), depth: 0 };
    let reply = Shape { phase: Phase::Decode, tokens: REPLY, depth: 0 };
    // The double takes no time: there is no second to fill with it.
    let min_seconds = if args.engine == Engine::Mock { 0.0 } else { 2.0 };
    let row = |shape: Shape| -> anyhow::Result<RowReport> {
        let plan = RunPlan {
            engine: bench::kind(args.engine),
            seed: global.seed,
            models: vec![subject.about.clone()],
            rows: sweep::rows(1, &[shape], &[Settings::with_threads(threads)]),
            stop: StopRule { repetitions: 5, min_seconds, max_seconds: 120.0 },
        };
        let short = subject.about.sha256.get(..12).unwrap_or(&subject.about.sha256);
        let folder = root.join(short).join(format!("speed-{shape}-t{threads}"));
        let model = ModelFile { path: subject.path.clone(), info: subject.about.clone() };
        let options = SessionOptions { resume: true, ..SessionOptions::default() };
        let report = run_session(&folder, &plan, &[model], &[], &options, &Terminal::new(global.quiet))?;
        report.results.first().cloned().context("the bench gave no row")
    };
    let (first, second) = (row(prompt)?, row(reply)?);
    let speed = |row: &RowReport| -> anyhow::Result<(Estimate, f64)> {
        let reason = || row.reason.clone().unwrap_or_else(|| format!("{} was not measured", row.test));
        let estimate = row.tokens_per_second.clone().with_context(reason)?;
        let half = estimate.high.zip(estimate.low).map_or(0.0, |(high, low)| (high - low) / 2.0);
        let n = row.samples_ns.len().max(2);
        let error = half / t_quantile(estimate.level, n - 1) / estimate.point;
        Ok((estimate, error))
    };
    let ((prefill, prefill_error), (decode, decode_error)) = (speed(&first)?, speed(&second)?);
    let (reading, writing) = (args.n_in / prefill.point, args.n_out / decode.point);
    let seconds = reading + writing;
    let relative_error = (reading * prefill_error).hypot(writing * decode_error) / seconds;
    Ok(Speed { prefill, decode, seconds, relative_error, valid: first.valid && second.valid })
}
