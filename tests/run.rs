//! `run` through the binary, on the deterministic engine: the order of things, and going on after an interrupt.
#![cfg(target_os = "linux")]

use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::models::writer::{Writer, small};

pub(crate) mod card;
mod parts;
pub(crate) mod synthetic;

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("small.gguf"), small().finish()).unwrap();
        std::fs::create_dir(home.path().join("no-data")).unwrap();
        Self(home)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A quick run whose batches take some milliseconds, so that its rows need few repetitions.
    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args(["run", "--quick", "--engine", "mock", "--no-wait", "--offline"]);
        command.args(["-m", &self.path("small.gguf"), "-o", &self.path("run"), "--data", &self.path("no-data")]);
        command.env("HOME", self.0.path()).env("DENSIMETER_CACHE", self.path("cache")).args(more);
        command.env("DENSIMETER_MOCK_DELAY_MS", "20").env_remove("DENSIMETER_TEST_FREE_MEMORY");
        command
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("run/report.json")).unwrap()).unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_interrupted_run_goes_on_where_it_was_and_ends_with_the_report() {
    let home = Home::new();
    let child = home.command(&["--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let samples = || {
        let journal = std::fs::read_to_string(home.path("run/run.jsonl")).unwrap_or_default();
        journal.matches("\"type\":\"sample\"").count()
    };
    let mut looks = 0;
    while samples() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        looks += 1;
        assert!(looks < 2400, "no repetition was measured");
    }
    let second = home.command(&["--resume"]).output().unwrap();
    assert_eq!(second.status.code(), Some(1), "one folder, two runs at once: {}", said(&second));
    assert!(said(&second).contains("another densimeter"), "{}", said(&second));
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let cut = child.wait_with_output().unwrap();
    assert_eq!(cut.status.code(), Some(1), "{}", said(&cut));
    let last = said(&cut).trim_end().lines().last().unwrap().to_owned();
    assert!(last.contains("interrupted") && last.contains(&format!("-o {} --resume", home.path("run"))), "{last}");
    let kept: Value = serde_json::from_slice(&cut.stdout).unwrap();
    assert_eq!(kept, home.report(), "stdout and the file are one document");
    assert!(kept["eval"].is_null() && kept["reasons"]["eval"].is_string());

    // The folder is not overwritten by chance, and a full run is another run.
    let again = home.command(&[]).output().unwrap();
    assert_eq!((again.status.code(), said(&again).contains("--resume")), (Some(2), true), "{}", said(&again));
    let mut full = home.command(&["--resume"]);
    let arguments: Vec<_> = full.get_args().filter(|word| *word != "--quick").map(ToOwned::to_owned).collect();
    full = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let full = full.args(arguments).env("DENSIMETER_CACHE", home.path("cache")).output().unwrap();
    assert_eq!((full.status.code(), said(&full).contains("--quick")), (Some(2), true), "{}", said(&full));

    // A page that cannot be written leaves a run that can be gone on with: its document is the last to say that it is whole.
    let taken = home.path("run/tables/crossover.csv");
    std::fs::create_dir_all(format!("{taken}/by something else")).unwrap();
    let stuck = home.command(&["--resume"]).output().unwrap();
    assert_eq!((stuck.status.code(), said(&stuck).contains(&taken)), (Some(1), true), "{}", said(&stuck));
    assert_eq!(home.report()["complete"], false);
    std::fs::remove_dir_all(&taken).unwrap();

    let done = home.command(&["--resume", "--json"]).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report, home.report());
    assert_eq!((&report["schema"], &report["run_id"]), (&json!(1), &kept["run_id"]));
    let bench = &report["bench"];
    let before: Vec<&Value> = kept["bench"]["results"].as_array().unwrap().iter().map(|row| &row["test"]).collect();
    let names: Vec<&Value> = bench["results"].as_array().unwrap().iter().map(|row| &row["test"]).collect();
    assert_eq!(names, before, "the shapes of the first look");
    assert!(names.contains(&&json!("pp512")), "{names:?}");
    for row in bench["results"].as_array().unwrap().iter().filter(|row| row["phase"] != "load") {
        let nanos: Vec<u64> = row["samples_ns"].as_array().unwrap().iter().map(|ns| ns.as_u64().unwrap()).collect();
        assert!(nanos.len() >= 5 && nanos.iter().sum::<u64>() >= 10_000_000_000, "{row}");
    }
    // Device and class: what was probed and what was measured, under the names of the bench document.
    assert!(report["device"]["name"].is_string() && report["device"]["cpu"]["threads"].is_u64());
    assert!(report["device"]["measured"]["read_bandwidth"].is_array());
    // A part that fails gives its own reason, not that of the process it ran in.
    assert!(report["eval"].is_null(), "{}", report["eval"]);
    let why = report["reasons"]["eval"].as_str().unwrap();
    assert!(why.contains("no-data") && !why.contains("exit status"), "{why}");
    assert!(report["audit"].is_null() && report["reasons"]["audit"].is_string());
    assert!(report["crossover"].as_array().is_some_and(|rows| !rows.is_empty()));
    // What to run here: one model, in the report, the sentences and on the page.
    let picks = report["recommend"]["picks"].as_array().unwrap();
    if let Some(pick) = picks.first() {
        let begin = format!("run {} {} ", pick["model"].as_str().unwrap(), pick["quantization"].as_str().unwrap());
        let said = report["verdicts"].as_array().unwrap();
        assert_eq!(said.iter().filter(|line| line.as_str().unwrap().starts_with("run ")).count(), 1, "{said:?}");
        assert!(said.iter().any(|line| line.as_str().unwrap().starts_with(&begin)), "{begin}: {said:?}");
    }
    // The ETA stands before everything that takes time.
    let lines = said(&done);
    let place =
        |what: &str| lines.lines().position(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{what}: {lines}"));
    assert!(place("about ") < place("probe:") && place("probe:") < place("bench:"), "{lines}");
    let text = std::fs::read_to_string(home.path("run/README.md")).unwrap();
    assert!(text.contains("pp512") && text.contains("Not measured: "), "{text}");
    super::report::holds_together(std::path::Path::new(&home.path("run")), &report);
    assert_eq!((&kept["complete"], &report["complete"]), (&json!(false), &json!(true)));
    assert!(report["frontier"]["releases"].as_array().is_some_and(|releases| releases.len() > 40));
    // What is finished stays as it is.
    let after = home.command(&["--resume"]).output().unwrap();
    assert_eq!((after.status.code(), said(&after).contains("kept as it is")), (Some(2), true), "{}", said(&after));
    assert_eq!(report, home.report());
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_is_written_or_measured() {
    let home = Home::new();
    let mut command = home.command(&[]);
    let output = command.env("DENSIMETER_TEST_FREE_MEMORY", "1000").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let last = said(&output).trim_end().lines().last().unwrap().to_owned();
    assert!(last.contains("small.gguf") && last.contains("of memory"), "{last}");
    assert!(!std::path::Path::new(&home.path("run/run.jsonl")).exists());
    std::fs::remove_file(home.path("small.gguf")).unwrap();
    let missing = home.command(&[]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1), "{}", said(&missing));
    assert!(said(&missing).contains("small.gguf"), "{}", said(&missing));
    assert!(!std::path::Path::new(&home.path("run/report.json")).exists());
    let mut alone = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let alone = alone.args(["run", "--resume"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "--resume needs -o: {}", said(&alone));
    for (more, word) in [(["--resume", "-q"], "nothing to go on with"), (["--data", "nowhere"], "--data nowhere")] {
        std::fs::write(home.path("small.gguf"), small().finish()).unwrap();
        let _ = std::fs::remove_dir(home.path("run"));
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        let refused = command.args(["run", "-o", &home.path("run")]).args(more).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
        assert!(
            said(&refused).contains(word) && !std::path::Path::new(&home.path("run")).exists(),
            "{}",
            said(&refused)
        );
    }
}

#[test]
fn a_folder_with_files_of_somebody_else_is_left_as_it_is() {
    let home = Home::new();
    std::fs::create_dir(home.path("run")).unwrap();
    for name in ["README.md", "report.json"] {
        let path = home.path(&format!("run/{name}"));
        std::fs::write(&path, "mine").unwrap();
        let refused = home.command(&[]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
        assert!(said(&refused).contains(name) && said(&refused).contains("-o"), "{}", said(&refused));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        assert_eq!(std::fs::read_dir(home.path("run")).unwrap().count(), 1, "nothing was written beside it");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_model_that_predicts_no_next_token_is_refused_before_anything_is_fetched_or_written() {
    let home = Home::new();
    let causal = small().bool("llama.attention.causal", false).finish();
    let bert = Writer::default()
        .text("general.architecture", "bert")
        .u32("bert.context_length", 512)
        .tensor("token_embd.weight", &[64, 64], 2, 64 * 2 * 18)
        .finish();
    for (name, file) in [("causal", causal), ("bert", bert)] {
        std::fs::write(home.path("small.gguf"), file).unwrap();
        let output = home.command(&[]).output().unwrap();
        let said = said(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(
            said.contains("small.gguf") && said.contains("encoder") && said.contains("densimeter models list"),
            "{name}: {said}"
        );
        assert!(!std::path::Path::new(&home.path("run")).exists(), "{said}");
    }
}
