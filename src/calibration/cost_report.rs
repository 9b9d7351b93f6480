//! A fit of token costs on the wire.

use serde::Serialize;

use super::cost_fit::{CostError, CostFit, LARGEST_CONDITION, LeftOut, leave_out};
use super::set::{CalibrationFile, Timing, Work};
use crate::device::rates::rms;
use crate::stat::{Estimate, Sample};

/// Share of its time by which a type may miss the best rate and still be called bound by memory.
const MEMORY_BOUND: f64 = 0.1;

/// Operations for one weight and token: a multiplication and an addition.
const OPERATIONS: f64 = 2.0;

/// The costs of one phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CostReport {
    /// Tensor types, the fastest in bytes per second first.
    pub types: Vec<TypeReport>,
    /// Decode: bytes per second of the fastest type, η∞·BW.
    pub bytes_per_second: Option<Estimate>,
    /// Decode: that over the read bandwidth of the probe (η∞). Prefill: operations of the fastest type over the FP32
    /// arithmetic of the probe.
    pub efficiency: Option<Estimate>,
    /// Seconds that each layer adds (t0).
    pub seconds_per_layer: Option<Estimate>,
    /// Seconds for each layer, element of attention and position (c_attn over the width).
    pub attention_seconds: Option<Estimate>,
    /// Condition number of the scaled design.
    pub condition_number: f64,
    /// Standard deviation of the relative residuals.
    pub residual_sd: f64,
    /// Costs that came out negative and were set to zero.
    pub set_to_zero: Vec<String>,
    /// Every row with its misses.
    pub rows: Vec<RowMiss>,
    /// Files left out in turn.
    #[serde(rename = "leave_one_rung_out")]
    pub leave_one_file_out: Option<Misses>,
    /// Models left out in turn.
    pub cross_model: Option<Misses>,
}

/// A tensor type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TypeReport {
    /// Name.
    #[serde(rename = "type")]
    pub name: String,
    /// Bits per weight.
    pub bits: f64,
    /// Seconds for one weight.
    pub seconds_per_weight: Estimate,
    /// Decode: bytes per second.
    pub bytes_per_second: Option<Estimate>,
    /// Decode: seconds for one weight beyond moving its bytes at the best rate.
    pub dequantisation_seconds: Option<Estimate>,
    /// Decode: `memory`, or `compute` where arithmetic costs more than a tenth of the time.
    pub bound: Option<&'static str>,
}

/// A row: relative misses (fitted over measured, less one).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RowMiss {
    /// File.
    #[serde(rename = "rung")]
    pub file: String,
    /// Tokens before the row.
    pub depth: f64,
    /// Seconds for one token, measured.
    pub seconds: f64,
    /// Of the fit to all rows.
    pub fitted: f64,
    /// Of the fit without the file.
    #[serde(rename = "without_rung")]
    pub without_file: Option<f64>,
    /// Of the fit without the model.
    pub without_model: Option<f64>,
}

/// How far predictions of rows that were not shown miss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Misses {
    /// Rows predicted.
    pub rows: usize,
    /// Median of |predicted/measured − 1|.
    pub median: f64,
    /// Root mean square.
    pub rms: f64,
    /// The worst.
    pub worst: f64,
}

impl Misses {
    fn of(rows: &[LeftOut]) -> Option<Self> {
        let errors = Sample::new(rows.iter().map(|row| row.relative.abs()).collect()).ok()?;
        let rms = rms(rows.iter().map(|row| row.relative))?;
        Some(Self { rows: rows.len(), median: errors.median(), rms, worst: errors.max() })
    }
}

impl CostReport {
    /// Describes a fit; `peak` is what the probe reached: bytes per second for decode, operations per second for prefill.
    ///
    /// # Errors
    /// Rows that determine nothing.
    pub(crate) fn of(
        fit: &CostFit,
        files: &[CalibrationFile],
        timings: &[Timing],
        peak: Option<f64>,
    ) -> Result<Self, CostError> {
        let decode = fit.work == Work::Decode;
        let split = fit.split();
        let fastest = split.first();
        let efficiency = if decode {
            fastest.and_then(|kind| Some(scaled(&kind.bytes_per_second, 1.0 / peak?)))
        } else {
            // The least time for a weight is the most operations.
            let least = split.iter().min_by(|a, b| a.seconds_per_weight.point.total_cmp(&b.seconds_per_weight.point));
            least.and_then(|kind| {
                let peak = peak?;
                let share = |seconds: f64| OPERATIONS / seconds / peak;
                Some(Estimate {
                    point: share(kind.seconds_per_weight.point),
                    low: kind.seconds_per_weight.high.map(share),
                    high: kind.seconds_per_weight.low.filter(|seconds| *seconds > 0.0).map(share),
                    ..kind.seconds_per_weight.clone()
                })
            })
        };
        let without_file = leave_out(files, timings, fit.work, CalibrationFile::name)?;
        let without_model = leave_out(files, timings, fit.work, |file| file.model.clone())?;
        let miss = |rows: &[LeftOut], row: usize| rows.iter().find(|left| left.row == row).map(|left| left.relative);
        Ok(Self {
            bytes_per_second: fastest.filter(|_| decode).map(|kind| kind.bytes_per_second.clone()),
            efficiency,
            seconds_per_layer: fit.per_layer(),
            attention_seconds: fit.attention(),
            condition_number: fit.condition_number(),
            residual_sd: fit.residual_sd(),
            set_to_zero: fit.dropped.clone(),
            rows: fit
                .residuals
                .iter()
                .map(|residual| {
                    let timing = &timings[residual.row];
                    RowMiss {
                        file: files[timing.file].name(),
                        depth: timing.depth,
                        seconds: timing.seconds,
                        fitted: residual.relative,
                        without_file: miss(&without_file, residual.row),
                        without_model: miss(&without_model, residual.row),
                    }
                })
                .collect(),
            leave_one_file_out: Misses::of(&without_file),
            cross_model: Misses::of(&without_model),
            types: split
                .into_iter()
                .map(|kind| TypeReport {
                    bound: decode.then(|| {
                        let beyond = kind.dequantisation.point / kind.seconds_per_weight.point;
                        if beyond <= MEMORY_BOUND { "memory" } else { "compute" }
                    }),
                    name: kind.name,
                    bits: kind.bits,
                    seconds_per_weight: kind.seconds_per_weight,
                    bytes_per_second: decode.then_some(kind.bytes_per_second),
                    dequantisation_seconds: decode.then_some(kind.dequantisation),
                })
                .collect(),
        })
    }

    /// What to know about the fit.
    #[must_use]
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.condition_number > LARGEST_CONDITION {
            warnings.push(format!(
                "condition number {:.0} above {LARGEST_CONDITION:.0}: single costs hang together; predictions of files like those measured still hold",
                self.condition_number
            ));
        }
        for name in &self.set_to_zero {
            warnings.push(format!("the cost of {name} came out negative and was set to zero"));
        }
        if let Some(misses) = self.leave_one_file_out.filter(|misses| misses.worst > 0.15) {
            warnings.push(format!("a file left out is missed by up to {:.0} %, more than 15 %", 100.0 * misses.worst));
        }
        if let Some(misses) = self.cross_model.filter(|misses| misses.median > 0.25) {
            warnings
                .push(format!("a model left out is missed by {:.0} % (median), more than 25 %", 100.0 * misses.median));
        }
        if let Some(share) = self.efficiency.as_ref().filter(|share| share.low.is_some_and(|low| low > 1.0)) {
            warnings.push(format!(
                "{:.1} times what the probe reached: the probe was disturbed, and the share says nothing",
                share.point
            ));
        }
        warnings
    }
}

fn scaled(estimate: &Estimate, factor: f64) -> Estimate {
    estimate.clone().map(|value| value * factor)
}
