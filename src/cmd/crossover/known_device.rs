//! The device that `crossover --device` names: a calibrated one, or this one.

use std::path::Path;

use crate::calibration::device_model::{DeviceModel, Machine};
use crate::cmd::outcome::Usage;
use crate::crossover::one_model::OneModel;
use crate::device::class_spec::ClassSpec;
use crate::device::rates::Rates;
use crate::device::record::DeviceRecord;
use crate::measure::device::describe;
use crate::report::stored::Stored;
use crate::run::this_device::{one_model, rates, stored_model, timed_earlier};
use crate::sysfs::Root;

/// The name of this device.
const HERE: &str = "here";

/// A device of known rates.
pub(super) enum KnownDevice {
    /// Calibrated by a set of files.
    Calibrated(Box<DeviceModel>),
    /// Of which one model was timed.
    Timed(Box<Machine>, Box<OneModel>),
}

impl KnownDevice {
    /// Reads a device model, or what is stored of this device.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        if path != Path::new(HERE) || path.exists() {
            return match DeviceModel::read(path) {
                Ok(model) => Ok(Self::Calibrated(Box::new(model))),
                Err(why) => Self::reported(path).unwrap_or_else(|| Err(why.into())),
            };
        }
        let profile = describe(&Root::system());
        if let Some(model) = stored_model(&profile) {
            return Ok(Self::Calibrated(Box::new(model)));
        }
        let nothing = "--device here: no speed of this device is kept yet; `densimeter recommend --verify` times one model on it and keeps \
                       that, `densimeter devices calibrate` makes a model of it, and --device takes the report of a run";
        let timed = timed_earlier(&profile).ok_or_else(|| Usage(nothing.to_owned()))?;
        Ok(Self::Timed(Box::new(Machine::of(&profile, None, None)), Box::new(timed)))
    }

    /// The device of a run's report; `None` where the file is none.
    fn reported(path: &Path) -> Option<anyhow::Result<Self>> {
        let report = Stored::read(path).ok()?.report;
        let DeviceRecord::Probed(device) = report.device?.record else { return None };
        let lacks = || anyhow::anyhow!("{}: measured no decode and prefill speed", path.display());
        let timed = report.bench.as_ref().and_then(one_model).ok_or_else(lacks);
        Some(timed.map(|timed| Self::Timed(Box::new(Machine::of(&device.profile, None, None)), Box::new(timed))))
    }

    fn machine(&self) -> &Machine {
        match self {
            Self::Calibrated(model) => &model.device,
            Self::Timed(machine, _) => machine,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.machine().name
    }

    /// Its class.
    pub(super) fn class(&self) -> &str {
        &self.machine().class
    }

    /// What it takes for a model at the format of a class.
    pub(super) fn rates(&self, class: &ClassSpec) -> Result<Rates, String> {
        match self {
            Self::Calibrated(model) => rates(model, class),
            Self::Timed(machine, model) => Ok(model.rates(class, machine.ram_bytes)),
        }
    }
}
