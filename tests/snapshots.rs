//! What every `--json` says, as it was before the upper half of the program was rebuilt: the contract of that work.
//!
//! `tests/snapshots/json/NAME.json` is the document that a command printed at 7fc4e2e (with the hidden options of `run`
//! that these tests need), with its keys sorted. A test runs the command again and compares as values: the order of keys
//! is free, a missing key is not the same as a null, and numbers may differ by one part in 10⁹, since another processor's
//! `exp` may round its last bit otherwise.
//!
//! What depends on a clock or on the machine stands in the file as [`VARIES`]; each test names those places, and nothing
//! else is left out. The engine is the deterministic double, the seed 42 unless the command says another, the day
//! [`TODAY`], the machine of `run` and `probe` a folder with a synthetic `/proc` and `/sys`, and the bench of `run` a
//! journal in `tests/fixtures/run`, whose repetitions are taken for measured.
//!
//! A change that is meant (the changelog names it) is taken over by `DENSIMETER_BLESS=1`; look at the difference before it
//! is committed.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

mod measured;
mod run;
mod stored;
mod tables;

/// What stands in a file for a value that differs from run to run or from machine to machine.
const VARIES: &str = "(varies)";

/// The day that counts as today.
const TODAY: &str = "2026-11-23";

/// The share by which two numbers may differ.
const TOLERANCE: f64 = 1e-9;

/// Longest line of a file, where a part can be broken at all.
const LINE: usize = 160;

/// Most differences that are shown of one document.
const SHOWN: usize = 20;

/// A home of its own: no cache, no stored device model, no reports of the machine that the tests run on.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("DENSIMETER_CACHE", "cache/models"),
            ("DENSIMETER_MODELS", "no-models"),
        ] {
            command.env(name, self.path(folder));
        }
        for name in ["DENSIMETER_DATA", "DENSIMETER_MOCK_DELAY_MS", "DENSIMETER_TEST_FREE_MEMORY"] {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).args(arguments).arg("--json");
        command
    }

    /// The document of a command that ends with this code; in its texts, this home is `HOME`.
    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        let document = serde_json::from_slice(&output.stdout);
        self.anonymous(document.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}")))
    }

    fn anonymous(&self, document: Value) -> Value {
        let text = document.to_string().replace(&self.0.path().display().to_string(), "HOME");
        serde_json::from_str(&text.replace(env!("CARGO_MANIFEST_DIR"), "REPOSITORY")).unwrap()
    }
}

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether a place is one of those that a pattern names: names separated by `/`; `a|b` is either, `*` any one name, `**`
/// any number of names.
fn matches(place: &[String], pattern: &[&str]) -> bool {
    match (pattern.split_first(), place.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), None) => matches(place, rest),
        (Some((&"**", rest)), Some((_, further))) => matches(place, rest) || matches(further, pattern),
        (Some((name, rest)), Some((own, further))) => {
            (*name == "*" || name.split('|').any(|name| name == own)) && matches(further, rest)
        }
        _ => false,
    }
}

/// The document with its keys sorted and [`VARIES`] at the places that the patterns name.
fn settled(value: &Value, place: &mut Vec<String>, varies: &[Vec<&str>]) -> Value {
    if varies.iter().any(|pattern| matches(place, pattern)) {
        return VARIES.into();
    }
    let mut below = |name: String, value: &Value| {
        place.push(name);
        let settled = settled(value, place, varies);
        place.pop();
        settled
    };
    match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| below(at.to_string(), item)).collect(),
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            sorted.into_iter().map(|(name, field)| (name.clone(), below(name.clone(), field))).collect()
        }
        other => other.clone(),
    }
}

/// Collects the places where two documents differ.
fn differences(was: &Value, is: &Value, place: &str, found: &mut Vec<String>) {
    match (was, is) {
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            for (at, (was, is)) in was.iter().zip(is).enumerate() {
                differences(was, is, &format!("{place}/{at}"), found);
            }
        }
        (Value::Object(was), Value::Object(is)) => {
            for (name, value) in was {
                match is.get(name) {
                    Some(other) => differences(value, other, &format!("{place}/{name}"), found),
                    None => found.push(format!("{place}/{name}: is gone; was {value}")),
                }
            }
            for (name, value) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
                found.push(format!("{place}/{name}: is new: {value}"));
            }
        }
        (Value::Number(was), Value::Number(is)) => {
            let (a, b) = (was.as_f64().unwrap(), is.as_f64().unwrap());
            if was != is && (a - b).abs() > TOLERANCE * a.abs().max(b.abs()) {
                found.push(format!("{place}: was {was}, is {is}"));
            }
        }
        (was, is) if was != is => found.push(format!("{place}: was {was}, is {is}")),
        _ => {}
    }
}

/// The JSON of a value; a part that fits stands on one line.
fn laid_out(value: &Value, indent: &str, out: &mut String) {
    let whole = value.to_string();
    let further = format!("{indent} ");
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (format!("{}: ", Value::from(name.as_str())), field)).collect()
        }
        _ => Vec::new(),
    };
    if parts.is_empty() || indent.len() + whole.len() <= LINE {
        return out.push_str(&whole);
    }
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    for (at, (name, part)) in parts.iter().enumerate() {
        out.push(if at == 0 { open } else { ',' });
        *out += &format!("\n{further}{name}");
        laid_out(part, &further, out);
    }
    *out += &format!("\n{indent}{close}");
}

/// Holds a document to its file; `varies` names the places that are left out (see [`matches`]).
fn hold(name: &str, document: &Value, varies: &[&str]) {
    let patterns: Vec<Vec<&str>> = varies.iter().map(|pattern| pattern.split('/').collect()).collect();
    let document = settled(document, &mut Vec::new(), &patterns);
    let path = repository("tests/snapshots/json").join(format!("{name}.json"));
    if std::env::var_os("DENSIMETER_BLESS").is_some() {
        let mut text = String::new();
        laid_out(&document, "", &mut text);
        std::fs::write(&path, text + "\n").unwrap();
        return;
    }
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; DENSIMETER_BLESS=1", path.display()));
    let mut found = Vec::new();
    differences(&serde_json::from_slice(&text).unwrap(), &document, "", &mut found);
    let shown: String =
        found.iter().take(SHOWN).map(|one| format!("  {}\n", one.chars().take(400).collect::<String>())).collect();
    assert!(found.is_empty(), "{name}.json: {} places differ:\n{shown}", found.len());
}

#[test]
fn a_difference_is_seen_where_it_is() {
    let was = serde_json::json!({"a": [1.0, 2.0, {"b": null}], "c": "text", "t": 5});
    let mut found = Vec::new();
    differences(
        &was,
        &serde_json::json!({"c": "text", "t": 5, "a": [1.000_000_000_01, 2, {"b": null}]}),
        "",
        &mut found,
    );
    assert_eq!(found, [""; 0], "order, the last digits and the form of a number are no difference");
    differences(&was, &serde_json::json!({"a": [1.0, 2.1, {}], "c": "other", "t": 5, "d": 1}), "", &mut found);
    assert_eq!(
        found,
        ["/a/1: was 2.0, is 2.1", "/a/2/b: is gone; was null", "/c: was \"text\", is \"other\"", "/d: is new: 1"]
    );
    let places = [vec!["a", "2", "b"], vec!["**", "t"], vec!["a", "0|1"]];
    let settled = settled(&was, &mut Vec::new(), &places);
    assert_eq!(settled, serde_json::json!({"a": [VARIES, VARIES, {"b": VARIES}], "c": "text", "t": VARIES}));
}
