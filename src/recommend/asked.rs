//! The device that a text means: a class, a name of the history, or numbers.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::machine::{Machine, RUN_GGUF, otherwise};
use crate::device::class_spec::{self, ClassError};
use crate::device::growth::GrowthError;
use crate::device::history::HistoricDevice;
use crate::device::reported::{self, Reported};

/// Names that are offered where one is not known.
const NEAREST: usize = 4;

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
    /// A device by a class (as bought on a day), a name of the history, or its numbers.
    ///
    /// # Errors
    /// A name that is not known, or numbers that no device has.
    pub fn named(text: &str, history: &[HistoricDevice], today: Date) -> Result<(Self, Option<String>), MachineError> {
        if text.contains('=') {
            return Self::of_numbers(text).map(|found| (found, None));
        }
        let asked = words(text);
        if let Ok(class) = class_spec::find(&asked.join("-")) {
            return Ok((Self::of_class(class, history, today)?, None));
        }
        let has = |row: &&HistoricDevice| {
            let name = words(&row.device);
            !asked.is_empty() && name.windows(asked.len()).any(|part| part == asked)
        };
        let mut found: Vec<&HistoricDevice> = history.iter().filter(has).collect();
        if asked.iter().any(|word| word.chars().any(|c| c.is_ascii_digit())) {
            // The name of one product: the fewest further words, and of several the least memory, which all hold.
            found.sort_by(|a, b| {
                let further = |row: &HistoricDevice| words(&row.device).len();
                further(a).cmp(&further(b)).then(a.ram_gb.total_cmp(&b.ram_gb))
            });
        } else {
            found.sort_by_key(|row| std::cmp::Reverse(row.date));
        }
        let Some(row) = found.first() else {
            let named = |row: &&Reported| {
                let name = words(&row.device);
                !asked.is_empty() && name.windows(asked.len()).any(|part| part == asked)
            };
            let rows: Vec<&Reported> = reported::builtin().iter().filter(named).collect();
            let first = rows.first().map_or("", |row| row.device.as_str());
            let same: Vec<&Reported> = rows.iter().copied().filter(|row| row.device == first).collect();
            return Self::reported(&same).map(|found| (found, None)).ok_or_else(|| unknown(text, history));
        };
        let more = if found.len() > NEAREST + 1 { ", …" } else { "" };
        let others: Vec<&str> = found[1..].iter().map(|row| row.device.as_str()).take(NEAREST).collect();
        let note = (!others.is_empty())
            .then(|| format!("`{text}` is taken for {}; there are also {}{more}", row.device, others.join(", ")));
        Ok((Self::of_row(row), note))
    }

    fn of_numbers(text: &str) -> Result<Self, MachineError> {
        let mut class = otherwise();
        let (mut ram, mut bandwidth, mut backend) = (None, None, None);
        let mut seen = BTreeSet::new();
        for pair in text.split(',') {
            let wrong = |why: &str| MachineError::Spec(format!("`{pair}`: {why}"));
            let (key, value) = pair.split_once('=').ok_or_else(|| wrong("no `=`"))?;
            let key = key.trim();
            if !seen.insert(key) {
                return Err(wrong("given twice"));
            }
            match key {
                "ram" => ram = Some(size(value).ok_or_else(|| wrong("no size above zero such as 16G"))?),
                "bandwidth" => {
                    let number = value.trim().trim_end_matches("GB/s").trim().parse().ok();
                    let possible = number.filter(|gbs: &f64| (1e-3..=1e5).contains(gbs));
                    bandwidth = Some(possible.ok_or_else(|| wrong("no GB/s from 0.001 to 100 000"))?);
                }
                "class" => class = class_spec::find(value.trim())?,
                "backend" => {
                    let known = value.trim().to_lowercase();
                    if !RUN_GGUF.contains(&known.as_str()) {
                        return Err(wrong(&format!("back ends are {}", RUN_GGUF.join(", "))));
                    }
                    backend = Some(known);
                }
                _ => return Err(wrong("no such key")),
            }
        }
        let missing = |key: &str| MachineError::Spec(format!("`{key}=` is missing"));
        Ok(Self {
            name: text.to_owned(),
            ram_bytes: ram.ok_or_else(|| missing("ram"))?,
            bandwidth_gbs: bandwidth.ok_or_else(|| missing("bandwidth"))?,
            backend: backend.unwrap_or_else(|| class.backend.clone()),
            source: "the numbers given".to_owned(),
            ..Self::unmeasured(class)
        })
    }
}

/// The words of a name, small.
fn words(text: &str) -> Vec<String> {
    text.split([' ', '-', '_']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn unknown(asked: &str, history: &[HistoricDevice]) -> MachineError {
    let classes = class_spec::builtin().iter().map(|class| class.id.as_str());
    let mut names: Vec<(f64, &str)> = history
        .iter()
        .map(|row| row.device.as_str())
        .chain(reported::builtin().iter().map(|row| row.device.as_str()))
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
        "t" | "tb" => 1e12,
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
    use crate::recommend::machine::Basis;

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
