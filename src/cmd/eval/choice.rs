//! The tasks and items of a call, chosen before anything is loaded.

use std::collections::BTreeSet;

use super::opening;
use crate::cli::Global;
use crate::cli::eval::Eval;
use crate::cmd::{Usage, terminal};
use crate::eval::subset::{Selection, Subset, select};
use crate::eval::task::Task;

/// Unknown ids that are named; more are only counted.
const NAMED_IDS: usize = 5;

/// What is to be evaluated.
pub(super) struct Chosen {
    /// The tasks with at least one item.
    pub(super) tasks: Vec<(Box<dyn Task>, Selection)>,
    /// Ids that were asked for and that no task has.
    pub(super) unknown: Vec<String>,
}

/// Reads the data and draws the items.
pub(super) fn chosen(args: &Eval, global: &Global) -> anyhow::Result<Chosen> {
    let subset = opening::subset(args, global)?;
    let mut tasks = Vec::new();
    let mut known = BTreeSet::new();
    for task in opening::tasks(args, global)? {
        let selection = select(&*task, &subset);
        known.extend(selection.indices.iter().map(|&index| task.id(index)));
        if !selection.indices.is_empty() {
            tasks.push((task, selection));
        }
    }
    if tasks.is_empty() {
        return Err(Usage("no item was selected: no id of --items is in the data of these tasks".to_owned()).into());
    }
    let unknown = unknown(&subset, &known);
    Ok(Chosen { tasks, unknown })
}

/// Ids that were asked for and that no task has, with a warning: a misspelt list must not pass for a small one.
fn unknown(subset: &Subset, known: &BTreeSet<String>) -> Vec<String> {
    let Subset::Ids(ids) = subset else { return Vec::new() };
    let unknown: Vec<String> = ids.difference(known).cloned().collect();
    if !unknown.is_empty() {
        let some = unknown[..unknown.len().min(NAMED_IDS)].join(", ");
        let rest = if unknown.len() > NAMED_IDS { ", …" } else { "" };
        terminal::warning(&format!("{} of {} ids are in none of these tasks: {some}{rest}", unknown.len(), ids.len()));
    }
    unknown
}
