//! Bad input: one line that names the file and the way out, and nothing half-written.

use super::{Bench, document, line, row, said};

#[test]
fn a_bad_model_file_is_one_line() {
    let bench = Bench::new();
    let whole = std::fs::read(&bench.model).unwrap();
    std::fs::write(bench.path("cut.gguf"), &whole[..whole.len() - 100]).unwrap();
    std::fs::write(bench.path("text.gguf"), "hello there").unwrap();
    std::fs::create_dir(bench.path("folder.gguf")).unwrap();
    for (name, expected) in [
        ("nowhere.gguf", "no such file"),
        ("cut.gguf", "truncated"),
        ("text.gguf", "not a GGUF file"),
        ("folder.gguf", "folder"),
    ] {
        let mut command = bench.bare();
        let output = command.args(["-t", "2", "-o"]).arg(bench.folder()).arg("-m").arg(bench.path(name)).output();
        let text = line(&output.unwrap(), 1);
        assert!(text.contains(name) && text.contains(expected), "{text}");
    }
    assert!(!bench.folder().exists());
}

#[test]
fn too_little_memory_is_predicted_before_loading() {
    let bench = Bench::new();
    for threads in ["2", "auto"] {
        let mut command = bench.bare();
        command.args(["-p", "16", "-n", "0", "-t", threads, "-m"]).arg(&bench.model).arg("-o").arg(bench.folder());
        let text = line(&command.env("DENSIMETER_TEST_FREE_MEMORY", "1000000").output().unwrap(), 1);
        assert!(text.contains("small.gguf: pp16 needs about") && text.contains("smaller quantisation"), "{text}");
    }
    assert!(!bench.folder().exists());
}

#[test]
fn a_row_that_does_not_fit_leaves_the_others() {
    let bench = Bench::new();
    // A million tokens of context take 256 MiB of cache here; with the engine's own 256 that is more than 300 MB.
    let mut command = bench.command("-p 16,1048576 -n 0 -r 1 --json");
    let report = document(&command.env("DENSIMETER_TEST_FREE_MEMORY", "300000000").output().unwrap(), 4);
    assert_eq!(row(&report, "pp16")["samples_ns"].as_array().unwrap().len(), 1);
    let refused = row(&report, "pp1048576");
    assert!(refused["tokens_per_second"].is_null() && refused["load"]["major_faults"].is_null());
    assert!(refused["reason"].as_str().unwrap().contains("needs about"), "{refused}");
}

#[test]
fn a_folder_that_cannot_hold_a_run_is_refused() {
    let bench = Bench::new();
    std::fs::write(bench.path("file"), "").unwrap();
    for threads in ["2", "auto"] {
        let mut command = bench.bare();
        let output =
            command.args(["-t", threads, "-m"]).arg(&bench.model).arg("-o").arg(bench.path("file/run")).output();
        let text = line(&output.unwrap(), 1);
        assert!(text.contains("file/run: cannot hold a run") && text.contains("-o"), "{text}");
    }
}

#[test]
fn a_changed_file_of_the_catalogue_is_found_out() {
    let bench = Bench::new();
    let path = bench.path("cache/models/gemma-3-270m/gemma-3-270m-q4_k_m.gguf");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::copy(&bench.model, &path).unwrap();
    let mut command = bench.bare();
    command.args(["--offline", "-t", "2", "-m", "gemma-3-270m", "-o"]).arg(bench.folder());
    let text = line(&command.output().unwrap(), 1);
    assert!(text.contains("gemma-3-270m-q4_k_m.gguf") && text.contains("SHA-256 is"), "{text}");
    assert!(!bench.folder().exists());
}

#[test]
fn without_a_network_no_model_and_no_file() {
    let bench = Bench::new();
    let mut command = bench.bare();
    command
        .args(["-t", "2", "-m", "gemma-3-270m"])
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .env("PATH", bench.path("bin"));
    let output = command.arg("--quiet").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(text.lines().last().unwrap().contains("gemma-3-270m"), "{text}");
    assert!(!bench.path("cache/models/gemma-3-270m/gemma-3-270m-q4_k_m.gguf").exists());
    assert!(!bench.path("state").exists(), "no run was begun");
}
