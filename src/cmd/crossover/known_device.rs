//! The device that `crossover --device` names: a calibrated one, or this one.

use std::path::Path;

use crate::calibration::device_model::{DeviceModel, Machine};
use crate::cmd::outcome::Usage;
use crate::crossover::one_model::OneModel;
use crate::device::class_spec::ClassSpec;
use crate::device::rates::Rates;
use crate::measure::device::describe;
use crate::run::this_device::{rates, stored_model, timed_earlier};
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
            return Ok(Self::Calibrated(Box::new(DeviceModel::read(path)?)));
        }
        let profile = describe(&Root::system());
        if let Some(model) = stored_model(&profile) {
            return Ok(Self::Calibrated(Box::new(model)));
        }
        let nothing = "--device here: nothing is known of this device yet; `densimeter recommend --verify` times one model on \
                       it, `densimeter devices calibrate` makes a model of it";
        let timed = timed_earlier(&profile).ok_or_else(|| Usage(nothing.to_owned()))?;
        Ok(Self::Timed(Box::new(Machine::of(&profile, None, None)), Box::new(timed)))
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
