//! llama.cpp on the real model: tokens, counts and caches, never seconds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};

use densimeter::device::{feature_match, probe};
use densimeter::engine::llama::Llama;
use densimeter::engine::{ContextOptions, Engine, Model, ModelOptions, Session, Slot, Token};
use densimeter::measure::journal::{Entry, Journal};
use densimeter::model::cache::Cache;
use densimeter::model::catalog::Catalog;
use densimeter::model::gguf::Header;
use densimeter::sysfs::Root;
use serde_json::{Value, json};

use super::models::writer::small;

const PROMPT: &str = "The first ten prime numbers are 2, 3, 5, 7,";

// Tokens, continuation and sizes come from tests/fixtures/greedy_oracle.py, which shares no code with llama.cpp.
pub(crate) const PROMPT_TOKENS: [i32; 18] =
    [504, 808, 3772, 9552, 2966, 359, 216, 34, 28, 216, 35, 28, 216, 37, 28, 216, 39, 28];
pub(crate) const CONTINUATION: [i32; 20] =
    [216, 33, 33, 28, 216, 33, 35, 28, 216, 33, 39, 28, 216, 33, 41, 28, 216, 34, 33, 28];
const PARAMS: u64 = 134_515_008;
const TENSOR_BYTES: u64 = 96_576_768;
const VOCABULARY: u32 = 49_152;

/// SmolLM2-135M-Instruct Q4_1: `DENSIMETER_TEST_MODEL`, or where `models fetch` puts it.
pub(crate) fn model_path() -> PathBuf {
    const ID: &str = "smollm2-135m-instruct";
    let path = std::env::var_os("DENSIMETER_TEST_MODEL").map_or_else(
        || {
            let catalog = Catalog::load().unwrap();
            let file = catalog.get(ID).unwrap().file(None).unwrap();
            Cache::of_this_user().unwrap().model_path(ID, &file.name)
        },
        PathBuf::from,
    );
    assert!(path.is_file(), "{}: no such file; run `densimeter models fetch {ID}` (`make test` does)", path.display());
    path
}

fn load() -> Box<dyn Model> {
    Llama.load(&model_path(), &ModelOptions::default()).unwrap()
}

pub(crate) fn session(model: &dyn Model) -> Box<dyn Session + '_> {
    model.session(&ContextOptions { n_ctx: 256, threads: 2, n_seq_max: 2, ..ContextOptions::default() }).unwrap()
}

fn slots(tokens: &[i32], from: usize, sequence: u32) -> Vec<Slot> {
    let slot = |(place, token): (usize, &i32)| Slot {
        token: Token(*token),
        position: (from + place) as u32,
        sequences: vec![sequence],
        logits: place + 1 == tokens.len(),
    };
    tokens.iter().enumerate().map(slot).collect()
}

/// Decodes and returns the most likely next token.
pub(crate) fn next(session: &mut dyn Session, tokens: &[i32], from: usize, sequence: u32) -> i32 {
    session.decode(&slots(tokens, from, sequence)).unwrap();
    let logits = session.logits(tokens.len() - 1);
    assert_eq!(logits.len(), VOCABULARY as usize);
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    best.0 as i32
}

#[test]
fn the_greedy_continuation_is_that_of_the_oracle() {
    let model = load();
    let tokens: Vec<i32> = model.tokenize(PROMPT).iter().map(|token| token.0).collect();
    assert_eq!(tokens, PROMPT_TOKENS);
    let text: Vec<u8> = tokens.iter().flat_map(|token| model.piece(Token(*token))).collect();
    assert_eq!(text, PROMPT.as_bytes());
    let mut session = session(&*model);
    let mut continuation = vec![next(&mut *session, &tokens, 0, 0)];
    while continuation.len() < CONTINUATION.len() {
        let position = tokens.len() + continuation.len() - 1;
        let last = *continuation.last().unwrap();
        continuation.push(next(&mut *session, &[last], position, 0));
    }
    assert_eq!(continuation, CONTINUATION);
}

#[test]
fn the_split_into_batches_changes_no_prediction() {
    let model = load();
    for size in [1, 5, 7] {
        let mut session = session(&*model);
        let parts = PROMPT_TOKENS.chunks(size).enumerate();
        let predictions: Vec<i32> = parts.map(|(place, part)| next(&mut *session, part, place * size, 0)).collect();
        assert_eq!(predictions.last(), Some(&CONTINUATION[0]), "in batches of {size}");
    }
}

#[test]
fn a_copied_and_a_truncated_sequence_go_on_like_the_original() {
    let model = load();
    let mut session = session(&*model);
    let (head, last) = PROMPT_TOKENS.split_at(PROMPT_TOKENS.len() - 1);
    next(&mut *session, head, 0, 0);
    session.copy_sequence(0, 1).unwrap();
    // A detour in the copy, taken back.
    next(&mut *session, &[9552, 2966], head.len(), 1);
    session.truncate_sequence(1, head.len() as u32).unwrap();
    assert_eq!(next(&mut *session, last, head.len(), 1), CONTINUATION[0]);
    assert_eq!(next(&mut *session, last, head.len(), 0), CONTINUATION[0], "the original did not see the detour");
    session.clear();
    assert_eq!(next(&mut *session, &PROMPT_TOKENS, 0, 0), CONTINUATION[0], "an emptied cache begins at 0 again");
}

#[test]
fn engine_and_header_count_the_same_weights() {
    let facts = load().facts();
    let header = Header::read(&model_path()).unwrap();
    assert_eq!((facts.params, header.params().count()), (PARAMS, PARAMS as f64));
    assert_eq!((facts.bytes, header.tensor_bytes().bytes()), (TENSOR_BYTES, TENSOR_BYTES));
    assert_eq!(facts.n_vocab, VOCABULARY);
    assert_eq!(Some(u64::from(facts.n_ctx_train)), header.facts().context_length);
}

#[test]
fn the_build_names_its_instruction_sets_and_none_that_this_processor_lacks() {
    let build = Llama.build();
    assert!(build.name.contains("llama.cpp") && !build.features.is_empty(), "{build:?}");
    let flags = probe::profile(&Root::system()).cpu.simd;
    let found = feature_match::compare(&flags, &build.features);
    let deadly: Vec<_> =
        found.iter().filter(|found| matches!(found, feature_match::FeatureWarning::Unsupported { .. })).collect();
    assert!(flags.is_empty() || deadly.is_empty(), "{deadly:?}");
}

fn bench(folder: &std::path::Path, model: &std::path::Path, arguments: &str) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    command.args(["bench", "--no-wait", "-t", "2", "--json", "-m"]).arg(model).arg("-o").arg(folder.join("run"));
    command.env("DENSIMETER_CACHE", folder).args(arguments.split_whitespace()).output().unwrap()
}

#[test]
fn every_repetition_does_the_same_work_and_every_token_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(folder.path(), &model_path(), "-p 32 -n 16 -d 0,8 -r 2 -b 16");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["model"]["params"], PARAMS);
    for row in report["results"].as_array().unwrap().iter().filter(|row| row["phase"] == "decode") {
        let buckets = row["latency"]["histogram"].as_array().unwrap();
        assert_eq!(buckets.iter().map(|bucket| bucket[1].as_u64().unwrap()).sum::<u64>(), 2 * 16);
        assert_eq!(row["backend"], "CPU");
        // Where the build has devices their tests say more (tests/gpu.rs); where it has none, all of it is the CPU.
        assert_eq!(
            row["placement"],
            json!([{"backend": "CPU", "device": null, "layers": 1.0, "work": 1.0, "memory": null}])
        );
    }
    let mut checks: BTreeMap<usize, Vec<Token>> = BTreeMap::new();
    for entry in Journal::read(&folder.path().join("run/run.jsonl")).unwrap() {
        match entry {
            Entry::RowStarted { row, ready } => checks.entry(row).or_default().push(ready.warmup.unwrap().check),
            Entry::Sample { row, sample, .. } => {
                assert_eq!(sample.tokens as usize, [32, 16, 32, 16][row]);
                assert_eq!(sample.token_ns.len(), [0, 16, 0, 16][row]);
                checks.entry(row).or_default().push(sample.check);
            }
            _ => {}
        }
    }
    assert_eq!(checks.len(), 4);
    for (row, checks) in checks {
        assert_eq!(checks.len(), 3, "warm-up and two repetitions");
        assert!(checks.iter().all(|check| *check == checks[0]), "row {row}: {checks:?}");
    }
}

#[test]
fn a_device_that_this_build_lacks_is_a_failed_row_and_none_is_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(folder.path(), &model_path(), "-p 8 -n 0 -r 1 -ngl 99 -dev none,Vulkan9");
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["results"].as_array().unwrap();
    assert!(rows[0]["tokens_per_second"]["point"].is_f64() && rows[0]["backend"] == "CPU", "{:#}", rows[0]);
    assert_eq!(rows[0]["settings"]["devices"], json!([]));
    assert!(rows[1]["reason"].as_str().unwrap().contains("no device 'Vulkan9'"), "{:#}", rows[1]);
}

#[test]
fn a_setting_that_the_engine_refuses_is_a_failed_row_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    // llama.cpp quantises the value cache only with flash attention.
    let output = bench(folder.path(), &model_path(), "-p 8 -n 0 -r 1 -ctv q8_0 -fa 0,1");
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["results"].as_array().unwrap();
    assert!(rows[0]["reason"].as_str().unwrap().contains("flash_attn"), "{}", rows[0]["reason"]);
    assert!(rows[0]["tokens_per_second"].is_null() && rows[1]["tokens_per_second"]["point"].is_f64());
}

#[test]
fn an_unknown_architecture_is_one_line_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strange.gguf");
    let bytes = small().finish();
    // The name's length stays, so nothing else in the file moves.
    let text = String::from_utf8_lossy(&bytes);
    let at = text.find("llama").unwrap();
    let mut strange = bytes.clone();
    strange[at..at + 5].copy_from_slice(b"ollam");
    std::fs::write(&path, strange).unwrap();
    for threads in ["2", "auto"] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args(["bench", "--no-wait", "-t", threads, "-m"]).arg(&path).arg("-o").arg(folder.path().join(threads));
        let output = command.env("DENSIMETER_CACHE", folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty() && said.trim_end().lines().count() == 1, "{said}");
        assert!(said.contains("strange.gguf") && said.contains("unknown model architecture"), "{said}");
    }
}
