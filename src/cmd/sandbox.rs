//! `densimeter sandbox`: scores completions in the jail; also the jail's own stages.

use std::collections::HashMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::Context;

use super::progress::Terminal;
use super::{Outcome, Usage, terminal};
use crate::cli::{
    Global,
    sandbox::{CodeTaskName, IsolationName, Sandbox, Stage},
};
use crate::eval::code::{self, CodeTask, HumanEvalRow, MbppRow};
use crate::eval::code_score::{CodeScore, Completion};
use crate::eval::sandbox::{Isolation, Jail, JailOptions, Job, Run, gate, init, supervisor};
use crate::observer::{Bar, Counted};

/// Runs the command.
pub(super) fn run(args: &Sandbox, global: &Global) -> anyhow::Result<Outcome> {
    match args.stage {
        Some(Stage::Supervisor) => return be_supervisor(),
        Some(Stage::Gate) => return be_inner(args.job.as_deref(), |job| gate::run(job, terminal::note)),
        Some(Stage::Init) => return be_inner(args.job.as_deref(), |job| init::run(job, terminal::note)),
        None => {}
    }
    if args.score.is_none() && !args.references && args.program.is_none() {
        return Err(Usage("name what to run: --score FILE, --references or --program FILE".to_owned()).into());
    }
    let jail = Jail::open(&JailOptions {
        executable: None,
        python: args.python.clone(),
        isolation: args.isolation.map(|name| match name {
            IsolationName::Namespaces => Isolation::Namespaces,
            IsolationName::Scoped => Isolation::Scoped,
        }),
        allow_unconfined: args.unsafe_no_sandbox,
    })?;
    if jail.isolation == Isolation::Unconfined {
        terminal::warning("model-written code runs without isolation (--unsafe-no-sandbox)");
    }
    if !global.quiet {
        terminal::note(&format!(
            "Python {} in {}; reference {:.3} s CPU, {:.3} s wall (median of {}), limits {} s CPU, {:.1} s wall",
            jail.interpreter.version,
            if jail.layers.is_empty() { "no jail".to_owned() } else { jail.layers.join(", ") },
            jail.reference.cpu_seconds,
            jail.reference.wall_seconds,
            jail.reference.runs,
            jail.limits.cpu_seconds,
            jail.limits.wall_seconds,
        ));
    }
    if let Some(path) = &args.program {
        let program = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        return print(&[(path.display().to_string(), jail.run(&program))], &jail, global);
    }
    let (Some(task), Some(data)) = (args.task, &args.data) else {
        return Err(Usage("--score and --references need --task and --data DIR".to_owned()).into());
    };
    let completions = args.score.as_deref().map(read_completions).transpose()?;
    let at_once = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    match task {
        CodeTaskName::Humaneval => {
            let rows: Vec<HumanEvalRow> = code::read_rows(&data.join("humaneval/test.jsonl"))?;
            let by_id: HashMap<String, &HumanEvalRow> = rows.iter().map(|row| (row.task_id.clone(), row)).collect();
            let tasks = match &completions {
                None => code::humaneval_references(&rows),
                Some(given) => pair(given, &by_id, |row, completion| CodeTask::HumanEval { row, completion })?,
            };
            score(&tasks, &jail, at_once, global)
        }
        CodeTaskName::Mbpp => {
            let rows: Vec<MbppRow> = code::read_rows(&data.join("mbpp/test.jsonl"))?;
            let by_id: HashMap<String, &MbppRow> = rows.iter().map(|row| (row.task_id.to_string(), row)).collect();
            let tasks = match &completions {
                None => code::mbpp_references(&rows),
                Some(given) => pair(given, &by_id, |row, completion| CodeTask::Mbpp { row, completion })?,
            };
            score(&tasks, &jail, at_once, global)
        }
    }
}

fn be_supervisor() -> anyhow::Result<Outcome> {
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text).context("cannot read the job")?;
    let job: Job = serde_json::from_slice(&text).context("the job is no JSON of this version")?;
    terminal::out(&serde_json::to_string(&supervisor::run(&job))?)?;
    Ok(Outcome::Done)
}

fn be_inner(job: Option<&str>, stage: impl Fn(&Job)) -> anyhow::Result<Outcome> {
    let job: Job = serde_json::from_str(job.context("the inner stages need --job")?).context("the job")?;
    stage(&job);
    Ok(Outcome::Done)
}

fn read_completions(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let rows: Vec<Completion> = code::read_rows(if path == Path::new("-") { Path::new("/dev/stdin") } else { path })?;
    Ok(rows.into_iter().map(|row| (row.id.to_string(), row.program())).collect())
}

fn pair<'a, R>(
    given: &'a [(String, String)],
    rows: &HashMap<String, &'a R>,
    task: impl Fn(&'a R, &'a str) -> CodeTask<'a>,
) -> anyhow::Result<Vec<CodeTask<'a>>> {
    given
        .iter()
        .map(|(id, completion)| {
            let row = rows.get(id).with_context(|| format!("the data set has no item `{id}`"))?;
            Ok(task(row, completion))
        })
        .collect()
}

fn score(tasks: &[CodeTask<'_>], jail: &Jail, at_once: usize, global: &Global) -> anyhow::Result<Outcome> {
    let bar = Terminal::new(global.quiet).line("programs", Some(tasks.len() as u64), Counted::Pieces);
    let runs = code::score_all(tasks, jail, at_once, &|_, _| bar.inc(1));
    bar.finish();
    let rows: Vec<(String, Run)> = tasks.iter().map(CodeTask::id).zip(runs).collect();
    print(&rows, jail, global)
}

/// The verdicts in the order of the input: one JSON object a line, or, with `--json`, one document with the score.
fn print(rows: &[(String, Run)], jail: &Jail, global: &Global) -> anyhow::Result<Outcome> {
    let scored = CodeScore::of(rows, jail);
    if global.json {
        terminal::json(&scored)?;
    } else {
        let lines: Result<Vec<String>, _> =
            scored.items.iter().map(|verdict| serde_json::to_string(verdict).map(|line| line + "\n")).collect();
        terminal::out(&lines?.concat())?;
    }
    if !global.quiet {
        let interval = scored.score.as_ref().map_or_else(String::new, |score| {
            let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
            format!("; pass@1 {:.1} % [{:.1}, {:.1}]", score.point, end(score.low), end(score.high))
        });
        let CodeScore { passed, failed, errors, .. } = &scored;
        terminal::note(&format!("{passed} passed, {failed} failed, {errors} ERROR{interval}"));
    }
    Ok(if scored.errors > 0 { Outcome::SomeFailed } else { Outcome::Done })
}
