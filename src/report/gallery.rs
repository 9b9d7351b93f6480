//! Many reports as a static site: an index by device class, a page for each report, nothing loaded from elsewhere.
//!
//! A report is read, drawn and dropped before the next one: what stays in memory is a line for each.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use super::derived::{DerivedError, Former};
use super::page;
use super::rendering::PAGE;
use super::run::RunReport;
use super::stored::Stored;
use super::view::View;
use crate::crossover::verdict::ClassVerdict;
use crate::process::side_by_side::{processors, side_by_side};
use entry::{Entry, PAGES};
pub use error::GalleryError;
pub use unreadable::Unreadable;

mod chart;
mod entry;
mod error;
mod index;
mod unreadable;
mod walk;

pub use walk::{Found, find};

/// What became of the reports.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Gathered {
    /// Reports with a page.
    pub reports: usize,
    /// Of these, the ones that another one corrects.
    pub superseded: usize,
    /// The others.
    pub unreadable: Vec<Unreadable>,
    /// Files of the index.
    pub index: Vec<String>,
}

/// Where the site is written.
struct Site<'a> {
    folder: &'a Path,
    former: Former,
    /// Replace what is not ours.
    force: bool,
    /// Names of this call's own files.
    written: Mutex<BTreeSet<String>>,
}

impl Site<'_> {
    fn write(&self, name: &str, text: &str) -> Result<(), GalleryError> {
        let path = self.folder.join(name);
        // A report that lies there twice has one page, which two threads may write: the first looks before either writes.
        let mut written = lock(&self.written);
        if written.insert(name.to_owned()) {
            self.former.check(self.folder, name, self.force)?;
            if path.is_symlink() {
                // Written through, it would change a file elsewhere.
                std::fs::remove_file(&path).map_err(|error| GalleryError::Io { path: path.clone(), error })?;
            }
        }
        drop(written);
        std::fs::write(&path, text).map_err(|error| GalleryError::Io { path, error })
    }
}

/// Makes the site of what was found, whose names are shown below `root`, in a folder (`true`: whatever it holds);
/// `progress` hears the number that is done.
///
/// # Errors
/// Only what keeps the site from being written: a report that cannot be read is listed.
pub fn build(
    root: &Path,
    found: &Found,
    (folder, force): (&Path, bool),
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Gathered, GalleryError> {
    let site = Site { folder, former: Former::of(folder), force, written: Mutex::default() };
    site.former.check(folder, PAGE, force)?;
    let pages = folder.join(PAGES);
    std::fs::create_dir_all(&pages).map_err(|error| GalleryError::Io { path: pages.clone(), error })?;
    let (mut entries, mut unreadable) = each(root, &found.reports, &site, progress)?;
    unreadable
        .extend(found.passed.iter().map(|(path, why)| Unreadable { file: below(root, path), reason: why.clone() }));
    unreadable.sort();
    // By the names that the site shows, which are not those by which they were found where several folders are given.
    entries.sort_by(|a, b| a.file.cmp(&b.file));
    supersede(&mut entries);
    for entry in entries.iter().filter(|entry| entry.superseded_by.is_some()) {
        redraw(entry, &site)?;
    }
    let mut names = Vec::new();
    index::files(&entries, &unreadable, &mut |name, text| {
        site.write(&name, text)?;
        names.push(name);
        Ok(())
    })?;
    site.former.sweep(folder, &lock(&site.written)).map_err(DerivedError::from)?;
    let superseded = entries.iter().filter(|entry| entry.superseded_by.is_some()).count();
    Ok(Gathered { reports: entries.len(), superseded, unreadable, index: names })
}

/// Reads and draws the reports on all processors.
fn each(
    root: &Path,
    paths: &[PathBuf],
    site: &Site<'_>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<(Vec<Entry>, Vec<Unreadable>), GalleryError> {
    let done = AtomicUsize::new(0);
    let failed = OnceLock::new();
    let made = side_by_side(paths, processors(), |_, path| {
        if failed.get().is_some() {
            return None;
        }
        let made = one(root, path, site);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        made.map_err(|error| failed.set(error)).ok()
    });
    if let Some(error) = failed.into_inner() {
        return Err(error);
    }
    let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
    for one in made.into_iter().flatten() {
        match one {
            Ok(entry) => entries.push(entry),
            Err(bad) => unreadable.push(bad),
        }
    }
    Ok((entries, unreadable))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The name of a file as the site shows it.
fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn one(root: &Path, path: &Path, site: &Site<'_>) -> Result<Result<Entry, Unreadable>, GalleryError> {
    let file = below(root, path);
    let mut stored = match Stored::read(path) {
        Ok(read) => read,
        Err(error) => return Ok(Err(Unreadable { file, reason: error.to_string() })),
    };
    let view = view(&mut stored.report);
    let entry = Entry::of(&stored.report, &view.head, (path.to_owned(), file), stored.sha256);
    draw(&entry, &view, site)?;
    Ok(Ok(entry))
}

fn draw(entry: &Entry, view: &View, site: &Site<'_>) -> Result<(), GalleryError> {
    site.write(&format!("{PAGES}/{}", entry.page()), &page::render(view)?)
}

/// The view of a report on a page of the site. Of the dates of all classes it keeps those of the device's own: the others
/// are the same in thousands of pages and would be half of their size and time.
fn view(report: &mut RunReport) -> View {
    let class = report.device.as_ref().and_then(|device| device.record.class()).map(|class| class.to_string());
    let class = class.unwrap_or_default();
    let (own, others): (Vec<_>, Vec<_>) =
        report.crossover.take().unwrap_or_default().into_iter().partition(|row| row.class == class);
    let left_out = !others.is_empty();
    // What was said of them goes with them.
    let said: Vec<String> =
        others.iter().filter_map(|row| ClassVerdict::of(row, &class)).map(|verdict| verdict.to_string()).collect();
    report.verdicts.retain(|verdict| !said.contains(verdict));
    report.crossover = (!own.is_empty() || left_out).then_some(own);
    let mut view = View::of(report);
    if let Some(section) = view.sections.iter_mut().find(|section| left_out && section.id == "crossover") {
        section.remarks.push("this page shows the device's own class; the report holds the dates of all".to_owned());
    }
    view
}

/// The page of a corrected report says so at its top.
fn redraw(entry: &Entry, site: &Site<'_>) -> Result<(), GalleryError> {
    let Ok(mut stored) = Stored::read(&entry.path) else { return Ok(()) };
    let mut view = view(&mut stored.report);
    let by = entry.superseded_by.as_deref().unwrap_or_default();
    let own = view.head.supersedes.take().map_or_else(String::new, |own| format!("; {own}"));
    view.head.supersedes = Some(format!("Superseded: run {by} corrects this report{own}"));
    draw(entry, &view, site)
}

/// Marks what another report corrects: by the hash of the file, since a run's name proves nothing.
fn supersede(entries: &mut [Entry]) {
    let corrections: HashMap<String, String> =
        entries.iter().filter_map(|entry| Some((entry.supersedes.clone()?, entry.run_id.clone()))).collect();
    for entry in entries {
        entry.superseded_by = corrections.get(&entry.hash).cloned();
    }
}
