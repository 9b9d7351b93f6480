//! Words of the domain as values of an option: clap lists them, the domain reads them.

use std::error::Error;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::density::reference_family::DensityFamily;
use crate::recommend::limits::Use;

/// A parser of these words, each with its help, whose values the domain's own [`FromStr`] makes.
pub(super) fn one_of<T, const N: usize>(words: [(&'static str, &'static str); N]) -> impl TypedValueParser<Value = T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: Into<Box<dyn Error + Send + Sync + 'static>>,
{
    let values = words.map(|(word, help)| PossibleValue::new(word).help(help));
    PossibleValuesParser::new(values).try_map(|text| text.parse::<T>())
}

/// The reference families.
pub(super) fn families() -> impl TypedValueParser<Value = DensityFamily> {
    one_of([
        (DensityFamily::Xiao2025.name(), "The mean of five benchmarks (the paper's)"),
        (DensityFamily::Edge.name(), "The mean of eight cloze tasks, for models of 30 M to 6.4 B effective parameters"),
    ])
}

/// What a model may be wanted for.
pub(super) fn uses() -> impl TypedValueParser<Value = Use> {
    one_of([
        (Use::Knowledge.name(), "MMLU"),
        (Use::Reasoning.name(), "BBH and MATH"),
        (Use::Code.name(), "HumanEval and MBPP"),
    ])
}

/// A finite number above zero.
pub(super) fn above_zero(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number > 0.0 { Ok(number) } else { Err("not a number above zero".to_owned()) }
}
