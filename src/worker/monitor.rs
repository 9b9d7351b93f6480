//! The meters that run beside a repetition.

use std::sync::Arc;

use super::conditions::Conditions;
use crate::meter::battery::BatteryMeter;
use crate::meter::clock::Clock;
use crate::meter::energy::{EnergyMeter, EnergySession};
use crate::meter::load::{LoadMeter, LoadSample};
use crate::meter::memory::{MemoryMeter, MemoryReading};
use crate::meter::standstill::StandstillMeter;
use crate::meter::thermal::{ThermalMeter, ThermalReading};
use crate::sysfs::cgroup::processors::{self, Periods};
use crate::sysfs::{Missing, Reasons, Root, or_note};

/// The meters of a worker.
pub struct Monitor {
    root: Root,
    thermal: ThermalMeter,
    load: LoadMeter,
    memory: MemoryMeter,
    battery: BatteryMeter,
    energy: EnergyMeter,
    clock: Arc<dyn Clock>,
}

/// Meters that were started.
#[must_use = "conditions are known only when the session is stopped"]
pub struct MonitorSession<'a> {
    monitor: &'a Monitor,
    before: ThermalReading,
    load: Result<LoadSample, Missing>,
    major_faults: Option<u64>,
    quota: Option<Periods>,
    energy: Result<EnergySession, String>,
    standstill: StandstillMeter,
}

impl Monitor {
    /// Meters of the machine below `root` and of this process.
    #[must_use]
    pub fn new(root: &Root, clock: Arc<dyn Clock>) -> Self {
        Self {
            root: root.clone(),
            thermal: ThermalMeter::new(root.clone()),
            load: LoadMeter::of_self(root.clone()),
            memory: MemoryMeter::of_self(root.clone()),
            battery: BatteryMeter::new(root.clone()),
            energy: EnergyMeter::choose(root, Arc::clone(&clock)),
            clock,
        }
    }

    /// Memory of this process, every mapping walked (milliseconds: never while a clock runs).
    #[must_use]
    pub fn memory(&self) -> MemoryReading {
        self.memory.read_in_full()
    }

    /// Starts the meters.
    pub fn start(&self) -> MonitorSession<'_> {
        MonitorSession {
            monitor: self,
            before: self.thermal.read(),
            load: self.load.sample(),
            major_faults: self.memory.read().major_faults,
            quota: processors::periods(&self.root),
            energy: self.energy.start(),
            standstill: StandstillMeter::start(&self.root, &self.clock),
        }
    }
}

impl MonitorSession<'_> {
    /// Stops the meters.
    #[must_use]
    pub fn stop(self) -> Conditions {
        let mut reasons = Reasons::new();
        let standstill = self.standstill.stop(&mut reasons);
        let energy = self.energy.and_then(EnergySession::stop);
        let energy = energy.map_err(|why| reasons.insert("energy".to_owned(), why)).ok();
        let later = self.monitor.load.sample();
        let load = self.load.and_then(|before| before.until(&later?));
        let load = or_note(load, "load", &mut reasons);
        let after = self.monitor.thermal.read();
        let faults = self.monitor.memory.read().major_faults;
        Conditions {
            throttling: self.before.until(&after),
            before: self.before,
            after,
            load,
            major_faults: faults.zip(self.major_faults).map(|(after, before)| after.saturating_sub(before)),
            energy,
            quota: processors::periods(&self.monitor.root).zip(self.quota).map(|(now, before)| now.since(before)),
            standstill,
            on_battery: self.monitor.battery.on_battery(),
            reasons,
        }
    }
}
