//! The grading of answers that were made elsewhere, and the document of their scores.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::answer_text;
use super::choice::{ChoiceError, choose};
use super::instruction_scores::InstructionScores;
use super::plan::{Leg, Questions};
use super::record::Record;
use super::responses::Responses;
use super::subset::{Subset, asked_for, select};
use super::summary::{self, Observed, Standing};
use super::task::{Answer, Ask, CodeScorer, Grade, Task};
use crate::stat::Estimate;

/// Version of the document's shape.
const SCHEMA: u32 = 1;

/// Missing ids that are listed; all are counted.
const LISTED: usize = 20;

/// Scores of answers made elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnsweredReport {
    /// Version of this shape.
    pub schema: u32,
    /// Where the answers came from.
    pub responses: ResponsesFile,
    /// `percent`.
    pub score_unit: &'static str,
    /// Ids of the file that no task has.
    pub unknown_ids: Vec<String>,
    /// A row a task with at least one answer.
    pub tasks: Vec<AnsweredTask>,
}

/// The file of the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResponsesFile {
    /// As it was typed.
    pub file: String,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Answers in it.
    pub answers: u64,
}

/// The answers to one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnsweredTask {
    /// Its name.
    pub task: String,
    /// Version of the grading.
    pub version: u32,
    /// Items that were asked for.
    pub asked: u64,
    /// Items with an answer.
    pub n: u64,
    /// Items without: the score says nothing of them.
    pub missing: u64,
    /// The first of them.
    pub missing_ids: Vec<String>,
    /// Answers that could not be graded.
    pub failed: u64,
    /// Graded answers, which the score is over.
    pub graded: u64,
    /// Answers that are right in percent of those that were graded; null with `score_reason`.
    pub score: Option<Estimate>,
    /// `micro`: every item counts alike.
    pub score_average: &'static str,
    /// The same with every cluster counting alike; null without clusters.
    pub score_macro: Option<Estimate>,
    /// Why there is no score.
    pub score_reason: Option<String>,
    /// Whether guessing could have had that score.
    pub at_chance: bool,
    /// The test against guessing.
    pub standing: Option<Standing>,
    /// Tasks of instructions: prompts and instructions, strictly and loosely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<InstructionScores>,
}

/// Why answers cannot be graded.
#[derive(Debug, thiserror::Error)]
pub enum AnsweredError {
    /// The items cannot be read, or no answer is of any.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// A task that texts cannot answer.
    #[error("{0} compares the probabilities of whole texts, which an answer does not tell: leave it out of --task")]
    Cloze(String),
    /// Two tasks have an item of that id.
    #[error("id {id} is in {first} and in {second}: name one task with --task, or write the id as {first}:{id}")]
    Ambiguous {
        /// The id.
        id: String,
        /// A task.
        first: String,
        /// Another one.
        second: String,
    },
    /// The user asked for the end.
    #[error("interrupted; nothing was kept")]
    Interrupted,
}

/// Grades the answers to some tasks. `subset` says which items should have one; `begin` hears how many answers there are,
/// `next` is called after each and ends everything where it says `false`.
///
/// # Errors
/// [`AnsweredError`].
pub fn grade(
    questions: &Questions,
    tasks: &[String],
    subset: &Subset,
    responses: &Responses,
    code: &mut dyn FnMut() -> Box<dyn CodeScorer>,
    next: &mut dyn FnMut() -> bool,
) -> Result<AnsweredReport, AnsweredError> {
    let ids: BTreeSet<String> = responses.by_id.keys().cloned().collect();
    let leg = Leg { tasks: tasks.to_vec(), subset: Subset::Ids(ids.clone()), loss_only: false, limit_s: None };
    let choice = choose(questions, &leg)?;
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut jail = None;
    let mut rows = Vec::new();
    for chosen in &choice.tasks {
        let task = questions.open(&chosen.name)?;
        let mut records = Vec::new();
        for &index in &chosen.selection.indices {
            let Some(id) = asked_for(&ids, &*task, index) else { continue };
            if let Some(first) = owners.insert(id.clone(), chosen.name.clone()) {
                return Err(AnsweredError::Ambiguous { id: id.clone(), first, second: chosen.name.clone() });
            }
            let Some((_, response)) = responses.by_id.get(id) else { continue };
            if task.runs_programs() && jail.is_none() {
                jail = Some(code());
            }
            let grade = grade_one(&*task, index, response, jail.as_deref())
                .ok_or_else(|| AnsweredError::Cloze(chosen.name.clone()))?;
            records.push((index, record(&*task, index, grade)));
            if !next() {
                return Err(AnsweredError::Interrupted);
            }
        }
        rows.push(row(&*task, subset, &records));
    }
    Ok(AnsweredReport {
        schema: SCHEMA,
        responses: ResponsesFile {
            file: responses.file.display().to_string(),
            sha256: responses.sha256.clone(),
            answers: responses.by_id.len() as u64,
        },
        score_unit: "percent",
        unknown_ids: choice.unknown,
        tasks: rows,
    })
}

/// The grade of one answer; `None` for a task that no text can answer.
fn grade_one(task: &dyn Task, index: usize, response: &str, code: Option<&dyn CodeScorer>) -> Option<Grade> {
    let text = match task.item(index).ask {
        Ask::Cloze { .. } | Ask::Reply(_) => return None,
        Ask::Choice { options } => {
            return Some(match answer_text::letter(response, options.len()) {
                Some(option) => task.grade(index, Answer::Option(option), code),
                None => Grade::decided(None, false),
            });
        }
        Ask::Generate { stops, .. } => match answer_text::code_block(response).filter(|_| task.runs_programs()) {
            Some(block) => block,
            None => answer_text::before_stop(response, &stops),
        },
    };
    Some(task.grade(index, Answer::Text(text), code))
}

fn record(task: &dyn Task, index: usize, grade: Grade) -> Record {
    let (strict, loose) = grade.verdicts.map(|verdicts| (verdicts.strict, verdicts.loose)).unzip();
    Record {
        id: task.id(index),
        prediction: grade.prediction,
        gold: task.gold(index),
        correct: grade.correct,
        error: grade.error,
        strict,
        loose,
        ..Record::default()
    }
}

fn row(task: &dyn Task, subset: &Subset, graded: &[(usize, Record)]) -> AnsweredTask {
    let asked = select(task, subset).indices;
    let answered: BTreeSet<usize> = graded.iter().map(|(index, _)| *index).collect();
    let missing: Vec<usize> = asked.iter().copied().filter(|index| !answered.contains(index)).collect();
    let clusters: Vec<Option<String>> = graded.iter().map(|(index, _)| task.cluster(*index)).collect();
    let observed: Vec<Observed<'_>> = graded
        .iter()
        .zip(&clusters)
        .map(|((index, record), cluster)| Observed { record, cluster: cluster.as_deref(), chance: task.chance(*index) })
        .collect();
    let score = summary::score(&observed);
    let percent = |estimate: Estimate| estimate.map(|share| 100.0 * share);
    let records: Vec<Record> = graded.iter().map(|(_, record)| record.clone()).collect();
    let first_error = records.iter().find_map(|record| record.error.clone());
    AnsweredTask {
        task: task.name().to_owned(),
        version: task.version(),
        asked: asked.len() as u64,
        n: graded.len() as u64,
        missing: missing.len() as u64,
        missing_ids: missing.iter().take(LISTED).map(|index| task.id(*index)).collect(),
        failed: records.iter().filter(|record| record.error.is_some()).count() as u64,
        graded: score.as_ref().map_or(0, |score| score.n as u64),
        score: score.as_ref().map(|score| percent(score.micro.clone())),
        score_average: "micro",
        score_macro: score.as_ref().and_then(|score| score.macro_average.clone()).map(percent),
        score_reason: score
            .is_none()
            .then(|| first_error.unwrap_or_else(|| "no answer was graded: the programs were left unrun".to_owned())),
        at_chance: score.as_ref().is_some_and(|score| matches!(score.standing, Standing::AtChance { .. })),
        standing: score.as_ref().map(|score| score.standing.clone()),
        instructions: InstructionScores::of(&records),
    }
}
