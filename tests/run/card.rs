//! The screen that a run ends with: small enough, and of one mind with the report.

use std::process::Command;

use serde_json::Value;

use super::synthetic::Synthetic;
use crate::probe::{cloud, raspberry_pi_5};

/// The run once more, for people: its screen and its report.
pub(crate) fn card(run: &Synthetic) -> (Vec<String>, Value) {
    let report = run.run(&[], 0);
    run.reopen();
    let command = run.command(&[]);
    let arguments: Vec<_> = command.get_args().filter(|word| *word != "--json").map(ToOwned::to_owned).collect();
    let mut plain = Command::new(command.get_program());
    plain.args(arguments);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => plain.env(name, value),
            None => plain.env_remove(name),
        };
    }
    let output = plain.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    (String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect(), report)
}

fn gpt_4(report: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let classes = report["crossover"].as_array().unwrap().iter().filter(|row| row["capability"] == "gpt-4");
    let own = &report["device"]["today"]["gpt_4"];
    classes.map(|row| (row["class"].as_str().unwrap(), row)).chain([("this device", own)])
}

#[test]
fn it_fits_a_small_terminal_and_says_what_the_report_says() {
    for (machine, classes) in [(cloud(), 8), (raspberry_pi_5(), 2)] {
        let run = Synthetic::on(machine, true);
        let (lines, report) = card(&run);
        assert!(lines.len() <= 20, "{lines:#?}");
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        let mut rows = 0;
        for (whose, row) in gpt_4(&report) {
            let line =
                lines.iter().find(|line| line.starts_with(whose)).unwrap_or_else(|| panic!("{whose}: {lines:#?}"));
            let met = row["met_today"]["probability"].as_f64().unwrap();
            let shown = line[whose.len()..].trim_start().trim_start_matches(['<', '>', ' ']);
            let shown: f64 = shown.split(' ').next().unwrap().parse().unwrap();
            assert!((shown - met).abs() <= 0.011, "{line}: {met}");
            let date = row["date"]["point"].as_str().unwrap();
            let word = if row["status"] == "crossed" { "since" } else { "from" };
            assert!(line.contains(&format!("{word} {date}")), "{line}: {date}");
            rows += 1;
        }
        assert_eq!(rows, classes, "{lines:#?}");
        let numbers = ["Generation speed", "Time to first token", "Peak memory", "Density"];
        for name in numbers {
            assert!(lines.iter().any(|line| line.starts_with(name)), "{name}: {lines:#?}");
        }
        // Nothing was probed of a machine that is a folder: no recommendation, and the reason.
        assert!(lines.iter().any(|line| line.starts_with("run: no recommendation: ")), "{lines:#?}");
        let folder = run.path("run").display().to_string();
        assert!(lines.last().unwrap().contains("densimeter report"), "{lines:#?}");

        let told =
            Command::new(assert_cmd::cargo::cargo_bin!("densimeter")).args(["report", &folder]).output().unwrap();
        assert_eq!(told.status.code(), Some(0));
        let told = String::from_utf8(told.stdout).unwrap();
        for sentence in report["verdicts"].as_array().unwrap() {
            assert!(told.contains(sentence.as_str().unwrap()), "{sentence}");
        }
        for reason in report["reasons"].as_object().unwrap().values() {
            assert!(told.contains(reason.as_str().unwrap()), "{reason}");
        }
    }
}
