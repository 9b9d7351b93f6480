//! Interrupted, killed and doubled runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use densimeter::engine::mock::Mock;
use densimeter::eval::journal::{self, Journal, JournalError};
use densimeter::eval::record::Record;
use densimeter::eval::run::{Event, Run, RunError};
use densimeter::eval::subset::{Subset, select};
use densimeter::eval::task::{self, CodeOutcome, CodeScorer};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::{densimeter, evaluate, mini, model, options};

#[test]
fn an_interrupted_run_ends_with_the_results_of_a_whole_one() {
    let model = model(Mock::engine().with_row_groups(4));
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for name in ["mmlu", "bbh", "mbpp"] {
        let task = task::open(name, &mini()).unwrap();
        let all = select(&*task, &Subset::Full);
        let options = options(false, true);
        let run = Run { model: &*model, options: &options, clock: &|| 0.0, code: None };
        let key = run.key(&*task, &all);
        let whole = evaluate(&*model, &options, &*task, &all).records;
        for _ in 0..7 {
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join(format!("{name}.jsonl"));
            loop {
                let mut journal = Journal::open(folder.path(), &key, true).unwrap();
                let mut left = random.random_range(1..=task.len());
                let mut observe = |event: &Event<'_>| {
                    left -= usize::from(matches!(event, Event::Item(_)));
                    if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                };
                match run.task(&*task, &all, Some(&mut journal), &mut observe) {
                    Ok(done) => {
                        let strip = |record: &Record| Record { key: String::new(), ..record.clone() };
                        assert_eq!(done.records.iter().map(strip).collect::<Vec<_>>(), whole);
                        break;
                    }
                    Err(RunError::Stopped) => {}
                    Err(error) => panic!("{error}"),
                }
                drop(journal);
                // What a kill in the middle of a write leaves.
                let text = std::fs::read(&log).unwrap();
                let torn = text.len() - random.random_range(0..20.min(text.len()));
                std::fs::write(&log, &text[..torn]).unwrap();
            }
            let lines = std::fs::read_to_string(&log).unwrap();
            let ids: BTreeSet<String> =
                lines.lines().map(|line| serde_json::from_str::<Record>(line).unwrap().id).collect();
            assert_eq!((ids.len(), lines.lines().count()), (task.len(), task.len()));
        }
    }
}

/// A host that offers a jail, or none.
struct Host {
    jail: bool,
}

impl CodeScorer for Host {
    fn score(&self, _: &str, program: &str) -> CodeOutcome {
        match self.jail {
            false => CodeOutcome::Error("no jail here".to_owned()),
            true if program.len().is_multiple_of(2) => CodeOutcome::Passed,
            true => CodeOutcome::Failed("odd".to_owned()),
        }
    }
}

#[test]
fn programs_that_no_jail_could_run_are_graded_by_the_run_that_has_one() {
    let model = model(Mock::engine());
    let task = task::open("mbpp", &mini()).unwrap();
    let all = select(&*task, &Subset::Full);
    let options = options(false, true);
    let on = |jail: bool, folder: &Path| {
        let host = Host { jail };
        let run = Run { model: &*model, options: &options, clock: &|| 0.0, code: Some(&host) };
        let mut journal = Journal::open(folder, &run.key(&*task, &all), true).unwrap();
        run.task(&*task, &all, Some(&mut journal), &mut |_| ControlFlow::Continue(())).unwrap().records
    };
    let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = on(true, with.path());
    let first = on(false, without.path());
    assert!(first.iter().all(|record| record.correct.is_none() && record.error.is_some()));
    let log = without.path().join("mbpp.jsonl");
    let before = std::fs::read_to_string(&log).unwrap();
    assert_eq!(on(false, without.path()), first, "nothing can be graded still");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), before);
    assert_eq!(on(true, without.path()), expected);
    assert_eq!(on(true, without.path()), expected, "and nothing is graded a second time");
    let after = std::fs::read_to_string(&log).unwrap();
    assert!(after.starts_with(&before) && after.lines().count() == 2 * task.len());
    let by_id = |records: Vec<Record>| -> BTreeMap<String, Record> {
        records.into_iter().map(|record| (record.id.clone(), record)).collect()
    };
    assert_eq!(by_id(journal::read(&log).unwrap()), by_id(expected));
}

#[test]
fn a_log_refuses_a_second_run_other_settings_and_damage() {
    let model = model(Mock::engine());
    let task = task::open("mmlu", &mini()).unwrap();
    let all = select(&*task, &Subset::Full);
    let folder = tempfile::tempdir().unwrap();
    let (fast, exact) = (options(false, true), options(true, true));
    let run = |options| Run { model: &*model, options, clock: &|| 0.0, code: None };
    let key = run(&fast).key(&*task, &all);
    let mut journal = Journal::open(folder.path(), &key, false).unwrap();
    assert!(matches!(Journal::open(folder.path(), &key, true), Err(JournalError::Locked(_))));
    run(&fast).task(&*task, &all, Some(&mut journal), &mut |_| ControlFlow::Continue(())).unwrap();
    drop(journal);
    assert!(matches!(Journal::open(folder.path(), &key, false), Err(JournalError::Exists { .. })));
    let other = run(&exact).key(&*task, &all);
    let refused = Journal::open(folder.path(), &other, true).unwrap_err().to_string();
    assert!(refused.contains("(settings.exact: false there, true now)"), "{refused}");
    let log = folder.path().join("mmlu.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let first = text.lines().next().unwrap();
    std::fs::write(&log, format!("{text}{first}\n")).unwrap();
    assert!(matches!(Journal::open(folder.path(), &key, true), Err(JournalError::Line { .. })));
    std::fs::write(&log, format!("{{}}\n{text}")).unwrap();
    assert!(matches!(Journal::open(folder.path(), &key, true), Err(JournalError::Line { line: 1, .. })));
    // A disk that was full in the middle of a character is no damage: the item was never finished.
    std::fs::write(&log, [text.as_bytes(), b"{\"completion\":\"\xe2\x82"].concat()).unwrap();
    assert_eq!(journal::read(&log).unwrap().len(), text.lines().count());
    drop(Journal::open(folder.path(), &key, true).unwrap());
    assert_eq!(std::fs::read_to_string(&log).unwrap(), text);
}

/// What must not depend on interruptions: every task's items, score and losses.
fn results(document: &Value) -> Vec<Value> {
    let tasks = document["tasks"].as_array().unwrap().iter();
    let fields = ["task", "n", "selection", "score", "score_macro", "conditional_loss", "bits_per_byte", "standing"];
    tasks.map(|row| fields.iter().map(|field| row[*field].clone()).collect()).collect()
}

#[test]
fn a_killed_command_resumes_to_the_same_items_and_scores() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let run = |folder: &Path, resume: bool| {
        let mut command = densimeter();
        command.args(["-m", "mock:delay=40", "--task", "mmlu,math", "--full", "--parallel", "3"]);
        command.args(["--noise-items", "0", "--no-own-speed", "-o"]).arg(folder);
        if resume {
            command.arg("--resume");
        }
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command
    };
    let items = |folder: &Path, task: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(task).with_extension("jsonl")).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let document =
        |folder: &Path| -> Value { serde_json::from_slice(&std::fs::read(folder.join("eval.json")).unwrap()).unwrap() };
    let whole = tempfile::tempdir().unwrap();
    assert!(run(whole.path(), false).output().unwrap().status.success());
    let expected = ["mmlu", "math"].map(|task| items(whole.path(), task));
    assert_eq!(expected.each_ref().map(Vec::len), [49, 11]);
    let mut kills = 0;
    while kills < 20 {
        let folder = tempfile::tempdir().unwrap();
        loop {
            let mut child = run(folder.path(), true).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(random.random_range(20..400)));
            let over = child.try_wait().unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            if let Some(status) = over {
                assert!(status.success());
                break;
            }
            kills += 1;
            assert!(kills < 200, "no progress between kills");
        }
        assert_eq!(["mmlu", "math"].map(|task| items(folder.path(), task)), expected);
        assert_eq!(results(&document(folder.path())), results(&document(whole.path())));
    }
}

#[test]
fn a_second_command_on_a_log_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let mut command = densimeter();
        command.args(["-m", "mock:delay=400", "--task", "mmlu", "--full", "--noise-items", "0", "--no-own-speed"]);
        command.args(["--resume", "-o"]).arg(folder.path());
        command
    };
    let mut first = run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let log = folder.path().join("mmlu.key.json");
    for _ in 0..500 {
        if log.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = run().output().unwrap();
    let still_running = first.try_wait().unwrap().is_none();
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(still_running, "the first run ended too early to be disturbed");
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(message.contains("another run is writing this log"), "{message}");
    assert!(run().output().unwrap().status.success(), "what a killed run leaves is no lock");
}

/// The only child of a process.
fn child_of(parent: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

#[test]
fn a_killed_worker_is_an_error_with_its_reason_and_its_items_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:delay=400", "--task", "mmlu", "--full", "--noise-items", "0", "--no-own-speed"]);
    command.args(["--resume", "-o"]).arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let host = command.spawn().unwrap();
    let log = folder.path().join("mmlu.jsonl");
    let kept = || std::fs::read_to_string(&log).unwrap_or_default().lines().count();
    for _ in 0..1000 {
        if kept() > 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let worker = child_of(host.id()).expect("the evaluation runs in a process of its own");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(worker.cast_signed()).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    let ended = host.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("the worker ended early") && said.contains("SIGKILL"), "{said}");
    assert!(kept() > 0 && !folder.path().join("eval.json").exists());
    assert!(command.output().unwrap().status.success(), "the rest is evaluated by the same command");
}
