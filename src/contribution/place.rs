//! That a report lies where it belongs: in a folder with the name of its run, with nothing of others beside it.

use std::path::Path;

use super::rule::{Finding, LONGEST, Rule};
use crate::file::run_folder::REPORT;
use crate::measure::journal;
use crate::report::rendering::{PAGE, TEXT};
use crate::report::run::RunReport;
use crate::sanitize::line;

/// Files and folders of a report.
const FILES: [&str; 4] = [REPORT, journal::FILE, PAGE, TEXT];
const FOLDERS: [(&str, &str); 2] = [("figures", "svg"), ("tables", "csv")];

/// Most entries of a folder that are looked at.
const MOST: usize = 1000;

/// Whether a run's name can be that of a folder.
pub(crate) fn is_plain(run_id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST).contains(&run_id.len()) && run_id.bytes().all(allowed)
}

/// What is found.
pub(super) fn look(path: &Path, report: &RunReport) -> Vec<Finding> {
    let found = |text: String| Finding::new(Rule::Place, text);
    let run = line(&report.run_id, LONGEST);
    if !is_plain(&report.run_id) {
        return vec![found(format!("`{run}` is no name of a run"))];
    }
    let folder = path.canonicalize().ok();
    let Some(folder) = folder.as_deref().and_then(Path::parent).filter(|_| path.ends_with(REPORT)) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if name != report.run_id {
        faults
            .push(found(format!("run `{run}` lies in the folder `{}`; its folder has its name", line(&name, LONGEST))));
    }
    faults.extend(foreign(folder).map(|name| found(format!("`{}` is no file of a report", line(&name, LONGEST)))));
    faults
}

/// The first entry of a folder that no report has.
fn foreign(folder: &Path) -> Option<String> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).ok()?.take(MOST).flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    entries.iter().find_map(|entry| {
        let (name, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type().ok()?);
        if kind.is_file() && FILES.contains(&name.as_str()) {
            return None;
        }
        let Some((_, ending)) = FOLDERS.iter().find(|(folder, _)| kind.is_dir() && *folder == name) else {
            return Some(name);
        };
        let inside = std::fs::read_dir(entry.path()).ok()?.take(MOST).flatten();
        let foreign = |inside: &std::fs::DirEntry| {
            let file = inside.file_type().is_ok_and(|kind| kind.is_file());
            !file || inside.path().extension().is_none_or(|end| end != *ending)
        };
        let first = inside.filter(foreign).map(|inside| inside.file_name().to_string_lossy().into_owned()).min()?;
        Some(format!("{name}/{first}"))
    })
}
