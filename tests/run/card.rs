//! The screen that a run ends with: small enough, and of one mind with the report.

use std::process::Command;

use serde_json::Value;

use super::synthetic::Synthetic;
use crate::probe::{cloud, raspberry_pi_5};

/// The run once more, for people: its screen and its report.
pub(crate) fn card(run: &Synthetic) -> (Vec<String>, Value) {
    card_of(run, &[])
}

fn card_of(run: &Synthetic, more: &[&str]) -> (Vec<String>, Value) {
    let report = run.run(more, 0);
    run.reopen();
    let command = run.command(more);
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
        // The last one is a command, which no width may cut: the folders of tests are long.
        let (command, rest) = lines.split_last().unwrap();
        assert!(rest.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        // A reason may be longer than the line, a number may not.
        assert!(rest.iter().all(|line| line.contains(['–', ':']) || !line.ends_with('…')), "{lines:#?}");
        assert_eq!(command, &format!("densimeter report {}", run.path("run").display()));
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

/// A board slows down: what it keeps stands beside the burst, and everything about this device rests on it.
#[test]
fn burst_and_sustained_speed_stand_side_by_side() {
    let run = Synthetic::on(raspberry_pi_5(), true);
    let (lines, report) = card_of(&run, &["--sustain", "1"]);
    let at = |name: &str| lines.iter().position(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{lines:#?}"));
    assert_eq!(at("Sustained speed"), at("Generation speed") + 1, "{lines:#?}");
    assert!(lines[at("Sustained speed")].contains(" of the burst"), "{lines:#?}");
    assert!(lines.len() <= 20, "{lines:#?}");
    let curve = &report["bench"]["sustain"];
    assert!(curve["points"].as_array().is_some_and(|points| points.len() >= 5), "{curve}");
    assert!(curve["points"].as_array().unwrap().last().unwrap()["elapsed_s"].as_f64().unwrap() >= 1.0);
    let basis = report["device"]["today"]["basis"].as_str().unwrap();
    assert!(basis.contains("of the burst"), "{basis}");
    assert!(report["command"].as_str().unwrap().contains(" --sustain 1"), "{}", report["command"]);
    assert!(report["reasons"]["sustain"].is_null());

    let without = Synthetic::on(raspberry_pi_5(), true).run(&[], 0);
    assert_eq!(without["reasons"]["sustain"], "switched off by --no-sustain");
    assert!(without["bench"]["sustain"].is_null());
    assert!(without["command"].as_str().unwrap().contains(" --no-sustain"));
}
