//! A family of reference curves read from TOML: one per benchmark and one for the five-benchmark average.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reference::{LossKind, LossLaw, LossUnit, ReferenceCurve, ReferenceError, ScoreLaw};
use crate::stat::proportion::{Alternative, ProportionError, binomial_test};
use crate::unit::Benchmark;

/// One-sided significance below which a score counts as above chance.
pub const CHANCE_SIGNIFICANCE: f64 = 0.05;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CurveRecord {
    loss: LossLaw,
    score: ScoreLaw,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FamilyRecord {
    id: String,
    source: String,
    doi: Option<String>,
    d0_tokens: f64,
    loss_kind: LossKind,
    loss_unit: LossUnit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokenizer: Option<String>,
    curve: BTreeMap<String, CurveRecord>,
}

/// Why a file is no reference family.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FamilyError {
    /// Not the TOML of a family.
    #[error("not a reference family: {0}")]
    Toml(#[from] toml::de::Error),
    /// No source is given.
    #[error("the reference family `{0}` names no source")]
    NoSource(String),
    /// No curve for the average of the five.
    #[error("the reference family `{0}` has no [curve.average]")]
    NoAverage(String),
    /// A curve that is neither a benchmark nor the average.
    #[error("[curve.{0}] is neither a benchmark (mmlu, bbh, math, humaneval, mbpp) nor `average`")]
    UnknownCurve(String),
    /// D0 that is no positive number.
    #[error("d0_tokens = {0} is not a finite number above zero")]
    Tokens(f64),
    /// A coefficient with the wrong sign or not finite.
    #[error("[curve.{curve}]: {field} = {value} cannot be (a, alpha, b, beta, c > 0; gamma < 0; all finite)")]
    Coefficient {
        /// The curve.
        curve: String,
        /// The coefficient.
        field: &'static str,
        /// Its value.
        value: f64,
    },
}

/// The first coefficient that no curve can have.
fn impossible(curve: &ReferenceCurve) -> Option<(&'static str, f64)> {
    let (loss, score) = (curve.loss, curve.score);
    let signed = [
        ("a", loss.a, 1.0),
        ("alpha", loss.alpha, 1.0),
        ("b", loss.b, 1.0),
        ("beta", loss.beta, 1.0),
        ("c", score.c, 1.0),
        ("gamma", score.gamma, -1.0),
    ];
    let wrong = signed.into_iter().find(|(_, value, sign)| !(value.is_finite() && value * sign > 0.0));
    let infinite = || [("l", score.l), ("d", score.d)].into_iter().find(|(_, value)| !value.is_finite());
    wrong.map(|(field, value, _)| (field, value)).or_else(infinite)
}

/// A family of reference curves, one per benchmark and one for the five-benchmark average.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceFamily {
    /// Identifier, as in `xiao2025/average`.
    pub id: String,
    /// Where the coefficients come from.
    pub source: String,
    /// Digital object identifier of the publication.
    pub doi: Option<String>,
    /// Default D0 in tokens.
    pub d0_tokens: f64,
    /// Tokenizer that the losses were counted with, as `gpt2/smollm`; needed to use losses per token.
    pub tokenizer: Option<String>,
    /// The curve of the five-benchmark mean.
    pub average: ReferenceCurve,
    benchmarks: BTreeMap<Benchmark, ReferenceCurve>,
}

impl ReferenceFamily {
    /// Reads a family from TOML of the shape of `models/reference_curves.toml`.
    ///
    /// # Errors
    /// Text that is not such TOML, a family without source or average, or an impossible coefficient.
    pub fn parse(text: &str) -> Result<Self, FamilyError> {
        let record: FamilyRecord = toml::from_str(text)?;
        let (kind, unit) = (record.loss_kind, record.loss_unit);
        let curve = |CurveRecord { loss, score }| ReferenceCurve { loss, score, kind, unit };
        let curves = record.curve.into_iter().map(|(name, r)| (name, curve(r))).collect();
        let family = Self::new(&record.id, record.source, record.d0_tokens, curves)?;
        Ok(Self { doi: record.doi, tokenizer: record.tokenizer, ..family })
    }

    /// A family of curves by name (`average` and benchmarks).
    ///
    /// # Errors
    /// No source, no average, an unknown name, or an impossible coefficient.
    pub fn new(
        id: &str,
        source: String,
        d0_tokens: f64,
        curves: BTreeMap<String, ReferenceCurve>,
    ) -> Result<Self, FamilyError> {
        if source.trim().is_empty() {
            return Err(FamilyError::NoSource(id.to_owned()));
        }
        if !(d0_tokens.is_finite() && d0_tokens > 0.0) {
            return Err(FamilyError::Tokens(d0_tokens));
        }
        let mut average = None;
        let mut benchmarks = BTreeMap::new();
        for (name, curve) in curves {
            if let Some((field, value)) = impossible(&curve) {
                return Err(FamilyError::Coefficient { curve: name, field, value });
            }
            if name == "average" {
                average = Some(curve);
            } else {
                let benchmark = name.parse().map_err(|_| FamilyError::UnknownCurve(name))?;
                benchmarks.insert(benchmark, curve);
            }
        }
        let average = average.ok_or_else(|| FamilyError::NoAverage(id.to_owned()))?;
        Ok(Self { id: id.to_owned(), source, doi: None, d0_tokens, tokenizer: None, average, benchmarks })
    }

    /// The family as TOML that [`ReferenceFamily::parse`] reads.
    ///
    /// # Errors
    /// A family that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let mut curve: BTreeMap<String, CurveRecord> = BTreeMap::new();
        let record = |c: &ReferenceCurve| CurveRecord { loss: c.loss, score: c.score };
        curve.insert("average".to_owned(), record(&self.average));
        curve.extend(self.benchmarks.iter().map(|(name, c)| (name.name().to_owned(), record(c))));
        toml::to_string(&FamilyRecord {
            id: self.id.clone(),
            source: self.source.clone(),
            doi: self.doi.clone(),
            d0_tokens: self.d0_tokens,
            loss_kind: self.average.kind,
            loss_unit: self.average.unit,
            tokenizer: self.tokenizer.clone(),
            curve,
        })
    }

    /// The curve of one benchmark, where the family has it.
    #[must_use]
    pub fn benchmark(&self, benchmark: Benchmark) -> Option<&ReferenceCurve> {
        self.benchmarks.get(&benchmark)
    }

    /// What guessing scores on a benchmark, in percent: 25 on MMLU's four choices, else the curve's own lower bound.
    #[must_use]
    pub fn chance_percent(&self, benchmark: Benchmark) -> f64 {
        let floor = self.benchmark(benchmark).map_or(0.0, |curve| curve.score.d.max(0.0));
        if benchmark == Benchmark::Mmlu { floor.max(25.0) } else { floor }
    }

    /// Tests whether a score is above chance (exact one-sided binomial test at 5 %).
    ///
    /// # Errors
    /// [`ReferenceError::AtChance`] where it is not; no items.
    pub fn above_chance(&self, benchmark: Benchmark, percent: f64, items: u64) -> Result<(), ReferenceError> {
        let chance = self.chance_percent(benchmark);
        let correct = ((percent / 100.0 * items as f64).round() as u64).min(items);
        // A test without guessing cannot be passed by chance, so one success is enough.
        let p = if chance <= 0.0 {
            if items == 0 {
                return Err(ProportionError::NoTrials.into());
            }
            if correct == 0 { 1.0 } else { 0.0 }
        } else {
            binomial_test(correct, items, chance / 100.0, Alternative::Greater)?
        };
        if p < CHANCE_SIGNIFICANCE {
            Ok(())
        } else {
            Err(ReferenceError::AtChance { benchmark, score: percent, chance, items, p })
        }
    }
}
