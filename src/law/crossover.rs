//! The date from which a budget of parameters, growing with the hardware, holds the parameters that a capability
//! needs, falling with the Densing Law.
//!
//! Required: `N_req(t) = N̂ / (ρ_max(t)·q)`. Runnable by limit k: `N_k(t) = exp(o_k + g_k·t)`. They meet at
//! `t_k = (ln N̂ − ln q − B − o_k) / (A + g_k)`, A and B being the law's growth and intercept.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::exponential::Exponential;
use crate::stat::draw::standard_normal;
use crate::stat::{Bootstrap, Estimate};

/// What limits the parameters a device can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// Weights, cache and buffers must fit the usable RAM.
    Memory,
    /// Decode must reach the target speed.
    Decode,
    /// The first token must come in time.
    Prefill,
}

impl Limit {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Decode => "decode",
            Self::Prefill => "prefill",
        }
    }
}

/// Parameters that a class can run, by limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Runnable {
    /// By usable RAM (total parameters).
    pub memory: Exponential,
    /// By decode speed (parameters read per token).
    pub decode: Exponential,
    /// By time to the first token (parameters computed per token).
    pub prefill: Exponential,
}

impl Runnable {
    /// The least of the three at a day, with the limit that sets it.
    #[must_use]
    pub fn least(&self, day: f64) -> (f64, Limit) {
        self.limits()
            .map(|(limit, growth)| (growth.at(day), limit))
            .into_iter()
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .expect("there are three limits")
    }

    /// Memory and decode only: what runs at speed once the prompt is read.
    #[must_use]
    pub fn usable(&self, day: f64) -> f64 {
        self.memory.at(day).min(self.decode.at(day))
    }

    fn limits(&self) -> [(Limit, Exponential); 3] {
        [(Limit::Memory, self.memory), (Limit::Decode, self.decode), (Limit::Prefill, self.prefill)]
    }
}

/// Parameters that a capability needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Required {
    /// N̂: effective parameters of the capability.
    pub effective_params: f64,
    /// Standard deviation of ln N̂.
    pub effective_deviation: f64,
    /// q: density of the format that is run over the 16-bit original's.
    pub format_density: f64,
    /// Standard deviation of ln q.
    pub format_deviation: f64,
    /// Active over total parameters: 1 for dense models; speed limits see the active ones.
    pub active_share: f64,
    /// ρ_max(t).
    pub density: Exponential,
}

impl Required {
    /// Total parameters needed at a day.
    #[must_use]
    pub fn at(&self, day: f64) -> f64 {
        self.effective_params / (self.density.at(day) * self.format_density)
    }
}

/// Why a crossover could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CrossoverError {
    /// An input is zero, negative, NaN or infinite where a positive number is meant.
    #[error("{name} is {value}, not a positive number")]
    NotPositive {
        /// The input.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A line has a coefficient that is not finite (the logarithm of a zero bandwidth, say).
    #[error("the growth of {name} has a coefficient that is not a finite number")]
    Unsound {
        /// Which line.
        name: &'static str,
    },
    /// No resample asked for.
    #[error("an interval needs at least one resample")]
    NoResamples,
}

/// Days after the origin beyond which a date is called "never": the year 2123.
pub const HORIZON_DAYS: f64 = 36_525.0;

/// When one limit (or the latest of several) lets the capability run.
#[derive(Debug, Clone, PartialEq)]
pub enum CrossingDate {
    /// A day since the origin; the interval is open above where some draws never meet.
    At(Estimate),
    /// No date: the two lines do not approach, or only beyond the horizon.
    Never {
        /// Why.
        reason: &'static str,
    },
}

impl CrossingDate {
    /// The day, if there is one.
    #[must_use]
    pub fn day(&self) -> Option<f64> {
        match self {
            Self::At(day) => Some(day.point),
            Self::Never { .. } => None,
        }
    }
}

/// The dates of a class and a capability.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossover {
    /// By memory.
    pub memory: CrossingDate,
    /// By decode speed.
    pub decode: CrossingDate,
    /// By time to the first token.
    pub prefill: CrossingDate,
    /// The headline: memory and decode both hold.
    pub usable: CrossingDate,
    /// All three hold.
    pub responsive: CrossingDate,
    /// The limit that falls last.
    pub binding: Limit,
}

/// Runnable and required parameters as lines in ln N against days.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    limits: [Exponential; 3],
    density: Exponential,
    demand: f64,
    active: f64,
}

impl World {
    pub(super) fn of(runnable: &Runnable, required: &Required) -> Self {
        Self {
            limits: runnable.limits().map(|(_, growth)| growth),
            density: required.density,
            demand: required.effective_params.ln() - required.format_density.ln(),
            active: required.active_share.ln(),
        }
    }

    fn draw(&self, required: &Required, rng: &mut ChaCha8Rng) -> Self {
        let spread = required.effective_deviation.hypot(required.format_deviation);
        Self {
            limits: self.limits.map(|growth| growth.draw(rng)),
            density: self.density.draw(rng),
            demand: self.demand + spread * standard_normal(rng),
            active: self.active,
        }
    }

    /// Day of each limit, infinite where the lines do not approach: memory, decode, prefill.
    pub(super) fn days(&self) -> [f64; 3] {
        let share = [0.0, self.active, self.active];
        std::array::from_fn(|k| {
            let closing = self.density.per_day + self.limits[k].per_day;
            let gap = self.demand + share[k] - self.density.origin - self.limits[k].origin;
            if closing > 0.0 { gap / closing } else { f64::INFINITY }
        })
    }
}

/// The rule of the headline: the day from which memory and decode both hold, of the days of all limits.
pub(super) fn usable([memory, decode, _]: [f64; 3]) -> f64 {
    memory.max(decode)
}

/// The closed-form date of each limit and their intervals at `level`, by parametric bootstrap through the law, the
/// growth of each limit, N̂ and q.
///
/// # Errors
/// Inputs that are not positive or not finite, or no resamples.
pub fn cross(
    runnable: &Runnable,
    required: &Required,
    run: Bootstrap,
    level: f64,
) -> Result<Crossover, CrossoverError> {
    check(runnable, required)?;
    if run.resamples == 0 {
        return Err(CrossoverError::NoResamples);
    }
    let world = World::of(runnable, required);
    let points = world.days();
    let mut rng = ChaCha8Rng::seed_from_u64(run.seed);
    let mut draws: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(run.resamples));
    for _ in 0..run.resamples {
        let days @ [memory, decode, prefill] = world.draw(required, &mut rng).days();
        for (kept, day) in draws.iter_mut().zip([memory, decode, prefill, usable(days), usable(days).max(prefill)]) {
            kept.push(day);
        }
    }
    let usable = usable(points);
    let [memory, decode, prefill, both, all] = draws;
    let binding = runnable
        .limits()
        .into_iter()
        .zip(points)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(Limit::Memory, |((limit, _), _)| limit);
    Ok(Crossover {
        memory: crossing_date(points[0], memory, level),
        decode: crossing_date(points[1], decode, level),
        prefill: crossing_date(points[2], prefill, level),
        usable: crossing_date(usable, both, level),
        responsive: crossing_date(usable.max(points[2]), all, level),
        binding,
    })
}

fn check(runnable: &Runnable, required: &Required) -> Result<(), CrossoverError> {
    let positive = [
        ("effective parameters", required.effective_params),
        ("density of the format", required.format_density),
        ("active share", required.active_share),
    ];
    for (name, value) in positive {
        if !(value.is_finite() && value > 0.0) {
            return Err(CrossoverError::NotPositive { name, value });
        }
    }
    if !required.density.is_sound()
        || !required.effective_deviation.is_finite()
        || !required.format_deviation.is_finite()
    {
        return Err(CrossoverError::Unsound { name: "the required parameters" });
    }
    for (limit, growth) in runnable.limits() {
        if !growth.is_sound() {
            return Err(CrossoverError::Unsound { name: limit.name() });
        }
    }
    Ok(())
}

fn crossing_date(point: f64, mut draws: Vec<f64>, level: f64) -> CrossingDate {
    if point.is_infinite() {
        return CrossingDate::Never { reason: "the runnable and the required parameters do not approach each other" };
    }
    if point.abs() > HORIZON_DAYS {
        return CrossingDate::Never { reason: "the lines meet only more than a century away" };
    }
    draws.sort_unstable_by(f64::total_cmp);
    // An order statistic, not an interpolation: a draw that never meets is infinite.
    let at = |p: f64| draws[((draws.len() - 1) as f64 * p).round() as usize];
    let within = |day: f64| (day.abs() <= HORIZON_DAYS).then_some(day);
    let tail = (1.0 - level) / 2.0;
    CrossingDate::At(Estimate {
        point,
        low: within(at(tail)),
        high: within(at(1.0 - tail)),
        level,
        method: "parametric-bootstrap".into(),
    })
}

/// Draws a seed for a part of a larger run, so that parts do not share a stream.
#[must_use]
pub fn seed_of_part(seed: u64, part: u64) -> u64 {
    ChaCha8Rng::seed_from_u64(seed ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)).random()
}
