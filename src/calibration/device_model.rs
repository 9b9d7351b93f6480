//! `device-model.json`: what was measured on a set of files, and the device's own model fitted to it.
//!
//! The measured rows are the truth of the file; everything derived is there for readers and fitted anew when the
//! program reads it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cost_fit::{CostError, CostFit, LEVEL, leave_out};
use super::cost_report::CostReport;
use super::set::{CalibrationFile, Timing, Work};
use crate::device::DeviceProfile;
use crate::device::rates::{Rates, rms};
use crate::file::bounded::{self, ReadError};
use crate::stat::{Estimate, Sample};

/// Version of the file.
pub(crate) const SCHEMA: u32 = 1;

/// Largest file that is read.
const LARGEST: u64 = 16 << 20;

/// Where the numbers of one machine come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeviceModel {
    /// [`SCHEMA`].
    pub schema: u32,
    /// When it was measured.
    pub measured: jiff::Timestamp,
    /// Version of densimeter.
    pub densimeter: String,
    /// Engine and version.
    pub engine: String,
    /// The machine.
    pub device: Machine,
    /// Threads of all rows.
    pub threads: u32,
    /// The files.
    #[serde(rename = "rungs")]
    pub files: Vec<CalibrationFile>,
    /// The rows.
    pub timings: Vec<Timing>,
    /// Peaks of memory.
    pub peaks: Vec<Peak>,
    /// Time to read one 16-bit weight for an output token, in seconds (k1 of Eq. 5–7).
    #[serde(skip_deserializing)]
    pub k1: Option<Estimate>,
    /// Time to compute with one 16-bit weight for an input token, in seconds (k2 of Eq. 5–7).
    #[serde(skip_deserializing)]
    pub k2: Option<Estimate>,
    /// Costs of a decoded token.
    #[serde(skip_deserializing)]
    pub decode: Option<CostReport>,
    /// Costs of a token of the prompt.
    #[serde(skip_deserializing)]
    pub prefill: Option<CostReport>,
    /// Memory beside weights and KV cache, bytes.
    #[serde(skip_deserializing)]
    pub overhead_bytes: Option<Estimate>,
    /// Why something is null, by name.
    #[serde(skip_deserializing)]
    pub reasons: BTreeMap<String, String>,
    /// What to know about the fit.
    #[serde(skip_deserializing)]
    pub warnings: Vec<String>,
}

/// The machine that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Its model, chip or processor.
    pub name: String,
    /// Class.
    pub class: String,
    /// Memory that can be used at most, bytes.
    pub ram_bytes: f64,
    /// Best read bandwidth of the probe, bytes per second.
    pub read_bandwidth: Option<f64>,
    /// Best FP32 arithmetic of the probe, operations per second.
    pub fp32_ops: Option<f64>,
}

impl Machine {
    /// The machine of a profile and what the probe measured.
    #[must_use]
    pub(crate) fn of(profile: &DeviceProfile, read_bandwidth: Option<f64>, fp32_ops: Option<f64>) -> Self {
        let ram = [profile.memory.total, profile.memory.group_limit].into_iter().flatten().min();
        Self {
            name: profile.name().unwrap_or("this machine").to_owned(),
            class: profile.class.to_string(),
            ram_bytes: ram.map_or(0.0, |bytes| bytes.bytes() as f64),
            read_bandwidth,
            fp32_ops,
        }
    }
}

/// The peak of memory of one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Peak {
    /// Index of the file.
    #[serde(rename = "rung")]
    pub file: usize,
    /// Peak resident memory, bytes.
    pub peak_bytes: f64,
    /// KV cache, bytes.
    pub cache_bytes: f64,
}

/// Why a file is no device model.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceModelError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is something else.
    #[error("{}: not a device model ({error}); `densimeter devices calibrate` makes one", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        error: serde_json::Error,
    },
    /// Of another version.
    #[error("{}: version {found}, this program reads {SCHEMA}; make it anew with `densimeter devices calibrate`", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Its rows determine nothing.
    #[error("{}: {error}", path.display())]
    Cost {
        /// The file.
        path: PathBuf,
        /// Why.
        error: CostError,
    },
}

impl DeviceModel {
    /// Reads a file of bounded size and fits it anew.
    ///
    /// # Errors
    /// [`DeviceModelError`] names the file and the way out.
    pub(crate) fn read(path: &Path) -> Result<Self, DeviceModelError> {
        let text = bounded::text(path, LARGEST)?;
        let shape = |error| DeviceModelError::Shape { path: path.to_owned(), error };
        let mut model: Self = serde_json::from_str(&text).map_err(shape)?;
        if model.schema != SCHEMA {
            return Err(DeviceModelError::Version { path: path.to_owned(), found: model.schema });
        }
        model.derive().map_err(|error| DeviceModelError::Cost { path: path.to_owned(), error })?;
        Ok(model)
    }

    /// Both fits.
    ///
    /// # Errors
    /// Rows that determine nothing.
    pub(crate) fn fits(&self) -> Result<(CostFit, CostFit), CostError> {
        let fit = |work| CostFit::fit(&self.files, &self.timings, work);
        Ok((fit(Work::Decode)?, fit(Work::Prefill)?))
    }

    /// Fits everything that follows from the rows.
    ///
    /// # Errors
    /// Rows that determine nothing.
    pub(crate) fn derive(&mut self) -> Result<(), CostError> {
        let (decode, prefill) = self.fits()?;
        self.reasons.clear();
        self.warnings.clear();
        self.k1 = sixteen_bit(&decode);
        self.k2 = sixteen_bit(&prefill);
        let reports = [(&decode, self.device.read_bandwidth), (&prefill, self.device.fp32_ops)]
            .map(|(fit, peak)| CostReport::of(fit, &self.files, &self.timings, peak));
        let [decode, prefill] = reports;
        let (decode, prefill) = (decode?, prefill?);
        for (name, report) in [("decode", &decode), ("prefill", &prefill)] {
            self.warnings.extend(report.warnings().into_iter().map(|text| format!("{name}: {text}")));
        }
        (self.decode, self.prefill) = (Some(decode), Some(prefill));
        self.overhead_bytes = self.overhead();
        if self.overhead_bytes.is_none() {
            self.reasons.insert("overhead_bytes".to_owned(), "fewer than two peaks of memory were measured".to_owned());
        }
        Ok(())
    }

    /// Peak less weights and cache, over all rows.
    fn overhead(&self) -> Option<Estimate> {
        let beside = |peak: &Peak| Some(peak.peak_bytes - self.files.get(peak.file)?.file_bytes - peak.cache_bytes);
        Sample::new(self.peaks.iter().filter_map(beside).collect()).ok()?.mean_estimate(LEVEL)
    }

    /// What the device takes for a model of any size in a format, whose main type is `kind`.
    ///
    /// # Errors
    /// Rows that determine nothing.
    pub(crate) fn rates(
        &self,
        format: &str,
        kind: &str,
        bits: f64,
        usable_bytes: f64,
    ) -> Result<Option<Rates>, CostError> {
        let (decode, prefill) = self.fits()?;
        let Some(((read, new_type), (compute, new_kind))) =
            decode.per_weight(kind, bits).zip(prefill.per_weight(kind, bits))
        else {
            return Ok(None);
        };
        // What a file that was not shown misses by is the doubt of a model of another size.
        let missed = |work| {
            let rows = leave_out(&self.files, &self.timings, work, CalibrationFile::name).unwrap_or_default();
            rms(rows.iter().map(|row| row.relative)).unwrap_or(0.0)
        };
        let point = |estimate: Option<Estimate>| estimate.map_or(0.0, |found| found.point);
        let overhead = self.overhead().map_or(OVERHEAD, |found| found.point.max(0.0));
        Ok(Some(Rates {
            format: format.to_owned(),
            bits,
            read,
            layer: point(decode.per_layer()),
            attention: point(decode.attention()),
            compute,
            prompt_attention: point(prefill.attention()),
            decode_deviation: missed(Work::Decode).hypot(new_type),
            prefill_deviation: missed(Work::Prefill).hypot(new_kind),
            usable_bytes,
            overhead_bytes: overhead,
            memory_deviation: 0.05,
            basis: format!("own model of {} files, {}", self.files.len(), self.measured.strftime("%Y-%m-%d")),
        }))
    }
}

/// Buffers beside weights and cache where no peak was measured.
pub(crate) const OVERHEAD: f64 = 256.0 * 1024.0 * 1024.0;

/// Seconds for one weight of 16 bits.
fn sixteen_bit(fit: &CostFit) -> Option<Estimate> {
    let measured = fit.split().into_iter().find(|kind| kind.name == "F16" || kind.name == "BF16");
    measured.map(|kind| kind.seconds_per_weight).or_else(|| {
        let (point, deviation) = fit.per_weight("F16", 16.0)?;
        let reach = (crate::stat::TWO_SIDED_95 * deviation.hypot(fit.residual_sd())).exp();
        Some(Estimate::new(point, point / reach, point * reach, LEVEL, "other types of the ladder"))
    })
}
