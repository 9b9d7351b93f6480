//! What reading a catalogue does not tell: entries that are possible one by one, and wrong beside each other, their size or
//! the list of releases.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::Serialize;

use super::{CatalogEntry, CatalogFile};
use crate::model::source::Source;

/// Bits of a file for a weight: the fewest of any format of llama.cpp, and F32, each with room for tables and headers.
const BITS: (f64, f64) = (1.0, 40.0);

/// Parameters of a model over those of the release whose scores stand for it: counted with the embedding, or without.
const LIKE: RangeInclusive<f64> = 0.7..=1.5;

/// Days that a chat model may stand in the list before its base: dates are known to the month.
const EARLIER_DAYS: i32 = 45;

/// Day of the first model that llama.cpp runs, less a year: no entry is older.
const FIRST: Date = jiff::civil::date(2019, 1, 1);

/// Something that is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The model.
    pub model: String,
    /// The file; null where the entry itself is meant.
    pub file: Option<String>,
    /// What is wrong.
    pub fault: String,
}

/// A release of the list whose scores stand for a model.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// The day of its release.
    pub date: Date,
    /// All its parameters.
    pub params: f64,
}

/// Faults of the entries, without a network; `releases` are the list's, by name.
#[must_use]
pub fn faults(entries: &[CatalogEntry], releases: &BTreeMap<&str, Listed>, today: Date) -> Vec<Fault> {
    let mut found = Vec::new();
    for entry in entries {
        let mut say = |file: Option<&CatalogFile>, fault: String| {
            let file = file.map(|file| file.name.clone());
            found.push(Fault { model: entry.id.clone(), file, fault });
        };
        if !(FIRST..=today).contains(&entry.released) {
            say(
                None,
                format!("released on {}: after {today}, or before any model that llama.cpp runs", entry.released()),
            );
        }
        let listed = entry.release.as_deref().map(|release| (release, releases.get(release)));
        match listed {
            Some((release, None)) => say(None, format!("release `{release}` is not in models/releases.csv")),
            Some((release, Some(listed))) => {
                let ratio = entry.parameters.total.count() / listed.params;
                if !LIKE.contains(&ratio) {
                    say(
                        None,
                        format!("release `{release}` has {ratio:.2} of its parameters: its scores are another model's"),
                    );
                }
                if (listed.date - entry.released).get_days() > EARLIER_DAYS {
                    say(None, format!("it was released before its base model `{release}`, of {}", listed.date));
                }
            }
            None => {}
        }
        if entry.training_tokens.is_some_and(|tokens| !(1e6..=1e15).contains(&tokens)) {
            say(None, "no model was trained on so many tokens".to_owned());
        }
        if [&entry.name, &entry.family, &entry.licence].into_iter().any(|text| text.chars().any(char::is_control)) {
            say(None, "name, family or licence hold control characters".to_owned());
        }
        if entry.licence.trim().is_empty() {
            say(None, "its licence is empty".to_owned());
        }
        for file in &entry.files {
            let bits = file.bytes.map(|bytes| bytes.bytes() as f64 * 8.0 / entry.parameters.total.count());
            if let Some(bits) = bits.filter(|bits| !(BITS.0..=BITS.1).contains(bits)) {
                say(Some(file), format!("{bits:.2} bits a weight: size and parameters do not belong together"));
            }
            if !file.name.ends_with(".gguf") {
                say(Some(file), "its name does not end with .gguf".to_owned());
            }
            for source in &file.sources {
                if let Source::Hub(hub) = source
                    && !hub.file.ends_with(".gguf")
                {
                    say(Some(file), format!("{hub}: no GGUF"));
                }
            }
        }
    }
    let defaults: Vec<&str> = entries.iter().filter(|entry| entry.default).map(|entry| entry.id.as_str()).collect();
    if let [_, others @ ..] = defaults.as_slice() {
        for other in others {
            let fault = format!("a second default beside {}", defaults[0]);
            found.push(Fault { model: (*other).to_owned(), file: None, fault });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Catalog;

    #[test]
    fn an_entry_that_contradicts_its_size_its_day_or_the_list_is_named() {
        let catalog = Catalog::embedded().unwrap();
        let today = jiff::civil::date(2026, 11, 27);
        let of = |entry: &CatalogEntry| Listed { date: entry.released, params: entry.parameters.total.count() };
        let entries = catalog.entries().iter();
        let known: BTreeMap<String, Listed> =
            entries.filter_map(|entry| Some((entry.release.clone()?, of(entry)))).collect();
        let mut known: BTreeMap<&str, Listed> = known.iter().map(|(name, listed)| (name.as_str(), *listed)).collect();
        known.insert("Large-70B", Listed { date: today, params: 7e10 });
        let with = |change: &dyn Fn(&mut CatalogEntry)| {
            let mut entry = catalog.get("smollm2-135m-instruct").unwrap().clone();
            change(&mut entry);
            faults(&[entry], &known, today).into_iter().map(|fault| fault.fault).collect::<Vec<_>>().join("; ")
        };
        assert!(with(&|entry| entry.released = jiff::civil::date(2031, 1, 1)).contains("after 2026-11-27"));
        assert!(with(&|entry| entry.release = Some("Nobody-1B".to_owned())).contains("`Nobody-1B` is not in"));
        assert!(with(&|entry| entry.release = Some("Large-70B".to_owned())).contains("another model's"));
        assert!(with(&|entry| entry.training_tokens = Some(1e30)).contains("so many tokens"));
        assert!(with(&|entry| entry.name = "a\u{1b}[31m".to_owned()).contains("control characters"));
        assert!(
            with(&|entry| entry.parameters.total = crate::unit::Params::from_count(9e12)).contains("bits a weight")
        );
        assert!(with(&|entry| entry.files[0].name = "model.bin".to_owned()).contains(".gguf"));
    }
}
