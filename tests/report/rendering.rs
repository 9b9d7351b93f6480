//! JSON, HTML, Markdown and CSV hold the same values, and words of others stay words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::rich::rich;

/// The folder that `densimeter report` makes of a report.
pub(super) fn rendered(report: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("given.json");
    fs::write(&file, report.to_string()).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.arg("report").arg(&file).arg("-o").arg(folder.path().join("out")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&file).unwrap(), report.to_string(), "the report stays as it is");
    folder
}

/// One number as a rendering shows it: its place in the report, its raw value, its text.
type Shown = (String, String, String);

fn of_csv(folder: &Path) -> Vec<(csv::StringRecord, Shown)> {
    let mut reader = csv::Reader::from_path(folder.join("tables/numbers.csv")).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let shown = (row[3].to_owned(), row[4].to_owned(), row[10].to_owned());
        (row, shown)
    });
    rows.collect()
}

fn of_html(folder: &Path) -> Vec<Shown> {
    let page = fs::read_to_string(folder.join("index.html")).unwrap();
    let plain = |text: &str| {
        let mut out = String::new();
        let mut inside = false;
        for c in text.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => out.push(c),
                _ => {}
            }
        }
        [("&#x2f;", "/"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")]
            .iter()
            .fold(out, |text, (from, to)| text.replace(from, to))
    };
    page.split("<data value=\"")
        .skip(1)
        .map(|part| {
            let (value, rest) = part.split_once("\" data-at=\"").unwrap();
            let (at, rest) = rest.split_once("\">").unwrap();
            (plain(at), plain(value), plain(rest.split_once("</data>").unwrap().0))
        })
        .collect()
}

/// Cells of all tables of the Markdown, row by row.
fn of_markdown(folder: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join("README.md")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| {
            let line = line.replace("\\|", "\u{1}").replace('\\', "");
            let line = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
        })
        .collect()
}

/// The number at the beginning of a text, in the unit of the raw value.
fn read_back(text: &str, unit: &str) -> f64 {
    let mut words = text.split_whitespace();
    let number: f64 = words.next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"));
    let factor = match words.next().unwrap_or_default() {
        "KiB" => 1024.0,
        "MiB" => 1024f64.powi(2),
        "GiB" => 1024f64.powi(3),
        "K" => 1e3,
        "M" | "MHz" | "MB/s" | "Mop/s" => 1e6,
        "B" if unit == "parameters" => 1e9,
        "GHz" | "GB/s" | "Gop/s" => 1e9,
        "T" | "Top/s" => 1e12,
        "µs" => 1e3,
        "ms" => 1e6,
        _ => 1.0,
    };
    number * factor
}

/// Every number stands in all four renderings with one value; returns how many.
pub(super) fn compare(report: &Value, folder: &Path) -> usize {
    let numbers = of_csv(folder);
    let markdown = of_markdown(folder);
    for (row, (at, value, text)) in &numbers {
        let found = report.pointer(at).unwrap_or_else(|| panic!("{at} is nothing in the report"));
        let point = found.get("point").unwrap_or(found);
        match point.as_f64() {
            Some(number) => {
                assert_eq!(value.parse::<f64>().unwrap(), number, "{at}");
                let (unit, shown) = (&row[9], read_back(text, &row[9]));
                let raw = match unit {
                    "ns" if text.split_whitespace().nth(1) == Some("s") => number / 1e9,
                    "fraction" => number * 100.0,
                    _ => number,
                };
                let slack = if ["percent", "fraction", "months", "degrees Celsius"].contains(&unit) {
                    0.051
                } else if text.contains('e') {
                    // Three digits.
                    raw.abs() * 6e-3
                } else {
                    raw.abs() * 6e-4
                };
                assert!((shown - raw).abs() <= slack + 1e-12, "{at}: {text} is not {number} ({unit})");
            }
            None => assert_eq!(value, point.as_str().unwrap(), "{at}"),
        }
        for (end, column) in [("low", 5), ("high", 6)] {
            let end = found.get(end).filter(|end| !end.is_null());
            let written = &row[column];
            match end {
                Some(Value::Number(number)) => assert_eq!(written.parse::<f64>().ok(), number.as_f64(), "{at}"),
                Some(end) => assert_eq!(Some(written), end.as_str(), "{at}"),
                None => assert_eq!(written, "", "{at}"),
            }
        }
        // In Markdown the row of that name has a cell with that very text.
        let name = row[1].trim_start_matches('\'');
        let there = markdown.iter().any(|cells| cells[0] == name && cells.contains(text));
        assert!(there, "{name}: {text} is not in the Markdown");
    }
    let html: BTreeSet<Shown> = of_html(folder).into_iter().collect();
    let csv: BTreeSet<Shown> = numbers.iter().map(|(_, shown)| shown.clone()).collect();
    assert_eq!(html, csv, "HTML and CSV show the same numbers");
    assert_eq!(of_html(folder).len(), numbers.len(), "each as often");
    numbers.len()
}

#[test]
fn json_html_markdown_and_csv_hold_the_same_values() {
    let report = rich();
    let folder = rendered(&report);
    let count = compare(&report, &folder.path().join("out"));
    assert!(count > 120, "{count} numbers are too few for a rich report");
}

#[test]
fn every_figure_is_drawn_where_there_is_data_and_else_says_why() {
    let folder = rendered(&rich());
    let drawn = |name: &str| folder.path().join(format!("out/figures/{name}.svg"));
    for name in [
        "speed-by-test",
        "speed-by-depth",
        "speed-by-threads",
        "repetitions",
        "memory",
        "sustain",
        "temperature",
        "frequency",
        "scores",
        "losses",
        "frontier",
        "crossover-dates",
        "crossover-phone",
        "audit-ratios",
        "audit-pareto",
    ] {
        let text = fs::read_to_string(drawn(name)).unwrap_or_else(|_| panic!("{name} is missing"));
        assert!(text.contains("viewBox=") && text.contains("<title") && text.contains("<desc"), "{name}");
        assert!(text.lines().all(|line| line.matches("/>").count() <= 1), "{name}: an element a line");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{name}");
    }
    let bare = rendered(&super::run());
    let page = fs::read_to_string(bare.path().join("out/index.html")).unwrap();
    for why in [
        "No two rows differ in depth alone",
        "No sustained series was measured",
        "The report holds no frontier",
        "Not measured: left out",
    ] {
        assert!(page.contains(why), "{why}");
    }
    // The same report gives the same files, to the byte.
    let again = rendered(&rich());
    for name in ["index.html", "README.md", "tables/numbers.csv", "figures/frontier.svg"] {
        let read = |folder: &tempfile::TempDir| fs::read(folder.path().join("out").join(name)).unwrap();
        assert!(read(&folder) == read(&again), "{name}");
    }
}

#[test]
fn hostile_words_are_inert_and_cut() {
    let nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{0}\"'`|[x](javascript:alert(3))";
    // The longest string that a stored report may hold is 64 KiB.
    let long = "<b>".repeat(20_000);
    let mut report = rich();
    report["device"]["name"] = json!(format!("{nasty}{long}"));
    report["verdicts"] = json!([nasty, long]);
    report["warnings"] = json!([nasty]);
    report["run_id"] = json!(nasty);
    report["reasons"]["eval"] = json!(nasty);
    report["crossover"][0]["class"] = json!(nasty);
    report["crossover"][0]["realised"] = json!({"model": nasty, "date": "2026-01-02"});
    report["eval"]["tasks"][0]["task"] = json!(nasty);
    report["frontier"]["releases"][0]["model"] = json!(nasty);
    report["audit"][0]["compressed"] = json!(format!("={nasty}"));
    let folder = rendered(&report);
    let out = folder.path().join("out");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.len() < 2 << 20, "{} bytes", page.len());
    assert_eq!(page.matches("<script").count(), 1, "only the page's own");
    assert!(!page.contains("<img") && !page.contains("<b>") && page.contains("&lt;img"));
    assert!(page.contains("default-src 'none'") || page.contains("default-src &#x27;none&#x27;"), "the policy stands");
    let text = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(
        !text.contains("<img") && !text.contains("<script") && !text.replace("\\]", "").contains("](javascript"),
        "Markdown"
    );
    for file in fs::read_dir(out.join("figures")).unwrap() {
        let figure = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!figure.contains("<script") && !figure.contains("<img"));
    }
    let table = fs::read_to_string(out.join("tables/audit.csv")).unwrap();
    assert!(!table.contains("\n=") && !table.contains("\n\"="), "no formula for a spreadsheet");
    for text in [&page, &text, &table] {
        assert!(!text.contains(['\u{202e}', '\u{0}']), "nothing that turns or hides words");
    }
}

#[test]
fn a_file_of_somebody_else_is_not_replaced() {
    let folder = rendered(&super::run());
    let out = folder.path().join("out");
    let again = |more: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.arg("report").arg(folder.path().join("given.json")).arg("-o").arg(&out).args(more).output().unwrap()
    };
    assert!(again(&[]).status.success(), "our own files are");
    fs::write(out.join("README.md"), "# My notes\n").unwrap();
    let output = again(&[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("README.md: not written by densimeter"), "{said}");
    assert_eq!(fs::read_to_string(out.join("README.md")).unwrap(), "# My notes\n");
    assert!(again(&["--force"]).status.success());
    assert!(fs::read_to_string(out.join("README.md")).unwrap().ends_with("<!-- generator: densimeter -->\n"));
}

#[test]
fn derived_files_go_beside_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    fs::write(&file, super::run().to_string()).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.arg("report").arg(folder.path()).arg("-o").arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.contains("another folder")), (Some(2), true), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
}
