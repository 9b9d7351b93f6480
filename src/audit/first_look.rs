//! The first look of a sequential audit: losses of the items that are the cheapest to read, which a clear drop shows at once.

use super::plan::{Answers, AuditPlan};
use super::task_ids::TaskIds;
use crate::eval::choice::{ChoiceError, Chosen};
use crate::eval::plan::Questions;
use crate::eval::task::Task;
use crate::law::audit::{ALPHA, Kind};

/// Error rate of the first look, one-sided; the looks after it have theirs beside it.
pub(super) const LEVEL: f64 = ALPHA / 10.0;
/// Items that are taken of a task, the shortest of its first [`AMONG`].
const ITEMS: usize = 5;
/// Items of a task that are chosen among: by their length alone, before any model has read them.
const AMONG: usize = 20;
/// Tasks that are taken.
const TASKS: usize = 2;

/// Whether losses alone could settle what the plan asks for: by parameters, and nobody wants answers or a density.
pub(super) fn could_decide(plan: &AuditPlan) -> bool {
    plan.sequential && plan.rules.by == Kind::Params && plan.answers != Answers::Always && plan.reference.is_none()
}

/// Short items of the two tasks whose items cost least to read; `None` where that is no clear saving against `next`, the look
/// that would come first without it.
///
/// # Errors
/// A task that cannot be opened.
pub(super) fn cheapest(
    questions: &Questions,
    chosen: &[Chosen],
    shuffled: &TaskIds,
    next: &TaskIds,
) -> Result<Option<TaskIds>, ChoiceError> {
    let mut costs = Vec::new();
    let mut next_cost = 0;
    for (task, ids) in shuffled {
        let Some(found) = chosen.iter().find(|chosen| chosen.name == *task) else { continue };
        let open = questions.open(task)?;
        let texts = |ids: &[String]| texts(open.as_ref(), &found.selection.indices, ids);
        let of_next = next.iter().find(|(name, _)| name == task);
        next_cost += of_next.and_then(|(_, ids)| texts(ids)).map_or(0, bytes_of_tree);
        if let Some(mut among) = texts(&ids[..AMONG.min(ids.len())])
            && among.len() >= ITEMS
        {
            among.sort_by_key(|text| text.text.len());
            among.truncate(ITEMS);
            let ids = among.iter().map(|text| text.id.clone()).collect();
            costs.push((bytes_of_tree(among), task.clone(), ids));
        }
    }
    costs.sort();
    costs.truncate(TASKS);
    let cost: usize = costs.iter().map(|(cost, _, _)| cost).sum();
    let clear = costs.len() == TASKS && 2 * cost <= next_cost;
    Ok(clear.then(|| costs.into_iter().map(|(_, task, ids)| (task, ids)).collect()))
}

/// What must be read for the loss of an item.
struct Text {
    id: String,
    text: Vec<u8>,
}

/// What must be read for the losses of some items; `None` where one has no text of a loss.
fn texts(task: &dyn Task, indices: &[usize], ids: &[String]) -> Option<Vec<Text>> {
    let mut texts = Vec::new();
    for &index in indices {
        let id = task.id(index);
        if !ids.contains(&id) {
            continue;
        }
        let item = task.item(index);
        if item.continuation.is_empty() {
            return None;
        }
        texts.push(Text { id, text: (item.loss_context + &item.continuation).into_bytes() });
    }
    Some(texts)
}

/// Bytes of the tree of texts by their beginnings: a common one is read once.
fn bytes_of_tree(mut texts: Vec<Text>) -> usize {
    texts.sort_by(|a, b| a.text.cmp(&b.text));
    let shared = |pair: &[Text]| pair[0].text.iter().zip(&pair[1].text).take_while(|(a, b)| a == b).count();
    texts.iter().map(|text| text.text.len()).sum::<usize>() - texts.windows(2).map(shared).sum::<usize>()
}

/// Why the verdict rests on so little.
pub(super) fn reason(items: &TaskIds) -> String {
    let tasks: Vec<&str> = items.iter().map(|(task, _)| task.as_str()).collect();
    let count: usize = items.iter().map(|(_, ids)| ids.len()).sum();
    format!(
        "the loss on {count} items of {}, the cheapest to read, had risen so clearly (p at most {LEVEL} after Holm) that nothing else \
         was asked",
        tasks.join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_beginning_is_read_once() {
        let text = |text: &&str| Text { id: (*text).to_owned(), text: text.as_bytes().to_vec() };
        let tree = |texts: &[&str]| bytes_of_tree(texts.iter().map(text).collect());
        assert_eq!(tree(&["shots: a", "other", "shots: b"]), "shots: a".len() + "b".len() + "other".len());
        assert_eq!((tree(&[]), tree(&["same", "same"])), (0, 4));
    }
}
