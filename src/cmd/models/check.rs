//! `densimeter models check`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::Global;
use crate::cmd::today::today;
use crate::cmd::{Outcome, Usage, terminal};
use crate::model::catalog::check::{Fault, Listed, faults};
use crate::model::catalog::{Catalog, CatalogEntry, CatalogFile};
use crate::process::interrupt;
use crate::published::Library;
use crate::published::releases::Release;

mod asked;
#[cfg(feature = "download")]
mod network;

/// The document.
#[derive(Debug, Serialize)]
struct Checked {
    /// Entries that were looked at.
    models: usize,
    /// Files of theirs.
    files: usize,
    /// Files whose hash is known before they are fetched; of the others the first download is trusted and recorded.
    pinned: usize,
    /// Files that their server still has.
    reached: usize,
    /// Why files were not asked for; null where all were.
    not_asked: Option<String>,
    /// What is wrong.
    faults: Vec<Fault>,
}

/// Checks the catalogue.
pub(super) fn run(models: &[String], offline: bool, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let catalog = Catalog::load()?;
    let entries = chosen(&catalog, models)?;
    let library = Library::shipped();
    let listed = |release: &Release| Listed { date: release.date, params: release.params.count() };
    let releases: BTreeMap<&str, Listed> =
        library.releases.iter().map(|release| (release.model.as_str(), listed(release))).collect();
    let files: Vec<(&CatalogEntry, &CatalogFile)> =
        entries.iter().flat_map(|entry| entry.files.iter().map(move |file| (entry, file))).collect();
    let mut checked = Checked {
        models: entries.len(),
        files: files.len(),
        pinned: files.iter().filter(|(_, file)| file.sha256.is_some()).count(),
        reached: 0,
        not_asked: offline.then(|| "--offline".to_owned()),
        faults: faults(&entries, &releases, today(None)?),
    };
    if !offline {
        let Asked { reached, not_asked, faults } = ask(&files, global);
        checked.reached = reached;
        checked.not_asked = not_asked;
        checked.faults.extend(faults);
    }
    show(&checked, global)?;
    Ok(if checked.faults.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
}

fn chosen(catalog: &Catalog, models: &[String]) -> anyhow::Result<Vec<CatalogEntry>> {
    if models.is_empty() {
        return Ok(catalog.entries().to_vec());
    }
    let find = |id: &String| {
        let unknown = || Usage(format!("no model `{id}` in the catalogue; `densimeter models list` names all")).into();
        catalog.get(id).cloned().ok_or_else(unknown)
    };
    models.iter().map(find).collect()
}

fn show(checked: &Checked, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return terminal::json(checked);
    }
    for Fault { model, file, fault } in &checked.faults {
        let file = file.as_ref().map_or_else(String::new, |file| format!(", {file}"));
        terminal::out(&format!("{model}{file}: {fault}\n"))?;
    }
    let wrong = match checked.faults.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 fault".to_owned(),
        faults => format!("{faults} faults"),
    };
    let asked = match &checked.not_asked {
        None => format!("{} are still there", checked.reached),
        Some(why) if checked.reached == 0 => format!("whether they are still there is not known ({why})"),
        Some(why) => format!("{} are still there, of the others it is not known ({why})", checked.reached),
    };
    terminal::out(&format!(
        "{} models, {} files: {wrong}; {} files have a hash, of the others the first download is trusted and recorded; {asked}\n",
        checked.models, checked.files, checked.pinned
    ))
}

use asked::Asked;
#[cfg(feature = "download")]
use network::ask;

#[cfg(not(feature = "download"))]
fn ask(_: &[(&CatalogEntry, &CatalogFile)], _: &Global) -> Asked {
    Asked { not_asked: Some("this build fetches nothing".to_owned()), ..Asked::default() }
}
