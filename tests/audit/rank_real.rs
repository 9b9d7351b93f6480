//! `audit --rank` on a real model: five files made of it here, two of them the same bytes, one damaged.

use std::path::{Path, PathBuf};
use std::process::Command;

use densimeter::model::cache::Cache;
use densimeter::model::catalog::Catalog;
use densimeter::model::gguf::Header;
use serde_json::Value;

const ID: &str = "smollm2-135m-instruct";

fn densimeter(arguments: &[&str]) -> (i32, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_densimeter")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), said)
}

fn quantized(model: &str, format: &str, path: &Path) -> PathBuf {
    let (code, _, said) = densimeter(&["models", "quantize", model, format, "-o", path.to_str().unwrap(), "--json"]);
    assert_eq!(code, 0, "{said}");
    path.to_owned()
}

/// Turns the order of the blocks of one tensor round: every block stays what it was, and stands in the wrong place.
fn damage(file: &Path, tensor: &str) {
    let header = Header::read_alone(file).unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    // Every tensor begins at a multiple of 32, and the file ends with the padding of the last.
    let padded = |bytes: u64| bytes.next_multiple_of(32);
    let all: u64 = header.tensors.iter().map(|tensor| padded(tensor.bytes)).sum();
    let mut start = bytes.len() as u64 - all;
    assert_eq!(start % 32, 0);
    for found in &header.tensors {
        if found.name == tensor {
            let block = found.kind.block_bytes as usize;
            let data = &mut bytes[start as usize..(start + found.bytes) as usize];
            let turned: Vec<u8> = data.chunks_exact(block).rev().flatten().copied().collect();
            data.copy_from_slice(&turned);
            return std::fs::write(file, &bytes).unwrap();
        }
        start += padded(found.bytes);
    }
    panic!("no {tensor}");
}

#[test]
fn of_five_files_the_order_holds_twins_are_named_and_the_damaged_one_is_last() {
    let catalog = Catalog::load().unwrap();
    let file = catalog.get(ID).unwrap().file(None).unwrap();
    let original = Cache::of_this_user().unwrap().model_path(ID, &file.name);
    assert!(original.is_file(), "{}: no such file; run `densimeter models fetch {ID}`", original.display());
    let original = original.display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let good = quantized(&original, "Q8_0", &at("good-Q4_K_M.gguf"));
    quantized(&original, "Q5_1", &at("middling-Q4_K_M.gguf"));
    quantized(&original, "Q4_0", &at("poor-Q4_K_M.gguf"));
    std::fs::copy(&good, at("good-again-Q4_K_M.gguf")).unwrap();
    // One turned tensor costs about what Q4_0 does; three cost clearly more.
    std::fs::copy(&good, at("damaged-Q4_K_M.gguf")).unwrap();
    for layer in [3, 12, 21] {
        damage(&at("damaged-Q4_K_M.gguf"), &format!("blk.{layer}.ffn_down.weight"));
    }
    let names = ["poor", "damaged", "good-again", "middling", "good"];
    let files: Vec<String> =
        names.iter().map(|name| at(&format!("{name}-Q4_K_M.gguf")).display().to_string()).collect();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini").display().to_string();
    let out = at("out").display().to_string();
    let fixed = ["--reference", &original, "--data", &data, "--unpinned-data", "-o", &out, "--json", "--no-speed"];
    let more = ["--task", "mmlu,humaneval", "--limit", "14", "--loss-only", "--kl-tokens", "256"];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (code, document, said) = densimeter(&[&["audit", "--rank"][..], &files, &fixed, &more].concat());
    assert_eq!(code, 0, "{said}");
    let records = document.as_array().unwrap();
    let name = |record: &Value| {
        let file = PathBuf::from(record["file"].as_str().unwrap());
        file.file_name().unwrap().to_string_lossy().trim_end_matches("-Q4_K_M.gguf").to_owned()
    };
    let order: Vec<String> = records.iter().map(name).collect();
    // `good-Q4…` stands before `good-again…` in the alphabet: it is the name under which both were measured.
    assert_eq!(order, ["good", "good-again", "middling", "poor", "damaged"], "{document:#}");
    assert_eq!(records.iter().map(|record| record["rank"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 1, 2, 3, 4]);
    assert_eq!((&records[1]["verdict"], &records[1]["same_as"]), (&"same-file".into(), &records[0]["file"]));
    let verdicts: Vec<&str> = records.iter().map(|record| record["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["best", "same-file", "worse", "worse", "worse"], "{document:#}");
    let kl = |at: usize, key: &str| records[at]["kl_nats"][key].as_f64().unwrap();
    assert!(
        kl(0, "high") < kl(2, "low") && kl(2, "point") < kl(3, "point") && kl(3, "high") < kl(4, "low"),
        "{document:#}"
    );
    assert!(records[4]["loss_ratio"]["high"].as_f64().unwrap() < 1.0, "{:#}", records[4]["loss_ratio"]);
    let provenance = &records[2]["provenance"];
    assert_eq!((&provenance["file_type"], &provenance["tensors"][0]["kind"]), (&"Q5_1".into(), &"Q5_1".into()));
}
