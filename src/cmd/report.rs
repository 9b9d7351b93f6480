//! `densimeter report`: derived files of stored reports. The reports stay as they are.

use super::{Outcome, terminal};
use crate::audit::record::AuditRecord;
use crate::cli::{Global, report::Report};
use crate::file::run_folder as store;
use crate::measure::session::refuse_stored;
use crate::report::stored::{Origin, Stored};
use crate::report::view::View;
use crate::report::{derived, rendering};

mod gather;
mod supersede;

/// Runs the command.
pub(super) fn run(args: &Report, global: &Global) -> anyhow::Result<Outcome> {
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
    refuse_stored(&args.output)?;
    let files = rendering::files(&View::of(&report))?;
    derived::write(&args.output, &files, args.force)?;
    if stored.origin == Origin::LlamaBench {
        // Nothing keeps an import but this: the file of llama-bench is no report.
        store::write_json(&args.output.join(store::REPORT), &report)?;
    }
    if global.json {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        terminal::json(&names)?;
    } else if !global.quiet {
        terminal::note(&format!("page: {}", args.output.join(rendering::PAGE).display()));
    }
    Ok(Outcome::Done)
}
