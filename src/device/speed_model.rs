//! Decode speed of a device nobody measured, from bandwidth, bytes per token and backend alone.
//!
//! Time per token is `bytes/(η·BW)`; ln(1/η) is a Gaussian process that pools partially: over all rows of a backend,
//! over devices of like bandwidth (much the same memory system), over like sizes (the fixed cost per token), and over
//! both. Far from all rows it returns to the backend's level with the spread among its devices.

use statrs::distribution::{ContinuousCDF, Normal};

use super::speeds::SpeedRow;
use crate::stat::{Estimate, GaussianProcess, ProcessError, Sample};

/// The name of a device whose bandwidth was probed and on which models were timed, among those of the published rows.
pub const TIMED_HERE: &str = "this very device";

/// A row without what the model needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingInput {
    /// No bandwidth.
    #[error("no memory bandwidth in the row")]
    Bandwidth,
    /// No file size.
    #[error("no file size in the row")]
    Size,
}

/// What a prediction rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeedInput {
    ln_bandwidth: f64,
    ln_bytes: f64,
    backend: String,
    device: Option<String>,
    /// Whether the device's bandwidth was probed and models were timed on it.
    timed: bool,
}

impl SpeedInput {
    /// A device by memory bandwidth (GB/s) and backend that reads `gb_per_token` for each token.
    #[must_use]
    pub fn new(bandwidth_gbs: f64, gb_per_token: f64, backend: &str) -> Self {
        Self {
            ln_bandwidth: bandwidth_gbs.ln(),
            ln_bytes: gb_per_token.ln(),
            backend: backend.to_owned(),
            device: None,
            timed: false,
        }
    }

    /// The same on a device of this name: measured rows of it tell more than those of others.
    #[must_use]
    pub fn on(self, device: &str) -> Self {
        Self { timed: device == TIMED_HERE, device: Some(device.to_owned()), ..self }
    }

    /// The inputs of a row; its device name serves only to tell which rows share one device.
    ///
    /// # Errors
    /// Bandwidth or file size is missing.
    pub fn of(row: &SpeedRow) -> Result<Self, MissingInput> {
        let bandwidth = row.bandwidth_gbs.ok_or(MissingInput::Bandwidth)?;
        let bytes = row.gb_per_token().ok_or(MissingInput::Size)?;
        let found = Self::new(bandwidth, bytes, &row.backend);
        Ok(if row.device.is_empty() { found } else { found.on(&row.device) })
    }

    /// ln of the time per token at η = 1, in seconds.
    fn ln_ideal(&self) -> f64 {
        self.ln_bytes - self.ln_bandwidth
    }
}

/// Standard deviations (of ln time) and length scales (of ln GB/s and ln GB) of the process. Chosen on a coarse grid by
/// leave-one-device-out on the built-in rows; over the whole grid the median error moves between 10 and 14 %.
mod prior {
    pub(super) const BACKEND: f64 = 0.3;
    pub(super) const MEMORY: f64 = 0.3;
    pub(super) const MEMORY_SCALE: f64 = 0.15;
    pub(super) const SIZE: f64 = 0.2;
    pub(super) const SIZE_SCALE: f64 = 0.7;
    pub(super) const BOTH: f64 = 0.2;
    pub(super) const DEVICE: f64 = 0.12;
    /// Beside it, of a device whose bandwidth was probed: a virtual machine's cache may read many times what its memory does.
    pub(super) const PROBED: f64 = 0.5;
    pub(super) const NOISE: f64 = 0.1;
    pub(super) const FREEDOM: f64 = 4.0;
}

fn covariance(a: &SpeedInput, b: &SpeedInput) -> f64 {
    let bump = |distance: f64, scale: f64| (-0.5 * (distance / scale).powi(2)).exp();
    let mut sum = 0.0;
    if a.backend == b.backend {
        let memory = bump(a.ln_bandwidth - b.ln_bandwidth, prior::MEMORY_SCALE);
        let size = bump(a.ln_bytes - b.ln_bytes, prior::SIZE_SCALE);
        sum += prior::BACKEND.powi(2) + prior::MEMORY.powi(2) * memory + prior::SIZE.powi(2) * size;
        sum += prior::BOTH.powi(2) * memory * size;
    }
    if a.device.is_some() && a.device == b.device {
        sum += prior::DEVICE.powi(2) + probed(a);
    }
    sum
}

fn probed(input: &SpeedInput) -> f64 {
    if input.timed { prior::PROBED.powi(2) } else { 0.0 }
}

fn own_variance(input: &SpeedInput) -> f64 {
    let parts = [prior::BACKEND, prior::MEMORY, prior::SIZE, prior::BOTH, prior::DEVICE];
    parts.iter().map(|s| s * s).sum::<f64>() + probed(input)
}

/// The model after the measured rows.
#[derive(Debug, Clone)]
pub struct SpeedModel {
    inputs: Vec<SpeedInput>,
    centre: f64,
    process: GaussianProcess,
}

impl SpeedModel {
    /// Learns from rows with speed, bandwidth and size; others are passed over.
    ///
    /// # Errors
    /// No such row.
    pub fn fit<'a>(rows: impl IntoIterator<Item = &'a SpeedRow>) -> Result<Self, ProcessError> {
        let (inputs, cost): (Vec<SpeedInput>, Vec<f64>) = rows
            .into_iter()
            .filter_map(|row| {
                let input = SpeedInput::of(row).ok()?;
                let cost = -row.decode_tps?.ln() - input.ln_ideal();
                Some((input, cost))
            })
            .unzip();
        let centre = Sample::new(cost.clone()).map_err(|_| ProcessError::Empty)?.median();
        let targets: Vec<f64> = cost.iter().map(|value| value - centre).collect();
        let kernel =
            |i: usize, j: usize| if i == j { own_variance(&inputs[i]) } else { covariance(&inputs[i], &inputs[j]) };
        let process = GaussianProcess::condition(&targets, kernel, prior::NOISE, prior::FREEDOM)?;
        Ok(Self { inputs, centre, process })
    }

    /// How many rows it learned from.
    #[must_use]
    pub fn observations(&self) -> usize {
        self.inputs.len()
    }

    /// ln(1/η) of a device and size, and its standard deviation for one new device and run.
    #[must_use]
    pub fn ln_cost(&self, input: &SpeedInput) -> (f64, f64) {
        let covariances: Vec<f64> = self.inputs.iter().map(|known| covariance(known, input)).collect();
        let (mean, variance) = self.process.at(&covariances, own_variance(input));
        (self.centre + mean, (variance + prior::NOISE.powi(2)).sqrt())
    }

    /// Tokens per second with a prediction interval at `level` for one new device and run.
    #[must_use]
    pub fn predict(&self, input: &SpeedInput, level: f64) -> Estimate {
        let (cost, deviation) = self.ln_cost(input);
        let reach = Normal::standard().inverse_cdf(0.5 + level / 2.0) * deviation;
        let middle = -(cost + input.ln_ideal());
        Estimate::new(middle.exp(), (middle - reach).exp(), (middle + reach).exp(), level, "gaussian-process")
    }
}

/// How the model does on groups it was not shown.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Rows predicted.
    pub rows: usize,
    /// Groups left out in turn.
    pub groups: usize,
    /// Median of |predicted/measured − 1|.
    pub median_error: f64,
    /// The same for one median η per backend, for comparison.
    pub median_error_one_eta: f64,
    /// Share of rows whose measured speed lies in the interval.
    pub coverage: f64,
    /// Nominal level of that interval.
    pub level: f64,
}

/// Leaves out each group in turn (`group` names it, e.g. the device) and predicts its rows from all others.
///
/// # Errors
/// Fewer than two groups with usable rows.
pub fn leave_one_out(
    rows: &[SpeedRow],
    group: impl Fn(&SpeedRow) -> &str,
    level: f64,
) -> Result<LeftOut, ProcessError> {
    let usable: Vec<&SpeedRow> =
        rows.iter().filter(|row| row.decode_tps.is_some() && SpeedInput::of(row).is_ok()).collect();
    let mut groups: Vec<&str> = usable.iter().map(|row| group(row)).collect();
    groups.sort_unstable();
    groups.dedup();
    let (mut errors, mut plain, mut covered) = (Vec::new(), Vec::new(), 0);
    for left_out in &groups {
        let known: Vec<&SpeedRow> = usable.iter().copied().filter(|row| group(row) != *left_out).collect();
        let model = SpeedModel::fit(known.iter().copied())?;
        for row in usable.iter().filter(|row| group(row) == *left_out) {
            let (Ok(input), Some(measured)) = (SpeedInput::of(row), row.decode_tps) else { continue };
            let predicted = model.predict(&input, level);
            errors.push((predicted.point / measured - 1.0).abs());
            if predicted.low.is_some_and(|low| low <= measured) && predicted.high.is_some_and(|high| measured <= high) {
                covered += 1;
            }
            if let Some(cost) = median_cost(&known, &row.backend) {
                plain.push(((-cost - input.ln_ideal()).exp() / measured - 1.0).abs());
            }
        }
    }
    let rows = errors.len();
    let median = |values| Sample::new(values).map(|sample| sample.median()).map_err(|_| ProcessError::Empty);
    Ok(LeftOut {
        rows,
        groups: groups.len(),
        median_error: median(errors)?,
        median_error_one_eta: median(plain)?,
        coverage: f64::from(covered) / rows as f64,
        level,
    })
}

fn median_cost(rows: &[&SpeedRow], backend: &str) -> Option<f64> {
    let costs = rows
        .iter()
        .filter(|row| row.backend == backend)
        .filter_map(|row| Some(-row.decode_tps?.ln() - SpeedInput::of(row).ok()?.ln_ideal()))
        .collect();
    Sample::new(costs).ok().map(|sample| sample.median())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::speeds;

    #[test]
    fn unseen_devices_are_predicted_better_than_by_one_eta() {
        let found = leave_one_out(speeds::builtin(), |row| &row.device, 0.8).unwrap();
        assert_eq!((found.rows, found.groups), (174, 71));
        assert!(found.median_error <= 0.15, "{found:?}");
        assert!(found.median_error_one_eta > 0.2, "{found:?}");
        assert!((0.7..=0.9).contains(&found.coverage), "{found:?}");
    }

    #[test]
    fn unseen_chips_are_predicted_too() {
        let found = leave_one_out(speeds::builtin(), |row| &row.soc, 0.8).unwrap();
        assert!(found.median_error <= 0.25 && found.median_error < found.median_error_one_eta, "{found:?}");
    }

    #[test]
    fn an_unknown_backend_has_a_wide_interval() {
        let model = SpeedModel::fit(speeds::builtin()).unwrap();
        let width = |backend| {
            let found = model.predict(&SpeedInput::new(400.0, 3.83, backend), 0.8);
            found.high.unwrap() / found.low.unwrap()
        };
        assert!(width("abacus") > 2.0 * width("metal") / 1.5, "{} {}", width("abacus"), width("metal"));
        assert!(width("abacus") > 2.5);
    }
}
