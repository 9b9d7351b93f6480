//! What one concrete device runs today, and when it meets a capability: the end of the main job.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::bench::BenchReport;
use super::crossover::{LEVEL, Setting};
use super::crossover_budget::Demand;
use super::crossover_row::Row;
use super::schema::IsoDate;
use crate::bench::plan::Phase;
use crate::calibration::device_model::OVERHEAD;
use crate::device::class_spec::ClassSpec;
use crate::device::rates::{Rates, shape};
use crate::law::densing::DensingLaw;
use crate::stat::Estimate;
use crate::unit::{Bytes, Params};

/// Standard deviation of ln time where one model was measured: its fixed cost per layer counts as cost of its bytes,
/// too much for a larger model (a judgement).
const ONE_MODEL: f64 = 0.3;

/// Two-sided 95 % quantile of the normal distribution.
const Z: f64 = crate::stat::TWO_SIDED_95;

/// The release to run here now.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Recommendation {
    /// Its name.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub released: Date,
    /// All parameters.
    pub total_params: f64,
    /// Parameters used per token.
    pub active_params: f64,
    /// The format to run it in.
    pub format: String,
    /// N̂·q: effective parameters in that format.
    pub effective_params: Estimate,
    /// Decode speed after the prompt and half the answer, tokens per second.
    pub tokens_per_second: Estimate,
    /// Seconds to the first token of the prompt.
    pub first_token_seconds: Estimate,
    /// Weights, cache and buffers, bytes.
    pub memory_bytes: f64,
    /// When the law of all models needs half its parameters for the same capability.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub best_value_until: Option<Estimate<Date>>,
    /// The first release that already does so.
    pub succeeded_by: Option<String>,
}

/// A device with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OwnDevice {
    /// What the rates rest on.
    pub basis: String,
    /// Class whose growth projects the device.
    pub growth_of: String,
    /// Effective parameters that the device runs today, by the best release that fits; null with `reason`.
    pub effective_params: Option<Estimate>,
    /// GPT-4's level on this device.
    pub gpt_4: Row,
    /// What to run; null with `reason`.
    pub recommendation: Option<Recommendation>,
    /// Why there is none.
    pub reason: Option<String>,
}

/// The rates of a bench of one model: no fixed cost is told apart, so larger models may do better.
#[must_use]
pub fn rates_of_bench(bench: &BenchReport, class: &ClassSpec, ram_bytes: f64) -> Option<Rates> {
    let model = bench.model.as_ref()?;
    let rows = || bench.results.iter().filter(|row| row.model == model.id);
    let seconds =
        |row: &super::bench::RowReport| Some(1.0 / row.median_tokens_per_second.filter(|speed| *speed > 0.0)?);
    let of = |phase: Phase| rows().filter(move |row| row.phase == phase && row.median_tokens_per_second.is_some());
    let shallow = of(Phase::Decode).min_by_key(|row| row.depth)?;
    let deep = of(Phase::Decode).max_by_key(|row| row.depth)?;
    let prompt = of(Phase::Prefill).max_by_key(|row| row.tokens)?;
    // What is concluded from a number may be quoted no more than the number.
    let doubt = if [shallow, deep, prompt].iter().all(|row| row.valid) { "" } else { ", from INVALID rows" };
    let (bytes, params) = (model.bytes as f64, model.params as f64);
    let (layers, width) = shape(params);
    let positions = f64::from(deep.depth - shallow.depth);
    let attention = if positions > 0.0 {
        ((seconds(deep)? - seconds(shallow)?) / (layers * width * positions)).max(0.0)
    } else {
        0.0
    };
    let beside = |row: &super::bench::RowReport| {
        Some(row.memory.peak_rss?.checked_sub(model.bytes + row.memory.kv_cache?)? as f64)
    };
    Some(Rates {
        format: class.quantization.clone(),
        bits: class.bits_per_weight,
        read: seconds(shallow)? / bytes * class.bits_per_weight / 8.0,
        layer: 0.0,
        attention,
        compute: seconds(prompt)? / params,
        prompt_attention: 0.0,
        decode_deviation: ONE_MODEL,
        prefill_deviation: ONE_MODEL,
        usable_bytes: class.usable_ram * ram_bytes,
        overhead_bytes: rows().filter_map(beside).reduce(f64::max).unwrap_or(OVERHEAD),
        memory_deviation: class.memory_over_file_deviation,
        basis: format!(
            "this run's {} alone{doubt} (`densimeter devices calibrate` makes a model of the device)",
            model.id
        ),
    })
}

/// The release with most effective parameters that fits the memory and decodes in time.
#[must_use]
pub fn recommend(setting: &Setting, rates: &Rates, demand: Demand) -> Option<Recommendation> {
    let fits = |total: f64, active: f64| {
        rates.memory_bytes(total, demand.context()) <= rates.usable_bytes
            && rates.decode_seconds(active, demand.depth()) * demand.min_tps <= 1.0
    };
    let released = || setting.releases.iter().filter(|model| model.date <= setting.today);
    let best = released().filter(|model| fits(model.total_params, model.active_params)).max_by(|a, b| {
        let smaller = b.total_params.total_cmp(&a.total_params);
        a.effective_params.total_cmp(&b.effective_params).then(smaller)
    })?;
    let within = |point: f64, deviation: f64| {
        Estimate::new(point, point * (-Z * deviation).exp(), point * (Z * deviation).exp(), LEVEL, "log-normal")
    };
    let law = DensingLaw::fit(setting.densities.iter().map(|(density, _)| density.clone()).collect()).ok();
    let density = best.effective_params / best.total_params;
    let successor = released()
        .filter(|other| {
            other.effective_params >= best.effective_params && other.total_params * 2.0 <= best.total_params
        })
        .min_by_key(|other| other.date);
    Some(Recommendation {
        model: best.model.clone(),
        released: best.date,
        total_params: best.total_params,
        active_params: best.active_params,
        format: rates.format.clone(),
        effective_params: within(best.effective_params * setting.format.ratio, setting.format.deviation),
        tokens_per_second: within(
            1.0 / rates.decode_seconds(best.active_params, demand.depth()),
            rates.decode_deviation,
        ),
        first_token_seconds: within(
            rates.first_token_seconds(best.active_params, demand.prompt),
            rates.prefill_deviation,
        ),
        memory_bytes: rates.memory_bytes(best.total_params, demand.context()),
        best_value_until: law.and_then(|law| law.reaches(2.0 * density, LEVEL)),
        succeeded_by: successor.map(|model| model.model.clone()),
    })
}

impl OwnDevice {
    /// The verdict on a device of known rates.
    #[must_use]
    pub fn of(setting: &Setting, rates: &Rates, demand: Demand, growth_of: &str, gpt_4: Row) -> Self {
        let recommendation = recommend(setting, rates, demand);
        Self {
            basis: rates.basis.clone(),
            growth_of: growth_of.to_owned(),
            effective_params: recommendation.as_ref().map(|found| found.effective_params.clone()),
            reason: recommendation.is_none().then(|| {
                format!("no listed release with all five scores fits this device at {} tokens/s", demand.min_tps)
            }),
            recommendation,
            gpt_4,
        }
    }

    /// The two sentences that end a run.
    #[must_use]
    pub fn sentences(&self, today: Date) -> Vec<String> {
        let runs = match (&self.effective_params, &self.reason) {
            (Some(params), _) => format!("this machine runs {} effective parameters today", Interval(params)),
            (None, reason) => {
                format!("this machine runs no listed release today ({})", reason.as_deref().unwrap_or("none fits"))
            }
        };
        let when = match &self.gpt_4.date {
            Some(date) => format!("{} {date}", if date.point <= today { "since" } else { "at" }),
            None => format!("never ({})", self.gpt_4.reason.as_deref().unwrap_or("the lines do not meet")),
        };
        let bound =
            self.gpt_4.date_with_ttft.as_ref().map_or_else(|| "never".to_owned(), |date| date.point.to_string());
        let first = format!(
            "{runs}; GPT-4-class: {when} by the trend, TTFT-bound {bound} ({}; growth of class {})",
            self.basis, self.growth_of
        );
        let Some(best) = &self.recommendation else { return vec![first] };
        let until = match (&best.succeeded_by, &best.best_value_until) {
            (Some(model), _) => format!("but {model} does the same with half the parameters"),
            (None, Some(date)) if date.point <= today => {
                format!(
                    "by the trend half its parameters would do since {}, though no listed release has shown it",
                    date.point
                )
            }
            (None, Some(date)) => format!("best value until {date}"),
            (None, None) => "the law gives no date for its successor".to_owned(),
        };
        let second = format!(
            "run {} ({}, released {}) in {} here: {} t/s expected, first token after {} s, {} of memory; {until}",
            best.model,
            Params::from_count(best.total_params),
            best.released,
            best.format,
            Plain(&best.tokens_per_second),
            Plain(&best.first_token_seconds),
            Bytes::from_bytes(best.memory_bytes as u64),
        );
        vec![first, second]
    }
}

/// Parameters with their interval.
struct Interval<'a>(&'a Estimate);

impl fmt::Display for Interval<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().map(Params::from_count).fmt(f)
    }
}

/// A number with its interval, to three digits.
struct Plain<'a>(&'a Estimate);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.0.point < 10.0 { 2 } else { 0 };
        write!(f, "{:.decimals$}", self.0)
    }
}
