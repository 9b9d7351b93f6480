//! A compressed model on its way from its file to its record.

use std::collections::BTreeMap;

use super::error::AuditError;
use super::evidence::Evidence;
use super::first_look;
use super::items::LOOKS;
use super::measured::{BothFiles, BothSpeeds, Divergence, ErrorRate, ItemCount, Looks, Measured};
use super::pairing::{Paired, Records};
use super::plan::AuditPlan;
use super::record::AuditRecord;
use super::speed::Speed;
use super::subject::Subject;
use super::verdicts::{CostRatios, Verdicts};
use crate::law::audit::{ALPHA, Basis, Kind};
use crate::law::evidence::{Cost, POWER};
use crate::model::relation::Relation;
use crate::worker::protocol::EngineKind;

/// A compressed model on its way to a verdict.
pub(super) struct Candidate {
    pub(super) subject: Subject,
    pub(super) relation: Option<Relation>,
    pub(super) method: String,
    pub(super) records: Records,
    pub(super) paired: Option<Paired>,
    /// The basis of the first look, kept by the later ones.
    pub(super) basis: Option<Basis>,
    /// Items when its verdict became sure.
    pub(super) items: usize,
    pub(super) looks: usize,
    pub(super) sure: bool,
    /// Why its verdict rests on the first look alone.
    pub(super) at_first_look: Option<String>,
    /// Why it could not be evaluated.
    pub(super) failed: Option<String>,
    pub(super) speed: Option<Result<Speed, String>>,
    pub(super) divergence: Divergence,
}

impl Candidate {
    /// A model of which nothing is measured yet.
    ///
    /// # Errors
    /// Models that nothing connects, where the plan asks for more.
    pub(super) fn new(subject: Subject, original: &Subject, plan: &AuditPlan) -> Result<Self, AuditError> {
        let relation = match subject.relation(original) {
            Err(_) if plan.unrelated => None,
            found => found?,
        };
        let method = subject.method(original);
        Ok(Self {
            subject,
            relation,
            method,
            records: Records::new(),
            paired: None,
            basis: None,
            items: 0,
            looks: 0,
            sure: false,
            at_first_look: None,
            failed: None,
            speed: None,
            divergence: Divergence::default(),
        })
    }

    /// Takes back what a look that decided nothing has left, but for its having been taken.
    pub(super) fn forget(&mut self) {
        self.records = Records::new();
        (self.paired, self.basis, self.items) = (None, None, 0);
    }

    /// Whether this is the original itself.
    pub(super) fn same_file(&self) -> bool {
        self.relation == Some(Relation::SameFile)
    }

    /// What the original costs over what this one costs.
    pub(super) fn cost_ratios(&self, original: &Subject, original_speed: Option<&Result<Speed, String>>) -> CostRatios {
        if self.same_file() {
            return Kind::ALL.into_iter().map(|kind| (kind, Ok(Cost::default()))).collect();
        }
        let counted = |before: f64, after: f64| Ok(Cost { ln: (before / after).ln(), error: 0.0 });
        let time = match (original_speed, &self.speed) {
            (Some(Ok(before)), Some(Ok(after))) => Ok(Cost {
                ln: (before.request.seconds_per_request / after.request.seconds_per_request).ln(),
                error: before.relative_error.hypot(after.relative_error),
            }),
            (Some(Err(reason)), _) | (_, Some(Err(reason))) => Err(reason.clone()),
            _ => Err("not timed (--no-speed)".to_owned()),
        };
        BTreeMap::from([
            (Kind::Params, counted(original.file.info.params as f64, self.subject.file.info.params as f64)),
            (Kind::Memory, counted(original.weight_bytes, self.subject.weight_bytes)),
            (Kind::Time, time),
        ])
    }

    /// The record of everything that was measured.
    pub(super) fn record(
        &self,
        verdicts: Verdicts,
        evidence: Result<Evidence, String>,
        against: &Against<'_>,
    ) -> Result<AuditRecord, AuditError> {
        let (plan, original) = (against.plan, against.original);
        let names = [original.file.info.id.clone(), self.subject.file.info.id.clone(), self.method.clone()];
        let mut record = AuditRecord::new(names, plan.rules.by, verdicts.kinds, plan.rules.bootstrap.seed);
        if let Ok(Evidence { sizes: Some(sizes), basis, .. }) = &evidence {
            let params = [original, &self.subject].map(|side| side.params(*basis));
            record.take_densities(&sizes.original, sizes.compressed.as_ref().ok(), params)?;
        }
        let tasks = self.paired.as_ref().map(|paired| {
            let mut tasks = paired.tasks.clone();
            for (name, test) in verdicts.tasks {
                tasks.entry(name).and_modify(|task| task.test = Some(test));
            }
            for (name, difference) in evidence.iter().flat_map(|evidence| &evidence.differences) {
                tasks.entry(name.clone()).and_modify(|task| task.score_difference = Some(difference.clone()));
            }
            tasks
        });
        let own_speed = || self.speed.as_ref().and_then(|speed| speed.as_ref().ok());
        let speed = against.original_speed.map(|before| BothSpeeds {
            original: before.request.clone(),
            compressed: if self.same_file() { Some(before) } else { own_speed() }.map(|speed| speed.request.clone()),
        });
        record.measured = Measured {
            failed: self.failed.clone(),
            loss: self.paired.as_ref().map(|paired| paired.loss.clone()),
            unpaired_items: self.paired.as_ref().map(|paired| paired.unpaired),
            tasks,
            basis_reason: self.at_first_look.clone().or_else(|| evidence.ok().and_then(|evidence| evidence.why)),
            divergence: (plan.kl_tokens > 0).then(|| self.divergence.clone()),
            items: Some(ItemCount { planned: against.planned, used: self.items }),
            sequential: plan.sequential.then(|| Looks {
                looks: self.looks,
                of: LOOKS + usize::from(against.first_look),
                error_rate: against.error_rate(),
                stopped_early: self.items < against.planned,
                method: match self.at_first_look {
                    Some(_) => "one-sided Student's t of the first look alone".into(),
                    None => "one-sided normal-mixture confidence sequence (mixture SPRT), valid at every look".into(),
                },
            }),
            error_rate: Some(ErrorRate {
                one_sided: against.error_rate(),
                family: "all models and tasks of this call, Holm".into(),
                power: POWER,
            }),
            relation: Some(self.relation.clone()),
            sizes: Some(BothFiles { original: original.size(), compressed: self.subject.size() }),
            speed,
            mock: Some(plan.engine == EngineKind::Mock),
            sweep: None,
        };
        Ok(record)
    }
}

/// What the record of every candidate is made beside.
pub(super) struct Against<'a> {
    /// How the audit was to be done.
    pub(super) plan: &'a AuditPlan,
    /// The original.
    pub(super) original: &'a Subject,
    /// Its speed, where it was timed.
    pub(super) original_speed: Option<&'a Speed>,
    /// Items in all.
    pub(super) planned: usize,
    /// Whether there was a first look.
    pub(super) first_look: bool,
}

impl Against<'_> {
    /// One-sided, of the family, over all looks.
    fn error_rate(&self) -> f64 {
        if self.first_look { ALPHA + first_look::LEVEL } else { ALPHA }
    }
}
