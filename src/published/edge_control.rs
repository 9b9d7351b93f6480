//! The bits per byte of one model on single items of the cloze tasks: the control that other models on the same items are
//! held against.

use std::collections::BTreeMap;

use crate::table::{Table, TableError};
use crate::unit::ClozeTask;

/// The model that the shipped numbers are of: the catalogue's default one.
pub const MODEL: &str = "smollm2-135m-instruct";
/// SHA-256 of its file.
pub const SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/// Digits of the hash of a prompt that are kept.
const PROMPT_DIGITS: usize = 12;

/// An item of a task: its id, and how the hash of its prompt begins.
pub type ItemKey = (String, String);

/// Bits per byte of the right answer by item.
pub type ItemBits = BTreeMap<ItemKey, f64>;

/// The same by task.
pub type EdgeControl = BTreeMap<ClozeTask, ItemBits>;

/// The key of an item whose prompt has that hash (hexadecimal): a strange item of the same id has another one.
#[must_use]
pub fn key(id: &str, prompt_sha256: &str) -> ItemKey {
    (id.to_owned(), prompt_sha256.chars().take(PROMPT_DIGITS).collect())
}

/// Reads the columns task, item, prompt and `bits_per_byte`.
///
/// # Errors
/// A missing column, an empty table, a name that is no task's, a number that is not above zero, or an item twice.
pub fn read(file: &str, text: &str) -> Result<EdgeControl, TableError> {
    let table = Table::parse(file, text)?;
    let [task, item, prompt, bits] = ["task", "item", "prompt", "bits_per_byte"].map(|name| table.column(&[name]));
    let (task, item, prompt, bits) = (task?, item?, prompt?, bits?);
    let mut found = EdgeControl::new();
    for row in table.rows() {
        let of: ClozeTask = row.required(task)?.parse().map_err(|_| row.error(task, "no task of the edge family"))?;
        let known = found.entry(of).or_default();
        let named = key(row.required(item)?, row.required(prompt)?);
        if known.insert(named, row.positive(bits)?).is_some() {
            return Err(row.error(item, "an item of the task is there twice"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::shipped::EDGE_CONTROL;

    #[test]
    fn every_task_has_as_many_items_and_a_damaged_row_is_named() {
        let control = read("control.csv", &EDGE_CONTROL).unwrap();
        assert_eq!(control.len(), ClozeTask::ALL.len());
        let items: Vec<usize> = control.values().map(BTreeMap::len).collect();
        assert!(items.iter().all(|count| *count == items[0] && *count >= 200), "{items:?}");
        assert!(EDGE_CONTROL.contains(MODEL) && EDGE_CONTROL.contains(SHA256), "the numbers are of another file");
        for (row, named) in
            [("piqa,1,ab,1.0\npiqa,1,ab,1.0", "item"), ("boolq,1,ab,1.0", "task"), ("piqa,1,ab,0", "bits_per_byte")]
        {
            let error =
                read("control.csv", &format!("task,item,prompt,bits_per_byte\n{row}\n")).unwrap_err().to_string();
            assert!(error.contains("control.csv") && error.contains(named), "{error}");
        }
    }
}
