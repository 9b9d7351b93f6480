//! `densimeter eval`: scores and conditional losses of a model on the benchmarks.

use crate::process::interrupt;
use std::path::Path;

use super::progress::Terminal;
use super::{Outcome, Usage, bench, eval_table, terminal};
use crate::cli::Global;
use crate::cli::eval::Eval;
use crate::eval::choice::{ChoiceError, choose};
use crate::eval::own_task::OwnTask;
use crate::eval::plan::EvalPlan;
use crate::eval::task::Task as _;
use crate::file::run_folder as store;
use crate::measure::evaluation::{EvalLimits, EvaluationError, evaluate, evaluate_share};

mod arguments;
mod chats;
pub(super) mod opening;
mod responses;

/// Runs the command.
pub(super) fn run(args: &Eval, global: &Global) -> anyhow::Result<Outcome> {
    let (task, own_chat) = match &args.task_file {
        Some(file) => {
            let task = OwnTask::read(file)?;
            (vec![task.name().to_owned()], task.wants_chat())
        }
        None => (opening::tasks(&args.task)?, false),
    };
    let args = &Eval { task, ..args.clone() };
    if let Some(file) = &args.responses {
        return responses::run(args, file, global);
    }
    arguments::refuse_early(args)?;
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    let questions = arguments::questions(args, &observer)?;
    let leg = arguments::leg(args, global.seed)?;
    // Before a model is fetched or loaded, which may take minutes: a misspelt folder or list is refused at once.
    choose(&questions, &leg).map_err(refused)?;
    let model = arguments::model(args, &observer)?;
    let folder = args.out.clone().map_or_else(store::state_folder, Ok)?;
    let chat = chats::chats(args, own_chat, &model, &observer)?;
    let plan = EvalPlan { chat, ..arguments::plan(args, global.seed, (questions, leg), &model, folder) };
    let (engine, limits) = (bench::kind(args.engine), EvalLimits::default());
    let stopped = |error| ended(error, &plan.folder);
    let failed = if plan.shard().is_whole() {
        let document = evaluate(&plan, engine, &model.path, &limits, &observer).map_err(stopped)?;
        print(&document, &eval_table::render(&document), global)?;
        document.tasks.iter().any(|task| task.failed > 0)
    } else {
        let (document, failed) = evaluate_share(&plan, engine, &model.path, &limits, &observer).map_err(stopped)?;
        print(&document, &eval_table::render_share(&document), global)?;
        failed
    };
    Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
}

/// A list of ids that names nothing is a mistake in what was typed.
fn refused(error: ChoiceError) -> anyhow::Error {
    match error {
        ChoiceError::Nothing => Usage(error.to_string()).into(),
        other => other.into(),
    }
}

/// Why there is no document, and how to go on after Ctrl-C.
fn ended(error: EvaluationError, folder: &Path) -> anyhow::Error {
    match error {
        EvaluationError::Interrupted => {
            let folder = folder.display();
            anyhow::anyhow!(
                "interrupted; the finished items are kept in {folder}: go on with the same command and -o {folder} --resume"
            )
        }
        other => other.into(),
    }
}

fn print(document: &impl serde::Serialize, table: &str, global: &Global) -> anyhow::Result<()> {
    if global.json { terminal::json(document) } else { terminal::out(table) }
}
