//! The density of the main job: of the measured scores; of the published ones where the measured are at chance or missing.

use super::plan::MainPlan;
use crate::calibration::device_model::DeviceModel;
use crate::density::cost::Cost;
use crate::density::from_scores::{ModelScores, ModelSize, from_scores};
use crate::density::inputs::Inputs;
use crate::density::report::DensityReport;
use crate::eval::report::EvalReport;
use crate::law::density::{Chip, ParamBasis, Workload};
use crate::measure::model_file::ModelFile;
use crate::model::catalog::Catalog;
use crate::model::gguf::Header;
use crate::published::Library;
use crate::unit::{Benchmark, Params, Scores};

/// The document, or why there is none.
pub(super) fn density(
    plan: &MainPlan,
    model: &ModelFile,
    eval: Option<&EvalReport>,
    own: Option<&DeviceModel>,
) -> Result<DensityReport, String> {
    let inputs = Inputs { cost: cost(own), ..Inputs::of(Library::shipped()) };
    let size = size(model);
    // Scores that give no density are still a document, with its reason.
    let of = |scores: &ModelScores, basis: String| {
        let assessed = from_scores(&inputs, scores, size);
        let report = DensityReport::of_scores(&inputs, scores, size, assessed.as_ref());
        Ok(DensityReport { basis: Some(ParamBasis::Total), score_basis: Some(basis), ..report })
    };
    if let Some(scores) = &plan.mock_scores {
        return of(scores, "mock: made up for a test, not measured".to_owned());
    }
    let why = match measured(eval) {
        Ok(scores) => return of(&scores, "measured on this device".to_owned()),
        Err(why) => why,
    };
    let id = &model.info.id;
    match published(id) {
        Some(scores) => of(&scores, format!("published (see the catalogue entry {id}); {why}")),
        None => Err(format!("{why}; and the catalogue holds no published scores of {id}")),
    }
}

/// The device's own constants where it was calibrated, else the published ones.
pub(super) fn cost(own: Option<&DeviceModel>) -> Cost {
    match own.and_then(|own| Some((own.k1.as_ref()?.point, own.k2.as_ref()?.point))) {
        Some((k1, k2)) => {
            let source = "the stored model of this device (`densimeter devices calibrate`)";
            Cost::new(Chip { k1, k2, k1_offloaded: None }, Workload::default(), source.to_owned())
        }
        None => Cost::published(),
    }
}

/// All parameters of the file, and those that a token uses.
fn size(model: &ModelFile) -> ModelSize {
    let params = Params::from_count(model.info.params as f64);
    // The double needs no file; what it answers with is as dense as its header would be.
    let active = Header::read(&model.path).map_or(Some(params), |header| header.active_params());
    ModelSize { params, active, bits: model.info.bits_per_weight }
}

/// The five measured scores with the items and the engine noise behind each, or why they make no density.
fn measured(eval: Option<&EvalReport>) -> Result<ModelScores, String> {
    let eval = eval.ok_or("no score was measured")?;
    let mut percent = [None; 5];
    let mut scores = ModelScores::published(Scores::default());
    for benchmark in Benchmark::ALL {
        let row = eval.task(benchmark.name());
        if row.is_some_and(|row| row.at_chance) {
            return Err(format!("the measured {benchmark} score is at chance, from which no capability can be read"));
        }
        if row.is_some_and(|row| row.chat.is_some()) {
            return Err(format!("{benchmark} was asked in a chat, another protocol than that of the density"));
        }
        let Some((row, score)) = row.and_then(|row| Some((row, row.score.as_ref()?))) else {
            return Err(format!("{benchmark} was not scored"));
        };
        let at = benchmark as usize;
        percent[at] = Some(score.point);
        scores.items[at] = Some(row.graded);
        scores.engine_sd[at] =
            row.engine_noise.as_ref().and_then(|noise| noise.widening_score).map(|share| 100.0 * share);
    }
    scores.percent = Scores::from_percent(percent).map_err(|error| error.to_string())?;
    Ok(scores)
}

/// The scores of the catalogue, where it has any.
fn published(id: &str) -> Option<ModelScores> {
    let catalog = Catalog::load().ok()?;
    let scores = catalog.get(id)?.scores.as_ref()?.percent().ok()?;
    scores.present().next()?;
    Some(ModelScores::published(scores))
}
