//! Whether two reports are of the same thing: what differs beside the numbers.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::device::{DeviceProfile, DeviceRecord};
use crate::measure::bench_report::{BenchReport, EngineReport};
use crate::report::stored::Stored;

/// What may differ, and be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Aspect {
    /// Another machine.
    Device,
    /// Another engine, or one built with other instructions or back ends.
    Engine,
    /// Another model file.
    Model,
    /// Other threads, batches, cache types or back end.
    Settings,
    /// Rows that only one of them has.
    Shapes,
    /// A row that is not valid.
    Invalid,
    /// Other items, prompts or reference of the quality.
    Quality,
}

impl Aspect {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Device, Self::Engine, Self::Model, Self::Settings, Self::Shapes, Self::Invalid, Self::Quality];

    /// Its name on the command line.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Engine => "engine",
            Self::Model => "model",
            Self::Settings => "settings",
            Self::Shapes => "shapes",
            Self::Invalid => "invalid",
            Self::Quality => "quality",
        }
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Discrepancy {
    /// What kind of thing.
    pub kind: Aspect,
    /// What it is.
    pub what: String,
    /// What the base says; null where it says nothing.
    pub base: Option<String>,
    /// What the other says; null where it says nothing.
    pub other: Option<String>,
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.what)?;
        if self.base.is_none() && self.other.is_none() {
            return Ok(());
        }
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "not told".to_owned());
        write!(f, ": {} against {}", side(&self.base), side(&self.other))
    }
}

/// What differs between two reports, as it is found.
#[derive(Debug, Default)]
pub(super) struct Differ {
    pub(super) found: Vec<Discrepancy>,
    pub(super) notes: Vec<String>,
}

impl Differ {
    /// The machines and engines of two reports.
    pub(super) fn of(base: &Stored, other: &Stored) -> Self {
        let mut differ = Self::default();
        differ.devices(record(base), record(other));
        if let (Some(base), Some(other)) = (&base.report.bench, &other.report.bench) {
            differ.benches(base, other);
        }
        differ
    }

    /// Adds a difference, each once.
    pub(super) fn add(&mut self, kind: Aspect, what: impl Into<String>, base: Option<String>, other: Option<String>) {
        let found = Discrepancy { kind, what: what.into(), base, other };
        if !self.found.contains(&found) {
            self.found.push(found);
        }
    }

    /// Adds a note, each once.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    fn devices(&mut self, base: Option<&DeviceRecord>, other: Option<&DeviceRecord>) {
        let mut shared = false;
        for ((what, base), (_, other)) in identity(base).into_iter().zip(identity(other)) {
            if let (Some(_), Some(_)) = (&base, &other) {
                shared = true;
                if base != other {
                    self.add(Aspect::Device, what, base, other);
                }
            }
        }
        if !shared {
            self.add(
                Aspect::Device,
                "nothing that both tell of their devices says that it is the same one",
                None,
                None,
            );
        }
        for ((what, base), (_, other)) in system(base).into_iter().zip(system(other)) {
            if base != other {
                let side = |told: Option<String>| told.unwrap_or_else(|| "not told".to_owned());
                self.note(format!("{what}: {} against {}", side(base), side(other)));
            }
        }
    }

    fn benches(&mut self, base: &BenchReport, other: &BenchReport) {
        match (&base.engine, &other.engine) {
            (Some(base), Some(other)) => self.engines(base, other),
            (None, None) => self.note("neither report names its engine".to_owned()),
            (base, other) => {
                let name = |engine: &Option<EngineReport>| engine.as_ref().map(|engine| engine.build.clone());
                self.add(Aspect::Engine, "engine", name(base), name(other));
            }
        }
        if base.densimeter != other.densimeter {
            self.note(format!("densimeter {} against {}", base.densimeter, other.densimeter));
        }
    }

    fn engines(&mut self, base: &EngineReport, other: &EngineReport) {
        let family = |engine: &EngineReport| engine.build.split_whitespace().next().unwrap_or("").to_owned();
        if family(base) != family(other) {
            self.add(Aspect::Engine, "engine", Some(base.build.clone()), Some(other.build.clone()));
            return;
        }
        if base.build != other.build {
            self.note(format!("engine: {} against {}", base.build, other.build));
        }
        let features = |engine: &EngineReport| engine.features.iter().cloned().collect::<BTreeSet<_>>();
        let (ours, theirs) = (features(base), features(other));
        if ours != theirs {
            let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
                let names: Vec<&str> = a.difference(b).map(String::as_str).collect();
                Some(if names.is_empty() { "nothing more".to_owned() } else { names.join(" ") })
            };
            self.add(Aspect::Engine, "compiled in on one side only", only(&ours, &theirs), only(&theirs, &ours));
        }
    }
}

fn record(stored: &Stored) -> Option<&DeviceRecord> {
    stored.report.device.as_ref().map(|device| &device.record)
}

/// What tells one device from another, as far as it is known.
fn identity(device: Option<&DeviceRecord>) -> [(&'static str, Option<String>); 6] {
    let profile = device.and_then(DeviceRecord::profile);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    [
        ("model of the device", profile.and_then(|profile| profile.model.clone())),
        ("processor", owned(device.and_then(DeviceRecord::processor))),
        ("chip", profile.and_then(|profile| profile.cpu.soc.clone())),
        ("hardware threads", profile.map(|profile| profile.cpu.threads.to_string())),
        ("memory, bytes", profile.and_then(|profile| Some(profile.memory.total?.bytes().to_string()))),
        ("graphics processor", owned(device.and_then(DeviceRecord::accelerator))),
    ]
}

/// What runs on a device beside the engine.
fn system(device: Option<&DeviceRecord>) -> [(&'static str, Option<String>); 2] {
    let profile = device.and_then(DeviceRecord::profile);
    let of = |pick: fn(&DeviceProfile) -> &Option<String>| profile.and_then(|profile| pick(profile).clone());
    [("operating system", of(|profile| &profile.os)), ("kernel", of(|profile| &profile.kernel))]
}
