//! The verdict on one kind of density, and its sentence.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::law::audit::{Basis, Finding, Kind, Verdict};
use crate::stat::{Estimate, estimate, p_text};

/// The verdict on one kind of density.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KindVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// Compressed over original; with `basis` loss, loss of the original over that of the compressed model.
    pub ratio: Option<Estimate>,
    /// One-sided p-value of "no drop".
    pub p_value: Option<f64>,
    /// The same, corrected after Holm for all models and tasks of the call.
    pub p_adjusted: Option<f64>,
    /// What the verdict rests on.
    pub basis: Option<Basis>,
    /// Smallest relative drop that this run would have found with power 0.8.
    pub detectable_drop: Option<f64>,
    /// Why something is null or undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ratio is one of losses, original over compressed, not of densities.
    #[serde(default)]
    pub of_losses: bool,
}

impl KindVerdict {
    /// A tested verdict.
    #[must_use]
    pub fn of(finding: Finding, basis: Basis) -> Self {
        Self {
            verdict: finding.verdict,
            ratio: finding.effect,
            p_value: Some(finding.p_value),
            p_adjusted: Some(finding.p_adjusted),
            basis: Some(basis),
            detectable_drop: finding.detectable_drop,
            reason: None,
            of_losses: basis == Basis::Loss,
        }
    }

    /// The same with the reason why the compressed model has no effective parameters, where it has none.
    #[must_use]
    pub(super) fn without_effective(self, reason: Option<&impl Display>) -> Self {
        let reason = reason.map(|error| format!("the compressed model has no effective parameters: {error}"));
        Self { reason: reason.or(self.reason), ..self }
    }

    /// No verdict, with the reason.
    #[must_use]
    pub fn none(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Undecided,
            ratio: None,
            p_value: None,
            p_adjusted: None,
            basis: None,
            detectable_drop: None,
            reason: Some(reason.into()),
            of_losses: false,
        }
    }

    /// A verdict on published numbers whose error is not known.
    #[must_use]
    pub fn published(ratio: f64, verdict: Verdict, of_losses: bool, reason: Option<String>) -> Self {
        Self {
            verdict,
            ratio: Some(published_estimate(ratio)),
            p_value: None,
            p_adjusted: None,
            basis: Some(Basis::PublishedPoint),
            detectable_drop: None,
            reason,
            of_losses,
        }
    }
}

/// A published number: nothing is known of its error, so its interval is open on both sides.
#[must_use]
pub(crate) fn published_estimate(value: f64) -> Estimate {
    Estimate { point: value, low: None, high: None, level: 0.95, method: "published point, error not known".into() }
}

/// The verdict of a kind in words: `dropped by params: loss rose by 3.1 % [2.4, 3.9]`.
pub(super) fn sentence(by: Kind, own: &KindVerdict) -> String {
    let mut text = format!("{} by {by}", own.verdict);
    if let Some(ratio) = &own.ratio {
        let change = if own.of_losses {
            ratio.clone().map_decreasing(|ratio| 100.0 * (1.0 / ratio - 1.0))
        } else {
            ratio.clone().map(|ratio| 100.0 * (ratio - 1.0))
        };
        let what = if own.of_losses { "loss" } else { "density" };
        text += &match change {
            change if change.low == Some(0.0) && change.high == Some(0.0) => format!(": {what} unchanged"),
            change if change.point < 0.0 => {
                let fall = change.map_decreasing(|change| -change);
                format!(": {what} fell by {:.1} %{}", fall.point, interval(&fall))
            }
            change => format!(": {what} rose by {:.1} %{}", change.point, interval(&change)),
        };
    }
    if let Some(p) = own.p_adjusted {
        let p = p_text(p);
        text += &if p.starts_with('<') { format!(" (p {p})") } else { format!(" (p = {p})") };
    }
    if let Some(reason) = &own.reason {
        text += &format!("; {reason}");
    }
    text
}

/// The interval in brackets; nothing where both ends are open.
fn interval(percent: &Estimate) -> String {
    let end = |value: Option<f64>| value.map(|value| format!("{value:.1}"));
    let (low, high) = (end(percent.low), end(percent.high));
    estimate::interval(low.as_deref(), high.as_deref()).map_or_else(String::new, |ends| format!(" {ends}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_which_way_and_how_far() {
        let mut own = KindVerdict::none("");
        own.reason = None;
        own.verdict = Verdict::Dropped;
        own.of_losses = true;
        own.ratio = Some(Estimate::new(1.0 / 1.031, 1.0 / 1.039, 1.0 / 1.024, 0.9, "paired bootstrap"));
        own.p_adjusted = Some(1e-4);
        assert_eq!(sentence(Kind::Params, &own), "dropped by params: loss rose by 3.1 % [2.4, 3.9] (p < 0.001)");
        own.of_losses = false;
        own.ratio = Some(Estimate::new(0.8, 0.7, 0.9, 0.9, "paired bootstrap"));
        assert_eq!(sentence(Kind::Memory, &own), "dropped by memory: density fell by 20.0 % [10.0, 30.0] (p < 0.001)");
        own.ratio = Some(Estimate::new(1.0, 1.0, 1.0, 0.9, "identical answers"));
        own.verdict = Verdict::Held;
        own.p_adjusted = Some(1.0);
        assert_eq!(sentence(Kind::Params, &own), "held by params: density unchanged (p = 1.000)");
    }
}
