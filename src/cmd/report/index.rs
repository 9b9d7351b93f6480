//! `report --index`: what the reports of a folder measured of their devices.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;

use crate::cli::Global;
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, Usage, terminal};
use crate::contribution::index as contribution;
use crate::device::reported::COLUMNS;
use crate::file::atomic;
use crate::model::catalog::Catalog;
use crate::observer::{Bar, Counted};
use crate::report::reported_index::csv;

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
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(Usage(format!("{}: no such file or folder", missing.display())).into());
    }
    let bar = Terminal::new(global.quiet).line("reports", None, Counted::Pieces);
    let found = contribution::Indexed::of(paths, &Catalog::embedded()?, &|of| {
        bar.length(of as u64);
        bar.inc(1);
    })?;
    bar.finish();
    for path in &found.twice {
        terminal::warning(&format!("{}: the report of a run that was read already", path.display()));
    }
    found.unreadable.iter().for_each(|why| terminal::warning(&format!("not read: {why}")));
    if found.rows.is_empty() {
        bail!(
            "no report with a probed device and valid rows of pp512 and of decode; {} stays as it is",
            file.display()
        );
    }
    let made = Indexed { file, rows: found.rows.len(), devices: found.devices(), unreadable: found.unreadable };
    let written = atomic::write(file, csv(found.rows)?.as_bytes());
    written.with_context(|| format!("{}: cannot be written", file.display()))?;
    if global.json {
        terminal::json(&made)?;
    } else if !global.quiet {
        terminal::note(&format!("{} reports of {} devices: {}", made.rows, made.devices, file.display()));
    }
    Ok(if made.unreadable.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
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
