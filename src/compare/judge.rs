//! From what was measured twice to a verdict, all rows of a call as one family.

use std::fmt;

use serde::Serialize;

use crate::stat::Estimate;
use crate::stat::difference::Difference;
use crate::stat::holm::holm;
use crate::stat::paired::Discordant;
use crate::stat::proportion::Alternative;

/// Family-wise error rate of all judged rows of a call, two-sided.
pub(crate) const ALPHA: f64 = 0.05;

/// Level of the intervals that are shown.
pub(crate) const LEVEL: f64 = 0.95;

/// What is to be said of a number that was measured twice. What a reader must hear of first is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// The whole interval lies within the threshold.
    Same,
    /// Neither can be said.
    Undecided,
    /// Better by more than the threshold.
    Better,
    /// Worse by more than the threshold.
    Worse,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Same => "same",
            Self::Undecided => "undecided",
            Self::Better => "better",
            Self::Worse => "worse",
        })
    }
}

/// A quantity that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Metric {
    /// Tokens per second.
    TokensPerSecond,
    /// Median time between tokens, nanoseconds.
    LatencyP50,
    /// 99th percentile of the time between tokens, nanoseconds.
    LatencyP99,
    /// Time to the first token, nanoseconds.
    Ttft,
    /// Peak resident memory, bytes.
    PeakRss,
    /// Joules per token.
    JoulesPerToken,
    /// Score in percent.
    Score,
    /// Conditional loss, nats per token.
    Loss,
    /// Capability density.
    Density,
}

impl Metric {
    /// Whether more of it is better.
    #[must_use]
    pub(crate) const fn more_is_better(self) -> bool {
        matches!(self, Self::TokensPerSecond | Self::Score | Self::Density)
    }

    /// Its name in tables.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TokensPerSecond => "tokens/s",
            Self::LatencyP50 => "latency p50",
            Self::LatencyP99 => "latency p99",
            Self::Ttft => "TTFT",
            Self::PeakRss => "peak RSS",
            Self::JoulesPerToken => "J/token",
            Self::Score => "score, %",
            Self::Loss => "loss, nats/token",
            Self::Density => "density",
        }
    }
}

/// What the verdict rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Evidence {
    /// Logarithms: the change is a ratio.
    Ratio(Difference),
    /// Plain numbers: the change is a difference.
    Plain(Difference),
    /// Items that both answered: the change is a difference in points.
    Pairs(Discordant),
    /// One value each that does not vary by chance: judged by the threshold alone.
    Exact,
    /// One value each, whose error is not known: shown, not judged.
    Bare,
    /// The second has none, though the first has.
    Lost,
    /// Both carry the very same estimate.
    Identical,
}

/// A number of both reports before it is judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unjudged {
    /// What was done: `pp512`, `mmlu`, `all`.
    pub test: String,
    /// The model, where a report has several.
    pub model: Option<String>,
    /// What was measured.
    pub metric: Metric,
    /// The first report's value.
    pub base: f64,
    /// The second one's; `None` where it failed.
    pub other: Option<f64>,
    /// Margin: a share for ratios, points for differences.
    pub threshold: f64,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// What to know.
    pub reason: Option<String>,
}

/// A number of both reports with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Judged {
    /// What was done.
    pub test: String,
    /// The model, where a report has several.
    pub model: Option<String>,
    /// What was measured.
    pub metric: Metric,
    /// The base's value.
    pub base: f64,
    /// The other's; null where it failed.
    pub other: Option<f64>,
    /// `ratio` (other over base) or `difference` (other minus base, points).
    pub scale: &'static str,
    /// The change; null with `reason`.
    pub change: Option<Estimate>,
    /// Change that counts as none: a share of 1, or points.
    pub threshold: f64,
    /// Two-sided p-value of "no change beyond the threshold" (for scores: "no change").
    pub p_value: Option<f64>,
    /// The same after Holm's correction over all rows of the call.
    pub p_adjusted: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the same items were compared one by one.
    pub paired: bool,
    /// Why something is null or undecided.
    pub reason: Option<String>,
}

impl Unjudged {
    /// The margin on the scale of the evidence.
    fn margin(&self) -> f64 {
        match self.evidence {
            Evidence::Ratio(_) => self.threshold.ln_1p(),
            _ => self.threshold,
        }
    }

    /// Two-sided p-value of "no change beyond the threshold"; of "no change" for pairs, where nothing but a change
    /// of answers makes a difference.
    #[must_use]
    pub(crate) fn p_value(&self) -> Option<f64> {
        let margin = self.margin();
        match &self.evidence {
            Evidence::Ratio(difference) | Evidence::Plain(difference) => {
                Some((2.0 * difference.p_above(margin).min(difference.p_below(-margin))).min(1.0))
            }
            Evidence::Pairs(pairs) => Some(pairs.mcnemar(Alternative::TwoSided)),
            Evidence::Exact | Evidence::Bare | Evidence::Lost | Evidence::Identical => None,
        }
    }

    /// The change as a number with its interval.
    fn change(&self) -> Option<Estimate> {
        let bare = |point: f64, method: &'static str| Estimate {
            point,
            low: None,
            high: None,
            level: LEVEL,
            method: method.into(),
        };
        match &self.evidence {
            Evidence::Ratio(difference) => Some(difference.estimate(LEVEL).map(f64::exp)),
            Evidence::Plain(difference) => Some(difference.estimate(LEVEL)),
            Evidence::Pairs(pairs) => {
                let (low, high) = pairs.bounds((1.0 - LEVEL) / 2.0);
                let percent = |share: f64| 100.0 * share;
                Some(Estimate::new(pairs.difference(), low, high, LEVEL, "McNemar, paired items").map(percent))
            }
            Evidence::Exact => Some(bare(self.other? / self.base, "one value each, judged by the threshold alone")),
            Evidence::Bare => Some(bare(self.other? / self.base, "one value each, error not known")),
            Evidence::Identical => Some(Estimate::new(1.0, 1.0, 1.0, LEVEL, "the same estimate in both")),
            Evidence::Lost => None,
        }
    }

    /// Where the change points: above 0 is better.
    fn sign(&self, change: &Estimate) -> f64 {
        let rise = if self.is_difference() { change.point } else { change.point.ln() };
        if self.metric.more_is_better() { rise } else { -rise }
    }

    fn is_difference(&self) -> bool {
        matches!(self.evidence, Evidence::Plain(_) | Evidence::Pairs(_))
    }

    /// Whether the whole interval is no change.
    fn within(&self, change: &Estimate) -> bool {
        let (low, high) = match (change.low, change.high) {
            (Some(low), Some(high)) => (low, high),
            _ => (change.point, change.point),
        };
        if self.is_difference() {
            low >= -self.threshold && high <= self.threshold
        } else {
            low.ln() >= -self.threshold.ln_1p() && high.ln() <= self.threshold.ln_1p()
        }
    }

    fn judged(&self, p_adjusted: Option<f64>) -> Judged {
        let change = self.change();
        let mut reason = self.reason.clone();
        let verdict = match (&self.evidence, &change) {
            (Evidence::Lost, _) => Verdict::Worse,
            (Evidence::Bare, _) | (_, None) => Verdict::Undecided,
            (_, Some(change)) if self.evidence != Evidence::Exact && p_adjusted.is_some_and(|p| p <= ALPHA) => {
                if self.sign(change) < 0.0 { Verdict::Worse } else { Verdict::Better }
            }
            (_, Some(change)) if self.within(change) => Verdict::Same,
            (Evidence::Exact, Some(change)) if self.sign(change) < 0.0 => Verdict::Worse,
            (Evidence::Exact, Some(_)) => Verdict::Better,
            _ => Verdict::Undecided,
        };
        if verdict == Verdict::Undecided && reason.is_none() {
            reason = Some(match self.evidence {
                Evidence::Bare => "no interval: shown, not judged".to_owned(),
                _ => "the interval reaches over the threshold: more repetitions or items would tell".to_owned(),
            });
        }
        Judged {
            test: self.test.clone(),
            model: self.model.clone(),
            metric: self.metric,
            base: self.base,
            other: self.other,
            scale: if self.is_difference() { "difference" } else { "ratio" },
            change,
            threshold: self.threshold,
            p_value: self.p_value(),
            p_adjusted,
            verdict,
            paired: matches!(self.evidence, Evidence::Pairs(_)),
            reason,
        }
    }
}

/// Judges all rows of a call together.
#[must_use]
pub(crate) fn judge(rows: &[&Unjudged]) -> Vec<Judged> {
    let p: Vec<f64> = rows.iter().filter_map(|row| row.p_value()).collect();
    let mut adjusted = holm(&p, ALPHA).into_iter();
    rows.iter().map(|row| row.judged(row.p_value().and_then(|_| adjusted.next()).map(|found| found.p))).collect()
}
