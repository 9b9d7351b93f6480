//! The eight cloze tasks: whole texts scored, one order of the items, and what the log and the document say.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use densimeter::engine::mock::Mock;
use densimeter::eval::record::Record;
use densimeter::eval::subset::{Subset, select};
use densimeter::eval::task::{self, Ask, Task};
use densimeter::eval::tasks;
use densimeter::unit::ClozeTask;
use serde_json::Value;

use super::{densimeter, evaluate, fixture, mini, model, options, published};

fn open(task: ClozeTask) -> Box<dyn Task> {
    task::open(task.name(), &mini()).unwrap()
}

#[test]
fn three_levels_are_each_evaluated_once_and_nothing_changes() {
    for mock in [Mock::engine(), Mock::engine().bytes_only().with_bos(false)] {
        let model = model(mock);
        for name in ClozeTask::ALL {
            let task = open(name);
            let all = select(&*task, &Subset::Full);
            let scratch = evaluate(&*model, &options(false, false), &*task, &all);
            for alone in [false, true] {
                let mut options = options(false, true);
                options.settings.alone = alone;
                let shared = evaluate(&*model, &options, &*task, &all);
                assert_eq!(shared.records, scratch.records, "{name}");
                let work = &shared.work;
                assert_eq!(work.tokens_evaluated, work.tokens_unique, "{name}: no token is evaluated twice");
                assert!(4 * work.tokens_evaluated < scratch.work.tokens_evaluated, "{name}: {work:?}");
            }
            let mut loss_only = options(false, true);
            loss_only.loss_only = true;
            let losses = evaluate(&*model, &loss_only, &*task, &all);
            for (loss, whole) in losses.records.iter().zip(&scratch.records) {
                assert_eq!((loss.nll_nats, loss.bits_per_byte), (whole.nll_nats, whole.bits_per_byte), "{name}");
                assert!(loss.logprobs.is_none() && loss.correct.is_none() && loss.nll_nats.is_some(), "{name}");
            }
        }
    }
}

/// What the definitions say of an item, from its log-likelihoods alone.
#[test]
fn the_choice_is_by_the_character_and_bits_are_by_the_byte() {
    let model = model(Mock::engine());
    let (mut by_text, mut beyond_ascii) = (0, 0);
    for name in ClozeTask::ALL {
        let task = open(name);
        let all = select(&*task, &Subset::Full);
        let run = evaluate(&*model, &options(false, true), &*task, &all);
        for (record, &index) in run.records.iter().zip(&all.indices) {
            let Ask::Cloze { options, gold } = task.item(index).ask else { panic!("{name} asks for whole texts") };
            let logprobs = record.logprobs.as_ref().unwrap();
            let texts: Vec<&str> = options.iter().map(|option| option.strip_prefix(' ').unwrap()).collect();
            let tokens: Vec<u32> = options.iter().map(|option| model.tokenize(option).len() as u32).collect();
            assert_eq!(record.tokens.as_ref(), Some(&tokens), "{name}");
            let best = |value: &dyn Fn(usize) -> f64| {
                (0..texts.len()).max_by(|a, b| value(*a).total_cmp(&value(*b)).then(b.cmp(a))).unwrap()
            };
            let chosen = best(&|at| logprobs[at] / texts[at].chars().count() as f64);
            by_text += usize::from(chosen != best(&|at| logprobs[at]));
            beyond_ascii += usize::from(texts.iter().any(|text| !text.is_ascii()));
            assert_eq!(record.prediction.as_deref(), Some(&*chosen.to_string()), "{name}");
            assert_eq!(record.gold.as_deref(), Some(&*gold.to_string()), "{name}");
            assert_eq!(record.correct, Some(chosen == gold), "{name}");
            let bits = -logprobs[gold] / 2.0_f64.ln() / texts[gold].len() as f64;
            assert!((record.bits_per_byte.unwrap() - bits).abs() < 1e-12, "{name}");
            assert!((task.chance(index) - 1.0 / texts.len() as f64).abs() < 1e-12, "{name}");
        }
    }
    assert!(by_text > 5 && beyond_ascii > 5, "the items cannot tell the rules apart: {by_text}, {beyond_ascii}");
}

#[test]
fn a_context_beyond_the_models_is_cut_from_the_left() {
    for bos in [true, false] {
        let model = model(Mock::engine().with_context_length(200).with_bos(bos));
        for name in ClozeTask::ALL {
            let task = open(name);
            let all = select(&*task, &Subset::Full);
            let shared = evaluate(&*model, &options(false, true), &*task, &all);
            let exact = evaluate(&*model, &options(true, true), &*task, &all);
            let scratch = evaluate(&*model, &options(true, false), &*task, &all);
            assert_eq!(shared.records, scratch.records, "{name}");
            assert_eq!(exact.records, scratch.records, "{name}");
            for record in &shared.records {
                let longest = record.tokens.as_ref().unwrap().iter().max().unwrap();
                assert!(record.context_tokens + longest - 1 <= 200 && record.error.is_none(), "{name}: {record:?}");
            }
            assert!(shared.records.iter().any(|record| record.context_tokens > 100), "{name}");
        }
    }
    // Where not even the options fit, there is no answer.
    let model = model(Mock::engine().with_context_length(20));
    let task = open(ClozeTask::Piqa);
    let run = evaluate(&*model, &options(false, true), &*task, &select(&*task, &Subset::Full));
    assert!(run.records.iter().any(|record| record.error.is_some() && record.correct.is_none()));
}

#[test]
fn the_first_items_are_the_same_ones_whatever_the_seed_and_the_number() {
    for name in ClozeTask::ALL {
        let task = open(name);
        let first = |items, seed| select(&*task, &Subset::Limit { items, seed });
        let (few, many) = (first(5, 1), first(9, 2));
        assert_eq!(few.indices, many.indices[..5], "{name}");
        assert_eq!((&*few.method, few.seed, many.seed), ("ordered", Some(1), Some(1)), "{name}");
        let all = select(&*task, &Subset::Full);
        assert_eq!(many.indices, all.indices[..9], "{name}");
        assert_eq!(all.indices.iter().collect::<BTreeSet<_>>().len(), task.len(), "{name}");
        assert_ne!(all.indices, (0..task.len()).collect::<Vec<_>>(), "{name}");
    }
}

/// A reference model's numbers for the first items are worth nothing in another order.
#[test]
fn the_order_of_the_published_items_stays() {
    let Some(data) = published() else { return };
    let task = task::open("arc_easy", &data).unwrap();
    let first: Vec<String> =
        select(&*task, &Subset::Limit { items: 4, seed: 9 }).indices.iter().map(|&index| task.id(index)).collect();
    assert_eq!(first, ["CSZ20823", "MCAS_2000_8_24", "MDSA_2008_8_38", "MCAS_2004_5_14"]);
    let task = task::open("hellaswag", &data).unwrap();
    let ids: BTreeSet<String> = (0..task.len()).map(|index| task.id(index)).collect();
    assert_eq!(ids.len(), 10_042, "an item log tells all items apart");
    assert!(ids.contains("24") && ids.contains("180") && ids.contains("180#2"));
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = densimeter();
    command.args(["-m", "mock:", "--noise-items", "0", "--no-own-speed", "-o"]).arg(folder).args(arguments);
    command.output().unwrap()
}

fn log(folder: &Path, task: &str) -> Vec<Record> {
    let text = std::fs::read_to_string(folder.join(format!("{task}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_longer_run_goes_on_where_a_shorter_one_ended() {
    let (folder, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let document = |output: Output| -> Value {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    document(run(folder.path(), &["--task", "edge", "--limit", "5"]));
    let longer = document(run(folder.path(), &["--task", "edge", "--limit", "9", "--seed", "7", "--resume"]));
    let full = document(run(folder.path(), &["--task", "edge", "--full", "--resume"]));
    let fresh = document(run(whole.path(), &["--task", "edge", "--full"]));
    let rows = |document: &Value| document["tasks"].as_array().unwrap().clone();
    let names: Vec<Value> = rows(&full).iter().map(|row| row["task"].clone()).collect();
    assert_eq!(
        names,
        ClozeTask::ALL.map(|task| Value::from(task.name())),
        "`edge` stands for the eight, in their order"
    );
    for (longer, (full, fresh)) in rows(&longer).iter().zip(rows(&full).iter().zip(&rows(&fresh))) {
        assert_eq!((&longer["resumed"], &longer["n"]), (&5.into(), &9.into()));
        for field in ["score", "accuracy_per_char", "bits_per_byte_mean", "conditional_loss", "standing", "n"] {
            assert_eq!(full[field], fresh[field], "{field} of {}", full["task"]);
        }
        assert_eq!(full["score"], full["accuracy_per_char"]);
        let mean = full["bits_per_byte_mean"]["point"].as_f64().unwrap();
        let name = full["task"].as_str().unwrap();
        let records = log(folder.path(), name);
        let bits: Vec<f64> = records.iter().map(|record| record.bits_per_byte.unwrap()).collect();
        assert!((bits.iter().sum::<f64>() / bits.len() as f64 - mean).abs() < 1e-12, "{name}");
        let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!((ids.len(), records.len()), (open(name.parse().unwrap()).len(), ids.len()), "{name}");
    }
    let shorter = document(run(folder.path(), &["--task", "piqa", "--limit", "3", "--resume"]));
    assert_eq!(rows(&shorter)[0]["n"], 3);
}

#[test]
fn the_usual_tasks_stay_the_five_and_have_no_cloze_numbers() {
    assert_eq!(task::NAMES, ["mmlu", "bbh", "math", "humaneval", "mbpp"]);
    assert_eq!(tasks::expanded(&["mmlu", "edge", "piqa"].map(str::to_owned)).len(), 1 + 8);
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--task", "mmlu", "--limit", "9"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = document["tasks"][0].as_object().unwrap();
    assert!(!row.contains_key("accuracy_per_char") && !row.contains_key("bits_per_byte_mean"));
    assert!(row["selection"]["method"] == "stratified");
}

/// One line that names the file and the way out, and nothing half-written.
fn refused(data: &Path, task: &str) -> String {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["eval", "--engine", "mock", "-m", "mock:", "--task", task, "--limit", "3", "--data"]).arg(data);
    let output = command.arg("-o").arg(out.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(std::fs::read_dir(out.path()).unwrap().next().is_none(), "{said}");
    said
}

#[test]
fn items_that_are_not_the_published_ones_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rc")).unwrap();
    let place = |name: &str| folder.path().join("rc").join(name);
    let said = refused(folder.path(), "piqa");
    assert!(said.contains("piqa.jsonl: not found") && said.contains("--data"), "{said}");
    std::fs::copy(fixture("bench-mini/rc/piqa.jsonl"), place("piqa.jsonl")).unwrap();
    let said = refused(folder.path(), "piqa");
    assert!(said.contains("piqa.jsonl: SHA-256") && said.contains("--data"), "{said}");
    std::fs::remove_file(place("piqa.jsonl")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&std::fs::read(fixture("bench-mini/rc/piqa.jsonl")).unwrap()).unwrap();
    let whole = gzip.finish().unwrap();
    std::fs::write(place("piqa.jsonl.gz"), &whole[..whole.len() - 9]).unwrap();
    let said = refused(folder.path(), "piqa");
    assert!(said.contains("piqa.jsonl.gz"), "{said}");
    if let Some(data) = published() {
        // The published items with shots of somebody else.
        std::fs::remove_file(place("piqa.jsonl.gz")).unwrap();
        std::fs::write(place("piqa.jsonl"), data.read("rc/piqa.jsonl").unwrap()).unwrap();
        std::fs::copy(fixture("bench-mini/rc/piqa.prefix.txt"), place("piqa.prefix.txt")).unwrap();
        let said = refused(folder.path(), "piqa");
        assert!(said.contains("piqa.prefix.txt: SHA-256"), "{said}");
    }
}
