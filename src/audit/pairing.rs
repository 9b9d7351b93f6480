//! Pairs the records of two models item by item.

use std::collections::BTreeMap;

use super::error::AuditError;
use super::measured::{LossPair, TaskPair};
use super::task_ids::TaskIds;
use crate::eval::record::Record;
use crate::eval::summary::{self, Observed};
use crate::stat::Estimate;
use crate::stat::paired::PairedCost;

/// What became of items: records by task and item.
pub(super) type Records = BTreeMap<String, BTreeMap<String, Record>>;

/// The loss of one item under both models.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairedLoss {
    /// In bits.
    pub(super) bits: PairedCost,
    /// UTF-8 bytes of the text.
    pub(super) bytes: f64,
    /// Tokens of the text, where both models cut it alike.
    pub(super) tokens: Option<f64>,
}

/// Two models on the same items.
pub(super) struct Paired {
    /// Whether the items that both answered were answered right, by task.
    pub(super) answers: Vec<(String, Vec<(bool, bool)>)>,
    /// Bits that both needed, by task.
    pub(super) losses: Vec<(String, Vec<PairedLoss>)>,
    /// Items that one of the two could not be measured on.
    pub(super) unpaired: usize,
    /// Losses of both, and what is in them.
    pub(super) loss: LossPair,
    /// By task: scores and losses of both.
    pub(super) tasks: BTreeMap<String, TaskPair>,
}

/// Pairs two models' records.
///
/// # Errors
/// Items of the same name that are not the same texts.
pub(super) fn pair(original: &Records, compressed: &Records) -> Result<Paired, AuditError> {
    let mut paired = Paired {
        answers: Vec::new(),
        losses: Vec::new(),
        unpaired: 0,
        loss: LossPair::default(),
        tasks: BTreeMap::new(),
    };
    let mut all: Vec<(&Record, &Record)> = Vec::new();
    let none = BTreeMap::new();
    for (name, before) in original {
        let after = compressed.get(name).unwrap_or(&none);
        let both: Vec<(&Record, &Record)> =
            before.iter().filter_map(|(id, record)| Some((record, after.get(id)?))).collect();
        paired.unpaired += before.len() - both.len();
        for (a, b) in &both {
            if a.prompt_sha256 != b.prompt_sha256 || a.continuation_sha256 != b.continuation_sha256 {
                return Err(AuditError::OtherTexts { task: name.clone(), item: a.id.clone() });
            }
        }
        let answered: Vec<(bool, bool)> = both.iter().filter_map(|(a, b)| Some((a.correct?, b.correct?))).collect();
        let bits = |record: &Record| record.nll_nats.map(|nats| nats / std::f64::consts::LN_2);
        let cost = |(a, b): &(&Record, &Record)| {
            Some(PairedLoss {
                bits: PairedCost { before: bits(a)?, after: bits(b)? },
                bytes: f64::from(a.continuation_bytes),
                tokens: (a.continuation_tokens_sha256 == b.continuation_tokens_sha256)
                    .then(|| f64::from(a.continuation_tokens)),
            })
        };
        let costs: Vec<PairedLoss> = both.iter().filter_map(cost).collect();
        // A task of the user may have no text to take a loss of: its items are measured by their answers.
        let answers_alone =
            |(a, b): &&(&Record, &Record)| a.continuation_bytes == 0 && a.correct.is_some() && b.correct.is_some();
        paired.unpaired += both.len() - costs.len().max(both.iter().filter(answers_alone).count());
        paired.tasks.insert(name.clone(), task(&both));
        if !answered.is_empty() {
            paired.answers.push((name.clone(), answered));
        }
        if !costs.is_empty() {
            paired.losses.push((name.clone(), costs));
        }
        all.extend(both);
    }
    paired.loss = losses(&all);
    Ok(paired)
}

fn observed<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<Observed<'a>> {
    records.map(|record| Observed { record, cluster: None, chance: 0.0 }).collect()
}

fn losses(both: &[(&Record, &Record)]) -> LossPair {
    let measured: Vec<_> = both.iter().filter(|(a, b)| a.nll_nats.is_some() && b.nll_nats.is_some()).collect();
    let loss = |side: Vec<Observed<'_>>| summary::loss(&side).map(|loss| loss.bits_per_byte);
    LossPair {
        unit: "bits per byte".into(),
        items: measured.len(),
        bytes: measured.iter().map(|(a, _)| u64::from(a.continuation_bytes)).sum(),
        original: loss(observed(measured.iter().map(|(a, _)| *a))),
        compressed: loss(observed(measured.iter().map(|(_, b)| *b))),
    }
}

fn task(both: &[(&Record, &Record)]) -> TaskPair {
    let percent = |estimate: Estimate| estimate.map(|fraction| 100.0 * fraction);
    let graded: Vec<_> = both.iter().filter(|(a, b)| a.correct.is_some() && b.correct.is_some()).collect();
    let score = |side: Vec<Observed<'_>>| summary::score(&side).map(|score| percent(score.micro));
    TaskPair {
        items: both.len(),
        score_original: score(observed(graded.iter().map(|(a, _)| *a))),
        score_compressed: score(observed(graded.iter().map(|(_, b)| *b))),
        loss: losses(both),
        test: None,
        score_difference: None,
    }
}

/// The records of some items alone.
pub(super) fn restricted(all: &Records, items: &TaskIds) -> Records {
    items
        .iter()
        .filter_map(|(name, ids)| {
            let records = all.get(name)?;
            let kept = ids.iter().filter_map(|id| Some((id.clone(), records.get(id)?.clone()))).collect();
            Some((name.clone(), kept))
        })
        .collect()
}

/// Adds the records of a later look.
pub(super) fn extend(all: &mut Records, more: Records) {
    for (task, records) in more {
        all.entry(task).or_default().extend(records);
    }
}
