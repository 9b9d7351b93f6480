//! A fit read as a roofline, and what it says of a file that it was not shown.

use super::super::set::CalibrationFile;
use super::{CostFit, Term};
use crate::stat::{Estimate, Sample};

/// Standard deviation of ln cost of a tensor type that was not on the ladder: K-quants against Q4_0 and Q8_0 per byte
/// (a judgement).
const UNKNOWN_TYPE: f64 = 0.2;

/// One tensor type as a roofline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypeCost {
    /// Name.
    pub name: String,
    /// Bits per weight.
    pub bits: f64,
    /// Seconds for one weight.
    pub seconds_per_weight: Estimate,
    /// Bytes per second that it moves.
    pub bytes_per_second: Estimate,
    /// Seconds for one weight beyond moving its bytes at the best rate.
    pub dequantisation: Estimate,
}

impl CostFit {
    /// Every tensor type as a roofline, the fastest in bytes per second first: it stands for η∞·BW.
    #[must_use]
    pub(crate) fn split(&self) -> Vec<TypeCost> {
        let mut types: Vec<TypeCost> = self
            .bits
            .iter()
            .filter_map(|(name, &bits)| {
                let seconds_per_weight = self.coefficient(&Term::Type(name.clone()))?;
                let bytes = bits / 8.0;
                Some(TypeCost {
                    name: name.clone(),
                    bits,
                    bytes_per_second: Estimate {
                        low: seconds_per_weight.high.map(|seconds| bytes / seconds),
                        high: seconds_per_weight.low.filter(|seconds| *seconds > 0.0).map(|seconds| bytes / seconds),
                        ..seconds_per_weight.clone().map(|seconds| bytes / seconds)
                    },
                    dequantisation: seconds_per_weight.clone(),
                    seconds_per_weight,
                })
            })
            .collect();
        types.sort_by(|a, b| b.bytes_per_second.point.total_cmp(&a.bytes_per_second.point));
        if let Some(best) = types.first().map(|fastest| fastest.bytes_per_second.point) {
            for kind in &mut types {
                let moving = kind.bits / 8.0 / best;
                kind.dequantisation = kind.seconds_per_weight.clone().map(|seconds| seconds - moving);
            }
        }
        types
    }

    /// Seconds for one weight of a type of so many bits, and the standard deviation of its logarithm beyond the fit's
    /// own. A type that was not on the ladder moves its bytes at the best rate and costs what the measured types of
    /// its kind (quantised or not) cost beyond that.
    #[must_use]
    pub(crate) fn per_weight(&self, name: &str, bits: f64) -> Option<(f64, f64)> {
        if let Some(known) = self.coefficient(&Term::Type(name.to_owned())) {
            return Some((known.point, 0.0));
        }
        let types = self.split();
        let best = types.first()?.bytes_per_second.point;
        let like: Vec<f64> = types
            .iter()
            .filter(|kind| (kind.bits < 16.0) == (bits < 16.0))
            .map(|kind| kind.dequantisation.point)
            .collect();
        let extra = Sample::new(like).map_or(0.0, |sample| sample.median());
        Some((bits / 8.0 / best + extra, UNKNOWN_TYPE))
    }

    /// Seconds for one token of a file at so many positions, and the standard deviation of its logarithm for one new
    /// row.
    #[must_use]
    pub(crate) fn predict(&self, file: &CalibrationFile, positions: f64) -> Option<(f64, f64)> {
        let mut seconds = 0.0;
        let mut unknown: f64 = 0.0;
        for (name, weights) in file.weights(self.work) {
            if weights.values > 0.0 {
                let (each, deviation) = self.per_weight(name, weights.bytes * 8.0 / weights.values)?;
                seconds += weights.values * each;
                unknown = unknown.max(deviation);
            }
        }
        for term in [Term::Layer, Term::Attention] {
            let each = self.coefficient(&term).map_or(0.0, |found| found.point);
            seconds += each * term.amount(file, positions, self.work);
        }
        let design: Vec<f64> =
            self.terms.iter().map(|term| term.amount(file, positions, self.work) / seconds).collect();
        let (_, own) = self.linear.predict(&design);
        Some((seconds, own.hypot(unknown)))
    }
}
