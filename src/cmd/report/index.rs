//! `report --index`: what the reports of a folder measured of their devices.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;

use crate::cli::Global;
use crate::cmd::{Outcome, Usage, terminal};
use crate::device::reported::{COLUMNS, Reported};
use crate::file::atomic;
use crate::model::catalog::Catalog;
use crate::report::gallery::{self, Found};
use crate::report::reported_index::{csv, reported};
use crate::report::stored::Stored;
use crate::run::recommended::of_model;

/// Bytes of a file's beginning that tell whether it is an index.
const HEAD: usize = 64;

/// What was made.
#[derive(Serialize)]
struct Indexed<'a> {
    file: &'a Path,
    rows: usize,
    devices: usize,
    /// Reports that could not be read, with the reason.
    unreadable: Vec<String>,
}

/// Writes the table; what is there stays where nothing was found, or where it is no such table.
pub(super) fn run(paths: &[PathBuf], file: &Path, force: bool, global: &Global) -> anyhow::Result<Outcome> {
    refuse_foreign(file, force)?;
    let catalog = Catalog::embedded()?;
    let (mut rows, mut unreadable, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for root in paths {
        for path in reports_below(root)? {
            match Stored::read(&path) {
                Ok(stored) if seen.insert(stored.report.run_id.clone()) => {
                    let found = reported(&name(root, &path), &stored.report, &|id| of_model(&catalog, id));
                    rows.extend(found);
                }
                Ok(_) => terminal::warning(&format!("{}: the report of a run that was read already", path.display())),
                Err(why) => unreadable.push(why.to_string()),
            }
        }
    }
    unreadable.iter().for_each(|why| terminal::warning(&format!("not read: {why}")));
    if rows.is_empty() {
        bail!(
            "no report with a probed device and valid rows of pp512 and of decode; {} stays as it is",
            file.display()
        );
    }
    let devices = rows.iter().map(|row: &Reported| row.device.as_str()).collect::<BTreeSet<_>>().len();
    let made = Indexed { file, rows: rows.len(), devices, unreadable };
    atomic::write(file, csv(rows)?.as_bytes()).with_context(|| format!("{}: cannot be written", file.display()))?;
    if global.json {
        terminal::json(&made)?;
    } else if !global.quiet {
        terminal::note(&format!("{} reports of {devices} devices: {}", made.rows, file.display()));
    }
    Ok(if made.unreadable.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
}

/// The reports of a folder, or the one that a path names.
fn reports_below(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !root.exists() {
        return Err(Usage(format!("{}: no such file or folder", root.display())).into());
    }
    if !root.is_dir() {
        return Ok(vec![root.to_owned()]);
    }
    let mut found = Found::default();
    gallery::find(root, Path::new(""), &mut found)?;
    Ok(found.reports)
}

/// The folder of a report below the one that was named; its own name where that is it.
fn name(root: &Path, path: &Path) -> String {
    let folder = path.parent().unwrap_or(path);
    let below = folder.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let own = || folder.file_name().map_or_else(|| folder.display().to_string(), |own| own.to_string_lossy().into());
    below.map_or_else(own, |below| below.display().to_string())
}

fn refuse_foreign(file: &Path, force: bool) -> anyhow::Result<()> {
    if file.is_dir() {
        return Err(Usage(format!("{}: is a folder; --index takes the name of a file", file.display())).into());
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(Usage(format!("{}: no such folder", folder.display())).into());
    }
    let head = std::fs::read(file).unwrap_or_default();
    let heading = COLUMNS.join(",");
    let begin = &heading.as_bytes()[..HEAD.min(heading.len())];
    if !force && !head.is_empty() && !head.starts_with(begin) {
        return Err(Usage(format!("{}: is no index of densimeter; --force replaces it", file.display())).into());
    }
    Ok(())
}
