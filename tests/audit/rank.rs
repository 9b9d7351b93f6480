//! `audit --rank` on the mock engine: the order, twins, strangers, failures, hostile headers, and taking up again.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::models::writer::{Writer, small};

fn rank(out: &Path, files: &[&str], more: &[&str]) -> (i32, Value, String, String) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini").display().to_string();
    let out = out.display().to_string();
    let fixed = ["--engine", "mock", "--data", &data, "--unpinned-data", "-o", &out, "-t", "1"];
    let arguments = [&["audit", "--rank"], files, &fixed[..], more].concat();
    let output = Command::cargo_bin("densimeter").unwrap().args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), document, text(&output.stdout), text(&output.stderr))
}

const QUICK: [&str; 6] = ["--json", "--no-speed", "--kl-tokens", "400", "--task", "mmlu,bbh,humaneval"];

fn column<'a>(document: &'a Value, key: &str) -> Vec<&'a Value> {
    document.as_array().unwrap().iter().map(|record| &record[key]).collect()
}

fn evaluated(said: &str) -> usize {
    said.lines().filter(|line| line.contains(" items of ")).count()
}

#[test]
fn files_are_ordered_by_their_divergence_however_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let more = [&QUICK[..], &["--reference", "mock:"]].concat();
    let files = ["mock:sharp=1.3", "mock:sharp=1.02", "mock:sharp=1.1"];
    let (code, document, _, said) = rank(folder.path(), &files, &more);
    assert_eq!(code, 0, "a file that is worse is an answer: {said}");
    assert_eq!(column(&document, "file"), ["mock:sharp=1.02", "mock:sharp=1.1", "mock:sharp=1.3"]);
    assert_eq!(column(&document, "rank"), [1, 2, 3]);
    assert_eq!(column(&document, "verdict"), ["best", "worse", "worse"], "{document:#}");
    assert_eq!(column(&document, "winner"), [true, false, false]);
    let kl: Vec<f64> = column(&document, "kl_nats").iter().map(|kl| kl["point"].as_f64().unwrap()).collect();
    assert!(0.0 < kl[0] && kl.is_sorted(), "{kl:?}");
    for record in document.as_array().unwrap() {
        assert!(record["loss_ratio"]["low"].as_f64() <= record["loss_ratio"]["point"].as_f64(), "{record:#}");
        assert_eq!((&record["against"]["file"], &record["basis"]), (&"mock:".into(), &"kl".into()));
        assert!(record["tokens_per_second"].is_null() && record["peak_rss"].is_null());
        assert!(record["reasons"]["peak_rss"].as_str().unwrap().contains("--no-speed"));
    }
    // Sharper in the double is a higher loss: a ratio below 1.
    assert!(document[2]["loss_ratio"]["high"].as_f64().unwrap() < 1.0, "{:#}", document[2]);
    // The same command takes up what is there, and another order of the names changes nothing.
    let (_, again, _, said) = rank(folder.path(), &[files[2], files[0], files[1]], &more);
    assert_eq!((again, evaluated(&said)), (document, 0), "{said}");
}

#[test]
fn files_that_predict_alike_cannot_be_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, small().text("general.quantized_by", name).finish()).unwrap();
        path.display().to_string()
    };
    let (a, b) = (file("a.gguf"), file("b.gguf"));
    let more = [&QUICK[..], &["--reference", "mock:sharp=1.1"]].concat();
    let (code, document, _, said) = rank(&folder.path().join("out"), &[&a, &b], &more);
    assert_eq!(code, 0, "{said}");
    assert_eq!(column(&document, "verdict"), ["tied"; 2]);
    assert_eq!(column(&document, "winner"), [false; 2]);
    assert!(document[1]["items_to_tell"].is_null(), "nothing was seen: no number of items would tell");
    let more: Vec<&str> = more.into_iter().filter(|word| *word != "--json").collect();
    let (_, _, text, _) = rank(&folder.path().join("out"), &[&a, &b], &more);
    assert!(text.contains("cannot be told apart with ") && text.contains("quantised by a.gguf"), "{text}");
}

#[test]
fn the_same_bytes_under_two_names_are_measured_once_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, maker: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, small().text("general.quantized_by", maker).finish()).unwrap();
        path.display().to_string()
    };
    let files = [file("b.gguf", "one"), file("a.gguf", "one"), file("c.gguf", "another")];
    let out = folder.path().join("out");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (code, document, _, said) = rank(&out, &files, &[&QUICK[..], &["--loss-only"]].concat());
    assert_eq!(code, 0, "{said}");
    let twin = document.as_array().unwrap().iter().find(|record| record["verdict"] == "same-file").unwrap();
    assert_eq!((&twin["file"], &twin["same_as"]), (&files[0].into(), &files[1].into()), "{document:#}");
    let first = document.as_array().unwrap().iter().find(|record| record["file"] == files[1]).unwrap();
    assert_eq!(
        (&first["sha256"], &first["rank"], &first["kl_nats"]),
        (&twin["sha256"], &twin["rank"], &twin["kl_nats"])
    );
    // Two legs of each of two files, not of three.
    assert_eq!(evaluated(&said), 4, "{said}");
}

#[test]
fn without_a_reference_the_largest_is_it_and_stands_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, kind: u32, bytes: usize| {
        let path = folder.path().join(name);
        std::fs::write(&path, small().tensor("blk.0.attn_q.weight", &[64, 3], kind, bytes).finish()).unwrap();
        path.display().to_string()
    };
    let (half, small) = (file("half.gguf", 1, 64 * 3 * 2), file("small.gguf", 2, 2 * 3 * 18));
    let (code, document, text, said) = rank(&folder.path().join("out"), &[&small, &half], &QUICK);
    assert_eq!(code, 0, "{text}{said}");
    assert_eq!(document[0]["file"], half.as_str(), "{document:#}");
    assert_eq!((&document[0]["reference"], &document[0]["kl_nats"]["high"]), (&true.into(), &0.0.into()));
    assert_eq!(document[1]["winner"], true, "the only one that is compared");
    let kinds = &document[1]["provenance"]["tensors"][0];
    assert_eq!((&kinds["kind"], &kinds["tensors"], &kinds["bytes"]), (&"Q4_0".into(), &2.into(), &2412.into()));
}

#[test]
fn files_of_other_models_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, model: Writer| {
        let path = folder.path().join(name);
        std::fs::write(&path, model.finish()).unwrap();
        path.display().to_string()
    };
    let own = write("own.gguf", small().tensor("blk.0.attn_q.weight", &[64, 3], 0, 64 * 3 * 4));
    let shape = write("shape.gguf", small().tensor("blk.0.attn_q.weight", &[32, 3], 0, 32 * 3 * 4));
    let kind = write(
        "kind.gguf",
        Writer::default().text("general.architecture", "gemma3").tensor("token_embd.weight", &[64, 64], 2, 64 * 2 * 18),
    );
    for (other, what) in [(&shape, "blk.0.attn_q.weight [64, 3] and [32, 3]"), (&kind, "architecture llama and gemma3")]
    {
        let (code, _, _, said) =
            rank(&folder.path().join("out"), &[&own, other, &own], &[&QUICK[..], &["--reference", &own]].concat());
        assert_eq!(code, 2, "{said}");
        let names = said.contains("own.gguf") && said.contains(other.as_str()) && said.contains(what);
        assert!(names && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_file_that_cannot_be_evaluated_is_last_and_a_failed_row() {
    let folder = tempfile::tempdir().unwrap();
    let broken = "mock:sharp=1.0002";
    // A file where the folder of its item logs should be.
    let hash: String = Sha256::digest(broken).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(folder.path().join(hash), "").unwrap();
    let more = [&QUICK[..], &["--reference", "mock:"]].concat();
    let (code, document, _, said) = rank(folder.path(), &[broken, "mock:sharp=1.3"], &more);
    assert_eq!(code, 4, "{said}");
    let last = &document[1];
    assert_eq!((&last["file"], &last["rank"], &last["verdict"]), (&broken.into(), &2.into(), &"worse".into()));
    assert!(last["failed"].is_string() && last["kl_nats"].is_null() && last["reasons"]["kl_nats"].is_string());
    assert_eq!(document[0]["winner"], true);
}

#[test]
fn a_header_cannot_steer_the_terminal_nor_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, maker: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, small().text("general.quantized_by", maker).finish()).unwrap();
        path.display().to_string()
    };
    let (a, b) = (file("a.gguf", "x\u{1b}[2J\u{202e}|<script>\n# head"), file("b.gguf", &"long ".repeat(9999)));
    let page = folder.path().join("page.md");
    let more = ["--no-speed", "--kl-tokens", "64", "--task", "humaneval", "--summary", page.to_str().unwrap()];
    let (code, _, text, said) = rank(&folder.path().join("out"), &[&a, &b], &more);
    assert_eq!(code, 0, "{said}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && text.len() < 4000, "{text}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.starts_with("## Which of these files\n") && page.contains("| rank |"), "{page}");
    assert!(!page.contains("<script>") && !page.lines().any(|line| line.starts_with("# ")), "{page}");
}

#[test]
fn speed_and_memory_are_this_devices_and_mistakes_are_usage() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--json", "--kl-tokens", "64", "--task", "humaneval", "--loss-only"];
    let (code, document, _, said) = rank(folder.path(), &["mock:", "mock:sharp=1.3"], &more);
    assert_eq!(code, 0, "{said}");
    assert!(document[0]["tokens_per_second"]["point"].as_f64().unwrap() > 0.0, "{document:#}");
    assert_eq!(rank(folder.path(), &["mock:"], &more).0, 2);
    assert_eq!(rank(folder.path(), &["mock:", "mock:sharp=1.3"], &["--sequential"]).0, 2);
}
