//! The shared list of items, cut into looks.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::error::AuditError;
use super::first_look;
use super::plan::AuditPlan;
use super::task_ids::TaskIds;
use crate::eval::choice::{ChoiceError, Chosen, choose};
use crate::eval::plan::{Leg, Questions};

/// Looks of a sequential audit.
pub(super) const LOOKS: usize = 20;
/// The first look has at least so many items.
const FIRST_LOOK: usize = 20;

/// The items of an audit: one list a look, the same for every model.
pub(super) struct Items {
    /// Items whose losses are looked at before all, where a clear drop would show in them at little cost.
    pub(super) first: Option<TaskIds>,
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
        if !plan.sequential {
            return Ok(Self { first: None, looks: vec![drawn], planned });
        }
        let shuffled = shuffled(drawn, plan.rules.bootstrap.seed);
        let looks = cut(&shuffled, planned);
        let first = match looks.first().filter(|_| first_look::could_decide(plan)) {
            Some(next) => first_look::cheapest(questions, &choice.tasks, &shuffled, next)?,
            None => None,
        };
        Ok(Self { first, looks, planned })
    }
}

/// Every task's items in an order of chance.
fn shuffled(drawn: TaskIds, seed: u64) -> TaskIds {
    let shuffle = |((name, mut ids), task): ((String, Vec<String>), u64)| {
        ids.shuffle(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_add(task)));
        (name, ids)
    };
    drawn.into_iter().zip(0..).map(shuffle).collect()
}

/// Cuts shuffled items into looks in which every task has its share.
fn cut(shuffled: &TaskIds, planned: usize) -> Vec<TaskIds> {
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
        let looks = cut(&shuffled(vec![ids("mmlu", 100), ids("bbh", 40)], 1), 140);
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
