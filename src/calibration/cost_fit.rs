//! The cost of a token on this device, fitted to a set of model files by weighted least squares.
//!
//! Decode: `t = Σ_type values·c_type + layers·t0 + layers·width·positions·a`; prefill the same without t0. A cost per
//! weight and type is all that such a set can tell; [`CostFit::split`] reads it as a roofline: the type that moves most
//! bytes per second shows η∞·BW, and what another type costs beyond its bytes is dequantisation, or arithmetic where
//! the cores are slow.

use std::collections::BTreeMap;

use super::set::{CalibrationFile, Timing, Work};
use crate::stat::Estimate;
use crate::stat::least_squares::{FitError, Linear, t_quantile};

mod left_out;
mod roofline;

pub(crate) use left_out::{LeftOut, leave_out};

/// Level of the intervals.
pub(crate) const LEVEL: f64 = 0.95;

/// Condition number of the scaled design above which the coefficients hang together and a warning is due.
pub(crate) const LARGEST_CONDITION: f64 = 30.0;

/// Why there is no fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum CostError {
    /// A time, count or size that is not above zero.
    #[error("row {row}: {name} is {value}, not a number above zero")]
    NotPositive {
        /// Position of the row, from 1.
        row: usize,
        /// What it is.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A row of a file that is not there.
    #[error("row {row} belongs to no file of the ladder")]
    NoFile {
        /// Position of the row, from 1.
        row: usize,
    },
    /// The rows do not determine the costs.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// What a coefficient belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    /// A weight of a tensor type.
    Type(String),
    /// A layer.
    Layer,
    /// An element of attention, for each position looked back on.
    Attention,
}

impl Term {
    fn amount(&self, file: &CalibrationFile, positions: f64, work: Work) -> f64 {
        match self {
            Self::Type(name) => file.weights(work).get(name).map_or(0.0, |weights| weights.values),
            Self::Layer => file.layers,
            Self::Attention => file.layers * file.width * positions,
        }
    }
}

/// Measured against fitted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Residual {
    /// Index of the row.
    pub row: usize,
    /// fitted / measured − 1.
    pub relative: f64,
}

/// Costs of a phase.
#[derive(Debug, Clone)]
pub(crate) struct CostFit {
    /// Phase.
    pub work: Work,
    terms: Vec<Term>,
    linear: Linear,
    /// Bits per weight of each type.
    bits: BTreeMap<String, f64>,
    /// Terms that came out negative and were set to zero.
    pub dropped: Vec<String>,
    /// One for each row.
    pub residuals: Vec<Residual>,
}

fn checked(files: &[CalibrationFile], timings: &[Timing]) -> Result<(), CostError> {
    for (index, timing) in timings.iter().enumerate() {
        let row = index + 1;
        let file = files.get(timing.file).ok_or(CostError::NoFile { row })?;
        let weights = file.weights(timing.work);
        let numbers = [
            ("the time", timing.seconds),
            ("the number of tokens", timing.tokens),
            ("the number of layers", file.layers),
            ("the width", file.width),
            ("the number of weights", weights.values().map(|weights| weights.values).sum()),
            ("the size", weights.values().map(|weights| weights.bytes).sum()),
        ];
        for (name, value) in numbers {
            if !(value.is_finite() && value > 0.0) {
                return Err(CostError::NotPositive { row, name, value });
            }
        }
    }
    Ok(())
}

impl CostFit {
    /// Fits the rows of a phase; every row counts by its relative error.
    ///
    /// # Errors
    /// Numbers that are not above zero, or rows that do not determine the costs.
    pub(crate) fn fit(files: &[CalibrationFile], timings: &[Timing], work: Work) -> Result<Self, CostError> {
        checked(files, timings)?;
        let rows: Vec<usize> = (0..timings.len()).filter(|&row| timings[row].work == work).collect();
        let mut bits = BTreeMap::new();
        for &row in &rows {
            for (name, weights) in files[timings[row].file].weights(work) {
                bits.insert(name.clone(), weights.bytes * 8.0 / weights.values);
            }
        }
        let mut terms: Vec<Term> = bits.keys().cloned().map(Term::Type).collect();
        // One model has one number of layers, so that nothing tells its fixed cost from its weights'.
        let layers: Vec<f64> = rows.iter().map(|&row| files[timings[row].file].layers).collect();
        if work == Work::Decode && layers.iter().any(|count| *count != layers[0]) {
            terms.push(Term::Layer);
        }
        let places = || rows.iter().map(|&row| timings[row].positions(&files[timings[row].file]));
        if places().fold(0.0, f64::max) > 1.5 * places().fold(f64::INFINITY, f64::min) {
            terms.push(Term::Attention);
        }
        let mut dropped = Vec::new();
        loop {
            let design: Vec<Vec<f64>> = rows
                .iter()
                .map(|&row| {
                    let (timing, file) = (&timings[row], &files[timings[row].file]);
                    let amount = |term: &Term| term.amount(file, timing.positions(file), work) / timing.seconds;
                    terms.iter().map(amount).collect()
                })
                .collect();
            let linear = match Linear::fit(&design, &vec![1.0; rows.len()]) {
                // No type stands in models of different depth, so that nothing tells layers from weights.
                Err(FitError::RankDeficient { .. }) if terms.contains(&Term::Layer) => {
                    terms.retain(|term| *term != Term::Layer);
                    continue;
                }
                found => found?,
            };
            let least = (0..terms.len()).min_by(|&a, &b| linear.coefficients[a].total_cmp(&linear.coefficients[b]));
            if let Some(least) = least.filter(|&least| linear.coefficients[least] < 0.0 && terms.len() > 1) {
                dropped.push(match terms.remove(least) {
                    Term::Type(name) => name,
                    Term::Layer => "layer".to_owned(),
                    Term::Attention => "attention".to_owned(),
                });
                continue;
            }
            let residuals = rows
                .iter()
                .zip(&design)
                .map(|(&row, x)| Residual { row, relative: linear.predict(x).0 - 1.0 })
                .collect();
            return Ok(Self { work, terms, linear, bits, dropped, residuals });
        }
    }

    fn coefficient(&self, term: &Term) -> Option<Estimate> {
        let index = self.terms.iter().position(|other| other == term)?;
        let point = self.linear.coefficients[index];
        let reach = t_quantile(LEVEL, self.linear.degrees_of_freedom) * self.linear.standard_error(index);
        Some(Estimate::new(point, point - reach, point + reach, LEVEL, "t"))
    }

    /// Seconds that each layer adds to a decoded token; `None` where the rows do not tell.
    #[must_use]
    pub(crate) fn per_layer(&self) -> Option<Estimate> {
        self.coefficient(&Term::Layer)
    }

    /// Seconds for each element of attention and position looked back on; `None` where the rows do not tell.
    #[must_use]
    pub(crate) fn attention(&self) -> Option<Estimate> {
        self.coefficient(&Term::Attention)
    }

    /// Condition number of the design with its columns scaled to length one.
    #[must_use]
    pub(crate) fn condition_number(&self) -> f64 {
        self.linear.condition_number
    }

    /// Standard deviation of the relative residuals.
    #[must_use]
    pub(crate) fn residual_sd(&self) -> f64 {
        self.linear.residual_sd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::set::Weights;

    /// A file of two tensor types with so many weights.
    fn file(model: &str, format: &str, bits: f64, values: f64, layers: f64, width: f64) -> CalibrationFile {
        let weights = Weights { values, bytes: values * bits / 8.0 };
        CalibrationFile {
            model: model.to_owned(),
            format: format.to_owned(),
            read: BTreeMap::from([(format.to_owned(), weights)]),
            computed: BTreeMap::from([(format.to_owned(), weights)]),
            layers,
            width,
            window: None,
            file_bytes: weights.bytes,
        }
    }

    /// A device of 20 GB/s whose 4-bit weights cost 0.1 ns more than their bytes, 0.05 ms a layer, and attention.
    fn world(noise: f64) -> (Vec<CalibrationFile>, Vec<Timing>) {
        let formats = [("F32", 32.0, 0.0), ("F16", 16.0, 0.0), ("Q8_0", 8.5, 2e-11), ("Q4_0", 4.5, 1e-10)];
        let mut files = Vec::new();
        let mut timings = Vec::new();
        for (model, values, layers, width) in [("a", 1.3e8, 30.0, 576.0), ("b", 2.7e8, 18.0, 1024.0)] {
            for (format, bits, extra) in formats {
                files.push(file(model, format, bits, values, layers, width));
                let depths: &[f64] = if format == "Q8_0" { &[0.0, 256.0, 512.0, 1024.0] } else { &[0.0] };
                for &depth in depths {
                    let positions = depth + 24.0;
                    let seconds =
                        values * (bits / 8.0 / 20e9 + extra) + layers * 5e-5 + layers * width * positions * 4e-10;
                    let wobble = 1.0 + noise * (timings.len() as f64 * 2.4).sin();
                    timings.push(Timing {
                        file: files.len() - 1,
                        work: Work::Decode,
                        depth,
                        tokens: 48.0,
                        seconds: seconds * wobble,
                    });
                }
            }
        }
        (files, timings)
    }

    #[test]
    fn the_costs_of_a_known_device_are_found() {
        let (files, timings) = world(0.0);
        let fit = CostFit::fit(&files, &timings, Work::Decode).unwrap();
        approx::assert_relative_eq!(fit.per_layer().unwrap().point, 5e-5, max_relative = 1e-6);
        approx::assert_relative_eq!(fit.attention().unwrap().point, 4e-10, max_relative = 1e-6);
        let types = fit.split();
        approx::assert_relative_eq!(types[0].bytes_per_second.point, 20e9, max_relative = 1e-6);
        let extra = types.iter().find(|kind| kind.name == "Q4_0").unwrap().dequantisation.point;
        approx::assert_relative_eq!(extra, 1e-10, max_relative = 1e-4);
        assert!(fit.dropped.is_empty() && fit.residual_sd() < 1e-9);
    }

    #[test]
    fn noisy_rows_are_predicted_without_their_own_file() {
        let (files, timings) = world(0.03);
        let fit = CostFit::fit(&files, &timings, Work::Decode).unwrap();
        let true_value = 5e-5;
        let found = fit.per_layer().unwrap();
        assert!(found.low.unwrap() < true_value && true_value < found.high.unwrap(), "{found:?}");
        let left = leave_out(&files, &timings, Work::Decode, CalibrationFile::name).unwrap();
        assert_eq!(left.len(), timings.len());
        assert!(left.iter().all(|row| row.relative.abs() < 0.15), "{left:?}");
    }

    #[test]
    fn one_model_cannot_tell_its_layers_from_its_weights() {
        let (files, timings) = world(0.0);
        let one: Vec<Timing> = timings.iter().filter(|row| files[row.file].model == "a").copied().collect();
        let fit = CostFit::fit(&files, &one, Work::Decode).unwrap();
        assert!(fit.per_layer().is_none() && fit.attention().is_some());
    }

    #[test]
    fn impossible_rows_are_typed() {
        let (files, mut timings) = world(0.0);
        timings[3].seconds = 0.0;
        let error = CostFit::fit(&files, &timings, Work::Decode).unwrap_err();
        assert_eq!(error, CostError::NotPositive { row: 4, name: "the time", value: 0.0 });
        timings[3].file = 99;
        assert_eq!(CostFit::fit(&files, &timings, Work::Decode).unwrap_err(), CostError::NoFile { row: 4 });
        let error = CostFit::fit(&files, &world(0.0).1[..3], Work::Decode).unwrap_err();
        assert!(matches!(error, CostError::Fit(FitError::TooFewPoints { .. })), "{error:?}");
    }

    #[test]
    fn a_type_that_was_not_measured_is_taken_from_its_like() {
        let (files, timings) = world(0.0);
        let fit = CostFit::fit(&files, &timings, Work::Decode).unwrap();
        let (seconds, deviation) = fit.per_weight("Q4_K", 4.5).unwrap();
        // Its bytes at 20 GB/s and the median of the two quantised types' extras.
        approx::assert_relative_eq!(seconds, 4.5 / 8.0 / 20e9 + 6e-11, max_relative = 1e-4);
        assert!(deviation > 0.0);
    }
}
