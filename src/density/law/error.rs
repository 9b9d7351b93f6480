//! Why there is no analysis of a law.

use crate::law::corollary::PriceError;
use crate::law::densing::LawError;
use crate::law::frontier::FrontierError;
use crate::stat::BootstrapError;

/// Why there is no analysis.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// Some models have no law.
    #[error("{models}")]
    Of {
        /// Which models.
        models: String,
        /// Why.
        source: LawError,
    },
    /// A law without an interval.
    #[error(transparent)]
    Law(#[from] LawError),
    /// Models without an envelope.
    #[error(transparent)]
    Frontier(#[from] FrontierError),
    /// Panels without an interval.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// The filters keep nothing.
    #[error("{0}: no release is left by the filters")]
    NoRelease(String),
    /// The dates keep nothing.
    #[error("{0}: no model between --from and --until")]
    NoModel(String),
    /// A model to be left out that is not there.
    #[error("--exclude {model}: {table} has no such model")]
    NotThere {
        /// The model.
        model: String,
        /// The table.
        table: String,
    },
    /// No date can be tested.
    #[error("{0}: no date leaves three record models on both sides")]
    NoBreak(String),
    /// No price of the kind.
    #[error("prices `{0}`: no row has such a price; try `--prices extended`")]
    NoPrice(String),
    /// Prices that did not fall.
    #[error("prices `{table}`")]
    Prices {
        /// The table.
        table: String,
        /// Why.
        source: PriceError,
    },
    /// No release to hold against the forecast.
    #[error("no release has all five scores")]
    NoRecord,
    /// Too few records for a band.
    #[error("the law has no prediction band")]
    NoBand,
}

impl AnalysisError {
    /// The law of some models that have none.
    pub(super) fn of(models: impl Into<String>) -> impl FnOnce(LawError) -> Self {
        let models = models.into();
        |source| Self::Of { models, source }
    }
}
