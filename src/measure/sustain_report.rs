//! The throttling curve: speed over minutes of decoding without a pause.

use serde::{Deserialize, Serialize};

use super::journal::Entry;
use crate::bench::warning::MAX_DROP;
use crate::stat::Sample as Values;

/// Speed, heat and clock at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SustainPoint {
    /// End of the repetition, seconds since the first began.
    pub elapsed_s: f64,
    /// Its speed.
    pub tokens_per_second: f64,
    /// Hottest sensor after it, °C; null where there is none.
    pub celsius: Option<f64>,
    /// Highest core clock after it, Hz; null where it cannot be read.
    pub hertz: Option<f64>,
}

/// The curve and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SustainReport {
    /// The curve.
    pub points: Vec<SustainPoint>,
    /// Median speed of the first fifth, tokens/s.
    pub first_fifth: f64,
    /// Median speed of the last fifth, tokens/s.
    pub last_fifth: f64,
    /// Share of the speed that was lost from the first to the last fifth; negative when it rose.
    pub drop: f64,
    /// Throttled: the speed fell by more than 5 % and the processor says that it was held back; null when the speed
    /// fell but nothing on the device can say why.
    pub throttled: Option<bool>,
}

impl SustainReport {
    /// From the journal; `None` where nothing was sustained, or fewer than five repetitions were.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Option<Self> {
        let mut points = Vec::new();
        let mut held_back = Some(false);
        for entry in entries {
            if let Entry::Sustain { elapsed_s, sample, conditions } = entry {
                // A resumed run sustains anew: only the last series has no pause in it.
                if points.last().is_some_and(|last: &SustainPoint| last.elapsed_s > *elapsed_s) {
                    points.clear();
                    held_back = Some(false);
                }
                let clock = conditions.after.frequencies.iter().map(|clock| clock.hertz()).reduce(f64::max);
                points.push(SustainPoint {
                    elapsed_s: *elapsed_s,
                    tokens_per_second: f64::from(sample.tokens) / (sample.duration_ns as f64 / 1e9),
                    celsius: conditions.after.hottest.as_ref().map(|hottest| hottest.celsius.degrees()),
                    hertz: clock,
                });
                held_back = match (held_back, conditions.throttling.throttled) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
            }
        }
        let fifth = points.len() / 5;
        if fifth == 0 {
            return None;
        }
        let median = |points: &[SustainPoint]| {
            Values::new(points.iter().map(|point| point.tokens_per_second).collect()).ok().map(|speeds| speeds.median())
        };
        let first_fifth = median(&points[..fifth])?;
        let last_fifth = median(&points[points.len() - fifth..])?;
        let drop = 1.0 - last_fifth / first_fifth;
        let throttled = if drop <= MAX_DROP { Some(false) } else { held_back };
        Some(Self { points, first_fifth, last_fifth, drop, throttled })
    }

    /// Sustained speed over a burst, tokens per second: over the first fifth where no burst was measured.
    #[must_use]
    pub fn share_of(&self, burst: Option<f64>) -> f64 {
        self.last_fifth / burst.unwrap_or(self.first_fifth)
    }

    /// One sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let change = format!(
            "{:.1} t/s in the first fifth, {:.1} in the last ({:+.1} %)",
            self.first_fifth,
            self.last_fifth,
            -self.drop * 100.0
        );
        match self.throttled {
            Some(true) => format!("throttled: {change}"),
            Some(false) if self.drop <= MAX_DROP => format!("steady: {change}"),
            Some(false) => format!("slowed, though the processor was not held back: {change}"),
            None => format!("slowed, and nothing here can say why: {change}"),
        }
    }
}
