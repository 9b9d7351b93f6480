//! The device that is asked about: this machine, or a stored one.

use std::path::Path;

use crate::calibration::device_model::DeviceModel;
use crate::cli::Global;
use crate::cmd::terminal;
use crate::crossover::plan::growth_class;
use crate::device::DeviceProfile;
use crate::device::record::{DeviceRecord, ProbedDevice};
use crate::file::run_folder;
use crate::measure::device::describe;
use crate::measure::stored_probe::StoredProbe;
use crate::model::catalog::Catalog;
use crate::recommend::estimates::usual_bits;
use crate::recommend::machine::{Basis, Machine};
use crate::report::stored::Stored;
use crate::run::this_device::{rates_of_all, rates_of_bench, stored_model};
use crate::sysfs::Root;

/// This machine: by its own model where it was calibrated, else by a probe, the stored one or a new one.
pub(super) fn here(catalog: &Catalog, anew: bool, global: &Global) -> anyhow::Result<Machine> {
    let profile = describe(&Root::system());
    let ram = ram_bytes(&profile)?;
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
    let machine = Machine::probed(name, class, ram, probe.read_bandwidth, &day).timed(probe.speeds);
    Ok(match stored_model(&profile) {
        Some(model) => calibrated(machine, &model, catalog),
        None => machine,
    })
}

fn ram_bytes(profile: &DeviceProfile) -> anyhow::Result<f64> {
    let ram = [profile.memory.total, profile.memory.group_limit].into_iter().flatten().min();
    ram.map(|bytes| bytes.bytes() as f64)
        .ok_or_else(|| anyhow::anyhow!("this machine does not tell its memory: give --device ram=16G,bandwidth=100"))
}

fn calibrated(machine: Machine, model: &DeviceModel, catalog: &Catalog) -> Machine {
    let own = rates_of_all(model, machine.class, &usual_bits(catalog));
    Machine { own, basis: Basis::Own, source: format!("own model of {} files", model.files.len()), ..machine }
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
    let lacks =
        |what: &str| anyhow::anyhow!("{}: tells no {what}; give --device ram=16G,bandwidth=100", path.display());
    let Some(DeviceRecord::Probed(device)) = report.device.as_ref().map(|device| &device.record) else {
        return Err(lacks("device as probed"));
    };
    let ProbedDevice { profile, measured, .. } = device.as_ref();
    let read = measured.iter().flat_map(|probe| &probe.read_bandwidth).map(|samples| samples.best);
    let read = read.reduce(f64::max).ok_or_else(|| lacks("bandwidth"))?;
    let class = growth_class(profile.class.name());
    let ram = ram_bytes(profile).map_err(|_| lacks("memory"))?;
    let machine = Machine::probed(profile.name().unwrap_or("a device"), class, ram, read, "in its report");
    Ok(match &report.bench {
        Some(bench) => {
            let own = rates_of_bench(bench, class, ram, &usual_bits(catalog));
            Machine { own, basis: Basis::Own, source: format!("its report {}", path.display()), ..machine }
        }
        None => machine,
    })
}
