//! `report --index`: what the reports of a folder measured of their devices.

use std::path::{Path, PathBuf};

use crate::cli::Global;
use crate::cmd::{Outcome, terminal};
use crate::file::atomic;
use crate::model::catalog::Catalog;
use crate::report::gallery::{self, Found};
use crate::report::reported_index::{csv, reported};
use crate::report::stored::Stored;

/// Writes the table.
pub(super) fn run(paths: &[PathBuf], file: &Path, global: &Global) -> anyhow::Result<Outcome> {
    let catalog = Catalog::embedded()?;
    let of_model = |id: &str| {
        let params = catalog.get(id)?.parameters;
        let share = params.active.count() / params.total.count();
        Some((share, share * params.non_embedding.unwrap_or(params.total).count()))
    };
    let (mut rows, mut unreadable) = (Vec::new(), 0);
    for root in paths {
        let mut found = Found::default();
        if root.is_dir() {
            gallery::find(root, Path::new(""), &mut found)?;
        } else {
            found.reports.push(root.clone());
        }
        for path in found.reports {
            let folder = path.parent().unwrap_or(&path);
            let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
            match Stored::read(&path) {
                Ok(stored) => rows.extend(reported(&name, &stored.report, &of_model)),
                Err(why) => {
                    unreadable += 1;
                    terminal::warning(&format!("not read: {why}"));
                }
            }
        }
    }
    let count = rows.len();
    atomic::write(file, csv(rows)?.as_bytes())?;
    if !global.quiet {
        terminal::note(&format!("{count} devices with valid rows: {}", file.display()));
    }
    Ok(if unreadable == 0 { Outcome::Done } else { Outcome::SomeFailed })
}
