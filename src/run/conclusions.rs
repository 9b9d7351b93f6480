//! What follows from what a run measured: densities, dates, the recommendation; each a document, or null with its reason.

use std::collections::BTreeMap;

use super::density::density;
use super::density_edge::density_edge;
use super::plan::MainPlan;
use super::recommended::recommended;
use super::steps::Steps;
use super::this_device::{chain, device_today, one_model, speeds, stored_model, timed_earlier};
use crate::crossover::crossing::Crossing;
use crate::crossover::inputs::Inputs;
use crate::crossover::one_model::OneModel;
use crate::crossover::plan::{CrossoverPlan, of_classes};
use crate::crossover::target::{Target, USUAL};
use crate::crossover::verdict::ClassVerdict;
use crate::density::edge::verdict::EdgeVerdict;
use crate::density::frontier::FrontierReport;
use crate::density::verdict::DensityVerdict;
use crate::device::class_spec;
use crate::law::arrival::draws::DRAWS;
use crate::measure::model_file::ModelFile;
use crate::observer::Observer;
use crate::published::Library;
use crate::report::run::RunReport;
use crate::stat::Bootstrap;
use crate::worker::protocol::EngineKind;

/// Resamples of the frontier that a report keeps.
const FRONTIER_RESAMPLES: usize = 2000;

/// A part, or null and its reason.
pub(super) fn kept<T>(part: Result<T, String>, name: &str, reasons: &mut BTreeMap<String, String>) -> Option<T> {
    part.map_err(|why| reasons.insert(name.to_owned(), why)).ok()
}

/// Densities by the scores of the report, the dates of the classes and of this device, and what to run on it.
pub(super) fn conclude(
    plan: &MainPlan,
    model: &ModelFile,
    report: &mut RunReport,
    steps: &mut Steps<'_>,
    observer: &dyn Observer,
) {
    let own = stored_model(&plan.profile);
    let timed = timed(plan, report);
    let resamples = |resamples: usize| Bootstrap { resamples, seed: plan.seed };
    steps.begin("density", "effective parameters");
    let found = density_edge(plan, model, report.eval.as_ref(), own.as_ref());
    report.density_edge = kept(found, "density_edge", &mut report.reasons);
    report.verdicts.extend(report.density_edge.as_ref().and_then(EdgeVerdict::of).map(|said| said.to_string()));
    let found = density(plan, model, report.eval.as_ref(), own.as_ref());
    report.density = kept(found, "density", &mut report.reasons);
    report.verdicts.extend(report.density.as_ref().and_then(DensityVerdict::of).map(|said| said.to_string()));

    steps.begin("crossover", "Moore's law against the Densing Law");
    let inputs = Inputs::of(Library::shipped(), plan.today, resamples(DRAWS)).map_err(|error| chain(&error));
    let found = inputs.as_ref().map_err(Clone::clone).and_then(|inputs| crossover(plan, inputs, observer));
    report.crossover = kept(found, "crossover", &mut report.reasons);
    let class = plan.profile.class.to_string();
    let rows = report.crossover.iter().flatten();
    report.verdicts.extend(rows.filter_map(|row| ClassVerdict::of(row, &class)).map(|said| said.to_string()));
    let today = inputs.as_ref().map_err(Clone::clone);
    let today = today.and_then(|inputs| device_today(&plan.profile, own.as_ref(), timed.as_ref(), inputs));
    if let Some(today) = kept(today, "device.today", &mut report.reasons) {
        report.verdicts.push(today.sentence());
        if let Some(device) = &mut report.device {
            device.today = Some(Box::new(today));
        }
    }
    let earlier = if plan.here && plan.engine == EngineKind::Llama { speeds(&plan.profile) } else { Vec::new() };
    let found = inputs.and_then(|inputs| recommended(report, own.as_ref(), earlier, &inputs));
    if let Some((picks, sentence)) = kept(found, "recommend", &mut report.reasons) {
        report.verdicts.extend(sentence);
        report.recommend = Some(picks);
    }
    if let (Some(own), Some(device)) = (own, &mut report.device) {
        device.k1 = own.k1;
        device.k2 = own.k2;
    }
    let run = resamples(FRONTIER_RESAMPLES);
    let frontier = FrontierReport::as_of(Library::shipped(), plan.today, run).map_err(|error| error.to_string());
    report.frontier = kept(frontier, "frontier", &mut report.reasons);
}

/// The model whose speed stands for the device's: that of this run, or a larger one that was timed here earlier.
fn timed(plan: &MainPlan, report: &RunReport) -> Option<OneModel> {
    let here = plan.here && plan.engine == EngineKind::Llama;
    let earlier = here.then(|| timed_earlier(&plan.profile)).flatten();
    match report.bench.as_ref().and_then(one_model) {
        Some(model) => Some(model.or_larger(earlier)),
        None => earlier,
    }
}

/// When this device's class meets the capabilities; every class where this one has no history.
fn crossover(plan: &MainPlan, inputs: &Inputs<'_>, observer: &dyn Observer) -> Result<Vec<Crossing>, String> {
    let library = Library::shipped();
    let names: Vec<String> = USUAL.split(',').map(str::to_owned).collect();
    let (targets, out_of_reach) = Target::all(&names, library).map_err(|error| chain(&error))?;
    out_of_reach.iter().for_each(|reason| observer.warn(reason));
    let classes = match class_spec::find(&plan.profile.class.to_string()) {
        Ok(class) => vec![class],
        Err(_) => class_spec::builtin().iter().collect(),
    };
    let found = of_classes(&CrossoverPlan::usual(classes, targets), inputs).map_err(|error| chain(&error))?;
    found.notes.iter().for_each(|note| observer.note(note));
    Ok(found.crossings)
}
