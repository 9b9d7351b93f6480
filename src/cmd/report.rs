//! `densimeter report`: stored reports as text, or their derived files. The reports stay as they are.

use super::{Outcome, terminal};
use crate::audit::record::AuditRecord;
use crate::cli::{Global, report::Report};
use crate::file::run_folder as store;
use crate::measure::session::refuse_stored;
use crate::report::stored::{Origin, Stored};
use crate::report::text::details::details;
use crate::report::view::View;
use crate::report::{derived, rendering};

mod check;
mod gather;
mod index;
mod supersede;

/// Runs the command.
pub(super) fn run(args: &Report, global: &Global) -> anyhow::Result<Outcome> {
    if args.check {
        return check::run(&args.reports, global);
    }
    if let Some(file) = &args.index {
        return index::run(&args.reports, file, args.force, global);
    }
    let path = match args.reports.as_slice() {
        [path] if args.supersede.is_some() || !gather::is_collection(path) => path,
        several => return gather::run(several, args, global),
    };
    if let Some(reason) = &args.supersede {
        return supersede::run(path, args, reason, global);
    }
    let stored = Stored::read(path)?;
    let mut report = stored.report;
    if let Some(path) = &args.audit {
        report.audit = Some(AuditRecord::read_all(path)?);
        report.reasons.remove("audit");
    }
    let Some(output) = &args.output else {
        if global.json { terminal::json(&report) } else { terminal::out(&details(&report)) }?;
        return Ok(Outcome::Done);
    };
    refuse_stored(output)?;
    let files = rendering::files(&View::of(&report))?;
    derived::write(output, &files, args.force)?;
    if stored.origin == Origin::LlamaBench {
        // Nothing keeps an import but this: the file of llama-bench is no report.
        store::write_json(&output.join(store::REPORT), &report)?;
    }
    if global.json {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        terminal::json(&names)?;
    } else if !global.quiet {
        terminal::note(&format!("page: {}", output.join(rendering::PAGE).display()));
    }
    Ok(Outcome::Done)
}
