//! Item logs that lie beside a report.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::file::bounded;
use crate::report::stored::Stored;

/// Largest log that is read.
const LARGEST: u64 = 256 << 20;

/// What a log tells of an item.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Item {
    id: String,
    prompt_sha256: String,
    continuation_sha256: String,
    pub(super) correct: Option<bool>,
    pub(super) nll_nats: Option<f64>,
}

/// The items of a task by their id; `None` without a log that can be read whole.
pub(super) fn of(stored: &Stored, task: &str) -> Option<BTreeMap<String, Item>> {
    let plain = task.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let folder = stored.path.parent().filter(|_| plain).unwrap_or(Path::new(""));
    let text = bounded::text(&folder.join("eval").join(format!("{task}.jsonl")), LARGEST).ok()?;
    let items = text.lines().map(|line| serde_json::from_str::<Item>(line).map(|item| (item.id.clone(), item)));
    items.collect::<Result<_, _>>().ok()
}

/// The items that both answered from the same text.
pub(super) fn shared<'a>(
    ours: &'a BTreeMap<String, Item>,
    theirs: &'a BTreeMap<String, Item>,
) -> Vec<(&'a Item, &'a Item)> {
    let same =
        |a: &Item, b: &Item| a.prompt_sha256 == b.prompt_sha256 && a.continuation_sha256 == b.continuation_sha256;
    ours.iter().filter_map(|(id, own)| theirs.get(id).filter(|item| same(own, item)).map(|item| (own, item))).collect()
}
