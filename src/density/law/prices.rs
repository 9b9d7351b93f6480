//! The fall of prices.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::error::AnalysisError;
use crate::law::corollary::{DatedPrice, PriceTrend, price_trend};
use crate::published::Library;
use crate::published::prices::ApiPrice;

/// Which of a model's prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PriceKind {
    /// Of input tokens, as in the paper.
    Input,
    /// Of output tokens.
    Output,
    /// The mean of both.
    Blend,
}

impl PriceKind {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Blend => "blend",
        }
    }

    fn of(self, row: &ApiPrice) -> Option<f64> {
        match self {
            Self::Input => Some(row.input),
            Self::Output => row.output,
            Self::Blend => row.blended,
        }
    }
}

impl FromStr for PriceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Input, Self::Output, Self::Blend]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("`{text}` is no price: input, output or blend"))
    }
}

/// Which prices are followed.
#[derive(Debug, Clone)]
pub struct PricePlan {
    /// The table.
    pub table: PriceTable,
    /// The price.
    pub kind: PriceKind,
    /// MMLU that a model must reach, in percent, where the table has it.
    pub min_mmlu: f64,
}

/// A table of prices.
#[derive(Debug, Clone)]
pub enum PriceTable {
    /// The library's ten of the paper's figure.
    Paper,
    /// The library's own.
    Extended,
    /// Another, with its name for messages.
    Own(String, Vec<ApiPrice>),
}

/// A price trend and what it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// The table.
    pub table: String,
    /// The price.
    pub kind: PriceKind,
    /// MMLU that a model had to reach, where the table has it.
    pub min_mmlu: Option<f64>,
    /// How the lowest price fell.
    pub trend: PriceTrend,
}

impl Prices {
    /// The trend of the prices of days that count.
    ///
    /// # Errors
    /// No such price, or none that fell.
    pub fn of(
        plan: &PricePlan,
        library: &Library,
        within: impl Fn(Date) -> bool,
        level: f64,
    ) -> Result<Self, AnalysisError> {
        let (table, rows) = match &plan.table {
            PriceTable::Paper => ("paper", &library.prices_of_the_paper),
            PriceTable::Extended => ("extended", &library.prices),
            PriceTable::Own(name, rows) => (name.as_str(), rows),
        };
        let graded = rows.iter().any(|row| row.mmlu.is_some());
        // In a table with MMLU a model without it cannot be shown to reach the bar.
        let reaches = |row: &&ApiPrice| !graded || row.mmlu.is_some_and(|mmlu| mmlu >= plan.min_mmlu);
        let price =
            |row: &ApiPrice| Some(DatedPrice { model: row.model.clone(), date: row.date, price: plan.kind.of(row)? });
        let chosen: Vec<DatedPrice> =
            rows.iter().filter(|row| within(row.date)).filter(reaches).filter_map(price).collect();
        if chosen.is_empty() {
            return Err(AnalysisError::NoPrice(table.to_owned()));
        }
        let trend =
            price_trend(&chosen, level).map_err(|source| AnalysisError::Prices { table: table.to_owned(), source })?;
        Ok(Self { table: table.to_owned(), kind: plan.kind, min_mmlu: graded.then_some(plan.min_mmlu), trend })
    }
}
