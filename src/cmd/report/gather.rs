//! A folder of reports, or several reports, as a site.

use std::path::{Path, PathBuf};

use crate::cli::{Global, report::Report};
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, Usage, terminal};
use crate::file::run_folder as store;
use crate::measure::session::refuse_stored;
use crate::observer::{Bar, Counted};
use crate::report::gallery;
use crate::server::report::FILE as SERVER;

/// Whether a path is a folder of reports, not the folder of one.
pub(super) fn is_collection(path: &Path) -> bool {
    path.is_dir() && [store::REPORT, SERVER].iter().all(|name| !path.join(name).exists())
}

/// A site among its own sources would be taken for one of them, or they for the site.
fn refuse_own_folder(reports: &Path, site: &Path) -> Result<(), Usage> {
    let same = reports.canonicalize().ok().zip(site.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    if !same {
        return Ok(());
    }
    let folder = reports.display();
    Err(Usage(format!(
        "{folder}: holds the reports themselves; give the site its own folder, such as -o {folder}/site"
    )))
}

/// Makes the site.
pub(super) fn run(paths: &[PathBuf], args: &Report, global: &Global) -> anyhow::Result<Outcome> {
    if args.audit.is_some() || args.supersede.is_some() {
        return Err(Usage("--audit and --supersede belong to one report; give one".to_owned()).into());
    }
    let output = args.output.as_deref().ok_or_else(|| Usage("a site needs a folder: give -o DIR".to_owned()))?;
    refuse_stored(output)?;
    let mut found = gallery::Found::default();
    for path in paths {
        if path.is_dir() {
            refuse_own_folder(path, output)?;
            gallery::find(path, output, &mut found)?;
        } else {
            found.reports.push(path.clone());
        }
    }
    if found.reports.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let passed = found.passed.first().map_or_else(String::new, |(_, why)| format!(" ({why})"));
        anyhow::bail!("{}: no report.json below it{passed}; `densimeter run -o DIR` makes one", names.join(", "));
    }
    let root = if let [one] = paths { one.as_path() } else { Path::new("") };
    let bar = Terminal::new(global.quiet).line("reports", Some(found.reports.len() as u64), Counted::Pieces);
    let gathered = gallery::build(root, &found, (output, args.force), &|done| bar.position(done as u64))?;
    bar.finish();
    if global.json {
        terminal::json(&gathered)?;
    } else {
        for bad in gathered.unreadable.iter().take(20) {
            terminal::warning(&format!("not read: {}", bad.reason));
        }
        if !global.quiet {
            let page = output.join("index.html");
            let bad = gathered.unreadable.len();
            terminal::note(&format!("{} reports, {bad} not read: {}", gathered.reports, page.display()));
        }
    }
    Ok(if gathered.unreadable.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
}
