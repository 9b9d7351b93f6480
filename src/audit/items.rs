//! The shared list of items, cut into looks.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::error::AuditError;
use super::plan::AuditPlan;
use crate::eval::choice::{ChoiceError, Chosen, choose};
use crate::eval::plan::{Leg, Questions};

/// Looks of a sequential audit.
pub(super) const LOOKS: usize = 20;
/// The first look has at least so many items.
const FIRST_LOOK: usize = 20;

/// Ids by task, in the order of the tasks.
pub(super) type TaskIds = Vec<(String, Vec<String>)>;

/// The items of an audit: one list a look, the same for every model.
pub(super) struct Items {
    /// New items of each look; one look in the fixed design.
    pub(super) looks: Vec<TaskIds>,
    /// Items in all.
    pub(super) planned: usize,
}

impl Items {
    /// Draws the items.
    pub(super) fn draw(plan: &AuditPlan, questions: &Questions) -> Result<Self, AuditError> {
        let leg = Leg { tasks: plan.tasks.clone(), subset: plan.subset.clone(), loss_only: false, limit_s: None };
        let choice = choose(questions, &leg).map_err(|error| match error {
            ChoiceError::Nothing => AuditError::TooFewItems,
            other => other.into(),
        })?;
        let ids = |Chosen { name, selection, .. }: &Chosen| {
            let task = questions.open(name)?;
            Ok((name.clone(), selection.indices.iter().map(|&index| task.id(index)).collect()))
        };
        let drawn = choice.tasks.iter().map(ids).collect::<Result<TaskIds, ChoiceError>>()?;
        let planned = drawn.iter().map(|(_, ids)| ids.len()).sum();
        if planned < 2 {
            return Err(AuditError::TooFewItems);
        }
        let looks = if plan.sequential { cut(drawn, planned, plan.rules.bootstrap.seed) } else { vec![drawn] };
        Ok(Self { looks, planned })
    }
}

/// Cuts shuffled items into looks in which every task has its share.
fn cut(drawn: TaskIds, planned: usize, seed: u64) -> Vec<TaskIds> {
    let shuffled: TaskIds = drawn
        .into_iter()
        .zip(0..)
        .map(|((name, mut ids), task)| {
            ids.shuffle(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_add(task)));
            (name, ids)
        })
        .collect();
    let share = |look: usize| {
        let items = (planned * look).div_ceil(LOOKS).max(FIRST_LOOK.min(planned));
        items as f64 / planned.max(1) as f64
    };
    let mut looks = Vec::new();
    let mut before = 0.0;
    for look in 1..=LOOKS {
        let upto = share(look);
        let part = |ids: &Vec<String>| {
            let at = |share: f64| (ids.len() as f64 * share).round() as usize;
            ids[at(before)..at(upto)].to_vec()
        };
        let items: TaskIds =
            shuffled.iter().map(|(name, ids)| (name.clone(), part(ids))).filter(|(_, ids)| !ids.is_empty()).collect();
        if !items.is_empty() {
            looks.push(items);
        }
        before = upto;
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_hold_every_item_once_and_every_task_its_share() {
        let ids = |name: &str, n: usize| (name.to_owned(), (0..n).map(|i| format!("{name}/{i}")).collect::<Vec<_>>());
        let looks = cut(vec![ids("mmlu", 100), ids("bbh", 40)], 140, 1);
        let mut all: Vec<&String> = looks.iter().flatten().flat_map(|(_, ids)| ids).collect();
        let n = all.len();
        all.sort();
        all.dedup();
        assert_eq!((n, all.len()), (140, 140));
        let first: usize = looks[0].iter().map(|(_, ids)| ids.len()).sum();
        assert!((20..=21).contains(&first), "{first}");
        assert!(looks.len() <= LOOKS && looks[0].len() == 2);
    }
}
