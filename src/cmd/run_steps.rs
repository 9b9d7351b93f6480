//! The later steps of the main job: density, crossover. Each is a document, or null with its reason.

use serde_json::Value;

use super::part;
use crate::cli::run::Run;
use crate::device::DeviceProfile;
use crate::device::class_spec;
use crate::measure::journal::RunModel;
use crate::model::catalog::Catalog;
use crate::stat::estimate::interval;
use crate::unit::{Benchmark, Params};
use crate::worker::protocol::EngineKind;

/// No part may take longer than this, seconds.
const DAY: f64 = 86_400.0;

fn bench_engine(args: &Run) -> EngineKind {
    super::bench::kind(args.engine)
}

/// The density of the measured scores; of the published ones when the measured are at chance or missing.
pub(super) fn density(args: &Run, model: &RunModel, eval: Option<&Value>) -> Result<Value, String> {
    let params = model.params.to_string();
    let bits = format!("{:.4}", model.bits_per_weight);
    let of = |scores: &str, basis: &str| {
        let mut document = part::json(&["density", "--scores", scores, "--params", &params, "--bits", &bits], DAY)?;
        document["score_basis"] = basis.into();
        Ok(document)
    };
    if let (Some(scores), EngineKind::Mock) = (&args.mock_scores, bench_engine(args)) {
        return of(scores, "mock: made up for a test, not measured");
    }
    let why = match measured_scores(eval) {
        Ok(scores) => return of(&scores, "measured on this device"),
        Err(why) => why,
    };
    match published_scores(&model.id) {
        Some(scores) => of(&scores, &format!("published (see the catalogue entry {}); {why}", model.id)),
        None => Err(format!("{why}; and the catalogue holds no published scores of {}", model.id)),
    }
}

/// The five measured scores as `--scores` takes them, or why they make no density.
fn measured_scores(eval: Option<&Value>) -> Result<String, String> {
    let tasks = eval.and_then(|eval| eval["tasks"].as_array()).ok_or("no score was measured")?;
    let mut scores = Vec::new();
    for benchmark in Benchmark::ALL {
        let name = benchmark.to_string();
        let row = tasks.iter().find(|row| row["task"] == name.as_str());
        if row.is_some_and(|row| row["at_chance"] == true) {
            return Err(format!("the measured {name} score is at chance, from which no capability can be read"));
        }
        match row.and_then(|row| row["score"]["point"].as_f64()) {
            Some(score) => scores.push(format!("{name}={score}")),
            None => return Err(format!("{name} was not scored")),
        }
    }
    Ok(scores.join(","))
}

fn published_scores(id: &str) -> Option<String> {
    let catalog = Catalog::load().ok()?;
    let scores = serde_json::to_value(catalog.get(id)?.scores.as_ref()?).ok()?;
    let pairs: Vec<String> = Benchmark::ALL
        .iter()
        .filter_map(|benchmark| Some(format!("{benchmark}={}", scores[benchmark.to_string()].as_f64()?)))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join(","))
}

/// When this device's class meets the capabilities; every class where this one has no history.
pub(super) fn crossover(profile: &DeviceProfile) -> Result<Value, String> {
    let class = profile.class.to_string();
    if class_spec::find(&class).is_ok() {
        part::json(&["crossover", "--class", &class], DAY)
    } else {
        part::json(&["crossover"], DAY)
    }
}

/// One sentence on density, and one on when this class meets GPT-4.
pub(super) fn verdicts(profile: &DeviceProfile, density: Option<&Value>, crossover: Option<&Value>) -> Vec<String> {
    let mut verdicts = Vec::new();
    if let Some(density) = density {
        let number = |key: &str| density.pointer(key).and_then(Value::as_f64);
        if let (Some(effective), Some(ratio)) = (number("/effective_params/point"), number("/density/point")) {
            let ends = match (number("/density/low"), number("/density/high")) {
                (Some(low), Some(high)) => format!(" [{low:.3}, {high:.3}]"),
                _ => String::new(),
            };
            verdicts.push(format!(
                "capability density {ratio:.3}{ends}: {} effective parameters, from scores {}",
                Params::from_count(effective),
                density["score_basis"].as_str().unwrap_or("of unknown origin")
            ));
        }
    }
    let class = profile.class.to_string();
    let rows = crossover.and_then(Value::as_array).into_iter().flatten();
    for row in rows.filter(|row| row["capability"] == "gpt-4") {
        let name = row["class"].as_str().unwrap_or_default();
        let own = if name == class { "this class".to_owned() } else { format!("class {name}") };
        let when = match row["date"]["point"].as_str() {
            Some(date) => {
                let since = if row["status"] == "crossed" { "since" } else { "at" };
                let ends = interval(row["date"]["low"].as_str(), row["date"]["high"].as_str());
                format!("{since} {date}{} by the trend", ends.map_or_else(String::new, |ends| format!(" {ends}")))
            }
            None => row["reason"].as_str().unwrap_or("never").to_owned(),
        };
        let within = row["date_with_ttft"]["point"].as_str();
        let within = within.map_or(String::new(), |date| format!("; first token in time: {date}"));
        let realised = match row["realised"]["model"].as_str() {
            Some(model) => format!("first release that did it: {model}"),
            None => "no listed release has done it".to_owned(),
        };
        verdicts.push(format!("GPT-4's level on {own}: {when}{within}; {realised}"));
    }
    verdicts
}
