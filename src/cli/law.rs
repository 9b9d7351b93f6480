//! `densimeter law`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;
use jiff::civil::Date;

use super::words;
use crate::density::law::plan::{BacktestFrom, BreakAt};
use crate::density::law::prices::PriceKind;
use crate::published::releases::ReleaseKind;

/// Arguments of `law`.
#[derive(Debug, Args)]
pub(crate) struct Law {
    /// CSV with columns `model`, `date` (or `release_date`) and `density`; default: the paper's 51 densities
    #[arg(long, value_name = "CSV", conflicts_with = "releases")]
    pub densities: Option<PathBuf>,
    /// Densities from scores instead: `shipped`, or a CSV with the columns of models/releases.csv
    #[arg(long, value_name = "CSV")]
    pub releases: Option<PathBuf>,
    /// With --releases: only models of this kind (repeatable); default: base
    #[arg(long, value_name = "KIND", requires = "releases", value_parser = kinds())]
    pub kind: Vec<ReleaseKind>,
    /// With --releases: only families whose name begins so (repeatable)
    #[arg(long, value_name = "FAMILY", requires = "releases")]
    pub family: Vec<String>,
    /// With --releases: only models all of whose scores have a source that contains this text
    #[arg(long, value_name = "TEXT", requires = "releases")]
    pub source: Option<String>,
    /// With --releases: also models with only N of the five scores; the others are imputed and widen the interval
    #[arg(long, value_name = "N", requires = "releases", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub impute: Option<u8>,
    /// Only models released on this day or later
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Only models released on this day or earlier
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Leave this model out (repeatable)
    #[arg(long, value_name = "MODEL")]
    pub exclude: Vec<String>,
    /// Resamples of every bootstrap and permutations of a searched break (at least 100)
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub resamples: u32,
    /// Test for a change of growth at a date, or `search` for one
    #[arg(long = "break", value_name = "DATE|search")]
    pub break_at: Option<BreakAt>,
    /// The fall of prices
    #[arg(long)]
    pub cost: bool,
    /// With --cost: `paper`, `extended`, or a CSV; default: paper for input prices, else extended
    #[arg(long, value_name = "CSV", requires = "cost")]
    pub prices: Option<PathBuf>,
    /// With --cost: which price
    #[arg(long, value_parser = price_kinds(), default_value = PriceKind::Input.name(), requires = "cost")]
    pub price: PriceKind,
    /// With --cost and a table that has MMLU: only models that score at least this, in percent (GPT-3.5 has 70)
    #[arg(long, value_name = "PERCENT", default_value_t = 70.0, requires = "cost")]
    pub min_mmlu: f64,
    /// How long each model stays the best value
    #[arg(long)]
    pub window: bool,
    /// Fit to this date and predict what came later; `rolling`: month after month, by the law of releases and by the line
    #[arg(long, value_name = "DATE|rolling")]
    pub backtest: Option<BacktestFrom>,
    /// The density that the law gives for a record of this day, with its prediction band (repeatable)
    #[arg(long, value_name = "DATE")]
    pub at: Vec<Date>,
    /// Growth within single-evaluator panels, beside the law's
    #[arg(long)]
    pub panels: bool,
    /// Only growth by class of benchmark (knowledge, reasoning, code), from the releases that have all five scores
    #[arg(long, conflicts_with_all = ["densities", "backtest", "markdown"])]
    pub classes: bool,
    /// Does the paper's law hold after this day? From the shipped panels and releases
    #[arg(long, value_name = "DATE", num_args = 0..=1, require_equals = true, default_missing_value = "2025-04-05")]
    pub extend: Option<Date>,
    /// Only the answer of --extend, as Markdown
    #[arg(long, conflicts_with_all = ["densities", "releases"])]
    pub markdown: bool,
    /// Doubling time of density in days for the join with Moore's law; default: the fitted one
    #[arg(long, value_name = "DAYS", value_parser = positive_days)]
    pub doubling: Option<f64>,
    /// Doubling time of compute at a fixed price in days
    #[arg(long, value_name = "DAYS", default_value_t = 767.0, value_parser = positive_days)]
    pub moore: f64,
    /// Level of all intervals, in (0, 1)
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = level)]
    pub level: f64,
}

fn kinds() -> impl TypedValueParser<Value = ReleaseKind> {
    words::one_of([
        (ReleaseKind::Base.name(), "Dense, pre-trained only"),
        (ReleaseKind::Moe.name(), "Mixture of experts"),
        (ReleaseKind::Instruct.name(), "Tuned to follow instructions"),
    ])
}

fn price_kinds() -> impl TypedValueParser<Value = PriceKind> {
    words::one_of([
        (PriceKind::Input.name(), "Of input tokens, as in the paper"),
        (PriceKind::Output.name(), "Of output tokens"),
        (PriceKind::Blend.name(), "The mean of both"),
    ])
}

fn positive_days(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if days.is_finite() && days > 0.0 => Ok(days),
        _ => Err("expected a number of days above 0".to_owned()),
    }
}

fn level(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => Err("expected a number between 0 and 1, such as 0.95".to_owned()),
    }
}
