//! A report as it is offered: without what names a person, with the files that are derived of it, in its place.

use serde::Serialize;

use super::personal::{Kind, Names};
use super::strip::{self, Removal};
use super::{place, samples};
use crate::file::digest::sha256_hex;
use crate::file::run_folder::REPORT;
use crate::measure::journal::{Entry, FILE};
use crate::report::rendering;
use crate::report::run::RunReport;
use crate::report::stored::Stored;
use crate::report::view::View;
use crate::run::plan::device_slug;

/// Longest name of a device's folder.
const LONGEST_NAME: usize = 80;

/// Why nothing can be offered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OfferError {
    /// What was stripped cannot be read again.
    #[error("without what names a person it is no report any more: {0}")]
    Stripped(String),
    /// A page or a table.
    #[error(transparent)]
    Render(#[from] rendering::RenderError),
    /// A document that JSON cannot hold.
    #[error("cannot be written: {0}")]
    Write(#[from] serde_json::Error),
}

/// A file of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OfferedFile {
    /// Its path in the project.
    pub path: String,
    /// Its bytes.
    pub bytes: usize,
    /// Their SHA-256.
    pub sha256: String,
    /// The text.
    #[serde(skip)]
    pub text: String,
}

/// What would be given to the project.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The report, stripped.
    pub stored: Stored,
    /// Its journal, stripped, or why there is none.
    pub entries: Result<Vec<Entry>, String>,
    /// What was taken out.
    pub removed: Vec<Removal>,
    /// The name of the device as a folder.
    pub device: String,
}

impl Offer {
    /// Of a report, without the names of this machine.
    ///
    /// # Errors
    /// [`OfferError::Stripped`].
    pub(crate) fn of(stored: Stored, names: &Names) -> Result<Self, OfferError> {
        let mut removed = Vec::new();
        let mut report = strip::report(&stored.report, REPORT, names, &mut removed).map_err(OfferError::Stripped)?;
        let mut entries = samples::entries(&stored.path);
        if let Ok(own) = &mut entries {
            *own = strip::journal(own, FILE, names, &mut removed).map_err(OfferError::Stripped)?;
        }
        if let Some(renamed) = rename(&mut report, entries.as_deref_mut().unwrap_or_default(), &stored) {
            removed.retain(|removal| !removal.place.ends_with("run_id"));
            removed.insert(0, renamed);
        }
        let profile = report.device.as_ref().and_then(|device| device.record.profile());
        let mut device = profile.map_or_else(|| "device".to_owned(), device_slug);
        device.truncate(LONGEST_NAME);
        Ok(Self { stored: Stored { report, ..stored }, entries, removed, device })
    }

    /// The folder of the report in the project.
    pub(crate) fn folder(&self) -> String {
        format!("reports/{}/{}", self.device, self.stored.report.run_id)
    }

    /// All files: the report, its journal, and what is derived of them.
    ///
    /// # Errors
    /// [`OfferError`].
    pub(crate) fn files(&self) -> Result<Vec<OfferedFile>, OfferError> {
        let mut journal = String::new();
        for entry in self.entries.as_deref().unwrap_or_default() {
            journal += &serde_json::to_string(entry)?;
            journal.push('\n');
        }
        let report = serde_json::to_string_pretty(&self.stored.report)? + "\n";
        let mut files = vec![(REPORT.to_owned(), report), (FILE.to_owned(), journal)];
        files.extend(rendering::files(&View::of(&self.stored.report))?);
        let folder = self.folder();
        let file = |(name, text): (String, String)| OfferedFile {
            path: format!("{folder}/{name}"),
            bytes: text.len(),
            sha256: sha256_hex(text.as_bytes()),
            text,
        };
        Ok(files.into_iter().map(file).collect())
    }
}

/// A run is named after the folder that it was written to, which may be anything: in the record it has the name of its time.
fn rename(report: &mut RunReport, entries: &mut [Entry], stored: &Stored) -> Option<Removal> {
    let old = stored.report.run_id.clone();
    let dated = place::is_plain(&old) && old.len() > 17 && old.as_bytes()[8] == b'T' && &old[15..17] == "Z-";
    let started = report.bench.as_ref()?.started;
    if dated && report.run_id == old {
        return None;
    }
    let new = format!("{}-{}", started.strftime("%Y%m%dT%H%M%SZ"), &stored.sha256[..8]);
    report.run_id.clone_from(&new);
    if let Some(bench) = &mut report.bench {
        bench.run_id.clone_from(&new);
    }
    if report.supersedes.is_none() {
        for entry in entries {
            if let Entry::Run { run_id, .. } = entry {
                run_id.clone_from(&new);
            }
        }
    }
    Some(Removal { file: REPORT, place: "run_id".to_owned(), kinds: vec![Kind::Name], before: old, after: new })
}
