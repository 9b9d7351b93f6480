//! The record of one file: its numbers with their intervals, why one is missing, and the verdict in words.

use std::collections::BTreeMap;

use super::contestant::Contestant;
use super::decision::Decision;
use super::record::{Against, RankBasis, RankRecord};
use crate::audit::divergence::summarise;
use crate::audit::measured::Divergence;
use crate::audit::pairing::Paired;
use crate::audit::plan::AuditPlan;
use crate::law::audit_loss;
use crate::law::evidence::Evidence;
use crate::law::paired_scores::{self, Design};
use crate::law::ranking::{RankVerdict, Tradeoff, front};
use crate::stat::{Estimate, p_text};
use crate::worker::protocol::EngineKind;

/// Level of every interval of a record; the tests have an error rate of their own.
const LEVEL: f64 = 0.95;

/// What all records are made beside.
pub(super) struct Sheet<'a> {
    pub(super) live: &'a [&'a Contestant],
    pub(super) decision: &'a Decision,
    pub(super) against: &'a Against,
    pub(super) plan: &'a AuditPlan,
}

impl Sheet<'_> {
    /// A file that could not be evaluated stands behind all that could.
    pub(super) fn failed(&self, one: &Contestant, rank: usize) -> RankRecord {
        let mut record = self.blank(one);
        let reason = one.failed.clone().unwrap_or_default();
        (record.rank, record.verdict) = (rank, RankVerdict::Worse);
        record.text = format!("could not be evaluated: {reason}");
        for field in ["kl_nats", "top_token_agreement", "score_difference", "loss_ratio", "loss", "p_adjusted"] {
            record.reasons.insert(field.to_owned(), format!("could not be evaluated: {reason}"));
        }
        record.failed = Some(reason);
        record
    }

    /// A file that was evaluated.
    pub(super) fn record(&self, at: usize) -> RankRecord {
        let (one, placing) = (self.live[at], &self.decision.placings[at]);
        let mut record = self.blank(one);
        (record.rank, record.verdict) = (placing.rank, placing.verdict);
        record.winner = self.decision.winner == Some(at);
        record.in_the_running = record.winner || self.decision.tied.contains(&at);
        if record.in_the_running && !record.winner {
            record.items_to_tell_leaders = self.decision.items_to_tell;
        }
        record.beaten_by = placing.against.map(|(other, _)| self.live[other].name.clone());
        record.p_adjusted = placing.against.map(|(_, p)| p);
        record.items_to_tell = placing.items_to_tell;
        self.distances(one, &mut record);
        self.outcomes(one, &mut record);
        record.text = self.sentence(&record);
        record
    }

    fn distances(&self, one: &Contestant, record: &mut RankRecord) {
        let found = match (&one.positions, one.reference) {
            (_, true) => Divergence::none(),
            (Some(Ok(found)), _) => summarise(found),
            (Some(Err(reason)), _) => Divergence::absent(reason.clone()),
            (None, _) => Divergence::absent("distributions were not compared (--kl-tokens 0)".to_owned()),
        };
        let why = || found.reason.clone().unwrap_or_else(|| "fewer than two items were compared".to_owned());
        (record.kl_nats, record.top_token_agreement) = (found.kl_nats.clone(), found.top_token_agreement.clone());
        for (field, value) in [("kl_nats", &record.kl_nats), ("top_token_agreement", &record.top_token_agreement)] {
            if value.is_none() {
                record.reasons.insert(field.to_owned(), why());
            }
        }
    }

    fn outcomes(&self, one: &Contestant, record: &mut RankRecord) {
        let Some(paired) = &one.paired else { return };
        let mut take = |field: &str, found: Result<Estimate, String>| {
            let kept = found.map_err(|reason| record.reasons.insert(field.to_owned(), reason));
            kept.ok()
        };
        record.score_difference = take("score_difference", self.score_difference(one, paired));
        record.loss_ratio = take("loss_ratio", self.loss_ratio(one, paired));
        let loss = paired.loss.compressed.clone();
        record.loss = take("loss", loss.ok_or_else(|| "fewer than two items have a loss".to_owned()));
    }

    /// Points of all items together.
    fn score_difference(&self, one: &Contestant, paired: &Paired) -> Result<Estimate, String> {
        let pairs: Vec<(bool, bool)> = paired.answers.iter().flat_map(|(_, pairs)| pairs.iter().copied()).collect();
        if pairs.is_empty() {
            return Err("no item was answered by both".to_owned());
        }
        if one.reference {
            return Ok(itself(0.0));
        }
        let found = paired_scores::difference(&pairs, Design::Fixed(self.plan.rules.bootstrap));
        let evidence = found.map_err(|error| error.to_string())?;
        estimate(&evidence, |difference| 100.0 * difference)
    }

    fn loss_ratio(&self, one: &Contestant, paired: &Paired) -> Result<Estimate, String> {
        let strata: Vec<_> =
            paired.losses.iter().map(|(_, losses)| losses.iter().map(|loss| loss.bits).collect::<Vec<_>>()).collect();
        if strata.is_empty() {
            return Err("no item has a loss of both".to_owned());
        }
        if one.reference {
            return Ok(itself(1.0));
        }
        let found = audit_loss::compare(&strata, Design::Fixed(self.plan.rules.bootstrap));
        estimate(&found.map_err(|error| error.to_string())?, f64::exp)
    }

    /// What is known of a file without an evaluation.
    fn blank(&self, one: &Contestant) -> RankRecord {
        let mut reasons = BTreeMap::new();
        let speed = one.speed.as_ref().map_err(|reason| reasons.insert("tokens_per_second".to_owned(), reason.clone()));
        let tokens_per_second = speed.ok().map(|speed| speed.request.decode_tokens_per_second.clone());
        let peak = match &one.speed {
            Ok(speed) => speed.peak_rss.clone(),
            Err(reason) => Err(reason.clone()),
        };
        let peak_rss = peak.map_err(|reason| reasons.insert("peak_rss".to_owned(), reason)).ok();
        let provenance = one.subject.header().map(|header| header.provenance());
        if provenance.is_none() {
            reasons.insert("provenance".to_owned(), "the double has no header".to_owned());
        }
        let info = &one.subject.file.info;
        RankRecord {
            file: one.name.clone(),
            sha256: info.sha256.clone(),
            rank: 0,
            verdict: RankVerdict::Tied,
            same_as: None,
            reference: one.reference,
            winner: false,
            in_the_running: false,
            items_to_tell_leaders: None,
            text: String::new(),
            against: self.against.clone(),
            basis: self.decision.basis,
            kl_nats: None,
            top_token_agreement: None,
            score_difference: None,
            loss_ratio: None,
            loss: None,
            bytes: info.bytes,
            bits_per_weight: info.bits_per_weight,
            tokens_per_second,
            peak_rss,
            pareto: false,
            beaten_by: None,
            p_adjusted: None,
            items_to_tell: None,
            items: self.decision.items,
            failed: None,
            reasons,
            provenance,
            seed: self.plan.rules.bootstrap.seed,
            mock: self.plan.engine == EngineKind::Mock,
        }
    }

    fn sentence(&self, record: &RankRecord) -> String {
        let own = if record.reference { "the reference; " } else { "" };
        let other = record.beaten_by.as_deref().unwrap_or_default();
        let p = record.p_adjusted.map_or_else(String::new, |p| {
            let text = p_text(p);
            if text.starts_with('<') { format!("p {text}") } else { format!("p = {text}") }
        });
        let would = match record.items_to_tell {
            Some(items) => format!("about {items} items would tell"),
            None => "nothing was seen that more items would tell".to_owned(),
        };
        own.to_owned()
            + &match record.verdict {
                RankVerdict::Worse => format!("surely worse than {other} ({p})"),
                RankVerdict::Best if self.live.len() == 1 => "the only one".to_owned(),
                RankVerdict::Best => "surely better than every other".to_owned(),
                RankVerdict::Tied if record.rank == 1 => {
                    format!("first, but not surely, with {} items", record.items)
                }
                _ => format!("cannot be told apart from {other} with {} items ({p}); {would}", record.items),
            }
    }
}

/// Bounds to either side at [`LEVEL`].
fn estimate(evidence: &Evidence, unit: impl Fn(f64) -> f64) -> Result<Estimate, String> {
    let point = evidence.effect().ok_or("it has no point")?;
    let (low, high) = evidence.bounds((1.0 - LEVEL) / 2.0);
    let end = |end: f64| Some(unit(end)).filter(|_| end.is_finite());
    let (low, high) = (end(low), end(high));
    Ok(Estimate { point: unit(point), low, high, level: LEVEL, method: evidence.method().into() })
}

fn itself(value: f64) -> Estimate {
    Estimate::new(value, value, value, LEVEL, "the same file")
}

/// Marks the files that none beats in bytes, quality and speed together.
pub(super) fn mark_front<'a>(records: impl Iterator<Item = &'a mut RankRecord>) {
    let mut live: Vec<&mut RankRecord> = records.filter(|record| record.failed.is_none()).collect();
    let cost = |record: &RankRecord| match record.basis {
        RankBasis::Kl => record.kl_nats.as_ref().map(|kl| kl.point),
        RankBasis::Loss => record.loss.as_ref().map(|loss| loss.point),
    };
    let tradeoffs: Vec<Tradeoff> = live
        .iter()
        .map(|record| Tradeoff {
            bytes: record.bytes,
            cost: cost(record).unwrap_or(f64::INFINITY),
            speed: record
                .tokens_per_second
                .as_ref()
                .map(|speed| (speed.low.unwrap_or(f64::NEG_INFINITY), speed.high.unwrap_or(f64::INFINITY))),
        })
        .collect();
    for (record, pareto) in live.iter_mut().zip(front(&tradeoffs)) {
        record.pareto = pareto;
    }
}
