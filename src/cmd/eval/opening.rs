//! What every command that evaluates is told: names of tasks, lists of ids.

use std::path::Path;

use crate::cmd::Usage;
use crate::eval::subset::Subset;
use crate::eval::task;
use crate::file::bounded;

/// Most bytes of a file with item ids.
const MOST_IDS: u64 = 16 << 20;

/// Refuses names that are no task's.
pub(in crate::cmd) fn known(names: &[String]) -> Result<(), Usage> {
    match names.iter().find(|name| !task::NAMES.contains(&name.as_str())) {
        Some(name) => Err(Usage(format!("'{name}' is not a task ({})", task::NAMES.join(", ")))),
        None => Ok(()),
    }
}

/// The items whose ids stand in a file, one a line.
pub(in crate::cmd) fn ids(path: &Path) -> anyhow::Result<Subset> {
    let text = bounded::text(path, MOST_IDS)?;
    Ok(Subset::Ids(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()))
}
