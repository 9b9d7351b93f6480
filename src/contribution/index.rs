//! `reports/index.csv` from the reports of folders: what `recommend` knows of devices that others measured.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::device::reported::Reported;
use crate::model::catalog::Catalog;
use crate::process::side_by_side::{processors, side_by_side};
use crate::report::gallery::{self, Found, GalleryError};
use crate::report::reported_index::reported;
use crate::report::stored::Stored;
use crate::run::recommended::of_model;

/// The rows of an index, and what made none.
#[derive(Debug, Default)]
pub(crate) struct Indexed {
    /// A row for each report with a probed device and valid rows.
    pub rows: Vec<Reported>,
    /// Reports that could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// Reports of a run that was read already.
    pub twice: Vec<PathBuf>,
}

impl Indexed {
    /// Of the reports below folders, or at files; `progress` hears of each one that is read, and how many there are.
    ///
    /// # Errors
    /// A folder that cannot be listed.
    pub(crate) fn of(
        roots: &[PathBuf],
        catalog: &Catalog,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, GalleryError> {
        let mut paths = Vec::new();
        for root in roots {
            paths.extend(reports_below(root)?.into_iter().map(|path| (root, path)));
        }
        let read = side_by_side(&paths, processors(), |_, (root, path)| {
            let read = Stored::read(path);
            progress(paths.len());
            read.map(|stored| {
                let row = reported(&name(root, path), &stored.report, &|id| of_model(catalog, id));
                (stored.report.run_id, row)
            })
        });
        let (mut made, mut seen) = (Self::default(), BTreeSet::new());
        for ((_, path), read) in paths.iter().zip(read) {
            match read {
                Ok((run, row)) => match seen.insert(run) {
                    true => made.rows.extend(row),
                    false => made.twice.push(path.clone()),
                },
                Err(why) => made.unreadable.push(why.to_string()),
            }
        }
        Ok(made)
    }

    /// Devices of the rows.
    pub(crate) fn devices(&self) -> usize {
        self.rows.iter().map(|row| row.device.as_str()).collect::<BTreeSet<_>>().len()
    }
}

/// The reports of a folder, or the one that a path names.
fn reports_below(root: &Path) -> Result<Vec<PathBuf>, GalleryError> {
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
