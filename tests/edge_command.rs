//! `density --family edge` and `density --fit-losses --floor` through the binary.

use assert_cmd::Command;
use densimeter::density::edge::report::EdgeDensityReport;
use densimeter::published::Library;
use serde_json::Value;

const SCORES: &str = "arc_easy=57.7,arc_challenge=28.3,hellaswag=41.5,piqa=67.2,csqa=45.9,social_iqa=42.7,openbookqa=29.8,mmlu_cloze=28.9";

fn density(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("densimeter").unwrap().arg("density").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn edge(more: &[&str]) -> (Option<i32>, String, String) {
    density(&[&["--family", "edge", "--params", "134.5e6", "--bits", "5"][..], more].concat())
}

#[test]
fn scores_become_a_document_that_reads_back_and_a_text_that_names_its_family() {
    let bits = SCORES.split(',').map(|pair| format!("{}=1.2", pair.split('=').next().unwrap()));
    let bits = bits.collect::<Vec<_>>().join(",");
    let (code, out, err) = edge(&["--scores", SCORES, "--bpb", &bits, "--json"]);
    assert_eq!(code, Some(0), "{err}");
    let report: EdgeDensityReport = serde_json::from_str(&out).unwrap();
    let again: Value = serde_json::to_value(&report).unwrap();
    assert_eq!(again, serde_json::from_str::<Value>(&out).unwrap());
    assert_eq!((again["family"].as_str(), again["reference"].as_str()), (Some("edge"), Some("edge/avg8")));
    assert_eq!(again["d0_tokens"].as_f64(), Some(1e12));
    let (density, effective) = (report.density.unwrap(), report.effective_params.unwrap());
    assert!((density.point.ratio() * 134.5e6 / effective.point.count() - 1.0).abs() < 1e-9);
    // The full sets leave 0.1 of ln N; what is left is the curve and the size that it was not fitted to.
    let parts = report.uncertainty.unwrap();
    let sd = parts.sampling.hypot(parts.curve.unwrap()).hypot(parts.leave_one_size_out);
    let high = density.high.unwrap().ratio() / density.point.ratio();
    assert!((high.ln() / (1.96 * sd) - 1.0).abs() < 0.05, "{high} {parts:?}");
    assert!((report.density_by_memory.unwrap().point.ratio() / density.point.ratio() - 16.0 / 5.0).abs() < 1e-9);
    assert!(report.by_bits_per_byte.unwrap().density.is_some());
    let (code, text, err) = edge(&["--scores", SCORES]);
    assert_eq!(code, Some(0), "{err}");
    assert!(text.contains("density by parameters (edge)") && text.contains("claim:"), "{text}");
}

#[test]
fn what_belongs_to_the_other_family_is_said() {
    let (code, _, err) = edge(&["--scores", "mmlu=45"]);
    assert!(code == Some(2) && err.contains("xiao2025") && err.contains("edge"), "{err}");
    let (code, _, err) = density(&["--scores", "arc_easy=57.7", "--params", "1e9"]);
    assert!(code == Some(2) && err.contains("family edge"), "{err}");
    let (code, _, err) = edge(&["--scores", "arc_eazy=57.7"]);
    assert!(code == Some(2) && err.contains("no task of the edge family"), "{err}");
    let (code, _, err) = edge(&["--scores", &SCORES.replace("57.7", "157.7")]);
    assert!(code == Some(2) && err.contains("157.7") && err.contains("edge"), "{err}");
    let (code, _, err) = edge(&["--loss", "1.0", "--loss-kind", "reasoning"]);
    assert!(code == Some(2) && err.contains("xiao2025"), "{err}");
    let (code, _, err) = edge(&["--scores", "arc_easy=57.7"]);
    assert!(code != Some(0) && err.contains("arc_challenge is missing"), "{err}");
    let guessing =
        "arc_easy=26,arc_challenge=25,hellaswag=25,piqa=50,csqa=20,social_iqa=33,openbookqa=25,mmlu_cloze=25";
    let (code, out, err) = edge(&["--scores", guessing, "--json"]);
    assert!(code != Some(0) && err.contains("chance"), "{err}");
    let report: EdgeDensityReport = serde_json::from_str(&out).unwrap();
    assert!(report.density.is_none() && report.reason.unwrap().contains("chance"));
}

#[test]
fn the_ladder_through_the_fitting_command_gives_the_published_law() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("losses.csv");
    let mut csv = "benchmark,n_params,d_tokens,conditional_loss\n".to_owned();
    for run in Library::shipped().edge_ladder.iter().filter(|run| run.rung) {
        csv += &format!("avg8,{},{},{}\n", run.params, run.tokens, run.mean_bits());
    }
    std::fs::write(&path, csv).unwrap();
    let file = path.to_str().unwrap();
    let (code, out, err) = density(&["--fit-losses", file, "--floor", "--resamples", "40", "--json"]);
    assert_eq!(code, Some(0), "{err}");
    let document: Value = serde_json::from_str(&out).unwrap();
    let step = &document["curves"]["avg8"]["loss_with_floor"];
    for (name, printed, within) in [
        ("e", 0.7136, 0.003),
        ("a", 0.1013, 0.001),
        ("alpha", 0.494, 0.005),
        ("b", 0.2151, 0.002),
        ("beta", 0.232, 0.005),
    ] {
        let found = step["law"][name].as_f64().unwrap();
        assert!((found - printed).abs() < within, "{name}: {found}");
        assert!(step["coefficients"][name]["low"].as_f64().unwrap() < found);
    }
    let rms = 100.0 * (step["residual_squares"].as_f64().unwrap() / 30.0).sqrt();
    assert!((rms - 0.81).abs() < 0.03, "{rms}");
    assert!(step["covariance"].is_array() && document["curves"]["avg8"]["loss"].is_null());
    let (_, plain, _) = density(&["--fit-losses", file, "--resamples", "2", "--json"]);
    let plain: Value = serde_json::from_str(&plain).unwrap();
    assert!(plain["curves"]["avg8"]["loss_with_floor"].is_null() && plain["curves"]["avg8"]["loss"]["law"].is_object());
}
