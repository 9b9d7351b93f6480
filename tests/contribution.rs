//! Reports for the public record: good ones are taken, poisoned ones refused by the name of a rule, and what names a person
//! goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use densimeter::measure::bench_report::BenchReport;
use densimeter::measure::journal::Journal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::report::samples;

mod check;
mod mutation;
mod share;

/// A report with its journal, as JSON: to be varied or poisoned, and written into a folder of reports.
#[derive(Clone)]
struct Draft {
    report: Value,
    journal: Vec<Value>,
}

impl Draft {
    /// One of the committed reports, under the name of another run.
    fn of(committed: usize, run: &str) -> Self {
        let path = &samples()[committed];
        let report = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let lines = fs::read_to_string(path.with_file_name("run.jsonl")).unwrap();
        let journal = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut draft = Self { report, journal };
        draft.report["run_id"] = json!(run);
        draft.report["bench"]["run_id"] = json!(run);
        draft.each("run", |line| line["run_id"] = json!(run));
        draft
    }

    fn run(&self) -> &str {
        self.report["run_id"].as_str().unwrap()
    }

    /// Changes every line of a type.
    fn each(&mut self, kind: &str, mut change: impl FnMut(&mut Value)) {
        self.journal.iter_mut().filter(|line| line["type"] == kind).for_each(&mut change);
    }

    /// Makes a row, or all of them, so many times as slow: each repetition, each token.
    fn slower(&mut self, row: Option<u64>, factor: f64) {
        let longer = |number: &mut Value| {
            if let Some(ns) = number.as_u64() {
                *number = json!(((ns as f64 * factor).round() as u64).max(1));
            }
        };
        self.each("sample", |line| {
            if row.is_some_and(|row| line["row"] != row) {
                return;
            }
            let sample = &mut line["sample"];
            longer(&mut sample["duration_ns"]);
            sample.get_mut("token_ns").and_then(Value::as_array_mut).into_iter().flatten().for_each(longer);
        });
    }

    /// Derives the bench of the report from its journal: who forges it well does so, too.
    fn derived(mut self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        fs::write(&path, self.lines()).unwrap();
        let bench = BenchReport::of(&Journal::read(&path).unwrap()).unwrap();
        self.report["valid"] = json!(bench.valid);
        self.report["bench"] = serde_json::to_value(bench).unwrap();
        self
    }

    fn lines(&self) -> String {
        self.journal.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Writes it below a folder of reports.
    fn write(&self, reports: &Path) -> PathBuf {
        let folder = reports.join("device").join(self.run());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("report.json"), serde_json::to_string_pretty(&self.report).unwrap()).unwrap();
        fs::write(folder.join("run.jsonl"), self.lines()).unwrap();
        folder
    }
}

/// The program in a home of its own, as a user and on a host with names that may stand in reports.
fn densimeter(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    command
        .args(arguments)
        .env("HOME", home.join("zoe-home"))
        .env("USER", "zoetrope")
        .env("XDG_CACHE_HOME", home.join("cache"));
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env_remove("DENSIMETER_CACHE");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `report --check` says of a path, with this exit code.
fn checked(path: &Path, code: i32) -> Value {
    let home = tempfile::tempdir().unwrap();
    let path = path.display().to_string();
    let output: Output = densimeter(home.path(), &["report", "--check", &path, "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder of reports.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().join("reports");
    fs::create_dir(&reports).unwrap();
    (folder, reports)
}
