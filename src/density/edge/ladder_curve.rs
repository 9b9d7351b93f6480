//! The ladder as a report keeps it, so that the report alone can be compared with it.

use serde::{Deserialize, Serialize};

use super::inputs::EdgeInputs;
use crate::law::edge::ladder::LadderRun as Run;
use crate::law::edge::{FEWEST_PARAMS, MOST_PARAMS};
use crate::unit::Params;

/// Points of the curve: straight lines between them cannot be seen.
const POINTS: u32 = 60;

/// The reference ladder and the family's curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LadderCurve {
    /// The runs of the ladder.
    pub runs: Vec<LadderRun>,
    /// The family at D0 tokens, over its published range.
    pub curve: Vec<CurvePoint>,
}

/// A run of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LadderRun {
    /// Its name.
    pub model: String,
    /// Parameters, as the ladder counts.
    pub params: Params,
    /// Tokens of training.
    pub tokens: f64,
    /// Mean accuracy of the eight tasks, percent.
    pub score: f64,
}

/// A point of the curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CurvePoint {
    /// Parameters.
    pub params: Params,
    /// Mean accuracy of the eight tasks, percent.
    pub score: f64,
}

impl LadderCurve {
    /// The ladder's runs beside the curve through them.
    #[must_use]
    pub fn of(inputs: &EdgeInputs<'_>, runs: &[Run]) -> Self {
        let curve = inputs.family.curve();
        let point = |at: u32| {
            let share = f64::from(at) / f64::from(POINTS);
            let params = Params::from_count(FEWEST_PARAMS * (MOST_PARAMS / FEWEST_PARAMS).powf(share));
            CurvePoint { params, score: 100.0 * curve.accuracy_of(params, inputs.d0) }
        };
        let run = |run: &Run| LadderRun {
            model: run.model.clone(),
            params: Params::from_count(run.params),
            tokens: run.tokens,
            score: 100.0 * run.mean_accuracy(),
        };
        Self { runs: runs.iter().map(run).collect(), curve: (0..=POINTS).map(point).collect() }
    }
}
