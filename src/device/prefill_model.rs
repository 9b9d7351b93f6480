//! Speed of prefill on a device nobody measured: what its processor computes, read off the measured devices of like
//! memory.
//!
//! A token of a prompt costs two operations a parameter. ln(operations/s) of the measured rows is a line in ln bandwidth
//! for each back end: devices with faster memory have more arithmetic too. Where a back end has too few devices, the line of
//! all rows stands in.

use super::speeds::SpeedRow;
use crate::stat::regression::{RegressionError, student_t_quantile};
use crate::stat::{Estimate, Line, Sample, TWO_SIDED_80};

/// Devices that a back end needs for a line of its own.
const FEWEST_DEVICES: usize = 6;

/// Nominal coverage of its intervals, as of decode.
pub const LEVEL: f64 = 0.8;

/// Operations for one parameter and token: a multiplication and an addition.
pub const OPERATIONS: f64 = 2.0;

/// One measured device: the mean over its rows, so that one with many models does not count as many devices.
#[derive(Debug, Clone)]
struct Device {
    name: String,
    backend: String,
    ln_bandwidth: f64,
    ln_operations: f64,
    /// Its rows, and the sum of squares of their deviations from that mean.
    rows: f64,
    squares: f64,
}

impl Device {
    /// Takes in a row (Welford 1962).
    fn add(&mut self, ln_operations: f64) {
        self.rows += 1.0;
        let before = ln_operations - self.ln_operations;
        self.ln_operations += before / self.rows;
        self.squares += before * (ln_operations - self.ln_operations);
    }
}

/// The lines.
#[derive(Debug, Clone)]
pub struct PrefillModel {
    devices: Vec<Device>,
    /// Standard deviation of ln(operations/s) among the models of one device.
    within: f64,
}

/// How the lines do on devices that they were not shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrefillLeftOut {
    /// Median of |predicted/measured − 1|.
    pub median_error: f64,
    /// Devices predicted.
    pub devices: usize,
    /// Share of them whose measured speed lies in the interval.
    pub coverage: f64,
}

/// ln operations per second of a row; `None` where it lacks a number.
fn ln_operations(row: &SpeedRow) -> Option<f64> {
    Some((row.prefill_tps? * OPERATIONS * row.active_params()?).ln())
}

impl PrefillModel {
    /// Learns from the rows that tell prefill, parameters and bandwidth.
    #[must_use]
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a SpeedRow>) -> Self {
        let mut devices: Vec<Device> = Vec::new();
        for row in rows {
            let (Some(found), Some(bandwidth)) = (ln_operations(row), row.bandwidth_gbs) else { continue };
            let same = |device: &&mut Device| device.name == row.device && device.backend == row.backend;
            if let Some(device) = devices.iter_mut().find(same) {
                device.add(found);
            } else {
                let (name, backend) = (row.device.clone(), row.backend.clone());
                let ln_bandwidth = bandwidth.ln();
                devices.push(Device { name, backend, ln_bandwidth, ln_operations: found, rows: 1.0, squares: 0.0 });
            }
        }
        let freedom: f64 = devices.iter().map(|device| device.rows - 1.0).sum();
        let squares: f64 = devices.iter().map(|device| device.squares).sum();
        Self { devices, within: (squares / freedom.max(1.0)).sqrt() }
    }

    /// ln operations per second on a bandwidth (GB/s), and the standard deviation of one new model: on a device of this name
    /// by what was measured of it, on another by the line.
    ///
    /// # Errors
    /// Too few devices for any line.
    pub fn ln_operations(
        &self,
        bandwidth_gbs: f64,
        backend: &str,
        device: Option<&str>,
    ) -> Result<(f64, f64), RegressionError> {
        let (line, freedom) = self.line(backend)?;
        let at = bandwidth_gbs.ln();
        let own = device.and_then(|name| self.devices.iter().find(|own| own.name == name && own.backend == backend));
        if let Some(own) = own {
            // With faster memory than it has it would lie as far from the line as it does.
            let off = own.ln_operations - line.at(own.ln_bandwidth);
            return Ok((line.at(at) + off, self.within * (1.0 + 1.0 / own.rows).sqrt()));
        }
        // A line through two points has no spread: nothing says how far the next may lie.
        let deviation = line.prediction_error(at).ok_or(RegressionError::TooFewPoints { found: line.n, needed: 3 })?;
        // Half-widths are told as those of a normal: of few devices they are wider.
        let wider = student_t_quantile(0.9, freedom) / student_t_quantile(0.9, 1e6);
        Ok((line.at(at), deviation.hypot(self.within) * wider))
    }

    /// The line of a back end, and its degrees of freedom.
    fn line(&self, backend: &str) -> Result<(Line, f64), RegressionError> {
        let own: Vec<&Device> = self.devices.iter().filter(|device| device.backend == backend).collect();
        let used = if own.len() < FEWEST_DEVICES { self.devices.iter().collect() } else { own };
        let x: Vec<f64> = used.iter().map(|device| device.ln_bandwidth).collect();
        let y: Vec<f64> = used.iter().map(|device| device.ln_operations).collect();
        let line = Line::fit(&x, &y)?;
        let freedom = line.degrees_of_freedom() as f64;
        Ok((line, freedom))
    }

    /// Prefill of a model of so many active parameters, tokens per second, with an interval of [`LEVEL`].
    ///
    /// # Errors
    /// Too few devices for any line.
    pub fn tokens_per_second(
        &self,
        active_params: f64,
        bandwidth_gbs: f64,
        backend: &str,
        device: Option<&str>,
    ) -> Result<Estimate, RegressionError> {
        let (ln, deviation) = self.ln_operations(bandwidth_gbs, backend, device)?;
        let at = |sign: f64| (ln + sign * TWO_SIDED_80 * deviation).exp() / (OPERATIONS * active_params);
        Ok(Estimate::new(at(0.0), at(-1.0), at(1.0), LEVEL, "line of ln operations in ln bandwidth"))
    }

    /// Each device predicted from all others.
    #[must_use]
    pub fn left_out(&self) -> Option<PrefillLeftOut> {
        let found: Vec<(f64, bool)> = (0..self.devices.len())
            .filter_map(|at| {
                let mut others = self.clone();
                let device = others.devices.remove(at);
                let (ln, deviation) = others.ln_operations(device.ln_bandwidth.exp(), &device.backend, None).ok()?;
                let off = ln - device.ln_operations;
                Some(((off.exp() - 1.0).abs(), off.abs() <= TWO_SIDED_80 * deviation))
            })
            .collect();
        let held = found.iter().filter(|(_, held)| *held).count();
        let (devices, coverage) = (found.len(), held as f64 / found.len() as f64);
        let errors = Sample::new(found.into_iter().map(|(error, _)| error).collect()).ok()?;
        Some(PrefillLeftOut { median_error: errors.median(), devices, coverage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::speeds;

    #[test]
    fn faster_memory_means_faster_prefill_and_devices_are_foretold_within_a_factor() {
        let model = PrefillModel::of(speeds::builtin());
        let at = |bandwidth: f64| model.ln_operations(bandwidth, "cpu", None).unwrap();
        assert!(at(100.0).0 > at(20.0).0);
        let PrefillLeftOut { median_error, devices, coverage } = model.left_out().unwrap();
        assert!(devices > 30 && median_error < 0.6, "{median_error} over {devices}");
        assert!((0.7..=0.95).contains(&coverage), "{coverage}");
        // What was measured of a device says more than the line.
        let own = model.ln_operations(12.8, "cpu", Some("Raspberry Pi 4B")).unwrap();
        assert!(own.1 < at(12.8).1, "{own:?}");
    }
}
