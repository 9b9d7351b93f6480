//! Capability density: effective parameters over the cost actually paid — parameters, seconds or bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::reference::{ReferenceError, positive};
use crate::stat::Estimate;
use crate::unit::Params;

/// The parameters that the reference family needs for the same capability (N̂).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct EffectiveParams(Params);

impl EffectiveParams {
    /// Effective parameters from a parameter count of the reference family.
    #[must_use]
    pub const fn new(params: Params) -> Self {
        Self(params)
    }

    /// As a count.
    #[must_use]
    pub const fn count(self) -> f64 {
        self.0.count()
    }
}

impl fmt::Display for EffectiveParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Effective over actual cost: positive, dimensionless; 1 is the reference family.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Density(f64);

impl Density {
    /// A density from a ratio.
    #[must_use]
    pub const fn from_ratio(ratio: f64) -> Self {
        Self(ratio)
    }

    /// As a ratio.
    #[must_use]
    pub const fn ratio(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Density {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which parameters stand in the denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParamBasis {
    /// All parameters (the paper's choice).
    #[default]
    Total,
    /// All but the embedding tables.
    NonEmbedding,
}

impl ParamBasis {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::NonEmbedding => "non-embedding",
        }
    }
}

impl FromStr for ParamBasis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Total, Self::NonEmbedding]
            .into_iter()
            .find(|basis| basis.name() == text)
            .ok_or_else(|| format!("`{text}` is no basis: total or non-embedding"))
    }
}

/// What a model costs to hold and to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Parameters held in memory (N).
    pub total: Params,
    /// Parameters used per token (N_A); equal to `total` for a dense model.
    pub active: Params,
    /// Bits per weight; 16 is the paper's unquantised model.
    pub bits: f64,
}

impl Size {
    /// A dense model with 16-bit weights.
    #[must_use]
    pub const fn dense(params: Params) -> Self {
        Self { total: params, active: params, bits: 16.0 }
    }

    fn checked(self) -> Result<Self, ReferenceError> {
        positive("the parameters", self.total.count())?;
        positive("the active parameters", self.active.count())?;
        positive("the bits per weight", self.bits)?;
        Ok(self)
    }
}

/// Time that a chip spends per parameter (Eq. 5–7): only ratios matter, so any common unit of time will do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    /// Time to read one 16-bit parameter, per output token (k1).
    pub k1: f64,
    /// Time to compute with one parameter, per input token (k2).
    pub k2: f64,
    /// k1 where the weights do not fit on the chip (the paper's k1s); `None` where they do.
    pub k1_offloaded: Option<f64>,
}

impl Chip {
    /// The journal's chip (RTX 4090), as published: k1 = 2.45·k2, where its k2 covers the 100 input tokens together.
    ///
    /// Here k2 is per token, hence k1 = 245·k2. (2 bytes and 2 operations per parameter, 1.01 TB/s and 82.58 TFLOPS
    /// would give 0.82 instead of 2.45.)
    pub const PUBLISHED: Self = Self { k1: 2.45, k2: 1.0 / 100.0, k1_offloaded: None };
}

/// Tokens of one request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Tokens of the prompt.
    pub n_in: f64,
    /// Tokens generated.
    pub n_out: f64,
}

impl Default for Workload {
    /// The paper's: 100 in, 1 out.
    fn default() -> Self {
        Self { n_in: 100.0, n_out: 1.0 }
    }
}

/// Inference time `T = n_out·k1·N·bits/16 + n_in·k2·N_A`, in the chip's unit of time.
///
/// # Errors
/// A size, chip or workload with a number that is not positive.
pub fn inference_time(size: Size, chip: Chip, workload: Workload) -> Result<f64, ReferenceError> {
    let size = size.checked()?;
    let k1 = positive("k1", chip.k1_offloaded.unwrap_or(chip.k1))?;
    let memory = positive("n_out", workload.n_out)? * k1 * size.total.count() * size.bits / 16.0;
    let compute = positive("n_in", workload.n_in)? * positive("k2", chip.k2)? * size.active.count();
    Ok(memory + compute)
}

fn over(effective: &Estimate<EffectiveParams>, cost: f64) -> Estimate<Density> {
    effective.clone().map(|n| Density::from_ratio(n.count() / cost))
}

/// Density by parameters, `N̂ / N` (Eq. 4).
///
/// # Errors
/// Parameters that are not a finite positive number.
pub fn by_params(effective: &Estimate<EffectiveParams>, params: Params) -> Result<Estimate<Density>, ReferenceError> {
    Ok(over(effective, positive("the parameters", params.count())?))
}

/// Density by inference time (Eq. 5–7): time of the dense 16-bit reference model over the time of this model.
///
/// For a dense 16-bit model that fits on the chip, k1 and k2 cancel and this is [`by_params`].
///
/// # Errors
/// As [`inference_time`].
pub fn by_time(
    effective: &Estimate<EffectiveParams>,
    size: Size,
    chip: Chip,
    workload: Workload,
) -> Result<Estimate<Density>, ReferenceError> {
    let time = inference_time(size, chip, workload)?;
    let on_chip = Chip { k1_offloaded: None, ..chip };
    let reference_time_per_param = inference_time(Size::dense(Params::from_count(1.0)), on_chip, workload)?;
    Ok(over(effective, time / reference_time_per_param))
}

/// Density by memory: effective parameters per 16-bit weight's worth of bytes, `N̂ / (N·bits/16)`.
///
/// # Errors
/// A size with a number that is not positive.
pub fn by_memory(effective: &Estimate<EffectiveParams>, size: Size) -> Result<Estimate<Density>, ReferenceError> {
    let size = size.checked()?;
    Ok(over(effective, size.total.count() * size.bits / 16.0))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn effective(count: f64) -> Estimate<EffectiveParams> {
        let params = |n: f64| EffectiveParams::new(Params::from_count(n));
        Estimate::new(params(count), params(count / 2.0), params(count * 2.0), 0.95, "given")
    }

    #[test]
    fn the_published_chip_weighs_memory_against_compute_as_the_journal_prints() {
        // Eq. 6 with k1 = 2.45·k2: 46.7 B held and 12.9 B active cost as much as a dense model of
        // (2.45·46.7 + 12.9) / 3.45 = 36.9029 B.
        let mixtral = Size { total: Params::from_count(46.7e9), active: Params::from_count(12.9e9), bits: 16.0 };
        let density = by_time(&effective(10e9), mixtral, Chip::PUBLISHED, Workload::default()).unwrap();
        assert_relative_eq!(density.point.ratio(), 10.0 / 36.902_898_550_724_64, max_relative = 1e-12);
    }

    #[test]
    fn a_quarter_of_the_bits_quarters_memory_time_only() {
        // Eq. 7 with kQ = k1/4: 8 B cost (2.45/4 + 1)/3.45 of 8 B.
        let four_bit = Size { bits: 4.0, ..Size::dense(Params::from_count(8e9)) };
        let density = by_time(&effective(8e9), four_bit, Chip::PUBLISHED, Workload::default()).unwrap();
        assert_relative_eq!(density.point.ratio(), 3.45 / 1.6125, max_relative = 1e-12);
        assert_relative_eq!(by_memory(&effective(8e9), four_bit).unwrap().point.ratio(), 4.0);
    }

    #[test]
    fn a_dense_model_does_not_depend_on_the_chip() {
        let size = Size::dense(Params::from_count(7e9));
        let chip = Chip { k1: 3e-12, k2: 7e-15, k1_offloaded: None };
        let by_time = by_time(&effective(14e9), size, chip, Workload { n_in: 512.0, n_out: 128.0 }).unwrap();
        assert_relative_eq!(by_time.point.ratio(), 2.0, max_relative = 1e-12);
        assert_relative_eq!(by_time.low.unwrap().ratio(), 1.0, max_relative = 1e-12);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        assert!(by_params(&effective(1e9), Params::from_count(0.0)).is_err());
        assert!(by_memory(&effective(1e9), Size { bits: f64::NAN, ..Size::dense(Params::from_count(1e9)) }).is_err());
    }
}
