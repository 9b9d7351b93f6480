//! `densimeter share`: a report, checked and stripped, on a branch of a clone. Nothing is pushed.

use std::fmt::Write;

use serde::Serialize;

use super::{Outcome, terminal};
use crate::cli::{Global, share::Share};
use crate::contribution::branch::{BranchError, Prepared, cached_clone, prepare};
use crate::contribution::collection::{one, unread};
use crate::contribution::offer::{Offer, OfferedFile};
use crate::contribution::personal::Names;
use crate::contribution::rule::Refusal;
use crate::contribution::strip::Removal;
use crate::model::cache::Cache;
use crate::model::catalog::Catalog;
use crate::process::interrupt;
use crate::process::shell::bare;
use crate::report::stored::Stored;
use crate::sanitize::line;

/// Longest text of a removal that is shown.
const SHOWN: usize = 200;

/// The document of `share --json`.
#[derive(Serialize)]
struct Shared {
    report: String,
    /// What it is refused for; then nothing else is there.
    refusals: Vec<Refusal>,
    /// The folder in the project; null where it is refused.
    folder: Option<String>,
    /// What was taken out.
    removed: Vec<Removal>,
    /// The files that would go.
    files: Vec<OfferedFile>,
    /// The branch; null where it is refused, and with --dry-run.
    prepared: Option<Prepared>,
    /// The command that pushes it.
    push: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Share, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let catalog = Catalog::embedded()?;
    let now = jiff::Timestamp::now();
    let report = args.report.display().to_string();
    let refused = |findings: Vec<_>, removed| {
        let refusals = findings.into_iter().map(|finding| Refusal { report: report.clone(), finding }).collect();
        let report = report.clone();
        Shared { report, refusals, folder: None, removed, files: Vec::new(), prepared: None, push: None }
    };
    let offer = match Stored::read(&args.report) {
        Ok(stored) => Offer::of(stored, &Names::of_this_machine().and(args.without.iter().cloned()))?,
        Err(error) => return show(&refused(vec![unread(&error)], Vec::new()), global),
    };
    let findings = one(&offer.stored, &offer.entries, &catalog, now);
    if !findings.is_empty() {
        return show(&refused(findings, offer.removed), global);
    }
    let files = offer.files()?;
    let prepared = match (args.dry_run, &args.clone) {
        (true, _) => Ok(None),
        (false, Some(clone)) => prepare(&offer, &files, (clone, "HEAD"), &catalog, now).map(Some),
        (false, None) => {
            let clone = cached_clone(&args.repository, Cache::of_this_user()?.root())?;
            prepare(&offer, &files, (&clone, "refs/remotes/origin/HEAD"), &catalog, now).map(Some)
        }
    };
    let prepared = match prepared {
        // Among the reports of the project it breaks a rule that it does not break alone.
        Err(BranchError::Refused(refusal)) => return show(&refused(vec![refusal.finding], offer.removed), global),
        prepared => prepared?,
    };
    let push = prepared
        .as_ref()
        .map(|made| format!("git -C {} push origin {}", bare(&made.clone.display().to_string()), made.branch));
    let folder = Some(offer.folder());
    show(&Shared { report, refusals: Vec::new(), folder, removed: offer.removed, files, prepared, push }, global)
}

fn show(shared: &Shared, global: &Global) -> anyhow::Result<Outcome> {
    if global.json {
        terminal::json(shared)?;
    } else {
        terminal::out(&text(shared)?)?;
    }
    Ok(if shared.refusals.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
}

fn text(shared: &Shared) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for refusal in &shared.refusals {
        writeln!(text, "refused: {refusal}")?;
    }
    let Some(folder) = &shared.folder else { return Ok(text) };
    match shared.removed.len() {
        0 => writeln!(text, "Nothing in it names a person or a path.")?,
        count => writeln!(text, "Taken out ({count} texts):")?,
    }
    for removal in &shared.removed {
        let (before, after) = (line(&removal.before, SHOWN), line(&removal.after, SHOWN));
        writeln!(text, "  {} {}\n    - {before}\n    + {after}", removal.file, removal.place)?;
    }
    writeln!(text, "What goes, below {folder}/:")?;
    for file in &shared.files {
        writeln!(text, "  {:>9} bytes  {}", file.bytes, file.path.trim_start_matches(folder).trim_start_matches('/'))?;
    }
    match (&shared.prepared, &shared.push) {
        (Some(made), Some(push)) => {
            writeln!(
                text,
                "Branch {} in {}, with reports/index.csv of {} reports.",
                made.branch,
                made.clone.display(),
                made.index_rows
            )?;
            writeln!(text, "Nothing has left this machine. Look at it, and push it:")?;
            writeln!(text, "  git -C {} show --stat {}", bare(&made.clone.display().to_string()), made.branch)?;
            writeln!(text, "  {push}")?;
            writeln!(text, "Without the right to push there, put the address of your fork in the place of `origin`.")?;
        }
        _ => writeln!(text, "Nothing was written (--dry-run).")?,
    }
    Ok(text)
}
