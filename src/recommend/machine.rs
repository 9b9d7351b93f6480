//! The device that is asked about, as far as a model's memory and speed depend on it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::crossover::plan::SINCE;
use crate::device::class_spec::{self, ClassError, ClassSpec};
use crate::device::growth::{Growth, GrowthError, Quantity, members, years};
use crate::device::history::HistoricDevice;
use crate::device::rates::Rates;
use crate::device::speeds::{self, SpeedRow};

/// Class of a device of which only numbers are known.
const OTHERWISE: &str = "desktop";
/// Share of the theoretical bandwidth that a probe reads (published measurements: 0.64 to 0.85), and the standard deviation
/// of its logarithm.
const READ_SHARE: (f64, f64) = (0.75, 0.09);
/// The device that was timed, among the measured ones.
const THIS: &str = "this very device";
/// Names that are offered where one is not known.
const NEAREST: usize = 4;

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
    /// What its speeds rest on.
    pub basis: Basis,
    /// Where its numbers come from, for people.
    pub source: String,
    /// Its own model at each quantisation, where it was calibrated.
    pub own: BTreeMap<String, Rates>,
    /// Models that were timed on it: rows under the name `measured_as`.
    pub timed: Vec<SpeedRow>,
}

/// A model that was timed on a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// The model.
    pub model: String,
    /// Parameters that a token of the prompt is computed with.
    pub prompt_params: f64,
    /// Bytes that decoding a token reads.
    pub read_bytes: f64,
    /// Prefill, tokens per second.
    pub prefill: f64,
    /// Decode, tokens per second.
    pub decode: f64,
}

/// Why a text is no device.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MachineError {
    /// No device of that name.
    #[error("no device or class `{asked}`; nearest: {nearest}. Or give ram=16G,bandwidth=100 (GB/s)")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// Names that are near.
        nearest: String,
    },
    /// A key and value that say nothing.
    #[error("--device: {0}; write ram=16G,bandwidth=100[,class=sbc][,backend=cpu]")]
    Spec(String),
    /// A class without a growth.
    #[error(transparent)]
    Growth(#[from] GrowthError),
    /// No such class.
    #[error(transparent)]
    Class(#[from] ClassError),
}

impl Machine {
    /// Bytes that a model may take by the class's rule.
    #[must_use]
    pub fn usable_bytes(&self) -> f64 {
        self.class.usable_ram * self.ram_bytes
    }

    /// A device by a class (as bought on a day), a name of the history, or its numbers.
    ///
    /// # Errors
    /// A name that is not known, or numbers that no device has.
    pub fn named(text: &str, history: &[HistoricDevice], today: Date) -> Result<(Self, Option<String>), MachineError> {
        if text.contains('=') {
            return Self::of_numbers(text).map(|found| (found, None));
        }
        if let Ok(class) = class_spec::find(text) {
            return Ok((Self::of_class(class, history, today)?, None));
        }
        let low = |text: &str| text.to_lowercase();
        let mut found: Vec<&HistoricDevice> = history.iter().filter(|row| low(&row.device) == low(text)).collect();
        if found.is_empty() && !text.trim().is_empty() {
            found = history.iter().filter(|row| low(&row.device).contains(&low(text))).collect();
        }
        // Of several the one with the least memory: what it holds, all hold.
        found.sort_by(|a, b| a.device.len().cmp(&b.device.len()).then(a.ram_gb.total_cmp(&b.ram_gb)));
        let Some(row) = found.first() else { return Err(unknown(text, history)) };
        let others: Vec<&str> = found[1..].iter().map(|row| row.device.as_str()).take(NEAREST).collect();
        let note = (!others.is_empty())
            .then(|| format!("`{text}` is taken for {}; there are also {}", row.device, others.join(", ")));
        Ok((Self::of_row(row, history), note))
    }

    fn of_class(class: &'static ClassSpec, history: &[HistoricDevice], today: Date) -> Result<Self, MachineError> {
        let now = |quantity| {
            Ok::<f64, GrowthError>(
                Growth::fit(members(class, history, Some(SINCE)), quantity)?.line.at(years(today)).exp(),
            )
        };
        Ok(Self {
            name: class.name.clone(),
            class,
            ram_bytes: now(Quantity::Ram)? * 1e9,
            bandwidth_gbs: now(Quantity::Bandwidth)?,
            bandwidth_deviation: 0.0,
            backend: class.backend.clone(),
            measured_as: None,
            basis: Basis::Class,
            source: format!("the class's trend on {today}"),
            own: BTreeMap::new(),
            timed: Vec::new(),
        })
    }

    fn of_row(row: &HistoricDevice, history: &[HistoricDevice]) -> Self {
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
        debug_assert!(!history.is_empty(), "the row stands in it");
        Self {
            name: row.device.clone(),
            class,
            ram_bytes: row.ram_gb * 1e9,
            bandwidth_gbs: row.bandwidth_gbs,
            bandwidth_deviation: 0.0,
            backend: measured.map_or_else(|| class.backend.clone(), |(_, known)| known.backend.clone()),
            measured_as,
            basis,
            source: format!("devices/history.csv ({})", row.source),
            own: BTreeMap::new(),
            timed: Vec::new(),
        }
    }

    fn of_numbers(text: &str) -> Result<Self, MachineError> {
        let mut class = otherwise();
        let (mut ram, mut bandwidth, mut backend) = (None, None, None);
        for pair in text.split(',') {
            let wrong = |why: &str| MachineError::Spec(format!("`{pair}`: {why}"));
            let (key, value) = pair.split_once('=').ok_or_else(|| wrong("no `=`"))?;
            match key.trim() {
                "ram" => ram = Some(size(value).ok_or_else(|| wrong("no size above zero such as 16G"))?),
                "bandwidth" => {
                    let number = value.trim().trim_end_matches("GB/s").trim().parse().ok();
                    let possible = number.filter(|gbs: &f64| (1e-3..=1e5).contains(gbs));
                    bandwidth = Some(possible.ok_or_else(|| wrong("no GB/s from 0.001 to 100 000"))?);
                }
                "class" => class = class_spec::find(value.trim())?,
                "backend" => backend = Some(value.trim().to_lowercase()),
                _ => return Err(wrong("no such key")),
            }
        }
        let missing = |key: &str| MachineError::Spec(format!("`{key}=` is missing"));
        Ok(Self {
            name: text.to_owned(),
            class,
            ram_bytes: ram.ok_or_else(|| missing("ram"))?,
            bandwidth_gbs: bandwidth.ok_or_else(|| missing("bandwidth"))?,
            bandwidth_deviation: 0.0,
            backend: backend.unwrap_or_else(|| class.backend.clone()),
            measured_as: None,
            basis: Basis::Formula,
            source: "the numbers given".to_owned(),
            own: BTreeMap::new(),
            timed: Vec::new(),
        })
    }

    /// A device that was probed: what it reads is a share of what its memory could.
    #[must_use]
    pub fn probed(name: &str, class: &'static ClassSpec, ram_bytes: f64, read_bytes_per_second: f64) -> Self {
        Self {
            name: name.to_owned(),
            class,
            ram_bytes,
            bandwidth_gbs: read_bytes_per_second / READ_SHARE.0 / 1e9,
            bandwidth_deviation: READ_SHARE.1,
            backend: "cpu".to_owned(),
            measured_as: None,
            basis: Basis::Formula,
            source: format!("probed: reads {:.1} GB/s", read_bytes_per_second / 1e9),
            own: BTreeMap::new(),
            timed: Vec::new(),
        }
    }
}

impl Machine {
    /// The same device, with models that were timed on it.
    #[must_use]
    pub fn timed(self, models: impl IntoIterator<Item = Timed>) -> Self {
        let row = |timed: Timed| SpeedRow {
            device: THIS.to_owned(),
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
            "{}; timed here: {}",
            self.source,
            timed.iter().map(|row| row.model.as_str()).collect::<Vec<_>>().join(", ")
        );
        Self { timed, measured_as: Some(THIS.to_owned()), basis: Basis::Own, bandwidth_deviation: 0.0, source, ..self }
    }
}

fn otherwise() -> &'static ClassSpec {
    class_spec::find(OTHERWISE).unwrap_or(&class_spec::builtin()[0])
}

/// The measured row that knows a device, by its name or its chip.
fn measured<'a>(device: &str, soc: &str, rows: &'a [SpeedRow]) -> Option<(Basis, &'a SpeedRow)> {
    let same = |text: &str, other: &str| !text.is_empty() && text.eq_ignore_ascii_case(other);
    let by_name = rows.iter().find(|row| same(&row.device, device));
    let by_chip = || rows.iter().find(|row| same(&row.soc, soc));
    by_name.map(|row| (Basis::SameDevice, row)).or_else(|| by_chip().map(|row| (Basis::SameSoc, row)))
}

fn unknown(asked: &str, history: &[HistoricDevice]) -> MachineError {
    let classes = class_spec::builtin().iter().map(|class| class.id.as_str());
    let mut names: Vec<(f64, &str)> = history
        .iter()
        .map(|row| row.device.as_str())
        .chain(classes)
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &asked.to_lowercase()), name))
        .collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0));
    let nearest: Vec<&str> = names.into_iter().map(|(_, name)| name).take(NEAREST).collect();
    MachineError::Unknown { asked: asked.to_owned(), nearest: nearest.join(", ") }
}

/// A size such as `16G`, `512M` (decimal) or `16GiB`, in bytes.
#[must_use]
pub fn size(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let unit = match text[end..].trim().to_ascii_lowercase().as_str() {
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "" | "g" | "gb" => 1e9,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        _ => return None,
    };
    Some(number * unit).filter(|bytes| *bytes >= 1.0 && *bytes <= 1e15)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::device::history;

    fn named(text: &str) -> Result<Machine, MachineError> {
        Machine::named(text, history::builtin(), date(2026, 11, 26)).map(|(found, _)| found)
    }

    #[test]
    fn a_device_is_found_by_name_part_class_or_numbers() {
        let board = named("Raspberry Pi 5").unwrap();
        assert_eq!(
            (board.name.as_str(), board.class.id.as_str(), board.basis),
            ("Raspberry Pi 5 8GB", "sbc", Basis::SameDevice)
        );
        assert_eq!(named("raspberry pi 5 16gb").unwrap().ram_bytes, 16e9);
        assert!(named("phone").unwrap().bandwidth_gbs > 50.0);
        let numbers = named("ram=16G,bandwidth=100,class=laptop").unwrap();
        assert_eq!((numbers.ram_bytes, numbers.bandwidth_gbs, numbers.class.id.as_str()), (16e9, 100.0, "laptop"));
    }

    #[test]
    fn what_is_no_device_is_told_with_the_way_out() {
        let told = |text: &str| named(text).unwrap_err().to_string();
        assert!(told("Rasberry Pi 5").contains("Raspberry Pi 5 8GB"), "{}", told("Rasberry Pi 5"));
        assert!(told("ram=16G,bandwidth=0").contains("no GB/s"));
        assert!(told("ram=-1,bandwidth=10").contains("no size"));
        assert!(told("ram=16G").contains("`bandwidth=` is missing"));
        assert!(told("ram=16G,bandwidth=10,colour=red").contains("no such key"));
        assert!(told("ram=16G,bandwidth=10,class=toaster").contains("toaster"));
        assert!(told("").contains("nearest"));
    }

    #[test]
    fn sizes_are_decimal_unless_they_say_otherwise() {
        assert_eq!(size("16G"), Some(16e9));
        assert_eq!(size("1.5 GiB"), Some(1.5 * 1_073_741_824.0));
        assert_eq!(size("0"), None);
        assert_eq!(size("much"), None);
    }
}
