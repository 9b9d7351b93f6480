//! What the device of a report should run: the machine that its numbers make, and the files of the catalogue for it.

use super::this_device::rates_of_all;
use crate::calibration::device_model::DeviceModel;
use crate::crossover::inputs::Inputs;
use crate::crossover::plan::growth_class;
use crate::device::DeviceProfile;
use crate::device::own_speed::OwnSpeed;
use crate::device::record::{DeviceRecord, ProbedDevice};
use crate::device::reported::{MEMORIES, READS};
use crate::model::catalog::{Catalog, CatalogEntry};
use crate::recommend::estimates::usual_bits;
use crate::recommend::limits::Limits;
use crate::recommend::machine::{Basis, Machine};
use crate::recommend::picks::Recommendations;
use crate::recommend::rank::{Sources, rank, shorten};
use crate::recommend::verdict::{ListedRelease, RunHere};
use crate::report::reported_index::own_speed;
use crate::report::run::RunReport;
use crate::sanitize;

/// Longest name of a device that is shown.
const LONGEST_NAME: usize = 80;

/// Picks that a report keeps.
const PICKS: usize = 3;

/// Bytes of memory that programs have here: the machine's, or what its control group leaves of them.
pub(crate) fn ram_bytes(profile: &DeviceProfile) -> Option<f64> {
    let ram = [profile.memory.total, profile.memory.group_limit].into_iter().flatten().min();
    ram.map(|bytes| bytes.bytes() as f64)
}

/// The machine of a report: as it was probed, and as fast as one model tells that was timed on it.
///
/// # Errors
/// What the report lacks.
pub(crate) fn reported(
    device: Option<&DeviceRecord>,
    timed: Vec<OwnSpeed>,
    source: &str,
) -> Result<Machine, &'static str> {
    let Some(DeviceRecord::Probed(device)) = device else { return Err("device as probed") };
    let ProbedDevice { profile, measured, .. } = device.as_ref();
    let read = measured.iter().flat_map(|probe| &probe.read_bandwidth).map(|samples| samples.best);
    let read = read.reduce(f64::max).ok_or("bandwidth")?;
    let read = Some(read).filter(|read| READS.contains(read)).ok_or("bandwidth that a device can have")?;
    let class = growth_class(profile.class.name());
    let ram = ram_bytes(profile).ok_or("memory")?;
    let ram = Some(ram).filter(|ram| MEMORIES.contains(ram)).ok_or("memory that a device can have")?;
    let name = sanitize::line(profile.name().unwrap_or("a device"), LONGEST_NAME);
    let machine = Machine::probed(&name, class, ram, read, source);
    Ok(taken_as(machine, profile).timed(timed))
}

/// Says where a device has no class of its own.
pub(crate) fn taken_as(machine: Machine, profile: &DeviceProfile) -> Machine {
    let (own, class) = (profile.class.name(), &machine.class.id);
    if own == class {
        return machine;
    }
    let source = format!("a {own}, taken as a {class}; {}", machine.source);
    Machine { source, ..machine }
}

/// The same machine with its own model, which was calibrated.
pub(crate) fn calibrated(machine: Machine, model: &DeviceModel, catalog: &Catalog) -> Machine {
    let own = rates_of_all(model, machine.class, &usual_bits(catalog));
    Machine { own, basis: Basis::Own, source: format!("own model of {} files", model.files.len()), ..machine }
}

/// The share of a model's parameters that a token uses, and those that a token of the prompt is computed with.
pub(crate) fn of_model(catalog: &Catalog, id: &str) -> Option<(f64, f64)> {
    let params = catalog.get(id)?.parameters;
    let share = params.active.count() / params.total.count();
    Some((share, share * params.non_embedding.unwrap_or(params.total).count()))
}

/// What the device of a run should run, and the sentence that says so; or why that is not known.
pub(super) fn recommended(
    report: &RunReport,
    own: Option<&DeviceModel>,
    earlier: Vec<OwnSpeed>,
    inputs: &Inputs<'_>,
) -> Result<(Recommendations, Option<String>), String> {
    let catalog = Catalog::load().map_err(|error| error.to_string())?;
    let device = report.device.as_ref();
    // Nobody chooses a model by what a disturbed machine did: only valid rows count.
    let timed = report.bench.as_ref().and_then(|bench| own_speed(bench, &|id| of_model(&catalog, id)));
    let others = earlier.into_iter().filter(|known| timed.as_ref().is_none_or(|timed| timed.model != known.model));
    let timed: Vec<OwnSpeed> = timed.iter().cloned().chain(others).collect();
    let machine = reported(device.map(|device| &device.record), timed, "by this run")
        .map_err(|lacks| format!("the run tells no {lacks}"))?;
    let machine = match own {
        Some(model) => calibrated(machine, model, &catalog),
        None => machine,
    };
    let anywhere = |_: &CatalogEntry| false;
    let sources = Sources { catalog: &catalog, inputs, here: &anywhere };
    let mut found = rank(&machine, &Limits::of(machine.class), sources).map_err(|error| error.to_string())?;
    let today = device.and_then(|device| device.today.as_ref());
    let listed = today
        .and_then(|today| today.recommendation.as_ref())
        .map(|listed| ListedRelease { model: &listed.model, effective_params: &listed.effective_params });
    let sentence = RunHere::of(&found, listed).map(|said| said.to_string());
    shorten(&mut found, PICKS, sources);
    Ok((found, sentence))
}
