//! Documents about stored reports: what is read, shown, compared and gathered.

use std::path::{Path, PathBuf};

use densimeter::report::run::RunReport;
use densimeter::report::stored::Stored;
use serde_json::{Value, json};

use super::{Home, differences, hold, repository};
use crate::report::{at_speed, evaluation, holds_together};

/// The report that was committed at 7fc4e2e, and its folder.
fn committed() -> (PathBuf, Value) {
    let folder = repository("reports/amd-epyc/20261126T073928Z-12297");
    let report = serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
    (folder, report)
}

fn keep(home: &Home, name: &str, report: &Value) -> String {
    std::fs::create_dir_all(home.path(name)).unwrap();
    std::fs::write(Path::new(&home.path(name)).join("report.json"), report.to_string()).unwrap();
    home.path(name)
}

#[test]
fn the_committed_report_is_read_and_written_again_as_it_was() {
    let (folder, original) = committed();
    let text = std::fs::read_to_string(folder.join("report.json")).unwrap();
    let report: RunReport = serde_json::from_str(&text).unwrap();
    let mut found = Vec::new();
    // A report of that day knows nothing of what a report holds since then.
    let original = with_later_parts(original);
    differences(&original, &serde_json::to_value(&report).unwrap(), "", &mut found);
    found.retain(|place| !superseded(place));
    assert_eq!(found, [""; 0]);
    let stored = Stored::read(&folder).unwrap();
    differences(&original, &serde_json::to_value(&stored.report).unwrap(), "", &mut found);
    found.retain(|place| !superseded(place));
    assert_eq!(found, [""; 0], "read as somebody else's");
}

/// What crossings have instead since dates are read from one distribution: quantiles, releases that carry them, doubts. The
/// report's dates stay, with the word that their method is superseded.
fn superseded(place: &str) -> bool {
    let of_crossing = place.starts_with("/crossover/") || place.starts_with("/device/today/gpt_4/");
    let gone = ["/date_unrestricted: is gone", "/today/densest: is gone", "/change: was"];
    let gained = ["/quantiles: ", "/carriers: "];
    of_crossing && gone.iter().chain(&gained).any(|part| place.contains(part))
}

/// The report with the parts that reports have gained, null as they are read.
fn with_later_parts(mut report: Value) -> Value {
    for part in ["density_edge", "recommend"] {
        report.as_object_mut().unwrap().entry(part).or_insert(Value::Null);
    }
    report
}

#[test]
fn the_committed_report_is_shown_as_it_was() {
    let (folder, report) = committed();
    let home = Home::new();
    let (from, to) = (folder.display().to_string(), home.path("out"));
    hold("report", &home.json(&["report", &from, "-o", &to], 0), &[]);
    holds_together(Path::new(&to), &report);
}

#[test]
fn imports_audits_and_collections() {
    let home = Home::new();
    let (folder, report) = committed();
    let fixture = |name: &str| repository("tests/fixtures/llama-bench").join(name).display().to_string();
    for name in ["two.json", "one.csv", "one.sql", "two.jsonl"] {
        let (short, out) = (name.replace('.', "-"), home.path(name));
        hold(&format!("report-llama-bench-{short}"), &home.json(&["report", &fixture(name), "-o", &out], 0), &[]);
        let text = std::fs::read(Path::new(&out).join("report.json")).unwrap();
        hold(&format!("import-llama-bench-{short}"), &home.anonymous(serde_json::from_slice(&text).unwrap()), &[]);
    }
    let audit = repository("tests/snapshots/json/audit-pairs.json").display().to_string();
    let from = folder.display().to_string();
    hold("report-audit", &home.json(&["report", &from, "--audit", &audit, "-o", &home.path("audited")], 0), &[]);
    keep(&home, "all/one", &report);
    let mut other = report.clone();
    other["run_id"] = json!("another");
    keep(&home, "all/two", &other);
    std::fs::create_dir_all(home.path("all/three")).unwrap();
    std::fs::write(home.path("all/three/report.json"), "{\"schema\": 1, \"run_id\": \"x\", \"bench\": 7}").unwrap();
    hold("report-gallery", &home.json(&["report", &home.path("all"), "-o", &home.path("site")], 4), &[]);
}

const CALM: [f64; 5] = [0.99, 1.01, 1.0, 0.995, 1.005];

/// The committed report with calm rows and one task of 100 items.
fn graded(score: f64, loss: f64, speed: f64) -> Value {
    let (_, mut report) = committed();
    for row in [0, 1] {
        at_speed(&mut report["bench"]["results"][row], speed, &CALM);
    }
    let about = |point: f64, reach: f64| json!({ "point": point, "low": point - reach, "high": point + reach, "level": 0.95, "method": "wilson" });
    report["eval"] = evaluation(&[json!({ "score": about(score, 9.0), "conditional_loss": about(loss, 0.1) })]);
    report
}

/// Logs of 100 items beside a report: right where `right` says so, with losses that `more` scales.
fn log(folder: &str, right: impl Fn(usize) -> bool, more: f64) {
    let line = |at: usize| {
        let nll = (1.0 + 0.5 * (at % 7) as f64) * more + 0.001 * (at % 3) as f64;
        json!({ "id": format!("mmlu/{at}"), "prompt_sha256": "a", "continuation_sha256": "b", "correct": right(at),
            "nll_nats": nll })
        .to_string()
            + "\n"
    };
    std::fs::create_dir_all(Path::new(folder).join("eval")).unwrap();
    std::fs::write(Path::new(folder).join("eval/mmlu.jsonl"), (0..100).map(line).collect::<String>()).unwrap();
}

#[test]
fn compare() {
    let home = Home::new();
    let base = keep(&home, "base", &graded(60.0, 1.0, 100.0));
    let slower = keep(&home, "slower", &graded(48.0, 1.02, 80.0));
    let faster = keep(&home, "faster", &graded(60.0, 1.0, 102.0));
    let mut stranger = graded(60.0, 1.0, 100.0);
    stranger["device"]["cpu"]["name"] = json!("Another CPU");
    stranger["bench"]["engine"]["features"] = json!(["AVX9"]);
    let stranger = keep(&home, "stranger", &stranger);
    let own = home.json(&["compare", &base, &base], 0);
    hold("compare-itself", &own, &[]);
    hold("compare-unpaired", &home.json(&["compare", &base, &slower, &faster], 3), &[]);
    hold("compare-thresholds", &home.json(&["compare", &base, &faster, "--threshold", "0.01"], 0), &[]);
    hold("compare-strangers", &home.json(&["compare", &base, &stranger, "--allow", "device,engine"], 0), &[]);
    log(&base, |at| at < 60, 1.0);
    log(&slower, |at| (15..60).contains(&at) || at >= 97, 1.02);
    hold("compare-items", &home.json(&["compare", &base, &slower], 3), &[]);
}
