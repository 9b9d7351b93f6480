//! Dates of levels of the edge family.

use assert_cmd::Command;
use densimeter::crossover::inputs::Inputs;
use densimeter::crossover::plan::{CrossoverPlan, of_classes};
use densimeter::crossover::target::Target;
use densimeter::density::edge::scored::edge_scored;
use densimeter::density::reference_family::DensityFamily;
use densimeter::device::class_spec;
use densimeter::published::Library;
use densimeter::stat::Bootstrap;
use jiff::civil::{Date, date};
use serde_json::Value;

use super::crossover::{agrees, later};

const TODAY: Date = date(2026, 11, 26);
const RUN: Bootstrap = Bootstrap { resamples: 60, seed: 42 };

#[test]
fn rows_of_the_edge_family_agree_with_themselves_and_bear_its_name() {
    let library = Library::shipped();
    let names = ["params=2e8", "params=5e8", "edge:params=1.5e9", "params=6e9", "SmolLM2-1.7B"].map(str::to_owned);
    let targets = Target::edge(&names, library).unwrap();
    let inputs = Inputs::edge(library, TODAY, RUN).unwrap();
    let classes = || class_spec::builtin().iter().collect();
    let mut met = [0; 2];
    for min_tps in [None, Some(150.0), Some(600.0)] {
        let plan = CrossoverPlan { min_tps, ..CrossoverPlan::usual(classes(), targets.clone()) };
        let rows = of_classes(&plan, &inputs).unwrap().crossings;
        for of_class in rows.chunks(5) {
            for row in of_class {
                agrees(row, TODAY);
                assert!(row.family == DensityFamily::Edge && row.capability.starts_with("edge:"), "{row:?}");
                assert!(row.sensitivity.is_empty());
                met[usize::from(row.met_today.as_ref().unwrap().probability >= 0.5)] += 1;
            }
            let [least, small, middle, most, _] = of_class else { panic!() };
            later(small, least, "a higher level");
            later(middle, small, "a higher level");
            later(most, middle, "a higher level");
        }
    }
    assert!(met[0] > 5 && met[1] > 20, "{met:?}: the cases do not tell the two apart");
}

/// The specification reads 0.61 to 0.63 of SmolLM2 and 0.38 to 1.0 of Qwen2.5 off the same accuracies.
#[test]
fn releases_stand_where_their_published_accuracy_puts_them() {
    let scored = edge_scored(Library::shipped(), TODAY).unwrap();
    assert!(scored.len() > 30 && scored.iter().all(|release| release.date >= date(2023, 2, 24)));
    let density = |model: &str| {
        let release = scored.iter().find(|release| release.model == model).unwrap();
        assert!((0.15..0.6).contains(&release.level.deviation), "{release:?}");
        release.level.ln.exp() * 1e9 / release.params
    };
    for (model, low, high) in [
        ("SmolLM2-360M", 0.55, 0.70),
        ("SmolLM2-1.7B", 0.55, 0.70),
        ("Qwen2.5-0.5B", 0.30, 0.50),
        ("Qwen2.5-3B", 0.90, 1.15),
    ] {
        assert!((low..high).contains(&density(model)), "{model}: {}", density(model));
    }
}

fn crossover(more: &[&str]) -> std::process::Output {
    Command::cargo_bin("densimeter").unwrap().args(["crossover", "--family", "edge"]).args(more).output().unwrap()
}

#[test]
fn the_command_tells_the_family_and_refuses_what_is_of_the_other() {
    let output = crossover(&["--class", "phone", "--json", "--resamples", "50"]);
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["family"] == "edge" && row["capability"].as_str().unwrap().starts_with("edge:")));
    for (more, said) in [
        (&["--capability", "gpt-4"][..], "no level `gpt-4` in the edge family"),
        (&["--capability", "score=50"], "no level `score=50` in the edge family"),
        (&["--capability", "params=70e9"], "params=COUNT of 30.0 M to 6.40 B"),
        (&["--sensitivity"], "leave it out with --family edge"),
    ] {
        let output = crossover(more);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(said), "{text}");
    }
    let shown = String::from_utf8(crossover(&["--class", "phone", "--resamples", "50"]).stderr).unwrap();
    assert!(shown.contains("published HellaSwag accuracies alone"), "{shown}");
}
