//! The device that is asked about: this machine, or a stored one.

use std::path::Path;

use crate::calibration::device_model::DeviceModel;
use crate::cli::Global;
use crate::cmd::terminal;
use crate::crossover::plan::growth_class;
use crate::device::reported;
use crate::file::run_folder;
use crate::measure::device::describe;
use crate::measure::stored_probe::StoredProbe;
use crate::model::catalog::Catalog;
use crate::recommend::machine::Machine;
use crate::report::reported_index::own_speed;
use crate::report::stored::Stored;
use crate::run::recommended::{calibrated, of_model, ram_bytes, reported, taken_as};
use crate::run::this_device::stored_model;
use crate::sysfs::Root;

/// This machine: by its own model where it was calibrated, else by a probe, the stored one or a new one.
pub(super) fn here(catalog: &Catalog, anew: bool, global: &Global) -> anyhow::Result<Machine> {
    let profile = describe(&Root::system());
    let ram = ram_bytes(&profile)
        .ok_or_else(|| anyhow::anyhow!("this machine does not tell its memory: give --device ram=16G,bandwidth=100"))?;
    let class = growth_class(profile.class.name());
    let name = profile.name().unwrap_or("this machine");
    let path = run_folder::probe_path().ok();
    let known = path.as_ref().and_then(|path| StoredProbe::read(path, &profile));
    let probe = match known {
        Some(known) if !anew => known,
        known => {
            if !global.quiet {
                terminal::note("reading memory for some seconds, to learn its bandwidth");
            }
            let mut probe = StoredProbe::measure(&profile).ok_or_else(|| anyhow::anyhow!("the probe read nothing"))?;
            probe.speeds = known.map(|known| known.speeds).unwrap_or_default();
            if let Some((path, Err(why))) = path.map(|path| (path.clone(), probe.keep(&path))) {
                terminal::warning(&format!(
                    "the probe is not kept, the next question measures anew: {}: {why}",
                    path.display()
                ));
            }
            probe
        }
    };
    let day = probe.measured.strftime("%Y-%m-%d").to_string();
    let machine = taken_as(Machine::probed(name, class, ram, probe.read_bandwidth, &day), &profile);
    // The name of a virtual machine's processor says little of its cores and its share of the memory.
    let others = reported::builtin().iter().filter(|row| row.device == name && !profile.virtualisation.found);
    let machine = if probe.speeds.is_empty() {
        machine.timed_by_others(&others.collect::<Vec<_>>())
    } else {
        machine.timed(probe.speeds)
    };
    Ok(match stored_model(&profile) {
        Some(model) => calibrated(machine, &model, catalog),
        None => machine,
    })
}

/// The device of a stored report or of a device model.
pub(super) fn stored(path: &Path, catalog: &Catalog) -> anyhow::Result<Machine> {
    if let Ok(model) = DeviceModel::read(path) {
        let class = growth_class(&model.device.class);
        let bandwidth = model.device.read_bandwidth;
        let bandwidth = bandwidth.ok_or_else(|| anyhow::anyhow!("{}: tells no bandwidth", path.display()))?;
        let machine = Machine::probed(
            &model.device.name,
            class,
            model.device.ram_bytes,
            bandwidth,
            &model.measured.strftime("%Y-%m-%d").to_string(),
        );
        return Ok(calibrated(machine, &model, catalog));
    }
    let report = Stored::read(path)?.report;
    let device = report.device.as_ref().map(|device| &device.record);
    let source = format!("in its report {}", path.display());
    let timed = report.bench.as_ref().and_then(|bench| own_speed(bench, &|id| of_model(catalog, id)));
    reported(device, timed.into_iter().collect(), &source)
        .map_err(|lacks| anyhow::anyhow!("{}: tells no {lacks}; give --device ram=16G,bandwidth=100", path.display()))
}
