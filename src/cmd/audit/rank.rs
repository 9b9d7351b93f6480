//! `densimeter audit --rank`: which of several files of one model is the good one.

use super::refusal::refused;
use crate::audit::plan::AuditPlan;
use crate::audit::rank::session::rank_files;
use crate::audit::rank::text;
use crate::cli::Global;
use crate::cli::audit::Audit;
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, Usage, terminal};
use crate::file::run_folder;
use crate::process::interrupt;
use crate::report::rank_summary::summary;

/// Runs the command. A file that is worse is an answer and no failure.
pub(super) fn run(args: &Audit, plan: AuditPlan, global: &Global) -> anyhow::Result<Outcome> {
    let reference = args.reference.as_ref().map(|path| path.display().to_string());
    if args.rank.len() < 2 && reference.is_none() {
        let text = "audit --rank needs two files, or one and the --reference that it is compared with";
        return Err(Usage(text.to_owned()).into());
    }
    interrupt::listen();
    let plan = AuditPlan { reference: None, ..plan };
    let observer = Terminal::new(global.quiet);
    let records = rank_files(&args.rank, reference.as_deref(), &plan, &observer).map_err(refused)?;
    if let Some(path) = &args.summary {
        run_folder::write(path, summary(&records).as_bytes())?;
    }
    if global.json {
        terminal::json(&records)?;
    } else {
        terminal::out(&text::render(&records))?;
    }
    let failed = records.iter().any(|record| record.failed.is_some());
    Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
}
