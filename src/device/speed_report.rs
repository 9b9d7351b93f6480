//! The documents of predicted decode speeds: of rows that nobody measured, and of measured ones left out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::prefill_model::PrefillModel;
use super::speed_model::{LeftOut, SpeedInput, SpeedModel, leave_one_out};
use super::speeds::SpeedRow;
use crate::stat::{Estimate, ProcessError};

/// Nominal coverage of the intervals.
const LEVEL: f64 = 0.8;

/// The predicted speed of one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpeedReport {
    /// Decode speed; null with `reason`.
    pub tokens_per_second: Option<Estimate>,
    /// What the row lacks.
    pub reason: Option<String>,
    /// Prefill of 512 tokens; null where the row lacks its parameters or bandwidth.
    pub prefill_tokens_per_second: Option<Estimate>,
}

impl SpeedReport {
    /// Predicts rows by the models of decode and of prefill.
    #[must_use]
    pub fn all(decode: &SpeedModel, prefill: &PrefillModel, rows: &[SpeedRow]) -> Vec<Self> {
        let read = |row: &SpeedRow| {
            let device = Some(row.device.as_str()).filter(|device| !device.is_empty());
            prefill.tokens_per_second(row.active_params()?, row.bandwidth_gbs?, &row.backend, device).ok()
        };
        let predict = |row: &SpeedRow| {
            let found = SpeedInput::of(row).map(|input| decode.predict(&input, LEVEL));
            Self {
                reason: found.as_ref().err().map(ToString::to_string),
                tokens_per_second: found.ok(),
                prefill_tokens_per_second: read(row),
            }
        };
        rows.iter().map(predict).collect()
    }
}

/// Backends of the rows that no measured row has, with the way out.
#[must_use]
pub fn strange_backends(rows: &[SpeedRow], measured: &[SpeedRow]) -> Vec<String> {
    let known: BTreeSet<&str> = measured.iter().map(|row| row.backend.as_str()).collect();
    let strange: BTreeSet<&str> =
        rows.iter().map(|row| row.backend.as_str()).filter(|name| !known.contains(name)).collect();
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    strange
        .into_iter()
        .map(|name| format!("nothing was measured on a backend `{name}`, so its intervals are wide; measured: {known}"))
        .collect()
}

/// How the model does on rows that it was not shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOutReport {
    /// What was predicted: `decode` or `prefill`.
    pub predicted: &'static str,
    /// What was left out at once.
    pub left_out: &'static str,
    /// Rows predicted.
    pub rows: usize,
    /// Groups left out in turn.
    pub groups: usize,
    /// Median of |predicted/measured − 1|.
    pub median_error: f64,
    /// The same for one median η per backend; null for prefill.
    pub median_error_one_eta_per_backend: Option<f64>,
    /// Share of rows whose measured speed lies in the interval.
    pub coverage: f64,
    /// Nominal level of that interval.
    pub level: f64,
}

/// What is left out at once.
type Grouping = fn(&SpeedRow) -> &str;

impl LeftOutReport {
    /// Leaves out devices, chips and sources in turn.
    ///
    /// # Errors
    /// Fewer than two of one of them.
    pub fn all(measured: &[SpeedRow]) -> Result<Vec<Self>, ProcessError> {
        let ways: [(&'static str, Grouping); 3] =
            [("device", |row| &row.device), ("chip", |row| &row.soc), ("source", |row| &row.source)];
        let of = |(left_out, group): (&'static str, Grouping)| {
            let LeftOut { rows, groups, median_error, median_error_one_eta, coverage, level } =
                leave_one_out(measured, group, LEVEL)?;
            Ok(Self {
                predicted: "decode",
                left_out,
                rows,
                groups,
                median_error,
                median_error_one_eta_per_backend: Some(median_error_one_eta),
                coverage,
                level,
            })
        };
        let prefill = PrefillModel::of(measured).left_out().map(|found| Self {
            predicted: "prefill",
            left_out: "device",
            rows: found.devices,
            groups: found.devices,
            median_error: found.median_error,
            median_error_one_eta_per_backend: None,
            coverage: found.coverage,
            level: LEVEL,
        });
        ways.into_iter().map(of).chain(prefill.map(Ok)).collect()
    }
}
