//! The device that is asked about, as far as a model's memory and speed depend on it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::crossover::plan::{SINCE, growth_class};
use crate::device::class_spec::{self, ClassSpec};
use crate::device::growth::{Growth, GrowthError, Quantity, members, years};
use crate::device::history::HistoricDevice;
use crate::device::own_speed::OwnSpeed;
use crate::device::rates::Rates;
use crate::device::reported::Reported;
use crate::device::speed_model::TIMED_HERE;
use crate::device::speeds::{self, SpeedRow};

/// Class of a device of which only numbers are known.
const OTHERWISE: &str = "desktop";
/// Share of the theoretical bandwidth that a probe reads (published measurements: 0.64 to 0.85), and the standard deviation
/// of its logarithm.
const READ_SHARE: (f64, f64) = (0.75, 0.09);
/// Back ends that run a GGUF.
pub(super) const RUN_GGUF: [&str; 5] = ["cpu", "cuda", "metal", "opencl", "vulkan"];

/// What a number of a device rests on, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Measured on this very device.
    Own,
    /// Measured by others on the same device.
    SameDevice,
    /// Measured by others on the same chip.
    SameSoc,
    /// Devices of its class.
    Class,
    /// The formula alone, from bandwidth and sizes.
    Formula,
}

/// A device.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Its class.
    pub class: &'static ClassSpec,
    /// Memory, bytes.
    pub ram_bytes: f64,
    /// Theoretical memory bandwidth, GB/s.
    pub bandwidth_gbs: f64,
    /// Standard deviation of its logarithm: none where it is published.
    pub bandwidth_deviation: f64,
    /// What computes.
    pub backend: String,
    /// Name by which measured rows know it.
    pub measured_as: Option<String>,
    /// The same for rows that tell prefill: where the device has none, another one of its chip.
    pub prefill_as: Option<String>,
    /// What its speeds rest on.
    pub basis: Basis,
    /// Where its numbers come from, for people.
    pub source: String,
    /// Its own model at each quantisation, where it was calibrated.
    pub own: BTreeMap<String, Rates>,
    /// Models that were timed on it: rows under the name `measured_as`.
    pub timed: Vec<SpeedRow>,
}

impl Machine {
    /// Bytes that a model may take by the class's rule.
    #[must_use]
    pub fn usable_bytes(&self) -> f64 {
        self.class.usable_bytes(self.ram_bytes)
    }

    /// A device of a class of which nothing is known yet: every maker of one fills in what it knows.
    pub(super) fn unmeasured(class: &'static ClassSpec) -> Self {
        Self {
            name: class.name.clone(),
            class,
            ram_bytes: f64::INFINITY,
            bandwidth_gbs: f64::INFINITY,
            bandwidth_deviation: 0.0,
            backend: class.backend.clone(),
            measured_as: None,
            prefill_as: None,
            basis: Basis::Formula,
            source: String::new(),
            own: BTreeMap::new(),
            timed: Vec::new(),
        }
    }

    pub(super) fn of_class(
        class: &'static ClassSpec,
        history: &[HistoricDevice],
        today: Date,
    ) -> Result<Self, GrowthError> {
        let now = |quantity| {
            Ok::<f64, GrowthError>(
                Growth::fit(members(class, history, Some(SINCE)), quantity)?.line.at(years(today)).exp(),
            )
        };
        Ok(Self {
            ram_bytes: now(Quantity::Ram)? * 1e9,
            bandwidth_gbs: now(Quantity::Bandwidth)?,
            basis: Basis::Class,
            source: format!("the class's trend on {today}"),
            ..Self::unmeasured(class)
        })
    }

    pub(super) fn of_row(row: &HistoricDevice) -> Self {
        let class = class_spec::builtin()
            .iter()
            .find(|class| class.holds(row))
            .or_else(|| class_spec::builtin().iter().find(|class| class.history_class == row.class))
            .unwrap_or_else(otherwise);
        let measured = measured(&row.device, &row.soc, speeds::builtin());
        let (basis, measured_as) = match measured {
            Some((basis, known)) => (basis, Some(known.device.clone())),
            None => (Basis::Class, None),
        };
        Self {
            name: row.device.clone(),
            ram_bytes: row.ram_gb * 1e9,
            bandwidth_gbs: row.bandwidth_gbs,
            prefill_as: measured.and_then(|(_, known)| prefill_as(known, &row.soc, speeds::builtin())),
            backend: measured.map_or_else(|| backend(row, class), |(_, known)| known.backend.clone()),
            measured_as,
            basis,
            source: format!("devices/history.csv ({})", row.source),
            ..Self::unmeasured(class)
        }
    }

    /// A device that was probed: what it reads is a share of what its memory could.
    #[must_use]
    pub fn probed(
        name: &str,
        class: &'static ClassSpec,
        ram_bytes: f64,
        read_bytes_per_second: f64,
        when: &str,
    ) -> Self {
        Self {
            name: name.to_owned(),
            ram_bytes,
            bandwidth_gbs: read_bytes_per_second / READ_SHARE.0 / 1e9,
            bandwidth_deviation: READ_SHARE.1,
            backend: "cpu".to_owned(),
            source: format!("probed {when}: reads {:.1} GB/s", read_bytes_per_second / 1e9),
            ..Self::unmeasured(class)
        }
    }
}
impl Machine {
    /// The same device, with models that its owner timed on it.
    #[must_use]
    pub fn timed(self, models: impl IntoIterator<Item = OwnSpeed>) -> Self {
        self.timed_by(models, Basis::Own, "timed here")
    }

    /// A device of the reports that were given to the project, with what they timed on it.
    #[must_use]
    pub fn reported(rows: &[&Reported]) -> Option<Self> {
        let first = rows.first()?;
        let class = growth_class(&first.class);
        let read = first.read_bytes_per_second;
        let found = Self::probed(&first.device, class, first.ram_bytes, read, &format!("in reports/{}", first.report));
        Some(Self { backend: first.backend.clone(), ..found }.timed_by_others(rows))
    }

    /// The same device, with what reports of others timed on one of its name.
    #[must_use]
    pub fn timed_by_others(self, rows: &[&Reported]) -> Self {
        let same = rows.iter().filter(|row| row.backend == self.backend).map(|row| row.speed.clone());
        let same: Vec<OwnSpeed> = same.collect();
        self.timed_by(same, Basis::SameDevice, "timed in reports of it")
    }

    fn timed_by(self, models: impl IntoIterator<Item = OwnSpeed>, basis: Basis, how: &str) -> Self {
        let row = |timed: OwnSpeed| SpeedRow {
            device: TIMED_HERE.to_owned(),
            soc: String::new(),
            bandwidth_gbs: Some(self.bandwidth_gbs),
            model: timed.model,
            params_b: Some(timed.prompt_params / 1e9),
            file_gb: Some(timed.read_bytes / 1e9),
            backend: self.backend.clone(),
            decode_tps: Some(timed.decode),
            prefill_tps: Some(timed.prefill),
            source: "timed on this device".to_owned(),
        };
        let timed: Vec<SpeedRow> = models.into_iter().map(row).collect();
        if timed.is_empty() {
            return self;
        }
        let source = format!(
            "{}; {how}: {}",
            self.source,
            timed.iter().map(|row| row.model.as_str()).collect::<Vec<_>>().join(", ")
        );
        let prefill_as = Some(TIMED_HERE.to_owned());
        Self {
            timed,
            prefill_as,
            measured_as: Some(TIMED_HERE.to_owned()),
            basis,
            bandwidth_deviation: 0.0,
            source,
            ..self
        }
    }
}

pub(super) fn otherwise() -> &'static ClassSpec {
    class_spec::find(OTHERWISE).unwrap_or(&class_spec::builtin()[0])
}

/// What computes on a device that nobody measured: the class's back end where the maker has it, else the processor.
fn backend(row: &HistoricDevice, class: &ClassSpec) -> String {
    let says = |words: &[&str]| words.iter().any(|word| row.device.contains(word) || row.soc.contains(word));
    if says(&["Mac", "iPad"]) {
        "metal".to_owned()
    } else if says(&["Jetson", "Tegra", "Orin", "GB10", "RTX"]) {
        "cuda".to_owned()
    } else if RUN_GGUF.contains(&class.backend.as_str()) && !["metal", "cuda"].contains(&class.backend.as_str()) {
        class.backend.clone()
    } else {
        "cpu".to_owned()
    }
}

/// The device whose prefill stands for that of a known one: its own, or another's with the same chip and back end.
fn prefill_as(known: &SpeedRow, soc: &str, rows: &[SpeedRow]) -> Option<String> {
    let tells = |row: &&SpeedRow| row.prefill_tps.is_some() && row.backend == known.backend;
    let own = rows.iter().filter(tells).find(|row| row.device == known.device);
    let chip = || rows.iter().filter(tells).find(|row| !soc.is_empty() && row.soc.eq_ignore_ascii_case(soc));
    own.or_else(chip).map(|row| row.device.clone())
}

/// The measured row that knows a device, by its name or its chip.
fn measured<'a>(device: &str, soc: &str, rows: &'a [SpeedRow]) -> Option<(Basis, &'a SpeedRow)> {
    let same = |text: &str, other: &str| !text.is_empty() && text.eq_ignore_ascii_case(other);
    // What llama.cpp has no back end for runs no GGUF.
    let runs = |row: &&SpeedRow| RUN_GGUF.contains(&row.backend.as_str());
    let by_name = rows.iter().filter(runs).find(|row| same(&row.device, device));
    let by_chip = || rows.iter().filter(runs).find(|row| same(&row.soc, soc));
    by_name.map(|row| (Basis::SameDevice, row)).or_else(|| by_chip().map(|row| (Basis::SameSoc, row)))
}
