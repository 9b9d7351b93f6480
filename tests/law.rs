//! Tests of `law` through the public API and the binary.

use std::fmt::Write;
use std::fs;

use assert_cmd::Command;
use densimeter::density::law::report::LawReport;
use serde_json::Value;

fn law(arguments: &[&str]) -> Value {
    let output =
        Command::cargo_bin("densimeter").unwrap().arg("law").args(arguments).args(["--json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn complaint(arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("densimeter").unwrap().arg("law").args(arguments).output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn the_papers_figures_come_out() {
    let found = law(&["--cost", "--break", "2022-11-30"]);
    assert_eq!(found["n_models"], 51);
    assert_eq!(found["origin"], "2023-02-24");
    assert!((number(&found["growth_per_day"]["point"]) - 0.00653).abs() <= 0.00001);
    assert!((number(&found["r_squared"]) - 0.934).abs() <= 0.0005);
    assert!((number(&found["doubling_days"]["point"]) - 106.0).abs() <= 0.5);
    assert_eq!(found["envelope"].as_array().unwrap().len(), 9);
    // Prices: $20 to $0.075 in 621 days; the line through the envelope halves every 2.49 months.
    assert!((number(&found["cost"]["factor"]) - 266.7).abs() <= 0.05);
    assert!((number(&found["cost"]["halving_days"]) - 621.0 / 266.667_f64.log2()).abs() < 0.01);
    assert!((number(&found["cost"]["halving_months_ols"]["point"]) - 2.49).abs() <= 0.005);
    // All models came after ChatGPT.
    assert!(found["break"]["before"].is_null());
    assert_eq!(found["break"]["after"]["n_models"], 51);
    assert!(found["break"]["chow"].is_null());
}

#[test]
fn the_document_is_read_as_it_is_written() {
    let everything = ["--cost", "--window", "--panels", "--extend", "--backtest", "2024-06-01", "--at", "2026-01-01"];
    for more in [&["--break", "2024-01-01"][..], &["--break", "search", "--doubling", "100"]] {
        let document = law(&[&everything[..], more, &["--resamples", "200"]].concat());
        let read: LawReport = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), document);
    }
}

#[test]
fn moore_and_densing_make_88_days() {
    let found = law(&["--doubling", "100", "--moore", "767", "--resamples", "100"]);
    assert!((number(&found["moore"]["combined_days"]) - 88.0).abs() < 0.5);
}

#[test]
fn the_blended_price_fell_by_107() {
    let found = law(&["--cost", "--price", "blend", "--until", "2024-08-12", "--resamples", "100"]);
    assert!((number(&found["cost"]["factor"]) - 107.0).abs() < 0.5);
}

/// Two exact laws: records every 20 days, growth 0.004 before 2024-01-01 and 0.010 after, with a small zigzag.
fn broken_table() -> String {
    let mut text = "model,date,density,note\n".to_owned();
    let start = jiff::civil::date(2023, 3, 1);
    for index in 0..36_i64 {
        let date = start.checked_add(jiff::Span::new().days(20 * index)).unwrap();
        let day = 20.0 * index as f64;
        let kink = 306.0;
        let growth = 0.004 * day.min(kink) + 0.010 * (day - kink).max(0.0);
        let density = (-3.0 + growth + 0.005 * f64::from(u8::from(index % 2 == 0))).exp();
        writeln!(text, "m{index},{date},{density},x").unwrap();
    }
    text
}

#[test]
fn a_break_is_found_where_it_is() {
    let table = file(&broken_table());
    let path = table.path().to_str().unwrap();
    let at = law(&["--densities", path, "--break", "2024-01-01", "--resamples", "200"]);
    assert!((number(&at["break"]["before"]["growth_per_day"]["point"]) - 0.004).abs() < 0.0001);
    assert!((number(&at["break"]["after"]["growth_per_day"]["point"]) - 0.010).abs() < 0.0001);
    assert!(number(&at["break"]["chow"]["p_value"]) < 1e-6);
    assert!((number(&at["break"]["acceleration"]["point"]) - 2.5).abs() < 0.1);
    let searched = law(&["--densities", path, "--break", "search", "--resamples", "200"]);
    let date: jiff::civil::Date = searched["break"]["date"].as_str().unwrap().parse().unwrap();
    let off = (date.duration_since(jiff::civil::date(2024, 1, 1)).as_hours() / 24).abs();
    assert!(off <= 20, "{date}");
    assert!(number(&searched["break"]["search"]["permutation_p"]) < 0.02);
    assert!(searched["break"]["chow"]["p_value"].is_null(), "no Chow p at a searched date");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let text = broken_table();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let reversed = file(&format!("{header}\n{}\n", rows.join("\n")));
    let straight = file(&text);
    let run = |table: &tempfile::NamedTempFile| {
        let mut found = law(&["--densities", table.path().to_str().unwrap(), "--resamples", "100"]);
        found["source"] = Value::Null;
        found
    };
    assert_eq!(run(&reversed), run(&straight));
}

#[test]
fn bad_tables_are_refused_with_row_and_column() {
    for (text, expected) in [
        ("", "no rows"),
        ("model,date,density\n", "no rows"),
        ("model,date,density\na,2024-01-01,1\n", "1 model gives 1 record model"),
        ("model,date,density\na,2024-01-01,1\na,2024-02-01,2\n", "row 2 (line 3), column `model`"),
        ("model,date,density\na,2024-01-01,nan\n", "row 1 (line 2), column `density`"),
        ("model,date,density\na,2024-01-01,0\n", "row 1 (line 2), column `density`"),
        ("model,date,density\na,01.02.2024,1\n", "row 1 (line 2), column `date`"),
        ("model,date,density\na,2999-01-01,1\n", "in the future"),
        ("model,date,density\na,2024-02-30,1\n", "row 1 (line 2), column `date`"),
        ("model,date,density\na,2024-01-01,1\nb,2024-01-02\n", "line 3 has 2 cells where the header has 3"),
        ("model;date;density\na;2024-01-01;1,5\n", "separate the cells by commas, not by semicolons"),
        ("model,date,density\na,2024-01-01,1\nb,2024-01-01,2\nc,2024-01-01,4\n", "1 record model;"),
        ("model,date,density\na,2024-01-01,4\nb,2024-02-01,2\nc,2024-03-01,1\n", "1 record model;"),
        ("model,date,density\na,2024-01-01,1\nb,2024-02-01,2\nc,2024-03-01,2\n", "2 record models;"),
    ] {
        let table = file(text);
        let path = table.path().to_str().unwrap();
        let (code, error) = complaint(&["--densities", path]);
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(expected) && error.contains(path) && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn odd_but_legitimate_tables_are_read() {
    // A byte-order mark, carriage returns, quotes, other names of the columns, a remark, days before the origin.
    let odd = "\u{feff}# mine\r\nName,Release Date,Capability Density\r\n\"A, \"\"big\"\"\",2020-01-01,0.01\r\nB,2021-02-01,0.02\r\n\
               C,2023-12-01,0.8\r\nD,2024-02-01,0.8\r\n";
    let table = file(odd);
    let found = law(&["--densities", table.path().to_str().unwrap(), "--resamples", "200", "--at", "2025-01-01"]);
    // numpy.polyfit([-1150, -753, 280], ln [0.01, 0.02, 0.8], 1) and its value.
    assert_eq!(found["n_models"], 4);
    assert!((number(&found["growth_per_day"]["point"]) - 0.0031661660).abs() < 1e-9);
    assert!((number(&found["intercept"]["point"]) - -1.20054978).abs() < 1e-7);
    assert_eq!(found["envelope"].as_array().unwrap().len(), 3, "an equal density is no record");
    assert_eq!(found["envelope"][0]["model"], "A, \"big\"");
    assert!(
        (number(&found["forecasts"][0]["density"]["point"]).ln() - (-1.20054978 + 0.0031661660 * 677.0)).abs() < 1e-5
    );
    assert!(found["warnings"][0].as_str().unwrap().contains("few"), "{}", found["warnings"]);
}

#[test]
fn releases_go_through_the_reference_curve_with_their_doubt() {
    let five = law(&["--releases", "shipped", "--resamples", "500"]);
    let more = law(&["--releases", "shipped", "--impute", "3", "--resamples", "500"]);
    assert!(number(&more["n_models"]) > number(&five["n_models"]));
    // A mixture counts by inference time: its density is above that by total parameters.
    let moe = law(&["--releases", "shipped", "--kind", "moe", "--resamples", "500"]);
    let record = moe["envelope"].as_array().unwrap().last().unwrap();
    let name = record["model"].as_str().unwrap();
    let output =
        Command::cargo_bin("densimeter").unwrap().args(["density", "--json", "--model", name]).output().unwrap();
    let alone: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!((number(&alone["density_by_time"]["point"]) / number(&record["density"]) - 1.0).abs() < 1e-9);
    assert!(number(&record["density"]) > number(&alone["density"]["point"]));
}

#[test]
fn the_panels_are_compared_across_the_end_of_the_papers_data() {
    let extension = law(&["--extend", "--resamples", "200"])["extension"].clone();
    assert_eq!(extension["until"], "2025-04-05");
    assert_eq!(extension["panels"].as_array().unwrap().len(), 5);
    // From models/panels.csv and releases.csv by numpy (least squares for the missing scores) and statsmodels (OLS
    // through zero with its t interval): 0.00350158 [-0.00239761, 0.00940078], p 0.174675 and 0.227197.
    let growth = &extension["evidence"][0]["growth_per_day"];
    assert!((number(&growth["point"]) - 0.003_501_585).abs() < 1e-7, "{growth}");
    assert!((number(&growth["low"]) - -0.002_397_615).abs() < 1e-7, "{growth}");
    assert!((number(&extension["p_no_growth"]) - 0.174_675).abs() < 1e-4);
    assert!((number(&extension["p_law"]) - 0.227_197).abs() < 1e-3);
    assert_eq!(extension["evidence"][0]["reading"], "undecided");
    // Another day, another question: a law to the end of 2024 and the panels across that day.
    let earlier = law(&["--extend=2024-12-31", "--resamples", "200"])["extension"].clone();
    assert_eq!(earlier["until"], "2024-12-31");
}

#[test]
fn wrong_use_is_exit_2() {
    assert_eq!(complaint(&["--from", "2025-01-01", "--until", "2024-01-01"]).0, 2);
    assert_eq!(complaint(&["--exclude", "no such model"]).0, 2);
    assert_eq!(complaint(&["--break", "someday"]).0, 2);
}

#[test]
fn windows_name_what_ended_them() {
    let found = law(&["--window", "--resamples", "100"]);
    let windows = found["windows"].as_array().unwrap();
    let of = |name: &str| windows.iter().find(|window| window["model"] == name).unwrap();
    // Twice 0.7545 is first passed by Gemma-2-9B (2.1227).
    assert_eq!(of("Phi-2")["succeeded_by"], "Gemma-2-9B");
    assert!(of("Mistral-Small-24B")["succeeded_by"].is_null());
    // ln(2·0.7545) = −2.6113 + 0.0065293·t gives t = 463.0, which is 2024-06-01.
    assert_eq!(of("Phi-2")["until"]["point"], "2024-06-01");
    assert_eq!(of("Falcon-40B")["never_opened"], true);
}

#[test]
fn the_rolling_backtest_judges_both_methods_and_says_what_a_short_table_lacks() {
    let arguments = ["law", "--backtest", "rolling", "--resamples", "100"];
    let output = Command::cargo_bin("densimeter").unwrap().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    for said in ["law of releases", "the paper's line", "held by 80 %", "2024-01-01 to 2026-07-01", "90 to 100 %"] {
        assert!(text.contains(said), "no `{said}` in\n{text}");
    }
    let short = file("model,release_date,params_b,kind,mmlu,mmlu_src\nA,2024-06-01,7,base,45.3,x\n");
    let (code, said) = complaint(&["--backtest", "rolling", "--releases", short.path().to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(said.contains("no month from 2024-01-01 on has enough earlier releases"), "{said}");
    let (code, said) = complaint(&["--backtest", "rolled"]);
    assert_eq!(code, 2);
    assert!(said.contains("`rolling`"), "{said}");
}

#[test]
fn a_backtest_forecasts_what_came_later() {
    let found = law(&["--backtest", "2024-06-01", "--resamples", "100"]);
    let later: Vec<&str> =
        found["backtest"]["later"].as_array().unwrap().iter().map(|row| row["model"].as_str().unwrap()).collect();
    assert_eq!(later, ["Gemma-2-9B", "MiniCPM3-4B", "Mistral-Small-24B"]);
    assert_eq!(found["backtest"]["of"], 3);
}

#[test]
fn leaving_out_a_model_moves_the_envelope() {
    let found = law(&["--exclude", "Mistral-Small-24B", "--resamples", "100"]);
    assert_eq!(found["n_models"], 50);
    let last = found["envelope"].as_array().unwrap().last().unwrap()["model"].clone();
    assert_eq!(last, "MiniCPM3-4B");
}

/// By numpy.linalg.lstsq on models/releases.csv: logits above chance on 1, ln N, ln(active share), years; growth is the
/// coefficient of the years over that of ln N. An earlier analysis with other rows had 0.85, 0.73, 2.15, 1.87 and 1.48.
#[test]
fn growth_by_class_of_benchmark_is_that_of_numpy() {
    let found = law(&["--classes", "--resamples", "200"]);
    assert_eq!((number(&found["releases"]), number(&found["families"])), (105.0, 49.0));
    let of = |class: &str, which: &str| {
        let rows = found["growth"].as_array().unwrap();
        rows.iter().find(|row| row["class"] == class).unwrap()[which].clone()
    };
    for (class, expected) in [("mmlu", 0.839), ("bbh", 0.809), ("math", 2.368), ("humaneval", 1.897), ("mbpp", 1.515)] {
        let mean = number(&of(class, "mean")["point"]);
        assert!((mean - expected).abs() < 0.001, "{class}: {mean}");
    }
    for (class, expected) in [("knowledge", 0.483), ("reasoning", 0.943), ("code", 1.098)] {
        let recent = of(class, "recent");
        // Weights count from today, and every day changes all of them alike.
        assert!((number(&recent["point"]) - expected).abs() < 0.001, "{class}: {recent}");
        assert!(number(&recent["low"]) < expected && expected < number(&recent["high"]), "{class}: {recent}");
    }
    let difference = &found["differences"].as_array().unwrap()[0];
    assert_eq!((&difference["class"], &difference["minus"]), (&"reasoning".into(), &"knowledge".into()));
    assert!(number(&difference["growth"]["low"]) > 0.0, "{difference}");
}
