//! When a class or a device meets a level, in words: the one place that says so.

use std::fmt;

use super::crossing::{Crossing, Status};
use super::target::GPT_4;

/// How a sentence on GPT-4's level begins.
pub const ABOUT_GPT_4: &str = "GPT-4's level on ";

/// What no date may be read without.
pub const CAVEAT: &str = "dates are of a listed release with base scores; since November 2025 the list holds few frontier \
                          models of small size; forecasts made without hindsight were right to 2.4 points, and too early \
                          since 2026";

/// What no date of the edge family may be read without.
pub const EDGE_CAVEAT: &str = "levels and releases of the edge family are placed by published HellaSwag accuracies alone; the \
                               list ends in August 2025, and these dates say nothing of knowledge, mathematics or code";

/// Below this a release is not named as the likeliest.
const LEAST: f64 = 0.01;

/// Whether and when it is met, probability first.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a>(pub &'a Crossing);

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crossing = self.0;
        let Some(met) = &crossing.met_today else { return superseded(crossing, f) };
        let probability = Chance(met.probability);
        match (&crossing.date, crossing.status) {
            (Some(date), Status::Crossed) => write!(f, "met with probability {probability}, since {date}")?,
            (Some(date), _) => write!(f, "met with probability {probability}, likelier than not from {date}")?,
            (None, _) => {
                write!(f, "met with probability {probability}, and less likely than not within thirty years")?;
            }
        }
        match (&crossing.date_with_ttft, &crossing.date) {
            (Some(within), Some(date)) if within.point == date.point => f.write_str("; first token in time as well")?,
            (Some(within), _) => write!(f, "; first token in time: {}", within.point)?,
            (None, Some(_)) => f.write_str("; first token in time: not within thirty years")?,
            (None, None) => {}
        }
        match (&crossing.realised, crossing.carriers.first()) {
            (Some(first), _) => write!(f, "; first release that did it: {}", first.model),
            (None, Some(likeliest)) if likeliest.probability >= LEAST => {
                let (model, chance) = (&likeliest.model, Chance(likeliest.probability));
                write!(f, "; no release by itself (likeliest: {model}, {chance})")
            }
            (None, _) => f.write_str("; no listed release comes near"),
        }
    }
}

/// A probability to two digits: never 0 or 1 where it is neither, and never on the other side of one half.
#[derive(Debug, Clone, Copy)]
pub struct Chance(pub f64);

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            p if p > 0.0 && p < 0.005 => f.write_str("< 0.01"),
            p if (0.995..1.0).contains(&p) => f.write_str("> 0.99"),
            p if (0.495..0.5).contains(&p) => f.write_str("just below 0.5"),
            p => write!(f, "{p:.2}"),
        }
    }
}

/// A report of before 27 November 2026: its date continues the paper's trend.
fn superseded(crossing: &Crossing, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &crossing.date {
        Some(date) => {
            let since = if crossing.status == Status::Crossed { "since" } else { "at" };
            write!(f, "{since} {date} by the paper's trend continued, a superseded method")
        }
        None => write!(f, "{}", crossing.reason.as_deref().unwrap_or("never")),
    }
}

/// When a class meets GPT-4's level, as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct ClassVerdict<'a> {
    crossing: &'a Crossing,
    own: bool,
}

impl<'a> ClassVerdict<'a> {
    /// Of a crossing; `None` where it is of another level. `own` is the class of the device that is spoken of.
    #[must_use]
    pub fn of(crossing: &'a Crossing, own: &str) -> Option<Self> {
        (crossing.capability == GPT_4).then(|| Self { crossing, own: crossing.class == own })
    }
}

impl fmt::Display for ClassVerdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ABOUT_GPT_4)?;
        if self.own {
            f.write_str("this class")?;
        } else {
            write!(f, "class {}", self.crossing.class)?;
        }
        write!(f, ": {}", Answer(self.crossing))
    }
}
