//! The envelope: the models that set a new maximum of density when they came out.

use std::collections::HashSet;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::unit::iso::IsoDate;

/// Day zero of the law: the release of Llama-1.
pub const ORIGIN: Date = date(2023, 2, 24);

/// Days from [`ORIGIN`] to `date`, negative before it.
#[must_use]
pub fn days_since_origin(date: Date) -> f64 {
    f64::from(date.duration_since(ORIGIN).as_hours() as i32 / 24)
}

/// The date `days` after [`ORIGIN`], rounded to the nearest day; `None` outside the calendar (years −9999 to 9999).
#[must_use]
pub fn date_after_origin(days: f64) -> Option<Date> {
    if !days.is_finite() || days.abs() > 4e6 {
        return None;
    }
    ORIGIN.checked_add(jiff::Span::new().try_days(days.round() as i64).ok()?).ok()
}

/// A model with its release date and its capability density.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DatedDensity {
    /// The model's name.
    pub model: String,
    /// Release date.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Capability density ρ (effective over actual parameters), above 0.
    pub density: f64,
}

/// Why models have no envelope.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FrontierError {
    /// There were no models.
    #[error("no models")]
    Empty,
    /// A density was zero, negative, NaN or infinite.
    #[error("model `{model}` has density {density}; a density is a finite number above 0")]
    NotPositive {
        /// The model's name.
        model: String,
        /// What was given.
        density: f64,
    },
    /// The standard deviation of a model's ln ρ was negative, NaN or infinite.
    #[error("model `{model}` has a standard deviation of {deviation} in ln density")]
    Deviation {
        /// The model's name.
        model: String,
        /// What was given.
        deviation: f64,
    },
    /// A name occurred twice.
    #[error("model `{model}` occurs twice")]
    Duplicate {
        /// The name.
        model: String,
    },
}

/// Models in order of release, and which of them were records.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    models: Vec<DatedDensity>,
    deviations: Vec<f64>,
    records: Vec<usize>,
}

impl Frontier {
    /// Sorts the models by date and finds the records. Releases of one day count as one, the best of them.
    ///
    /// # Errors
    /// No models, a density that is not a finite positive number, or a name that occurs twice.
    pub fn new(models: Vec<DatedDensity>) -> Result<Self, FrontierError> {
        Self::measured(models.into_iter().map(|model| (model, 0.0)).collect())
    }

    /// As [`Frontier::new`], each model with the standard deviation of its measured ln ρ (0 where not known).
    ///
    /// # Errors
    /// As [`Frontier::new`]; also a deviation that is negative or not finite.
    pub fn measured(mut models: Vec<(DatedDensity, f64)>) -> Result<Self, FrontierError> {
        if models.is_empty() {
            return Err(FrontierError::Empty);
        }
        let mut names = HashSet::new();
        for (DatedDensity { model, density, .. }, deviation) in &models {
            if !(density.is_finite() && *density > 0.0) {
                return Err(FrontierError::NotPositive { model: model.clone(), density: *density });
            }
            if !(deviation.is_finite() && *deviation >= 0.0) {
                return Err(FrontierError::Deviation { model: model.clone(), deviation: *deviation });
            }
            if !names.insert(model.as_str()) {
                return Err(FrontierError::Duplicate { model: model.clone() });
            }
        }
        // The name settles ties, so that the order of the input never shows in the result.
        models.sort_by(|(a, _), (b, _)| a.date.cmp(&b.date).then_with(|| a.model.cmp(&b.model)));
        let (models, deviations): (Vec<DatedDensity>, Vec<f64>) = models.into_iter().unzip();
        let days: Vec<f64> = models.iter().map(|model| days_since_origin(model.date)).collect();
        let values: Vec<f64> = models.iter().map(|model| model.density).collect();
        let mut records = Vec::new();
        records_among(&days, &values, 0..days.len(), &mut records);
        Ok(Self { models, deviations, records })
    }

    /// The models that `keep` holds for, with their own envelope.
    ///
    /// # Errors
    /// None is left.
    pub fn subset(&self, keep: impl Fn(&DatedDensity) -> bool) -> Result<Self, FrontierError> {
        let kept = self.models.iter().cloned().zip(self.deviations.iter().copied()).filter(|(model, _)| keep(model));
        Self::measured(kept.collect())
    }

    /// All models in order of release.
    #[must_use]
    pub fn models(&self) -> &[DatedDensity] {
        &self.models
    }

    /// The record models in order of release; never empty.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &DatedDensity> + Clone {
        self.records.iter().map(|&index| &self.models[index])
    }

    /// Standard deviation of each model's measured ln ρ, in order of release; 0 where not known.
    #[must_use]
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// Days since the origin and ln ρ of all models, in order of release.
    #[must_use]
    pub fn series(&self) -> Series {
        Series {
            days: self.models.iter().map(|model| days_since_origin(model.date)).collect(),
            values: self.models.iter().map(|model| model.density.ln()).collect(),
        }
    }

    /// Days since the origin and ln ρ of the records.
    #[must_use]
    pub fn record_series(&self) -> Series {
        Series {
            days: self.records().map(|model| days_since_origin(model.date)).collect(),
            values: self.records().map(|model| model.density.ln()).collect(),
        }
    }
}

/// Values by day, in ascending order of the day; days may repeat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Days since the origin.
    pub days: Vec<f64>,
    /// The values, usually ln ρ.
    pub values: Vec<f64>,
}

impl Series {
    /// The envelope of those among `chosen` (ascending positions) as a series of its own.
    #[must_use]
    pub fn envelope(&self, chosen: impl IntoIterator<Item = usize>) -> Self {
        let mut records = Vec::new();
        records_among(&self.days, &self.values, chosen, &mut records);
        Self {
            days: records.iter().map(|&index| self.days[index]).collect(),
            values: records.iter().map(|&index| self.values[index]).collect(),
        }
    }
}

/// Positions of the record values among `chosen` (ascending); of one day's values only the best counts.
fn records_among(days: &[f64], values: &[f64], chosen: impl IntoIterator<Item = usize>, records: &mut Vec<usize>) {
    records.clear();
    let mut best = f64::NEG_INFINITY;
    for index in chosen {
        if values[index] > best {
            best = values[index];
            if records.last().is_some_and(|&last| days[last] == days[index]) {
                records.pop();
            }
            records.push(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, day: i8, density: f64) -> DatedDensity {
        DatedDensity { model: name.into(), date: date(2024, 1, day), density }
    }

    fn names(frontier: &Frontier) -> Vec<&str> {
        frontier.records().map(|record| record.model.as_str()).collect()
    }

    #[test]
    fn one_day_counts_once_and_ties_are_no_record() {
        let frontier = Frontier::new(vec![
            model("late", 9, 3.0),
            model("low", 1, 1.0),
            model("best", 1, 2.0),
            model("equal", 5, 2.0),
            model("below", 6, 1.5),
        ])
        .unwrap();
        assert_eq!(names(&frontier), ["best", "late"]);
    }

    #[test]
    fn refuses_bad_models() {
        assert_eq!(Frontier::new(vec![]), Err(FrontierError::Empty));
        assert!(matches!(Frontier::new(vec![model("a", 1, 0.0)]), Err(FrontierError::NotPositive { .. })));
        let twice = vec![model("a", 1, 1.0), model("a", 2, 2.0)];
        assert_eq!(Frontier::new(twice), Err(FrontierError::Duplicate { model: "a".into() }));
    }

    #[test]
    fn days_count_from_the_first_llama() {
        assert_eq!(days_since_origin(ORIGIN), 0.0);
        assert_eq!(days_since_origin(date(2022, 11, 30)), -86.0);
        assert_eq!(days_since_origin(date(2025, 4, 5)), 771.0);
        assert_eq!(date_after_origin(771.2), Some(date(2025, 4, 5)));
        assert_eq!(date_after_origin(f64::INFINITY), None);
    }

    proptest::proptest! {
        #[test]
        fn the_envelope_rises_in_time_and_value(rows in proptest::collection::vec((1_i8..28, 0.01_f64..10.0), 1..40)) {
            let models = rows.iter().enumerate().map(|(i, (day, density))| model(&i.to_string(), *day, *density)).collect();
            let frontier = Frontier::new(models).unwrap();
            let envelope = frontier.record_series();
            assert!(envelope.days.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(envelope.values.windows(2).all(|pair| pair[0] < pair[1]));
            let best = rows.iter().map(|row| row.1).fold(0.0, f64::max);
            assert_eq!(frontier.records().last().unwrap().density, best);
        }
    }
}
