//! An audit of model files: measures, pairs and judges them, look by look.

use super::candidate::{Against, Candidate};
use super::divergence::Comparer;
use super::error::AuditError;
use super::evaluation::Evaluator;
use super::evidence::{Evidence, Weighing, ground};
use super::first_look;
use super::items::Items;
use super::measured::Divergence;
use super::pairing::{self, Records, extend, restricted};
use super::plan::{Answers, AuditPlan};
use super::record::AuditRecord;
use super::speed::{self, Speed};
use super::subject::Subject;
use super::task_ids::TaskIds;
use super::verdicts::{Verdicts, judge_all};
use crate::law::audit::{ALPHA, Basis, Kind, Verdict};
use crate::law::paired_scores::Design;
use crate::observer::Observer;
use crate::stat::sequential::{Boundary, Mixture};

/// Audits named models: the original, then the compressed ones.
///
/// # Errors
/// [`AuditError`]; one compressed model that cannot be evaluated is a record that says so.
pub(crate) fn audit_files(
    original: &str,
    compressed: &[String],
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<Vec<AuditRecord>, AuditError> {
    let original = Subject::resolve(original, plan, observer)?;
    let compressed =
        compressed.iter().map(|name| Subject::resolve(name, plan, observer)).collect::<Result<Vec<_>, _>>()?;
    audit_subjects(original, compressed, plan, observer)
}

/// Measures, pairs and judges models against their original.
pub(super) fn audit_subjects(
    original: Subject,
    compressed: Vec<Subject>,
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<Vec<AuditRecord>, AuditError> {
    let candidates = compressed.into_iter().map(|subject| Candidate::new(subject, &original, plan));
    let candidates = candidates.collect::<Result<Vec<_>, _>>()?;
    let questions = plan.questions(observer)?;
    let items = Items::draw(plan, &questions)?;
    let evaluator = Evaluator::new(plan, &questions, observer)?;
    let session = Session { plan, observer, original, candidates, original_speed: None, items, evaluator };
    // What a child said about its own end helps nobody once the user asked for the end.
    session.conclude().map_err(|error| match observer.interrupted() {
        true => AuditError::Interrupted(plan.folder.clone()),
        false => error,
    })
}

/// What a judgement is made of.
#[derive(Clone, Copy)]
enum Stage {
    /// The first look.
    First,
    /// All that was looked at.
    Whole,
}

impl Stage {
    /// One-sided, of the family.
    const fn error_rate(self) -> f64 {
        match self {
            Self::First => first_look::LEVEL,
            Self::Whole => ALPHA,
        }
    }
}

struct Session<'a> {
    plan: &'a AuditPlan,
    observer: &'a dyn Observer,
    original: Subject,
    candidates: Vec<Candidate>,
    original_speed: Option<Result<Speed, String>>,
    items: Items,
    evaluator: Evaluator<'a>,
}

impl Session<'_> {
    fn conclude(mut self) -> Result<Vec<AuditRecord>, AuditError> {
        // A verdict that needs no speed does not wait for one.
        let timed_first = self.plan.timed && (!self.plan.sequential || self.plan.rules.by == Kind::Time);
        if timed_first {
            self.time()?;
        }
        let used = match self.first_look()? {
            Some(used) => used,
            None => self.looks()?,
        };
        if self.plan.timed && !timed_first {
            self.time()?;
        }
        if self.plan.kl_tokens > 0 {
            self.diverge(&used)?;
        }
        let judged = self.judge(Stage::Whole);
        let against = Against {
            plan: self.plan,
            original: &self.original,
            original_speed: self.original_speed.as_ref().and_then(|speed| speed.as_ref().ok()),
            planned: self.items.planned,
            first_look: self.items.first.is_some(),
        };
        let each = self.candidates.iter().zip(judged);
        each.map(|(candidate, (verdicts, evidence))| candidate.record(verdicts, evidence, &against)).collect()
    }

    /// The losses of the cheapest items: the items where every model has dropped by them, so that nothing else need be asked.
    fn first_look(&mut self) -> Result<Option<TaskIds>, AuditError> {
        let Some(items) = self.items.first.clone() else { return Ok(None) };
        let before = self.evaluator.losses(&self.original, &items)?;
        let seen = items.iter().map(|(_, ids)| ids.len()).sum();
        self.look(&items, seen, &before, |evaluator, subject, items| evaluator.losses(subject, items))?;
        // Only a drop: what was not looked at may have held, or may not.
        let judged = self.judge(Stage::First);
        self.settle(&judged, |verdict| verdict == Verdict::Dropped);
        for candidate in &mut self.candidates {
            if candidate.sure && candidate.failed.is_none() {
                candidate.at_first_look = Some(first_look::reason(&items));
            } else {
                candidate.forget();
            }
        }
        Ok(self.candidates.iter().all(|candidate| candidate.sure).then_some(items))
    }

    /// Look by look, until every model has its verdict or no item is left; the items that were looked at.
    fn looks(&mut self) -> Result<TaskIds, AuditError> {
        let mut answers = self.evaluator.answers(&self.original, &self.items.looks[0])?;
        let mut before = Records::new();
        let mut seen = 0;
        let mut used: TaskIds = Vec::new();
        for look in 0..self.items.looks.len() {
            let items = self.items.looks[look].clone();
            seen += items.iter().map(|(_, ids)| ids.len()).sum::<usize>();
            used.extend(items.clone());
            extend(&mut before, self.evaluator.records(&self.original, &items, answers)?.0);
            self.look(&items, seen, &before, |evaluator, subject, items| {
                Ok(evaluator.records(subject, items, answers)?.0)
            })?;
            if !self.plan.sequential {
                continue;
            }
            let judged = self.judge(Stage::Whole);
            self.settle(&judged, |verdict| verdict != Verdict::Undecided);
            if self.candidates.iter().all(|candidate| candidate.sure) {
                break;
            }
            // The basis stays what the first look made it: texts that no verdict rests on need not be written.
            answers &= self.plan.answers == Answers::Always
                || self.candidates.iter().any(|candidate| candidate.basis != Some(Basis::Loss));
        }
        Ok(used)
    }

    /// What every model without a verdict does on more items; `seen` are the items with these.
    fn look(
        &mut self,
        items: &TaskIds,
        seen: usize,
        before: &Records,
        evaluate: impl Fn(&Evaluator<'_>, &Subject, &TaskIds) -> Result<Records, AuditError>,
    ) -> Result<(), AuditError> {
        for candidate in self.candidates.iter_mut().filter(|candidate| !candidate.sure) {
            let more = if candidate.same_file() {
                Ok(restricted(before, items))
            } else {
                evaluate(&self.evaluator, &candidate.subject, items)
            };
            match more {
                Ok(more) => extend(&mut candidate.records, more),
                // One model that cannot be evaluated is one row that failed, not the end of the others.
                Err(error) if !self.observer.interrupted() => {
                    candidate.failed = Some(error.to_string());
                    candidate.sure = true;
                    continue;
                }
                Err(error) => return Err(error),
            }
            candidate.paired = Some(pairing::pair(before, &candidate.records)?);
            candidate.items = seen;
            candidate.looks += 1;
        }
        let reasons = self.candidates.iter().map(|candidate| candidate.failed.clone());
        match reasons.collect::<Option<Vec<_>>>() {
            Some(reasons) => Err(AuditError::NoneEvaluated(reasons.join("; "))),
            None => Ok(()),
        }
    }

    /// Which candidates need no further look.
    fn settle(&mut self, judged: &[(Verdicts, Result<Evidence, String>)], decides: impl Fn(Verdict) -> bool) {
        for (candidate, (verdicts, _)) in self.candidates.iter_mut().zip(judged) {
            let verdict = verdicts.kinds.get(&self.plan.rules.by).map_or(Verdict::Undecided, |found| found.verdict);
            candidate.sure |= candidate.failed.is_some() || decides(verdict);
            let verdict = if candidate.sure { verdict } else { Verdict::Undecided };
            let (id, items) = (&candidate.subject.file.info.id, candidate.items);
            self.observer.note(&format!("{id}: {verdict} after {items} of {} items", self.items.planned));
        }
    }

    /// Times the original and every other model, one process after another.
    fn time(&mut self) -> Result<(), AuditError> {
        let measure = |subject: &Subject| {
            speed::measure(subject, self.evaluator.threads, self.plan, self.observer)
                .map_err(|error| format!("not timed: {error}"))
        };
        self.original_speed = Some(measure(&self.original));
        for candidate in &mut self.candidates {
            candidate.speed = if candidate.same_file() { None } else { Some(measure(&candidate.subject)) };
            if self.observer.interrupted() {
                return Err(AuditError::Interrupted(self.plan.folder.clone()));
            }
        }
        Ok(())
    }

    fn judge(&mut self, stage: Stage) -> Vec<(Verdicts, Result<Evidence, String>)> {
        let looks = if self.plan.sequential {
            let mixture = Mixture::narrowest_at(self.items.planned as f64 / 10.0, ALPHA);
            Design::Sequential(Boundary::Mixture(mixture))
        } else {
            Design::Fixed(self.plan.rules.bootstrap)
        };
        // What the first look decided stays judged by that look alone.
        let design = |candidate: &Candidate| match (stage, &candidate.at_first_look) {
            (Stage::Whole, None) => looks,
            _ => Design::Sequential(Boundary::Single),
        };
        let weighing = |candidate: &Candidate| Weighing {
            rules: &self.plan.rules,
            ground: ground(),
            design: design(candidate),
            reference: self.plan.reference.as_deref(),
            tokenizer: self.original.tokenizer(),
        };
        let mut compared = Vec::new();
        for candidate in &self.candidates {
            let evidence = match (&candidate.failed, &candidate.paired) {
                (Some(reason), _) => Err(format!("not evaluated: {reason}")),
                (None, Some(paired)) => weighing(candidate).evidence(paired, candidate.same_file(), candidate.basis),
                (None, None) => Err("not evaluated".to_owned()),
            };
            compared.push((evidence, candidate.cost_ratios(&self.original, self.original_speed.as_ref())));
        }
        if self.plan.sequential {
            for (candidate, (evidence, _)) in self.candidates.iter_mut().zip(&compared) {
                candidate.basis = candidate.basis.or(evidence.as_ref().ok().map(|evidence| evidence.basis));
            }
        }
        let verdicts = judge_all(&compared, &self.plan.rules, stage.error_rate());
        verdicts.into_iter().zip(compared).map(|(verdicts, (evidence, _))| (verdicts, evidence)).collect()
    }

    fn diverge(&mut self, items: &TaskIds) -> Result<(), AuditError> {
        let comparer = Comparer {
            plan: self.plan,
            observer: self.observer,
            questions: self.evaluator.questions,
            threads: self.evaluator.threads,
            build: &self.evaluator.build,
        };
        let compared = |candidate: &&Candidate| candidate.failed.is_none() && !candidate.same_file();
        let others: Vec<&Subject> = self.candidates.iter().filter(compared).map(|other| &other.subject).collect();
        let found = if others.is_empty() { Vec::new() } else { comparer.measure(&self.original, &others, items)? };
        let mut found = found.into_iter();
        for candidate in &mut self.candidates {
            candidate.divergence = match (&candidate.failed, candidate.same_file()) {
                (Some(reason), _) => Divergence::absent(reason.clone()),
                (None, true) => Divergence::none(),
                // A model of another tokenizer has no divergence, and that stops no verdict.
                (None, false) => match found.next() {
                    Some(Ok(found)) => found,
                    Some(Err(reason)) => Divergence::absent(reason),
                    None => Divergence::absent("not compared".to_owned()),
                },
            };
        }
        Ok(())
    }
}
