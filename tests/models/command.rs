//! `models` through the binary.

use std::path::Path;
use std::process::Output;

use assert_cmd::cargo::cargo_bin_cmd;

use super::writer::small;

fn densimeter(cache: &Path, arguments: &[&str]) -> Output {
    cargo_bin_cmd!("densimeter")
        .env("DENSIMETER_CACHE", cache)
        .env("DENSIMETER_MODELS", cache.join("none"))
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one line on stderr of a command that failed with this code.
fn line(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code));
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(output.stdout.is_empty());
    text
}

#[test]
fn list_names_every_model_and_what_is_here() {
    let cache = tempfile::tempdir().unwrap();
    let listed = json(&densimeter(cache.path(), &["models", "list", "--json"]));
    let models = listed.as_array().unwrap();
    assert!(models.len() >= 8);
    assert!(models.iter().all(|model| model["cached"] == serde_json::json!([])));
    let table = densimeter(cache.path(), &["models", "list"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.lines().any(|row| row.contains("smollm2-135m-instruct (default)") && row.contains("93.8 MiB")));
}

#[test]
fn check_finds_nothing_wrong_and_asks_nobody_offline() {
    let cache = tempfile::tempdir().unwrap();
    let checked = json(&densimeter(cache.path(), &["models", "check", "--offline", "--json"]));
    assert_eq!((&checked["faults"], &checked["reached"]), (&serde_json::json!([]), &serde_json::json!(0)));
    assert!(checked["models"].as_u64().unwrap() >= 50 && checked["files"].as_u64() >= checked["models"].as_u64());
    assert_eq!(checked["not_asked"], "--offline");
    let unknown = line(&densimeter(cache.path(), &["models", "check", "nope-1b"]), 2);
    assert!(unknown.contains("`nope-1b`") && unknown.contains("models list"), "{unknown}");
}

/// One silent server is asked once; one that has no such file, or another size, is told of each.
#[test]
#[cfg(feature = "download")]
fn check_tells_files_that_are_gone_from_servers_that_are() {
    use super::server::{Act, Server};
    use serde_json::json;

    let cache = tempfile::tempdir().unwrap();
    let check = |endpoint: &str, code: i32| -> serde_json::Value {
        let output = cargo_bin_cmd!("densimeter")
            .env("DENSIMETER_CACHE", cache.path())
            .env("DENSIMETER_MODELS", cache.path().join("none"))
            .env("HF_ENDPOINT", endpoint)
            .args(["models", "check", "qwen3-0.6b", "qwen3-1.7b", "--json", "--quiet"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let gone = check(&Server::start(vec![0; 8], "a", &[Act::Status(404)]).endpoint, 4);
    assert_eq!(gone["reached"], json!(0));
    let faults = gone["faults"].as_array().unwrap();
    assert_eq!(faults.len() as u64, gone["files"].as_u64().unwrap(), "{gone}");
    assert!(faults.iter().all(|fault| fault["fault"].as_str().unwrap().ends_with("not found there")), "{gone}");
    let other = check(&Server::start(vec![0; 8], "a", &[Act::Serve]).endpoint, 4);
    let fault = other["faults"][0]["fault"].as_str().unwrap();
    assert!(fault.contains("8 bytes there, ") && fault.contains(" in the catalogue"), "{fault}");
    let silent = check("http://127.0.0.1:9", 0);
    assert_eq!((&silent["faults"], &silent["reached"]), (&json!([]), &json!(0)));
    assert!(silent["not_asked"].as_str().unwrap().starts_with("no answer from http://127.0.0.1:9: "), "{silent}");
}

#[test]
fn show_reads_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.gguf");
    std::fs::write(&path, small().finish()).unwrap();
    let shown = json(&densimeter(folder.path(), &["models", "show", path.to_str().unwrap(), "--json"]));
    assert_eq!(shown["model"], serde_json::Value::Null);
    let header = &shown["header"];
    assert_eq!(header["architecture"], "llama");
    assert_eq!(header["params"], 4160.0);
    assert_eq!(header["tensor_types"]["Q4_0"], 1);
    assert_eq!(header["tokenizer"]["chat_template"], true);
    assert_eq!(header["kv_cache_bytes_per_token_f16"], 256.0);
}

#[test]
fn show_of_a_model_that_is_not_here_gives_the_reason() {
    let cache = tempfile::tempdir().unwrap();
    let shown = json(&densimeter(cache.path(), &["models", "show", "phi-2", "--json"]));
    assert_eq!(shown["header"], serde_json::Value::Null);
    assert!(shown["reason"].as_str().unwrap().contains("models fetch phi-2"));
    assert_eq!(shown["model"]["scores"]["mmlu"], 52.66);
}

#[test]
fn bad_input_is_one_line_that_names_the_file_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let show = |argument: &str| line(&densimeter(folder.path(), &["models", "show", argument]), 1);
    let whole = small().finish();
    let cut = show(&write("cut.gguf", &whole[..whole.len() - 100]));
    assert!(cut.contains("cut.gguf: truncated") && cut.contains("fetch it again"), "{cut}");
    let text = show(&write("text.gguf", b"hello there"));
    assert!(text.contains("text.gguf: not a GGUF file"), "{text}");
    let missing = show("nowhere/x.gguf");
    assert!(missing.contains("nowhere/x.gguf: no such file"), "{missing}");
    let unknown = show("gema-3-270m");
    assert!(unknown.contains("did you mean `gemma-3-270m`"), "{unknown}");
    let offline = line(&densimeter(folder.path(), &["models", "fetch", "--offline", "gemma-3-270m"]), 1);
    assert!(offline.contains("gemma-3-270m-q4_k_m.gguf is not in the cache"), "{offline}");
    assert!(!folder.path().join("models").exists(), "nothing half-written");
}

#[test]
fn a_file_changed_under_its_final_name_is_found_out() {
    let cache = tempfile::tempdir().unwrap();
    let path = cache.path().join("models/gemma-3-270m/gemma-3-270m-q4_k_m.gguf");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, small().finish()).unwrap();
    let said = line(&densimeter(cache.path(), &["models", "fetch", "--offline", "gemma-3-270m"]), 1);
    assert!(said.contains("SHA-256 is") && said.contains("a5fd3b62"), "{said}");
}
