//! `bench` through the binary, on the deterministic engine and a synthetic model.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::models::writer::small;

mod audit;
mod broken_off;
mod input;
mod output;
mod placement;
mod resume;
#[cfg(feature = "download")]
mod server;

/// A home of its own with a small model in it.
struct Bench {
    home: TempDir,
    model: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let model = home.path().join("small.gguf");
        std::fs::write(&model, small().finish()).unwrap();
        Self { home, model }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The folder of the runs.
    fn folder(&self) -> PathBuf {
        self.path("run")
    }

    fn journal(&self) -> String {
        std::fs::read_to_string(self.folder().join("run.jsonl")).unwrap_or_default()
    }

    /// `bench` on the double without a wait, its model and folder still open.
    fn bare(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args(["bench", "--engine", "mock", "--no-wait"]).env("HOME", self.home.path());
        command.env("DENSIMETER_CACHE", self.path("cache")).env("XDG_STATE_HOME", self.path("state"));
        command.env_remove("DENSIMETER_MOCK_DELAY_MS").env_remove("DENSIMETER_TEST_FREE_MEMORY");
        command
    }

    /// The same on the small model and two threads, kept in the folder.
    fn command(&self, arguments: &str) -> Command {
        let mut command = self.bare();
        command
            .arg("-m")
            .arg(&self.model)
            .args(["-t", "2", "-o"])
            .arg(self.folder())
            .args(arguments.split_whitespace());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The document of a run that ended with this code.
    fn json(&self, arguments: &str, code: i32) -> Value {
        document(&self.run(&format!("{arguments} --json")), code)
    }
}

fn document(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The one line on stderr of a command that ended with this code and printed nothing.
fn line(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
    assert_eq!(said(output).trim_end().lines().count(), 1, "{}", said(output));
    assert!(output.stdout.is_empty());
    said(output)
}

/// The timed rows of a document; loads stand behind them.
fn timed(document: &Value) -> Vec<&Value> {
    document["results"].as_array().unwrap().iter().filter(|row| row["phase"] != "load").collect()
}

fn row<'a>(document: &'a Value, test: &str) -> &'a Value {
    timed(document).into_iter().find(|row| row["test"] == test).unwrap_or_else(|| panic!("no row {test}"))
}

fn kinds(row: &Value) -> Vec<&str> {
    row["warnings"].as_array().unwrap().iter().map(|warning| warning["kind"].as_str().unwrap()).collect()
}

fn samples(row: &Value) -> Vec<u64> {
    row["samples_ns"].as_array().unwrap().iter().map(|ns| ns.as_u64().unwrap()).collect()
}
