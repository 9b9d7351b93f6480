//! Measures files one after another against the reference, decides, and writes a record of each name.

use std::collections::{BTreeMap, HashSet};

use super::contestant::Contestant;
use super::decision::{Seen, decide};
use super::record::{Against, RankRecord};
use super::same_model;
use super::sheet::{self, Sheet};
use crate::audit::divergence::Comparer;
use crate::audit::error::AuditError;
use crate::audit::evaluation::Evaluator;
use crate::audit::items::Items;
use crate::audit::pairing::{self, Records};
use crate::audit::plan::AuditPlan;
use crate::audit::speed;
use crate::audit::subject::Subject;
use crate::law::ranking::{MOST_FILES, RankVerdict};
use crate::observer::Observer;

/// A name, and the file behind it.
struct Named {
    name: String,
    subject: Subject,
}

/// Ranks files of one model against `reference`, else against the largest of them.
///
/// # Errors
/// [`AuditError`]; one file that cannot be evaluated is a record that says so.
pub(crate) fn rank_files(
    files: &[String],
    reference: Option<&str>,
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<Vec<RankRecord>, AuditError> {
    let resolve = |name: &str| Ok(Named { name: name.to_owned(), subject: Subject::resolve(name, plan, observer)? });
    let named = files.iter().map(|name| resolve(name)).collect::<Result<Vec<Named>, AuditError>>()?;
    let reference = match reference {
        Some(name) => resolve(name)?,
        None => largest(&named).ok_or(AuditError::TooFewItems)?,
    };
    for other in &named {
        let (Some(a), Some(b)) = (reference.subject.header(), other.subject.header()) else { continue };
        if let Some(differences) = same_model::differences(a, b) {
            let (first, other) = (reference.name.clone(), other.name.clone());
            return Err(AuditError::OtherModel { first, other, differences });
        }
    }
    let contestants = contestants(&named, &reference);
    if contestants.len() > MOST_FILES {
        return Err(AuditError::TooManyFiles { files: contestants.len() });
    }
    measured(contestants, &named, &reference, plan, observer).map_err(|error| match observer.interrupted() {
        true => AuditError::Interrupted(plan.folder.clone()),
        false => error,
    })
}

/// The file with most bits per weight, then with most bytes.
fn largest(named: &[Named]) -> Option<Named> {
    let size = |named: &&Named| (named.subject.file.info.bits_per_weight, named.subject.file.info.bytes);
    let first = named.iter().max_by(|a, b| {
        let (x, y) = (size(a), size(b));
        x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)).then_with(|| hash(&b.subject).cmp(hash(&a.subject)))
    })?;
    Some(Named { name: first.name.clone(), subject: first.subject.clone() })
}

fn hash(subject: &Subject) -> &str {
    &subject.file.info.sha256
}

/// Every hash once, under the first of its names by the alphabet.
fn contestants(named: &[Named], reference: &Named) -> Vec<Contestant> {
    let mut order: Vec<&Named> = named.iter().collect();
    order.sort_by(|a, b| a.name.cmp(&b.name));
    let mut seen = HashSet::new();
    order.retain(|file| seen.insert(hash(&file.subject).to_owned()));
    let new = |file: &Named| Contestant {
        name: file.name.clone(),
        subject: file.subject.clone(),
        reference: hash(&file.subject) == hash(&reference.subject),
        records: Records::new(),
        paired: None,
        positions: None,
        speed: Err("not timed (--no-speed)".to_owned()),
        failed: None,
    };
    order.into_iter().map(new).collect()
}

fn measured(
    mut contestants: Vec<Contestant>,
    named: &[Named],
    reference: &Named,
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<Vec<RankRecord>, AuditError> {
    let questions = plan.questions(observer)?;
    let items = Items::draw(plan, &questions)?;
    let evaluator = Evaluator::new(plan, &questions, observer)?;
    let ids = &items.looks[0];
    for contestant in contestants.iter_mut().filter(|_| plan.timed) {
        contestant.speed = speed::measure(&contestant.subject, evaluator.threads, plan, observer)
            .map_err(|error| format!("not timed: {error}"));
        if observer.interrupted() {
            return Err(AuditError::Interrupted(plan.folder.clone()));
        }
    }
    let answers = evaluator.answers(&reference.subject, ids)?;
    let before = evaluator.records(&reference.subject, ids, answers)?.0;
    for contestant in &mut contestants {
        let found = match contestant.reference {
            true => Ok(before.clone()),
            false => evaluator.records(&contestant.subject, ids, answers).map(|found| found.0),
        };
        match found {
            Ok(records) => {
                contestant.paired = Some(pairing::pair(&before, &records)?);
                contestant.records = records;
            }
            // One file that cannot be evaluated is one row that failed, not the end of the others.
            Err(error) if !observer.interrupted() => contestant.failed = Some(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    if plan.kl_tokens > 0 {
        let comparer =
            Comparer { plan, observer, questions: &questions, threads: evaluator.threads, build: &evaluator.build };
        let compared = |one: &&mut Contestant| !one.reference && one.failed.is_none();
        let mut others: Vec<&mut Contestant> = contestants.iter_mut().filter(compared).collect();
        let subjects: Vec<Subject> = others.iter().map(|one| one.subject.clone()).collect();
        let subjects: Vec<&Subject> = subjects.iter().collect();
        let found =
            if subjects.is_empty() { Vec::new() } else { comparer.positions(&reference.subject, &subjects, ids)? };
        for (contestant, found) in others.iter_mut().zip(found) {
            contestant.positions = Some(found);
        }
    }
    settle_failures(&mut contestants)?;
    Ok(records(&contestants, named, reference, plan))
}

/// A file without a divergence where others have one is a file that failed.
fn settle_failures(contestants: &mut [Contestant]) -> Result<(), AuditError> {
    let has = |one: &Contestant| one.positions.as_ref().is_some_and(Result::is_ok);
    let some = contestants.iter().any(has);
    for one in contestants.iter_mut().filter(|one| some && !one.reference && one.failed.is_none()) {
        one.failed = one.positions.as_ref().and_then(|found| found.as_ref().err().cloned());
    }
    let others = || contestants.iter().filter(|one| !one.reference);
    let reasons = others().map(|one| one.failed.clone()).collect::<Option<Vec<String>>>();
    match reasons {
        Some(reasons) if !reasons.is_empty() => Err(AuditError::NoneEvaluated(reasons.join("; "))),
        _ => Ok(()),
    }
}

/// One record a name, first in rank first.
fn records(contestants: &[Contestant], named: &[Named], reference: &Named, plan: &AuditPlan) -> Vec<RankRecord> {
    let live: Vec<&Contestant> = contestants.iter().filter(|one| one.failed.is_none()).collect();
    let seen: Vec<Seen<'_>> = live
        .iter()
        .map(|one| Seen {
            sha256: hash(&one.subject),
            reference: one.reference,
            records: &one.records,
            positions: one.positions.as_ref().and_then(|found| found.as_deref().ok()),
        })
        .collect();
    let decision = decide(&seen, plan.rules.bootstrap);
    let against = Against {
        file: reference.name.clone(),
        sha256: hash(&reference.subject).to_owned(),
        bytes: reference.subject.file.info.bytes,
    };
    let sheet = Sheet { live: &live, decision: &decision, against: &against, plan };
    let mut own: BTreeMap<&str, RankRecord> =
        live.iter().enumerate().map(|(at, one)| (hash(&one.subject), sheet.record(at))).collect();
    let failed = contestants.iter().filter(|one| one.failed.is_some());
    own.extend(failed.zip(live.len() + 1..).map(|(one, rank)| (hash(&one.subject), sheet.failed(one, rank))));
    sheet::mark_front(own.values_mut());
    let mut told = HashSet::new();
    let mut all: Vec<RankRecord> = named
        .iter()
        .filter_map(|file| {
            let first = own.get(hash(&file.subject))?;
            let mut record = first.clone();
            if file.name != first.file || !told.insert(&first.file) {
                record.text = format!("the same bytes as {}", first.file);
                (record.verdict, record.same_as) = (RankVerdict::SameFile, Some(first.file.clone()));
                record.file.clone_from(&file.name);
            }
            Some(record)
        })
        .collect();
    all.sort_by(|a, b| {
        a.rank.cmp(&b.rank).then(a.same_as.is_some().cmp(&b.same_as.is_some())).then(a.file.cmp(&b.file))
    });
    all
}
