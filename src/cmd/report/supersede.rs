//! `report --supersede`: a correction as a new report beside the old one, which stays as it is.

use std::path::Path;

use anyhow::{Context, bail};

use super::terminal;
use crate::cli::{Global, report::Report};
use crate::cmd::{Outcome, Usage};
use crate::file::run_folder as store;
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::{self, Journal};
use crate::report::run::Supersedes;
use crate::report::stored::Stored;
use crate::report::view::View;
use crate::report::{derived, rendering};

/// Derives the report of a folder's journal anew into another folder.
pub(super) fn run(old: &Path, args: &Report, reason: &str, global: &Global) -> anyhow::Result<Outcome> {
    let new = args.output.as_deref();
    let new = new.ok_or_else(|| Usage("a correction is a new report: give its folder with -o DIR".to_owned()))?;
    if reason.trim().is_empty() {
        return Err(Usage("--supersede needs the reason, which stands in the new report".to_owned()).into());
    }
    if !old.is_dir() {
        return Err(Usage(format!("{}: --supersede takes the folder of a run", old.display())).into());
    }
    if new.join(store::REPORT).exists() || new.join(journal::FILE).exists() {
        return Err(Usage(format!("{}: holds a run already; give a new folder with -o", new.display())).into());
    }
    let path = old.join(store::REPORT);
    let Stored { sha256, mut report, .. } = Stored::read(&path)?;
    let journal = old.join(journal::FILE);
    let entries = Journal::read(&journal)?;
    let Some(mut bench) = BenchReport::of(&entries) else { bail!("{}: holds no run", journal.display()) };
    // The other parts are taken over as they are: beside a bench that has lost rows they would contradict it.
    let rows = |bench: &BenchReport| bench.results.iter().filter(|row| row.tokens_per_second.is_some()).count();
    let (before, now) = (report.bench.as_ref().map_or(0, rows), rows(&bench));
    if now < before {
        bail!(
            "{}: holds {now} of the {before} rows that {} shows: the journal is torn, and no report can be derived from it",
            journal.display(),
            path.display()
        );
    }
    let old_run = std::mem::replace(&mut report.run_id, store::new_run_id());
    report.supersedes = Some(Supersedes { run_id: old_run, sha256, reason: reason.to_owned() });
    report.valid = bench.valid;
    bench.run_id.clone_from(&report.run_id);
    report.bench = Some(bench);
    report.complete = true;
    let files = rendering::files(&View::of(&report))?;
    derived::check(new, &files, args.force)?;
    store::prepare(new)?;
    let kept = new.join(journal::FILE);
    std::fs::copy(&journal, &kept).with_context(|| kept.display().to_string())?;
    store::write_json(&new.join(store::REPORT), &report)?;
    derived::write(new, &files, args.force)?;
    if global.json {
        terminal::json(&report)?;
    } else if !global.quiet {
        terminal::note(&format!("report: {}; {} stays as it is", new.join(rendering::PAGE).display(), old.display()));
    }
    Ok(Outcome::Done)
}
