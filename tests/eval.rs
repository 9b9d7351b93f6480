//! Tests of `eval` through the public API and the binary.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use densimeter::engine::mock::Mock;
use densimeter::engine::{ContextOptions, Engine, Model, ModelOptions};
use densimeter::eval::data::Benchmarks;
use densimeter::eval::journal::{Journal, JournalError};
use densimeter::eval::prompt::text_sha256;
use densimeter::eval::record::Record;
use densimeter::eval::run::{Event, Options, Run, RunError, TaskRun};
use densimeter::eval::schedule::Settings;
use densimeter::eval::subset::{Selection, Subset, select};
use densimeter::eval::task::{self, Task};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The published benchmarks, where this machine has them.
fn published() -> Option<Benchmarks> {
    let named = std::env::var_os("DENSIMETER_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    named.into_iter().chain([beside]).find(|folder| folder.join("mmlu").is_dir()).map(Benchmarks::pinned)
}

fn mini() -> Benchmarks {
    Benchmarks::unpinned(fixture("bench-mini"))
}

#[test]
fn prompts_are_those_of_an_independent_construction() {
    let Some(data) = published() else {
        let _ = writeln!(std::io::stderr(), "0 published prompts checked: no benchmark folder (set DENSIMETER_DATA)");
        for name in task::NAMES {
            assert!(!task::open(name, &mini()).unwrap().is_empty());
        }
        return;
    };
    let expected = std::fs::read_to_string(fixture("prompt_hashes.tsv")).unwrap();
    let mut checked = 0;
    for name in task::NAMES {
        let task = task::open(name, &data).unwrap();
        let ids: Vec<String> = (0..task.len()).map(|index| task.id(index)).collect();
        for line in expected.lines().filter(|line| line.split('\t').next() == Some(name)) {
            let fields: Vec<&str> = line.split('\t').collect();
            let item = task.item(ids.iter().position(|id| id == fields[1]).unwrap());
            let got = [&item.prompt, &item.loss_context, &item.continuation].map(|text| text_sha256(text));
            assert_eq!(got, fields[2..5], "{name} {}", fields[1]);
            checked += 1;
        }
    }
    assert_eq!(checked, expected.lines().count());
}

#[test]
fn the_published_tasks_have_their_published_sizes_and_gold_answers_grade_as_right() {
    let Some(data) = published() else { return };
    for (name, size) in task::NAMES.into_iter().zip([14_042, 6_511, 5_000, 164, 500]) {
        let task = task::open(name, &data).unwrap();
        assert_eq!(task.len(), size, "{name}");
        for index in (0..task.len()).step_by(7) {
            let gold = task.gold(index);
            let answer = match name {
                "bbh" => format!("We think. So the answer is {}.", gold.unwrap()),
                "math" => format!("So.\nFinal Answer: The final answer is ${}$. I hope it is correct.", gold.unwrap()),
                _ => continue,
            };
            let grade = task.grade(index, task::Answer::Text(&answer), None);
            assert_eq!(grade.correct, Some(true), "{}: {:?}", task.id(index), grade.prediction);
        }
    }
}

fn options(exact: bool, share: bool) -> Options {
    let context = ContextOptions { n_batch: 128, n_ubatch: 64, ..ContextOptions::default() };
    Options {
        settings: Settings { context, exact, share, parallel: 3 },
        loss_only: false,
        model_sha256: "0".repeat(64),
        engine: Mock::engine().build(),
    }
}

fn model(mock: Mock) -> Box<dyn Model> {
    mock.load(Path::new("mock:"), &ModelOptions::default()).unwrap()
}

fn evaluate(model: &dyn Model, options: &Options, task: &dyn Task, selection: &Selection) -> TaskRun {
    let run = Run { model, options, clock: &|| 0.0, code: None };
    run.task(task, selection, None, &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn sharing_changes_no_result_and_the_accounts_balance() {
    for mock in [Mock::engine(), Mock::engine().bytes_only().with_bos(false)] {
        let model = model(mock);
        for name in task::NAMES {
            let task = task::open(name, &mini()).unwrap();
            let all = select(&*task, &Subset::Full);
            let fast = evaluate(&*model, &options(false, true), &*task, &all);
            let exact = evaluate(&*model, &options(true, true), &*task, &all);
            let scratch = evaluate(&*model, &options(true, false), &*task, &all);
            assert_eq!(fast.records.len(), task.len());
            assert!(fast.records.iter().all(|record| record.nll_nats.unwrap() > 0.0), "{name}");
            assert_eq!(fast.records, scratch.records, "{name}");
            assert_eq!(exact.records, scratch.records, "{name}");
            for (run, cut) in [(&fast, 4), (&exact, 32)] {
                let work = &run.work;
                assert!(work.tokens_unique <= work.tokens_evaluated, "{name} {cut}: {work:?}");
            }
            assert_eq!(scratch.work.tokens_saved, 0);
            if name == "mmlu" {
                assert!(fast.work.tokens_evaluated * 3 < scratch.work.tokens_evaluated, "{:?}", fast.work);
            }
        }
    }
}

#[test]
fn the_exact_mode_is_that_from_scratch_where_kernels_depend_on_the_batch() {
    let model = model(Mock::engine().with_row_groups(4));
    let mut fast_differs = false;
    for name in task::NAMES {
        let task = task::open(name, &mini()).unwrap();
        let all = select(&*task, &Subset::Full);
        let exact = evaluate(&*model, &options(true, true), &*task, &all);
        let scratch = evaluate(&*model, &options(true, false), &*task, &all);
        assert_eq!(exact.records, scratch.records, "{name}");
        fast_differs |= evaluate(&*model, &options(false, true), &*task, &all).records != scratch.records;
    }
    assert!(fast_differs, "the imitated kernels must be able to show a difference");
}

#[test]
fn an_item_beyond_the_context_is_an_error_and_no_wrong_answer() {
    let model = model(Mock::engine().with_context_length(300));
    let task = task::open("mmlu", &mini()).unwrap();
    let run = evaluate(&*model, &options(false, true), &*task, &select(&*task, &Subset::Full));
    let broken: Vec<&Record> = run.records.iter().filter(|record| record.error.is_some()).collect();
    assert!(!broken.is_empty());
    assert!(broken.iter().all(|record| record.correct.is_none() && record.nll_nats.is_none()));
}

#[test]
fn a_stratified_sample_is_proportional_and_repeats_with_its_seed() {
    let task = task::open("mmlu", &mini()).unwrap();
    let draw = |seed| select(&*task, &Subset::Limit { items: 20, seed });
    let first = draw(1);
    let counts: Vec<(usize, usize)> = first.strata.values().copied().collect();
    // 49 items: 17, 23 and 9; quotas of 20: 6.94, 9.39, 3.67.
    assert_eq!(counts, [(7, 17), (9, 23), (4, 9)]);
    assert_eq!(first, draw(1));
    assert_ne!(first.indices, draw(2).indices);
    let ids = Subset::Ids(["small_sums/test/3", "HumanEval/0"].map(str::to_owned).into());
    assert_eq!(select(&*task, &ids).indices.len(), 1);
}

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
    assert!(matches!(Journal::open(folder.path(), &other, true), Err(JournalError::OtherRun { .. })));
    let log = folder.path().join("mmlu.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let first = text.lines().next().unwrap();
    std::fs::write(&log, format!("{text}{first}\n")).unwrap();
    assert!(matches!(Journal::open(folder.path(), &key, true), Err(JournalError::Line { .. })));
    std::fs::write(&log, format!("{{}}\n{text}")).unwrap();
    assert!(matches!(Journal::open(folder.path(), &key, true), Err(JournalError::Line { line: 1, .. })));
}

fn densimeter() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["eval", "--engine", "mock", "--unpinned-data", "--data"]).arg(fixture("bench-mini")).arg("--json");
    command
}

#[test]
fn the_command_prints_one_document_with_the_contract_fields() {
    let folder = tempfile::tempdir().unwrap();
    let output = densimeter().args(["-m", "mock:", "--task", "mmlu,math", "-o"]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["mock"], true);
    for row in document["tasks"].as_array().unwrap() {
        for field in ["score", "conditional_loss", "bits_per_byte"] {
            let estimate = &row[field];
            let number = |name: &str| estimate[name].as_f64().unwrap_or_else(|| panic!("{field}.{name}: {row}"));
            assert!(number("low") <= number("point") && number("point") <= number("high"), "{field}: {estimate}");
        }
        assert!(row["tokens_evaluated"].as_u64().unwrap() > 0);
        assert_eq!(row["at_chance"], true, "a hash knows no answers: {row}");
    }
    let log = std::fs::read_to_string(folder.path().join("mmlu.jsonl")).unwrap();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let logprobs: Vec<f64> = line["logprobs"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(logprobs.iter().map(|logprob| logprob.exp()).sum::<f64>() < 1.0);
        let gold = ["A", "B", "C", "D"].iter().position(|letter| line["gold"] == **letter).unwrap();
        assert_eq!(line["nll_nats"].as_f64().unwrap(), -logprobs[gold]);
    }
}

#[test]
fn mistakes_of_the_command_line_say_the_way_out() {
    let task = densimeter().args(["-m", "mock:", "--task", "gsm8k"]).output().unwrap();
    assert_eq!(task.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&task.stderr).contains("mmlu"));
    let model = densimeter().args(["-m", "/no/such.gguf"]).output().unwrap();
    assert_eq!(model.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&model.stderr).contains("/no/such.gguf"));
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

#[test]
fn a_list_of_ids_is_taken_to_the_letter_and_unknown_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("ids.txt");
    std::fs::write(&list, "small_sums/test/3\n\n  small_sums/test/1  \nsmall_sums/test/99\n").unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:", "--task", "mmlu", "--items"]).arg(&list).arg("-o").arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("1 of 3 ids are in none of these tasks: small_sums/test/99")
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["unknown_ids"], serde_json::json!(["small_sums/test/99"]));
    let log = std::fs::read_to_string(folder.path().join("mmlu.jsonl")).unwrap();
    let ids: Vec<String> = log.lines().map(|line| serde_json::from_str::<Record>(line).unwrap().id).collect();
    assert_eq!(ids, ["small_sums/test/1", "small_sums/test/3"]);
    let row = &document["tasks"][0];
    assert_eq!(row["engine_noise"]["items"], 2);
    assert_eq!(row["engine_noise"]["identical"], 2, "the double has no noise: {row}");
    assert_eq!(row["score"]["method"], "wilson");
    let own = document["own_prefill"]["median"].as_f64().unwrap();
    let share = row["unique_tokens_per_second"].as_f64().unwrap() / own;
    assert!((row["share_of_own_prefill"].as_f64().unwrap() / share - 1.0).abs() < 1e-9);
}

/// The forecast is what the run then does, up to the estimate of bytes a token (the double's tokens vary little).
#[test]
fn what_was_foretold_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:", "--task", "mmlu,humaneval", "--full", "--loss-only", "--noise-items", "0", "-o"]);
    let output = command.arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("mmlu: 49 items, about"));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    for row in document["tasks"].as_array().unwrap() {
        let (foretold, read) =
            (row["forecast"]["tokens_read"].as_f64().unwrap(), row["tokens_unique"].as_f64().unwrap());
        assert!((foretold / read - 1.0).abs() < 0.15, "{}: {foretold} foretold, {read} read", row["task"]);
        assert_eq!(row["forecast"]["tokens_written_at_most"], 0.0);
    }
}

/// Texts are written in one step and their programs run in another, on another machine if need be.
#[test]
#[cfg(target_os = "linux")]
fn programs_can_be_written_here_and_run_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:", "--task", "humaneval", "--full", "--leave-code", "--noise-items", "0", "-o"]);
    let output = command.arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["tasks"][0]["score"].is_null());
    assert!(document["tasks"][0]["score_reason"].as_str().unwrap().contains("sandbox --score"));
    let log = folder.path().join("humaneval.jsonl");
    let mut lines: Vec<Value> =
        std::fs::read_to_string(&log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["correct"].is_null() && line.get("error").is_none()));
    // The double writes no programs; the item that was done first gets the published solution.
    let rows = std::fs::read_to_string(fixture("bench-mini/humaneval/test.jsonl")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let row = rows.iter().find(|row| row["task_id"] == lines[0]["id"]).unwrap();
    lines[0]["completion"] = row["canonical_solution"].clone();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&log, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["sandbox", "--json", "--task", "humaneval", "--data"]).arg(fixture("bench-mini"));
    let output = command.arg("--score").arg(&log).output().unwrap();
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(scored["passed"], 1, "{scored}");
    assert_eq!(scored["n"], lines.len());
    let score = &scored["score"];
    assert!((score["point"].as_f64().unwrap() - 100.0 / lines.len() as f64).abs() < 1e-9);
    assert!(score["low"].as_f64() < score["point"].as_f64() && score["method"] == "wilson");
}
