//! The reports below a folder.

use std::path::{Path, PathBuf};

use super::GalleryError;
use crate::report::store::REPORT;

/// Deepest folder below the first one that is looked into.
const DEEPEST: usize = 16;

/// Every `report.json` below a folder, and output of llama-bench by its name (`llama-bench*.json`, `.jsonl`, `.sql`,
/// `.csv`), in the order of their paths. Links are not followed; `site` is passed over.
///
/// # Errors
/// A folder that cannot be listed.
pub fn find(root: &Path, site: &Path) -> Result<Vec<PathBuf>, GalleryError> {
    let mut found = Vec::new();
    let site = site.canonicalize().ok();
    look(root, site.as_deref(), 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn look(folder: &Path, site: Option<&Path>, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), GalleryError> {
    let fault = |error| GalleryError::Io { path: folder.to_owned(), error };
    if site.is_some() && folder.canonicalize().ok().as_deref() == site {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let kind = entry.file_type().map_err(fault)?;
        let path = entry.path();
        if kind.is_dir() && depth < DEEPEST {
            look(&path, site, depth + 1, found)?;
        } else if kind.is_file() && is_report(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_report(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let ending = path.extension().and_then(|end| end.to_str()).unwrap_or("");
    name == REPORT || (name.starts_with("llama-bench") && ["json", "jsonl", "sql", "csv"].contains(&ending))
}
