//! A report and its journal without what names a person or a path, with all that goes.
//!
//! Every text is looked at, wherever it stands: a warning may quote a path, the name of a battery a hardware address.

use serde::Serialize;
use serde_json::Value;

use super::personal::{self, Kind, Names};
use super::rule::{Finding, LONGEST, Rule};
use crate::file::json::read_again;
use crate::file::run_folder::REPORT;
use crate::measure::journal::{Entry, FILE};
use crate::report::run::RunReport;
use crate::sanitize::line;

/// One text that names a person or a path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Removal {
    /// The file.
    pub file: &'static str,
    /// Its place in the file, as names and numbers with `.` between them.
    pub place: String,
    /// What was found there.
    pub kinds: Vec<Kind>,
    /// The text as it stands.
    pub before: String,
    /// The text that takes its place.
    pub after: String,
}

/// A report without what names a person.
///
/// # Errors
/// Only where it could not be read again, as a text.
pub(crate) fn report(
    report: &RunReport,
    file: &'static str,
    names: &Names,
    removed: &mut Vec<Removal>,
) -> Result<RunReport, String> {
    let mut value = serde_json::to_value(report).map_err(|error| error.to_string())?;
    walk(&mut value, &mut Walk { file, place: Vec::new(), names, removed });
    read_again(&value)
}

/// The lines of a journal without what names a person.
///
/// # Errors
/// As [`report`].
pub(crate) fn journal(
    entries: &[Entry],
    file: &'static str,
    names: &Names,
    removed: &mut Vec<Removal>,
) -> Result<Vec<Entry>, String> {
    let mut stripped = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let mut value = serde_json::to_value(entry).map_err(|error| error.to_string())?;
        walk(&mut value, &mut Walk { file, place: vec![(at + 1).to_string()], names, removed });
        stripped.push(read_again(&value)?);
    }
    Ok(stripped)
}

/// The rule: what would be stripped must not be there.
pub(super) fn look(found: &RunReport, entries: &[Entry]) -> Vec<Finding> {
    let (names, mut removed) = (Names::default(), Vec::new());
    let read = report(found, REPORT, &names, &mut removed).map(drop);
    if let Err(why) = read.and_then(|()| journal(entries, FILE, &names, &mut removed).map(drop)) {
        return vec![Finding::new(Rule::Schema, line(&why, LONGEST))];
    }
    let text = |removal: &Removal| {
        let (place, before) = (line(&removal.place, LONGEST), line(&removal.before, LONGEST));
        format!("{}, `{place}`, names a person or a path: {before}", removal.file)
    };
    removed.iter().map(|removal| Finding::new(Rule::Personal, text(removal))).collect()
}

struct Walk<'a> {
    file: &'static str,
    place: Vec<String>,
    names: &'a Names,
    removed: &'a mut Vec<Removal>,
}

fn walk(value: &mut Value, at: &mut Walk<'_>) {
    match value {
        Value::String(text) => {
            if let Some((after, kinds)) = personal::strip(text, at.names) {
                let before = std::mem::replace(text, after.clone());
                at.removed.push(Removal { file: at.file, place: at.place.join("."), kinds, before, after });
            }
        }
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(index, item)| below(index.to_string(), item, at))
        }
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| below(name.clone(), member, at)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn below(name: String, value: &mut Value, at: &mut Walk<'_>) {
    at.place.push(name);
    walk(value, at);
    at.place.pop();
}
