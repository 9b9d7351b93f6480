//! The edge family's density of the main job: of the cloze tasks that were just measured.

use super::cloze_evidence::{control, evidence};
use super::density::cost;
use super::plan::MainPlan;
use crate::calibration::device_model::DeviceModel;
use crate::density::edge::inputs::EdgeInputs;
use crate::density::edge::ladder_curve::LadderCurve;
use crate::density::edge::report::EdgeDensityReport;
use crate::density::edge::size::EdgeSize;
use crate::density::from_scores::ModelSize;
use crate::eval::report::EvalReport;
use crate::measure::model_file::ModelFile;
use crate::model::gguf::Header;
use crate::published::Library;
use crate::unit::Params;
use crate::worker::protocol::EngineKind;

/// The document, or why there is none.
pub(super) fn density_edge(
    plan: &MainPlan,
    model: &ModelFile,
    eval: Option<&EvalReport>,
    own: Option<&DeviceModel>,
) -> Result<EdgeDensityReport, String> {
    let eval = eval.ok_or("no cloze task was measured")?;
    let measured = evidence(eval);
    if measured.is_empty() {
        let why = eval.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
        return Err(format!("no cloze task was scored{why}"));
    }
    let inputs = EdgeInputs::shipped(cost(own));
    let mut report = EdgeDensityReport::of(&inputs, &measured, size(model)?);
    report.score_basis = Some(match plan.engine {
        EngineKind::Mock => "the deterministic double, which knows no answers".to_owned(),
        EngineKind::Llama => "measured on this device".to_owned(),
    });
    if let Some(second) = &mut report.by_bits_per_byte {
        second.control = control(eval, &measured);
    }
    report.ladder = Some(LadderCurve::of(&inputs, &Library::shipped().edge_ladder));
    Ok(report)
}

/// The double needs no file: what its header would say is then that of the catalogue.
fn size(model: &ModelFile) -> Result<EdgeSize, String> {
    match Header::read(&model.path) {
        Ok(header) => Ok(EdgeSize::of(&header)),
        Err(_) if !model.path.is_file() => {
            let params = Params::from_count(model.info.params as f64);
            Ok(EdgeSize::given(ModelSize { params, active: Some(params), bits: model.info.bits_per_weight }))
        }
        Err(error) => Err(error.to_string()),
    }
}
