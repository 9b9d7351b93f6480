//! What every command that evaluates is told: names of tasks, lists of ids.

use std::path::Path;

use crate::cmd::Usage;
use crate::eval::subset::Subset;
use crate::eval::tasks;
use crate::file::bounded;

/// Most bytes of a file with item ids.
const MOST_IDS: u64 = 16 << 20;

/// The tasks that were asked for; a name that is no task's is refused.
pub(in crate::cmd) fn tasks(names: &[String]) -> Result<Vec<String>, Usage> {
    let names = tasks::expanded(names);
    match names.iter().find(|name| tasks::find(name).is_none()) {
        Some(name) => {
            let known: Vec<&str> = tasks::all_names().chain([tasks::EDGE]).collect();
            Err(Usage(format!("'{name}' is not a task ({})", known.join(", "))))
        }
        None => Ok(names),
    }
}

/// The items whose ids stand in a file, one a line.
pub(in crate::cmd) fn ids(path: &Path) -> anyhow::Result<Subset> {
    let text = bounded::text(path, MOST_IDS)?;
    Ok(Subset::Ids(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()))
}
