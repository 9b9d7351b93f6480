//! `report.json` of `densimeter run`: every part, or null with its reason.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bench::BenchReport;
use super::{markdown, table};

/// The document of `densimeter run`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Version of this shape.
    pub schema: u32,
    /// Name of the run.
    pub run_id: String,
    /// The device as probed, with its measured bandwidth and compute.
    pub device: Value,
    /// Speed; null when nothing could be measured.
    pub bench: Option<BenchReport>,
    /// Quality; null with a reason.
    pub eval: Option<Value>,
    /// Capability density; null with a reason.
    pub density: Option<Value>,
    /// When the device's class meets capabilities; null with a reason.
    pub crossover: Option<Value>,
    /// Always null: a run measures one model. `densimeter audit` compares two.
    pub audit: Option<Value>,
    /// Why a part is null, by its name.
    pub reasons: BTreeMap<String, String>,
    /// What to know about the run, beside the warnings of its rows.
    pub warnings: Vec<String>,
    /// The sentences that sum the run up.
    pub verdicts: Vec<String>,
    /// Seconds that each step took.
    pub seconds: BTreeMap<String, f64>,
    /// Whether every bench row is valid.
    pub valid: bool,
}

impl RunReport {
    /// The report as Markdown: `README.md` of its folder.
    #[must_use]
    pub fn markdown(&self) -> String {
        let name = |key: &str| self.device.pointer(key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
        let escape = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
        let mut text = format!("# {}\n\n", escape(&name("/name")));
        text += &format!("Run `{}`", self.run_id);
        if let Some(bench) = &self.bench {
            text += &format!(", {}, densimeter {}, seed {}", bench.started, bench.densimeter, bench.seed);
        }
        text += &format!(". Verdict: **{}**.\n\n", if self.valid { "VALID" } else { "INVALID" });
        for verdict in &self.verdicts {
            text += &format!("- {}\n", escape(verdict));
        }
        if let Some(bench) = &self.bench {
            text += &format!("\n## Speed\n\n{}", markdown::bench(bench));
            if let Some(engine) = &bench.engine {
                text += &format!("\nEngine: {}, built with {}.\n", engine.build, engine.features.join(" "));
            }
        }
        if let Some(tasks) = self.eval.as_ref().and_then(|eval| eval["tasks"].as_array()) {
            text += "\n## Quality\n\n| task | shots | items | score % | loss, nats/token | bits/byte |\n| --- | --- | --- | --- | --- | --- |\n";
            for task in tasks {
                let estimate = |key: &str, scale: f64| interval(&task[key], scale);
                text += &format!(
                    "| {} | {} | {} | {} | {} | {} |\n",
                    task["task"].as_str().unwrap_or(table::ABSENT),
                    task["shots"],
                    task["n"],
                    estimate("score", 1.0),
                    estimate("conditional_loss", 1.0),
                    estimate("bits_per_byte", 1.0),
                );
            }
        }
        if !self.reasons.is_empty() {
            text += "\n## Not measured\n\n";
            for (part, reason) in &self.reasons {
                text += &format!("- {part}: {}\n", escape(reason));
            }
        }
        if !self.warnings.is_empty() {
            text += "\n## Warnings\n\n";
            for warning in &self.warnings {
                text += &format!("- {}\n", escape(warning));
            }
        }
        text
    }
}

/// An estimate on the wire as `point [low, high]`.
fn interval(estimate: &Value, scale: f64) -> String {
    let number = |key: &str| estimate[key].as_f64().map(|value| format!("{:.3}", value * scale));
    match (number("point"), number("low"), number("high")) {
        (Some(point), Some(low), Some(high)) => format!("{point} [{low}, {high}]"),
        (Some(point), _, _) => point,
        _ => table::ABSENT.to_owned(),
    }
}
