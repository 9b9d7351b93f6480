//! What every command that evaluates is told: names of tasks, lists of ids, a folder of benchmarks.

use std::path::Path;

use crate::bounded;
use crate::cli::Global;
use crate::cmd::Usage;
use crate::cmd::progress::Terminal;
use crate::eval::data::Benchmarks;
use crate::eval::plan::Questions;
use crate::eval::subset::Subset;
use crate::eval::task;
use crate::measure::benchmarks;

/// Most bytes of a file with item ids.
const MOST_IDS: u64 = 16 << 20;

/// Refuses names that are no task's.
pub(in crate::cmd) fn known(names: &[String]) -> Result<(), Usage> {
    match names.iter().find(|name| !task::NAMES.contains(&name.as_str())) {
        Some(name) => Err(Usage(format!("'{name}' is not a task ({})", task::NAMES.join(", ")))),
        None => Ok(()),
    }
}

/// The benchmarks of some tasks: those of a folder, given or in the environment, or of the cache, filled where it must
/// be.
pub(in crate::cmd) fn benchmarks(
    folder: Option<&Path>,
    unpinned: bool,
    tasks: &[String],
    offline: bool,
    global: &Global,
) -> anyhow::Result<Benchmarks> {
    match benchmarks::benchmarks(folder, unpinned, tasks, offline, &Terminal::new(global.quiet))? {
        Questions::Benchmarks { folder, pinned: false } => Ok(Benchmarks::unpinned(folder)),
        Questions::Benchmarks { folder, .. } | Questions::Reasoned { file: folder } => Ok(Benchmarks::pinned(folder)),
    }
}

/// The items whose ids stand in a file, one a line.
pub(in crate::cmd) fn ids(path: &Path) -> anyhow::Result<Subset> {
    let text = bounded::text(path, MOST_IDS)?;
    Ok(Subset::Ids(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()))
}
