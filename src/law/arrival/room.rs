//! What a class or a device can hold and run, as lines of ln N that never fall.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::law::exponential::Exponential;

/// What limits the parameters that a device can run.
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
    /// All of them, in the order in which they are met.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Decode, Self::Prefill];

    /// Name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Decode => "decode",
            Self::Prefill => "prefill",
        }
    }
}

/// Limits of a device; one that does not count is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Room {
    /// Parameters that the memory holds: all of a model's.
    pub memory: Option<Exponential>,
    /// Parameters that are read in time for a token: those it computes with.
    pub decode: Option<Exponential>,
    /// Parameters that the prompt is computed with in time: those a token computes with.
    pub prefill: Option<Exponential>,
}

impl Room {
    /// A size that is given and stays, such as `8e9` parameters.
    #[must_use]
    pub fn of_size(params: f64) -> Self {
        Self { memory: Some(Exponential::exact(params.ln(), 0.0)), ..Self::default() }
    }

    /// The same growth at `factor` times the level.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let scaled = |line: Option<Exponential>| line.map(|line| line.times(factor));
        Self { memory: scaled(self.memory), decode: scaled(self.decode), prefill: scaled(self.prefill) }
    }

    /// Without the limit on the first token: what runs at speed once the prompt is read.
    #[must_use]
    pub const fn once_read(self) -> Self {
        Self { prefill: None, ..self }
    }

    /// One of its limits alone.
    #[must_use]
    pub fn only(self, limit: Limit) -> Self {
        match limit {
            Limit::Memory => Self { memory: self.memory, ..Self::default() },
            Limit::Decode => Self { decode: self.decode, ..Self::default() },
            Limit::Prefill => Self { prefill: self.prefill, ..Self::default() },
        }
    }

    /// Parameters of a dense model that its central device runs on a day; infinite without limits.
    #[must_use]
    pub fn params_on(&self, day: f64) -> f64 {
        self.draw(None).ln_on(day).exp()
    }

    /// One possible device: each limit drawn from its own stream, so that what is drawn of one never depends on another,
    /// and two classes differ by what they are and not by their luck. Without seeds the central one.
    #[must_use]
    pub fn draw(&self, seeds: Option<[u64; 3]>) -> Drawn {
        let line = |line: Option<Exponential>, at: usize| {
            let line = line?;
            Some(Rising::of(&line, seeds.map(|seeds| line.draw(&mut ChaCha8Rng::seed_from_u64(seeds[at])))))
        };
        Drawn { total: line(self.memory, 0), computed: [line(self.decode, 1), line(self.prefill, 2)] }
    }
}

/// A line of ln N that never falls: hardware of a class that grew smaller does not take models from those who have it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rising {
    origin: f64,
    per_day: f64,
}

impl Rising {
    /// A falling line is held at its level on the day about which its doubt turns.
    fn of(line: &Exponential, drawn: Option<Exponential>) -> Self {
        let drawn = drawn.unwrap_or(*line);
        if drawn.per_day >= 0.0 {
            return Self { origin: drawn.origin, per_day: drawn.per_day };
        }
        Self { origin: drawn.ln_at(line.pivot()), per_day: 0.0 }
    }

    fn ln_on(&self, day: f64) -> f64 {
        self.origin + self.per_day * day
    }

    /// The first day on which the line holds ln N; infinite where it never does.
    fn first_day(&self, ln_params: f64) -> f64 {
        let gap = ln_params - self.origin;
        if gap <= 0.0 {
            0.0
        } else if self.per_day > 0.0 {
            gap / self.per_day
        } else {
            f64::INFINITY
        }
    }
}

/// One possible device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    total: Option<Rising>,
    computed: [Option<Rising>; 2],
}

impl Drawn {
    /// ln of the parameters of a dense model that it runs on a day.
    fn ln_on(&self, day: f64) -> f64 {
        self.short_by(0.0, 0.0, day).map_or(f64::INFINITY, |short| -short)
    }

    /// ln of the factor that its limits lack on a day (below 0: have to spare) for a model: ln of all its parameters, and
    /// of those a token computes with. `None` without limits.
    #[must_use]
    pub fn short_by(&self, ln_params: f64, ln_computed: f64, day: f64) -> Option<f64> {
        let short = |line: &Rising, ln: f64| ln - line.ln_on(day);
        let total = self.total.iter().map(|line| short(line, ln_params));
        total.chain(self.computed.iter().flatten().map(|line| short(line, ln_computed))).reduce(f64::max)
    }

    /// First day since the origin on which a model fits: ln of all its parameters, and of those a token computes with.
    #[must_use]
    pub fn first_day(&self, ln_params: f64, ln_computed: f64) -> f64 {
        let day = |line: &Option<Rising>, ln: f64| line.map_or(0.0, |line| line.first_day(ln));
        self.computed.iter().map(|line| day(line, ln_computed)).fold(day(&self.total, ln_params), f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_class_keeps_what_it_has_and_a_growing_one_takes_more_in() {
        let falling = Exponential { per_day: -0.1, ..Exponential::exact(10.0, 0.0) }.through(50.0, 8.0_f64.exp());
        let falling = Exponential { per_day_variance: 1e-6, covariance: -50e-6, ..falling };
        let drawn = Room { memory: Some(falling), ..Room::default() }.draw(None);
        assert_eq!([7.9, 8.1].map(|ln| drawn.first_day(ln, 99.0)), [0.0, f64::INFINITY]);
        let growing = Room { decode: Some(Exponential::exact(2.0, 0.5)), ..Room::default() }.draw(None);
        assert_eq!([1.0, 4.0].map(|ln| growing.first_day(99.0, ln)), [0.0, 4.0]);
    }
}
