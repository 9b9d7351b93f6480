//! The reports below a folder.

use std::path::{Path, PathBuf};

use super::error::GalleryError;
use crate::file::run_folder::REPORT;

/// Deepest folder below the first one that is looked into.
const DEEPEST: usize = 16;

/// What a search came upon.
#[derive(Debug, Default)]
pub struct Found {
    /// Reports, in the order of their paths.
    pub reports: Vec<PathBuf>,
    /// What may be or hold one and was not looked into, with the reason.
    pub passed: Vec<(PathBuf, String)>,
}

/// Adds every `report.json` below a folder, and output of llama-bench by its name (`llama-bench*.json`, `.jsonl`, `.sql`,
/// `.csv`), in the order of their paths. Links are not followed, and told where they lead out of the folder; `site` is
/// passed over.
///
/// # Errors
/// A folder that cannot be listed.
pub fn find(root: &Path, site: &Path, found: &mut Found) -> Result<(), GalleryError> {
    let search = Search { root: root.canonicalize().ok(), site: site.canonicalize().ok() };
    search.look(root, 0, found)?;
    found.reports.sort();
    found.passed.sort();
    Ok(())
}

struct Search {
    root: Option<PathBuf>,
    site: Option<PathBuf>,
}

impl Search {
    fn look(&self, folder: &Path, depth: usize, found: &mut Found) -> Result<(), GalleryError> {
        let fault = |error| GalleryError::Io { path: folder.to_owned(), error };
        if self.site.is_some() && folder.canonicalize().ok() == self.site {
            return Ok(());
        }
        for entry in std::fs::read_dir(folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let kind = entry.file_type().map_err(fault)?;
            let path = entry.path();
            let why = if kind.is_dir() && depth < DEEPEST {
                self.look(&path, depth + 1, found)?;
                continue;
            } else if kind.is_dir() {
                format!("more than {DEEPEST} folders deep")
            } else if kind.is_symlink() && self.leads_out(&path) {
                "a link, which is not followed; name what it points to beside the folder".to_owned()
            } else if kind.is_symlink() || !is_report(&path) {
                continue;
            } else if kind.is_file() {
                found.reports.push(path);
                continue;
            } else {
                "no file".to_owned()
            };
            let why = format!("{}: {why}", path.display());
            found.passed.push((path, why));
        }
        Ok(())
    }

    /// Whether a link hides a report: what it points to within the folder is found there.
    fn leads_out(&self, link: &Path) -> bool {
        let target = link.canonicalize().ok();
        let within = target
            .as_ref()
            .zip(self.root.as_ref())
            .is_some_and(|(target, root)| target.starts_with(root) && (target.is_dir() || is_report(target)));
        !within && (is_report(link) || target.is_some_and(|target| target.is_dir()))
    }
}

fn is_report(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let ending = path.extension().and_then(|end| end.to_str()).unwrap_or("");
    name == REPORT || (name.starts_with("llama-bench") && ["json", "jsonl", "sql", "csv"].contains(&ending))
}
