//! `compare`: what is of the same thing, what changed, and the exit code.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::run;

/// Repetitions of a row around a speed, in tokens per second, by shares of it.
fn at_speed(report: &mut Value, row: usize, speed: f64, shares: &[f64]) {
    super::at_speed(&mut report["bench"]["results"][row], speed, shares);
}

const CALM: [f64; 5] = [0.99, 1.01, 1.0, 0.995, 1.005];

/// A report whose rows are valid, quiet and equally fast.
fn quiet() -> Value {
    let mut report = run();
    report["valid"] = json!(true);
    report["bench"]["valid"] = json!(true);
    for row in 0..2 {
        at_speed(&mut report, row, 100.0, &CALM);
        let row = &mut report["bench"]["results"][row];
        row["valid"] = json!(true);
        row["warnings"] = json!([]);
        row["memory"]["peak_rss"] = json!(100_000_000);
    }
    report
}

struct Reports(TempDir);

impl Reports {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn keep(&self, name: &str, report: &Value) -> PathBuf {
        let folder = self.0.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("report.json"), report.to_string()).unwrap();
        folder
    }

    fn log(&self, name: &str, task: &str, items: impl Iterator<Item = (bool, f64)>) {
        let folder = self.0.path().join(name).join("eval");
        std::fs::create_dir_all(&folder).unwrap();
        let lines: String = items
            .enumerate()
            .map(|(at, (correct, nll))| {
                let item = json!({
                    "id": format!("{task}/{at}"), "prompt_sha256": "a", "continuation_sha256": "b",
                    "correct": correct, "nll_nats": nll,
                });
                format!("{item}\n")
            })
            .collect();
        std::fs::write(folder.join(format!("{task}.jsonl")), lines).unwrap();
    }
}

fn compare(base: &Path, other: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    command.arg("compare").arg(base).arg(other).args(more).output().unwrap()
}

/// The exit code and the rows of a comparison with the quiet report.
fn against_quiet(change: impl Fn(&mut Value), more: &[&str]) -> (i32, Value) {
    let reports = Reports::new();
    let base = reports.keep("base", &quiet());
    let mut other = quiet();
    change(&mut other);
    let other = reports.keep("other", &other);
    let output = compare(&base, &other, &[&["--json"], more].concat());
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| json!({"error": String::from_utf8_lossy(&output.stderr)}));
    (output.status.code().unwrap(), document)
}

fn row<'a>(document: &'a Value, test: &str, metric: &str) -> &'a Value {
    let rows = document["comparisons"][0]["rows"].as_array().unwrap_or_else(|| panic!("{document}"));
    rows.iter().find(|row| row["test"] == test && row["metric"] == metric).unwrap_or_else(|| panic!("{rows:?}"))
}

#[test]
fn a_report_against_itself_is_not_compared_and_no_failure() {
    let reports = Reports::new();
    let base = reports.keep("base", &quiet());
    for other in [&base, &reports.keep("copy", &quiet())] {
        let output = compare(&base, other, &[]);
        let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(text.contains("): the same report\n") && !text.contains("undecided"), "{text}");
        assert!(said.contains("warning") && said.contains("nothing was compared"), "{said}");
        let document: Value = serde_json::from_slice(&compare(&base, other, &["--json"]).stdout).unwrap();
        assert_eq!((&document["verdict"], &document["tests"]), (&json!("same"), &json!(0)));
        let comparison = &document["comparisons"][0];
        assert_eq!((&comparison["same_report"], &comparison["rows"]), (&json!(true), &json!([])));
    }
}

#[test]
fn a_second_run_with_the_same_numbers_is_the_same_and_no_failure() {
    let (code, document) = against_quiet(|report| report["run_id"] = json!("another"), &[]);
    assert_eq!(code, 0, "{document}");
    assert_eq!(row(&document, "pp64", "tokens_per_second")["verdict"], "same");
    assert_eq!(row(&document, "pp64", "peak_rss")["verdict"], "same");
    assert_eq!(row(&document, "tg16", "latency_p50")["verdict"], "same");
    assert_eq!(row(&document, "pp64", "ttft")["verdict"], "same");
    let bare = |report: &mut Value| report["bench"]["results"][0]["first_token"] = Value::Null;
    let (_, document) = against_quiet(bare, &[]);
    let first = row(&document, "pp64", "ttft");
    assert_eq!(first["verdict"], "undecided", "a median without an interval");
    assert!(first["reason"].as_str().unwrap().contains("not judged"), "{first}");
}

#[test]
fn a_loss_ends_with_code_three_and_a_gain_does_not() {
    let (code, document) = against_quiet(|report| at_speed(report, 0, 80.0, &CALM), &[]);
    let slower = row(&document, "pp64", "tokens_per_second");
    assert_eq!((code, &slower["verdict"], &document["verdict"]), (3, &json!("worse"), &json!("worse")));
    let change = &slower["change"];
    let [low, point, high] = ["low", "point", "high"].map(|end| change[end].as_f64().unwrap());
    assert!(low < point && point < high && (point - 0.8).abs() < 1e-6 && high < 0.82, "{change}");
    // Both rows' speeds are tested, and the latency of one: the adjusted value is at least the plain one.
    assert!(slower["p_adjusted"].as_f64() >= slower["p_value"].as_f64(), "{slower}");

    let (code, document) = against_quiet(|report| at_speed(report, 0, 125.0, &CALM), &[]);
    assert_eq!((code, &row(&document, "pp64", "tokens_per_second")["verdict"]), (0, &json!("better")));

    let small = |report: &mut Value| at_speed(report, 0, 97.0, &CALM);
    assert_eq!(against_quiet(small, &[]).0, 0, "within the threshold");
    assert_eq!(against_quiet(small, &["--threshold", "0.005"]).0, 3, "beyond a smaller one");

    let noisy = |report: &mut Value| at_speed(report, 0, 90.0, &[0.5, 1.4, 0.8, 1.5, 0.9]);
    let (code, document) = against_quiet(noisy, &[]);
    assert_eq!((code, &row(&document, "pp64", "tokens_per_second")["verdict"]), (0, &json!("undecided")));

    let larger = |report: &mut Value| report["bench"]["results"][1]["memory"]["peak_rss"] = json!(150_000_000);
    let (code, document) = against_quiet(larger, &[]);
    assert_eq!((code, &row(&document, "tg16", "peak_rss")["verdict"]), (3, &json!("worse")));

    let failed = |report: &mut Value| {
        let row = &mut report["bench"]["results"][0];
        for number in ["tokens_per_second", "median_tokens_per_second", "stddev_tokens_per_second", "spread"] {
            row[number] = Value::Null;
        }
        row["samples_ns"] = json!([]);
        row["reason"] = json!("the worker crashed");
    };
    let (code, document) = against_quiet(failed, &[]);
    let lost = row(&document, "pp64", "tokens_per_second");
    assert_eq!((code, &lost["verdict"], &lost["other"]), (3, &json!("worse"), &Value::Null));
    assert!(lost["reason"].as_str().unwrap().contains("the worker crashed"), "{lost}");
}

#[test]
fn apples_and_oranges_are_refused_each_by_name_unless_accepted() {
    type Change = fn(&mut Value);
    let cases: [(&str, &str, Change); 7] = [
        ("device", "processor", |report| report["device"]["cpu"]["name"] = json!("Another CPU")),
        ("engine", "AVX9", |report| report["bench"]["engine"]["features"] = json!(["AVX9"])),
        ("model", "sha256 ffffffffffff", |report| {
            report["bench"]["models"][0]["sha256"] = json!("f".repeat(64));
        }),
        ("settings", "pp64 threads: 2 against 4", |report| {
            report["bench"]["results"][0]["threads"] = json!(4);
            report["bench"]["results"][0]["settings"]["threads"] = json!(4);
        }),
        ("shapes", "row: pp64 against not told", |report| {
            report["bench"]["results"][0]["tokens"] = json!(65);
            report["bench"]["results"][0]["test"] = json!("pp65");
            super::consistent(&mut report["bench"]["results"][0]);
        }),
        ("invalid", "is INVALID: repetitions spread", |report| {
            report["valid"] = json!(false);
            report["bench"]["valid"] = json!(false);
            report["bench"]["results"][0]["valid"] = json!(false);
            report["bench"]["results"][0]["warnings"] = json!([{
                "kind": "spread", "spread": 0.2, "limit": 0.05, "message": "repetitions spread by a lot",
                "invalidates": true
            }]);
        }),
        ("quality", "task: mmlu against not told", |_| {}),
    ];
    for (kind, what, change) in cases {
        let mut base = quiet();
        let mut other = quiet();
        if kind == "quality" {
            base["eval"] = super::evaluation(&[json!({})]);
            other["eval"] = super::evaluation(&[]);
        }
        change(&mut other);
        let reports = Reports::new();
        let (base, other) = (reports.keep("base", &base), reports.keep("other", &other));
        let output = compare(&base, &other, &["--json"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{kind}: {said}");
        assert!(said.contains(what) && said.contains(&format!("--allow {kind}")), "{kind}: {said}");
        let output = compare(&base, &other, &["--json", "--allow", kind]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["comparisons"][0]["accepted"][0]["kind"], kind, "what was accepted stays told");
        assert_eq!(compare(&base, &other, &["--allow", "all"]).status.code(), Some(0), "{kind}");
    }
    // A row that is INVALID without a reason was not imported either.
    let flagged = |report: &mut Value| {
        report["valid"] = json!(false);
        report["bench"]["valid"] = json!(false);
        report["bench"]["results"][0]["valid"] = json!(false);
    };
    let (code, said) = against_quiet(flagged, &[]);
    let said = said.to_string();
    assert!(code == 1 && said.contains("the report does not say why") && !said.contains("imported"), "{said}");
    let (code, _) = against_quiet(|_| {}, &["--threshold", "5"]);
    assert_eq!(code, 2, "a share, not percent");
}

/// A report with one task of 100 items.
fn graded(score: f64, loss: f64) -> Value {
    let estimate = |point: f64, reach: f64| json!({"point": point, "low": point - reach, "high": point + reach, "level": 0.95, "method": "wilson"});
    let mut report = quiet();
    report["eval"] =
        super::evaluation(&[json!({ "score": estimate(score, 9.0), "conditional_loss": estimate(loss, 0.1) })]);
    report
}

#[test]
fn quality_is_compared_item_by_item_where_the_logs_lie_beside() {
    let reports = Reports::new();
    let base = reports.keep("base", &graded(60.0, 1.0));
    let other = reports.keep("other", &graded(48.0, 1.02));
    let output = compare(&base, &other, &["--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let score = row(&document, "mmlu", "score");
    assert_eq!((&score["paired"], &score["verdict"]), (&json!(false), &json!("undecided")), "{score}");

    // 15 items lost, 3 won: SciPy 1.17.1, binomtest(15, 18, 0.5).pvalue = 0.007537841796875.
    let right = |at: usize, lost: bool| if lost { (15..60).contains(&at) || (97..100).contains(&at) } else { at < 60 };
    for (name, lost) in [("base", false), ("other", true)] {
        reports.log(
            name,
            "mmlu",
            (0..100).map(|at| {
                let nll = 1.0 + 0.5 * (at % 7) as f64;
                (right(at, lost), if lost { nll * 1.02 + 0.001 * (at % 3) as f64 } else { nll })
            }),
        );
    }
    let output = compare(&base, &other, &["--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let score = row(&document, "mmlu", "score");
    assert_eq!((&score["paired"], &score["verdict"]), (&json!(true), &json!("worse")), "{score}");
    assert!((score["p_value"].as_f64().unwrap() - 0.007_537_841_796_875).abs() < 1e-12, "{score}");
    assert!((score["change"]["point"].as_f64().unwrap() + 12.0).abs() < 1e-9, "{score}");
    let loss = row(&document, "mmlu", "loss");
    assert_eq!((&loss["verdict"], output.status.code()), (&json!("worse"), Some(3)), "2 % is beyond 1 %: {loss}");
    assert!(loss["change"]["low"].as_f64().unwrap() > 1.019, "paired, so that the interval is narrow: {loss}");
}

#[test]
fn three_reports_share_one_family_and_the_markdown_says_the_same() {
    let reports = Reports::new();
    let base = reports.keep("base", &quiet());
    let mut slower = quiet();
    at_speed(&mut slower, 0, 80.0, &CALM);
    slower["run_id"] = json!("<script>alert(1)</script>|x");
    let (slower, third) = (reports.keep("slower", &slower), reports.keep("third", &quiet()));
    let md = reports.0.path().join("out.md");
    let output = compare(&base, &slower, &[third.to_str().unwrap(), "--json", "--md", md.to_str().unwrap()]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["comparisons"].as_array().unwrap().len(), 2);
    let verdicts: Vec<&Value> =
        document["comparisons"].as_array().unwrap().iter().map(|comparison| &comparison["verdict"]).collect();
    assert_eq!(verdicts[0], "worse");
    assert_ne!(verdicts[1], "worse");
    let tested = |comparison: &Value| {
        comparison["rows"].as_array().unwrap().iter().filter(|row| !row["p_value"].is_null()).count()
    };
    let all: usize = document["comparisons"].as_array().unwrap().iter().map(tested).sum();
    assert_eq!(document["tests"], all);
    let text = std::fs::read_to_string(md).unwrap();
    assert!(!text.contains("<script") && text.contains("&lt;script>alert(1)&lt;/script>\\|x"), "{text}");
    assert!(text.contains("| pp64 | tokens/s | 100.00 | 80.00 | -20.0 % ["), "{text}");
}
