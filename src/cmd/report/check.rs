//! `report --check`: reports against the rules of the public record, as the project's CI runs it.

use std::path::PathBuf;

use anyhow::bail;

use crate::cli::Global;
use crate::cmd::{Outcome, Usage, terminal};
use crate::contribution::collection::{check, find};
use crate::model::catalog::Catalog;

/// Runs it.
pub(super) fn run(paths: &[PathBuf], global: &Global) -> anyhow::Result<Outcome> {
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(Usage(format!("{}: no such file or folder", missing.display())).into());
    }
    let found = find(paths)?;
    if found.reports.is_empty() && found.passed.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        bail!("{}: no report.json below it, so that nothing was checked", names.join(", "));
    }
    let checked = check(&found, &Catalog::embedded()?, jiff::Timestamp::now());
    let refused = checked.reports - checked.taken.len();
    if global.json {
        terminal::json(&checked)?;
    } else {
        let lines: String = checked.refusals.iter().map(|refusal| format!("{refusal}\n")).collect();
        terminal::out(&lines)?;
    }
    if !global.quiet {
        terminal::note(&format!("{} reports: {} taken, {refused} refused", checked.reports, checked.taken.len()));
    }
    Ok(if refused == 0 { Outcome::Done } else { Outcome::SomeFailed })
}
