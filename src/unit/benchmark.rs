//! The five benchmarks of the capability score, and a model's scores on them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize};

/// One of the five benchmarks whose plain mean is the capability score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Benchmark {
    /// MMLU, 5-shot.
    Mmlu,
    /// BIG-Bench Hard, 3-shot chain of thought.
    Bbh,
    /// MATH, 4-shot chain of thought.
    Math,
    /// HumanEval, 0-shot, pass@1.
    HumanEval,
    /// MBPP, 3-shot, pass@1.
    Mbpp,
}

impl Benchmark {
    /// The five, in the order of tables and arrays.
    pub const ALL: [Self; 5] = [Self::Mmlu, Self::Bbh, Self::Math, Self::HumanEval, Self::Mbpp];

    /// The name used on the command line, in columns and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mmlu => "mmlu",
            Self::Bbh => "bbh",
            Self::Math => "math",
            Self::HumanEval => "humaneval",
            Self::Mbpp => "mbpp",
        }
    }

    /// Number of items of the full test set.
    #[must_use]
    pub const fn items(self) -> u64 {
        match self {
            Self::Mmlu => 14_042,
            Self::Bbh => 6_511,
            Self::Math => 5_000,
            Self::HumanEval => 164,
            Self::Mbpp => 500,
        }
    }
}

impl fmt::Display for Benchmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is none of the five benchmarks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no benchmark: take mmlu, bbh, math, humaneval or mbpp")]
pub struct UnknownBenchmark(pub String);

impl FromStr for Benchmark {
    type Err = UnknownBenchmark;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|b| b.name() == wanted).ok_or_else(|| UnknownBenchmark(text.trim().to_owned()))
    }
}

/// Why numbers are not a model's scores in percent.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// Not a number, or infinite.
    #[error("the {0} score is not a finite number")]
    NotFinite(Benchmark),
    /// Below 0 or above 100.
    #[error("the {benchmark} score {percent} is outside 0 to 100 percent")]
    OutOfPercent {
        /// The benchmark.
        benchmark: Benchmark,
        /// The score given.
        percent: f64,
    },
    /// Every score is at most 1 and one is above 0.
    #[error(
        "the {benchmark} score {percent} looks like a fraction (no score of the row exceeds 1): give percent, 0 to 100"
    )]
    Fraction {
        /// The largest score of the row.
        benchmark: Benchmark,
        /// The score given.
        percent: f64,
    },
}

impl ScoreError {
    /// The column at fault.
    #[must_use]
    pub const fn benchmark(&self) -> Benchmark {
        match self {
            Self::NotFinite(benchmark) | Self::OutOfPercent { benchmark, .. } | Self::Fraction { benchmark, .. } => {
                *benchmark
            }
        }
    }
}

/// Scores of one model in percent, 0 to 100, each there or missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scores([Option<f64>; 5]);

impl Scores {
    /// Scores in the order of [`Benchmark::ALL`].
    ///
    /// # Errors
    /// A score that is not finite or outside 0 to 100, or a row that looks like fractions: all scores at most 1 and
    /// one above 0 (0.66 % beside larger scores is legitimate).
    pub fn from_percent(scores: [Option<f64>; 5]) -> Result<Self, ScoreError> {
        let present = || Benchmark::ALL.into_iter().zip(scores).filter_map(|(b, s)| s.map(|s| (b, s)));
        for (benchmark, percent) in present() {
            if !percent.is_finite() {
                return Err(ScoreError::NotFinite(benchmark));
            }
            if !(0.0..=100.0).contains(&percent) {
                return Err(ScoreError::OutOfPercent { benchmark, percent });
            }
        }
        match present().max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((benchmark, percent)) if percent > 0.0 && percent <= 1.0 => {
                Err(ScoreError::Fraction { benchmark, percent })
            }
            _ => Ok(Self(scores)),
        }
    }

    /// The score of one benchmark in percent.
    #[must_use]
    pub const fn percent(&self, benchmark: Benchmark) -> Option<f64> {
        self.0[benchmark as usize]
    }

    /// The scores that are there, in percent.
    pub fn present(&self) -> impl Iterator<Item = (Benchmark, f64)> + use<> {
        let scores = self.0;
        Benchmark::ALL.into_iter().filter_map(move |b| scores[b as usize].map(|s| (b, s)))
    }

    /// The benchmarks without a score.
    #[must_use]
    pub fn missing(&self) -> Vec<Benchmark> {
        Benchmark::ALL.into_iter().filter(|b| self.percent(*b).is_none()).collect()
    }

    /// The plain mean in percent, if and only if all five are there.
    #[must_use]
    pub fn five_mean(&self) -> Option<f64> {
        self.0.iter().copied().sum::<Option<f64>>().map(|sum| sum / 5.0)
    }
}

impl Serialize for Scores {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (benchmark, percent) in self.present() {
            map.serialize_entry(benchmark.name(), &percent)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Scores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut given = BTreeMap::<Benchmark, Option<f64>>::deserialize(deserializer)?;
        Self::from_percent(Benchmark::ALL.map(|benchmark| given.remove(&benchmark).flatten()))
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Scores {
    fn schema_name() -> Cow<'static, str> {
        "Scores".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<Benchmark, Option<f64>>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_fractions_is_refused_but_a_small_percent_is_not() {
        let fractions = [Some(0.453), Some(0.326), None, None, Some(0.0)];
        assert!(matches!(Scores::from_percent(fractions), Err(ScoreError::Fraction { percent: 0.453, .. })));
        let tiny_llama = [Some(24.3), Some(28.78), Some(0.74), Some(6.71), Some(19.91)];
        assert!(Scores::from_percent(tiny_llama).is_ok());
        assert!(Scores::from_percent([None, None, Some(0.0), None, None]).is_ok());
        assert!(matches!(
            Scores::from_percent([Some(f64::NAN), None, None, None, None]),
            Err(ScoreError::NotFinite(Benchmark::Mmlu))
        ));
        assert!(Scores::from_percent([Some(101.0), None, None, None, None]).is_err());
    }

    #[test]
    fn a_mean_exists_only_over_all_five() {
        let four = Scores::from_percent([Some(50.0), Some(50.0), Some(50.0), Some(50.0), None]).unwrap();
        assert_eq!(four.five_mean(), None);
        assert_eq!(four.missing(), [Benchmark::Mbpp]);
    }
}
