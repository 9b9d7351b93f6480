//! Derived files in a folder that may hold others: what is ours is replaced or goes, what is not ours stays.
//!
//! A page and a README say themselves who made them. Figures and tables cannot (a table has no comments), so they count as
//! ours where the page beside them shows them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::markdown;
use super::rendering::{PAGE, TEXT};
use crate::file::bounded;
use crate::file::run_folder as store;

/// What every page says of itself, up to the version.
const PAGE_MARK: &str = "<meta name=\"generator\" content=\"densimeter ";

/// Bytes at the beginning of a page within which the mark stands, after a policy and a title that may be long.
const BEGIN: u64 = 8 << 10;

/// Largest page or README of ours in bytes.
const LARGEST: u64 = 64 << 20;

/// Why files are not written.
#[derive(Debug, thiserror::Error)]
pub enum DerivedError {
    /// One of that name is there, and is not ours.
    #[error("{}: not written by densimeter, so it is left as it is; give another folder with -o, or --force to replace it", .0.display())]
    Foreign(PathBuf),
    /// The file system's reason, with the path.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What an earlier call left in a folder.
#[derive(Debug, Default)]
pub struct Former {
    /// Names of the files that its page shows, below the folder.
    shown: BTreeSet<String>,
}

impl Former {
    /// Of the page in a folder; nothing where there is none of ours.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let page = folder.join(PAGE);
        if !is_ours(&page) {
            return Self::default();
        }
        let Ok(text) = bounded::text(&page, LARGEST) else { return Self::default() };
        let mut shown: BTreeSet<String> = BTreeSet::new();
        for (before, kind, ending) in
            [("figure id=\"figure-", "figures", "svg"), ("table id=\"table-", "tables", "csv")]
        {
            let ids = text.split(before).skip(1).filter_map(|rest| rest.split('"').next());
            let plain = |id: &&str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && id.len() < 100;
            shown.extend(ids.filter(plain).map(|id| format!("{kind}/{id}.{ending}")));
        }
        if !shown.is_empty() {
            shown.insert("tables/numbers.csv".to_owned());
        }
        Self { shown }
    }

    /// Whether a file may be replaced.
    ///
    /// # Errors
    /// [`DerivedError::Foreign`].
    pub fn check(&self, folder: &Path, name: &str, force: bool) -> Result<(), DerivedError> {
        let path = folder.join(name);
        // A link is not followed: its target lies elsewhere.
        let Ok(about) = std::fs::symlink_metadata(&path) else { return Ok(()) };
        let ours = about.is_file() && (self.shown.contains(name) || is_ours(&path));
        if ours || (force && !about.is_dir()) { Ok(()) } else { Err(DerivedError::Foreign(path)) }
    }

    /// Removes what the earlier call left and this one did not write.
    ///
    /// # Errors
    /// The file system's, with the path.
    pub fn sweep(&self, folder: &Path, written: &BTreeSet<String>) -> io::Result<()> {
        let mut stale: Vec<String> = self.shown.iter().cloned().collect();
        if !self.shown.is_empty() {
            stale.push(TEXT.to_owned());
        }
        stale.retain(|name| !written.contains(name) && (name != TEXT || is_ours(&folder.join(name))));
        stale.extend(pages(folder, "", written));
        stale.extend(pages(folder, "reports/", written));
        for name in &stale {
            let path = folder.join(name);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether derived files may be written into a folder.
///
/// # Errors
/// [`DerivedError::Foreign`].
pub fn check(folder: &Path, files: &[(String, String)], force: bool) -> Result<Former, DerivedError> {
    let former = Former::of(folder);
    for (name, _) in files {
        former.check(folder, name, force)?;
    }
    Ok(former)
}

/// Writes derived files into a folder.
///
/// # Errors
/// [`DerivedError::Foreign`] before anything is written.
pub fn write(folder: &Path, files: &[(String, String)], force: bool) -> Result<(), DerivedError> {
    let former = check(folder, files, force)?;
    store::write_files(folder, files)?;
    former.sweep(folder, &files.iter().map(|(name, _)| name.clone()).collect())?;
    Ok(())
}

/// Pages of ours in a folder that were not written now, by names that a site gives: `class-…`, `unreadable`, and the hashes of reports.
fn pages(folder: &Path, below: &str, written: &BTreeSet<String>) -> Vec<String> {
    let named = |name: &str| {
        let Some(stem) = name.strip_suffix(".html") else { return false };
        let hash = stem.len() == 16 && stem.bytes().all(|b| b.is_ascii_hexdigit());
        if below.is_empty() { stem == "unreadable" || stem.starts_with("class-") } else { hash }
    };
    let entries = std::fs::read_dir(folder.join(below)).into_iter().flatten().flatten();
    let plain = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let names = plain.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())));
    let pages = names.filter(|(name, _)| named(name)).map(|(name, path)| (format!("{below}{name}"), path));
    // What was written now need not be opened again, which would be every page of a site.
    pages.filter(|(name, path)| !written.contains(name) && is_ours(path)).map(|(name, _)| name).collect()
}

/// Whether a file says that densimeter made it.
fn is_ours(path: &Path) -> bool {
    if path.extension().is_some_and(|end| end == "html") {
        return bounded::first(path, BEGIN).is_ok_and(|begin| String::from_utf8_lossy(&begin).contains(PAGE_MARK));
    }
    path.extension().is_some_and(|end| end == "md")
        && bounded::text(path, LARGEST).is_ok_and(|text| text.trim_end().ends_with(markdown::MARK))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(figure: &str) -> String {
        format!("<html>{PAGE_MARK}0.1.0\">\n<figure id=\"figure-{figure}\"></figure>")
    }

    #[test]
    fn what_is_ours_is_replaced_and_what_is_not_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let first = [file(PAGE, &page("old")), file("figures/old.svg", "x"), file("tables/numbers.csv", "x")];
        write(folder.path(), &first, false).unwrap();
        std::fs::write(at("figures/mine.svg"), "mine").unwrap();
        let second = [file(PAGE, &page("new")), file("figures/new.svg", "y"), file("tables/numbers.csv", "y")];
        write(folder.path(), &second, false).unwrap();
        assert!(!at("figures/old.svg").exists() && at("figures/mine.svg").exists(), "only what was ours goes");
        assert_eq!(std::fs::read_to_string(at("tables/numbers.csv")).unwrap(), "y");

        let third = [file(PAGE, &page("mine")), file("figures/mine.svg", "z")];
        let refused = write(folder.path(), &third, false).unwrap_err();
        assert!(refused.to_string().contains("figures/mine.svg: not written by densimeter"), "{refused}");
        assert!(std::fs::read_to_string(at(PAGE)).unwrap().contains("figure-new"), "nothing was written");
        write(folder.path(), &third, true).unwrap();
        assert_eq!(std::fs::read_to_string(at("figures/mine.svg")).unwrap(), "z");
    }

    #[test]
    fn a_readme_is_ours_by_its_last_line_and_a_link_never() {
        let folder = tempfile::tempdir().unwrap();
        let readme = folder.path().join(TEXT);
        let check = || Former::default().check(folder.path(), TEXT, false);
        std::fs::write(&readme, format!("# A\n\n{}\n", markdown::MARK)).unwrap();
        check().unwrap();
        std::fs::write(&readme, format!("{}\n# My notes\n", markdown::MARK)).unwrap();
        assert!(matches!(check(), Err(DerivedError::Foreign(_))));
        #[cfg(unix)]
        {
            std::fs::remove_file(&readme).unwrap();
            std::os::unix::fs::symlink("elsewhere", &readme).unwrap();
            assert!(matches!(check(), Err(DerivedError::Foreign(_))));
        }
    }
}
