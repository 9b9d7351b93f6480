//! `densimeter eval --responses`: the grading of answers that were made elsewhere.

use std::path::Path;

use super::{arguments, opening};
use crate::cli::Global;
use crate::cli::eval::Eval;
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, Usage, eval_table, terminal};
use crate::eval::answered::{AnsweredError, AnsweredReport, grade};
use crate::eval::choice::ChoiceError;
use crate::eval::plan::Programs;
use crate::eval::programs;
use crate::eval::responses::Responses;
use crate::eval::subset::Subset;
use crate::observer::{Counted, Observer as _};
use crate::process::interrupt;

/// Unknown ids that are named; more are only counted.
const NAMED_IDS: usize = 5;

/// Runs the command.
pub(super) fn run(args: &Eval, file: &Path, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    // Before benchmarks are fetched: a file that cannot be read is refused at once.
    let responses = Responses::read(file)?;
    let subset = args.items.as_deref().map_or(Ok(Subset::Full), opening::ids)?;
    let questions = arguments::questions(args, &observer)?;
    let programs = if args.unsafe_no_sandbox { Programs::Anyhow } else { Programs::Jailed };
    let mut jail = || {
        let (scorer, text) = programs::scorer(programs);
        if let Some(text) = text {
            observer.note(&text);
        }
        scorer
    };
    let bar = observer.bar("answers", Some(responses.by_id.len() as u64), Counted::Pieces);
    let mut next = || {
        bar.inc(1);
        !observer.interrupted()
    };
    let document = grade(&questions, &args.task, &subset, &responses, &mut jail, &mut next).map_err(refused)?;
    bar.finish();
    warn(&document, args);
    if global.json { terminal::json(&document) } else { terminal::out(&eval_table::render_answered(&document)) }?;
    Ok(if document.tasks.iter().any(|task| task.failed > 0) { Outcome::SomeFailed } else { Outcome::Done })
}

/// What was typed is at fault where no answer fits, or where one fits two tasks.
fn refused(error: AnsweredError) -> anyhow::Error {
    match error {
        AnsweredError::Choice(ChoiceError::Nothing) => {
            Usage("no answer was graded: no id of --responses is in the data of these tasks".to_owned()).into()
        }
        AnsweredError::Cloze(_) | AnsweredError::Ambiguous { .. } => Usage(error.to_string()).into(),
        other => other.into(),
    }
}

/// A file that lacks answers, or has some to nothing, must not pass for a whole one.
fn warn(document: &AnsweredReport, args: &Eval) {
    if let Some(some) =
        document.unknown_ids.get(..document.unknown_ids.len().min(NAMED_IDS)).filter(|ids| !ids.is_empty())
    {
        let rest = if document.unknown_ids.len() > NAMED_IDS { ", …" } else { "" };
        let (unknown, of) = (document.unknown_ids.len(), document.responses.answers);
        let tasks = args.task.join(", ");
        terminal::warning(&format!("{unknown} of {of} ids are in none of {tasks}: {}{rest}", some.join(", ")));
    }
    for task in document.tasks.iter().filter(|task| task.missing > 0) {
        let (missing, asked, name) = (task.missing, task.asked, &task.task);
        terminal::warning(&format!("{name}: {missing} of {asked} items have no answer; the score is over the others"));
    }
}
