//! Tests of `eval` through the public API and the binary.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use densimeter::engine::mock::Mock;
use densimeter::engine::{ContextOptions, Engine, Model, ModelOptions};
use densimeter::eval::data::Benchmarks;
use densimeter::eval::prompt::text_sha256;
use densimeter::eval::record::Record;
use densimeter::eval::run::{Options, Run, TaskRun};
use densimeter::eval::schedule::Settings;
use densimeter::eval::subset::{Selection, Subset, select};
use densimeter::eval::task::{self, Task};
use densimeter::unit::ClozeTask;

mod chat;
mod cloze;
#[cfg(feature = "llama")]
mod cloze_oracle;
mod command;
mod ifeval;
mod own_tasks;
mod responses;
mod resume;
mod shards;

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

fn densimeter() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["eval", "--engine", "mock", "--unpinned-data", "--data"]).arg(fixture("bench-mini")).arg("--json");
    command
}

#[test]
fn prompts_are_those_of_an_independent_construction() {
    let Some(data) = published() else {
        let _ = writeln!(std::io::stderr(), "0 published prompts checked: no benchmark folder (set DENSIMETER_DATA)");
        for name in task::all_names() {
            assert!(!task::open(name, &mini()).unwrap().is_empty());
        }
        return;
    };
    let expected = std::fs::read_to_string(fixture("prompt_hashes.tsv")).unwrap();
    let mut checked = 0;
    for name in task::all_names() {
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
    let cloze = ClozeTask::ALL.map(|task| (task.name(), task.items() as usize));
    let paper = task::NAMES.into_iter().zip([14_042, 6_511, 5_000, 164, 500]);
    for (name, size) in paper.chain(cloze) {
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
        settings: Settings { context, exact, share, alone: false, parallel: 3, n_gpu_layers: 0, chat: None },
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
        for name in task::all_names() {
            let task = task::open(name, &mini()).unwrap();
            let all = select(&*task, &Subset::Full);
            let fast = evaluate(&*model, &options(false, true), &*task, &all);
            let exact = evaluate(&*model, &options(true, true), &*task, &all);
            let scratch = evaluate(&*model, &options(true, false), &*task, &all);
            assert_eq!(fast.records.len(), task.len());
            // Only instructions have no gold answer, and so no loss.
            let measured = |record: &Record| record.nll_nats.map_or(name == "ifeval", |nats| nats > 0.0);
            assert!(fast.records.iter().all(measured), "{name}");
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
fn a_loss_beside_its_prompt_is_that_of_a_row_of_its_own_and_costs_less() {
    let model = model(Mock::engine());
    for name in ["math", "humaneval", "bbh"] {
        let task = task::open(name, &mini()).unwrap();
        let all = select(&*task, &Subset::Full);
        let beside = evaluate(&*model, &options(false, true), &*task, &all);
        // So many texts leave no sequence for a row beside them.
        let mut wide = options(false, true);
        wide.settings.parallel = 16;
        let apart = evaluate(&*model, &wide, &*task, &all);
        assert_eq!(beside.records, apart.records, "{name}");
        let (less, more) = (beside.work.tokens_evaluated, apart.work.tokens_evaluated);
        assert!(less < more, "{name}: {less} and {more}");
        assert!(beside.work.tokens_unique < apart.work.tokens_unique, "{name}");
    }
}

#[test]
fn the_exact_mode_is_that_from_scratch_where_kernels_depend_on_the_batch() {
    let model = model(Mock::engine().with_row_groups(16));
    let mut fast_differs = false;
    for name in task::all_names() {
        let task = task::open(name, &mini()).unwrap();
        let all = select(&*task, &Subset::Full);
        let exact = evaluate(&*model, &options(true, true), &*task, &all);
        let scratch = evaluate(&*model, &options(true, false), &*task, &all);
        assert_eq!(exact.records, scratch.records, "{name}");
        // Alone in its group, an item shares nearly all of itself: few tokens would be left, and small batches differ.
        for wanted in scratch.records.iter().take(8) {
            let one = select(&*task, &Subset::Ids([wanted.id.clone()].into()));
            let lonely = evaluate(&*model, &options(true, true), &*task, &one);
            assert_eq!(lonely.records, std::slice::from_ref(wanted), "{name}");
        }
        fast_differs |= evaluate(&*model, &options(false, true), &*task, &all).records != scratch.records;
    }
    assert!(fast_differs, "the imitated kernels must be able to show a difference");
}

#[test]
fn rows_scored_alone_are_those_from_scratch_though_the_cut_is_finer() {
    let model = model(Mock::engine().with_row_groups(4));
    for name in task::NAMES {
        let task = task::open(name, &mini()).unwrap();
        let all = select(&*task, &Subset::Full);
        let with = |alone, share| {
            let mut options = options(false, share);
            options.loss_only = true;
            options.settings.alone = alone;
            evaluate(&*model, &options, &*task, &all)
        };
        let (alone, scratch) = (with(true, true), with(true, false));
        assert_eq!(alone.records, scratch.records, "{name}");
        assert_eq!(alone.work.tokens_evaluated, with(false, true).work.tokens_evaluated, "{name}");
    }
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
fn an_id_with_its_task_means_no_other_tasks_item() {
    let task = task::open("mmlu", &mini()).unwrap();
    let chosen = |id: &str| select(&*task, &Subset::Ids([id.to_owned()].into())).indices.len();
    assert_eq!(chosen("mmlu:small_sums/test/3"), 1);
    assert_eq!(chosen("piqa:small_sums/test/3"), 0);
}
