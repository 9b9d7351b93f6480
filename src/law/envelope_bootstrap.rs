//! Bootstraps of a line through an envelope. Maxima make the naive ones undercover; see `docs/methodology-law.md`.

use rand::RngExt;

use super::frontier::Series;
use crate::stat::draw::standard_normal;
use crate::stat::{Bootstrap, BootstrapError, Line, Replicates};

/// How the models are resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Whole models with replacement; the envelope is found anew in each resample.
    Pairs,
    /// Every model keeps its date; its distance from the envelope's line is drawn with replacement from all
    /// models' distances, and the envelope is found anew.
    Residual,
    /// Fewer models than there are, ⌈n^0.8⌉, with replacement.
    OutOf,
    /// The envelope's own points about its line, residuals drawn with replacement; the envelope is not found anew.
    EnvelopeResidual,
}

/// Which number of the line is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coefficient {
    /// Growth per day.
    Slope,
    /// Value at day zero.
    Intercept,
}

impl Coefficient {
    fn of(self, line: &Line) -> f64 {
        match self {
            Self::Slope => line.slope,
            Self::Intercept => line.intercept,
        }
    }
}

/// How many models the m-out-of-n scheme draws.
#[must_use]
pub fn drawn_out_of(n: usize) -> usize {
    (n as f64).powf(0.8).ceil() as usize
}

/// Replicates of one coefficient of the line through the envelope of `series`; `line` is the fit to its envelope.
///
/// `deviations` are the standard deviations of the measured values (empty: none). Where models themselves are drawn,
/// each drawn value is moved by a normal number of its deviation: a record may be one by its evaluator's favour, and
/// resampling alone would not know. The residual schemes have that scatter in their residuals already.
///
/// # Errors
/// No models, no resamples, or an envelope of fewer than two points in more than half of the resamples.
pub fn replicates(
    series: &Series,
    deviations: &[f64],
    line: &Line,
    scheme: Scheme,
    coefficient: Coefficient,
    run: Bootstrap,
) -> Result<Replicates, BootstrapError> {
    let n = series.days.len();
    if n == 0 {
        return Err(BootstrapError::Empty);
    }
    let mut walk = Walk::default();
    match scheme {
        Scheme::Pairs | Scheme::OutOf => {
            let m = if scheme == Scheme::Pairs { n } else { drawn_out_of(n) };
            let mut present = vec![false; n];
            run.replicate(|rng| {
                present.fill(false);
                (0..m).for_each(|_| present[rng.random_range(0..n)] = true);
                walk.restart();
                for (index, _) in present.iter().enumerate().filter(|(_, present)| **present) {
                    let deviation = deviations.get(index).copied().unwrap_or(0.0);
                    let moved = if deviation > 0.0 { deviation * standard_normal(rng) } else { 0.0 };
                    walk.see(series.days[index], series.values[index] + moved);
                }
                walk.line().map(|line| coefficient.of(&line))
            })
        }
        Scheme::Residual => {
            let residuals = line.residuals(&series.days, &series.values);
            run.replicate(|rng| {
                walk.restart();
                for &day in &series.days {
                    walk.see(day, line.at(day) + residuals[rng.random_range(0..n)]);
                }
                walk.line().map(|line| coefficient.of(&line))
            })
        }
        Scheme::EnvelopeResidual => {
            let envelope = series.envelope(0..n);
            let k = envelope.days.len();
            let residuals = line.residuals(&envelope.days, &envelope.values);
            // Residuals of a fitted line are too small by √((k − 2)/k).
            let inflate = if k > 2 { (k as f64 / (k - 2) as f64).sqrt() } else { 1.0 };
            run.replicate(|rng| {
                walk.restart();
                for &day in &envelope.days {
                    walk.push(day, line.at(day) + inflate * residuals[rng.random_range(0..k)]);
                }
                walk.line().map(|line| coefficient.of(&line))
            })
        }
    }
}

/// The envelope under construction, its vectors reused from resample to resample.
#[derive(Default)]
struct Walk {
    days: Vec<f64>,
    values: Vec<f64>,
}

impl Walk {
    fn restart(&mut self) {
        self.days.clear();
        self.values.clear();
    }

    fn push(&mut self, day: f64, value: f64) {
        self.days.push(day);
        self.values.push(value);
    }

    /// Takes the next model in order of release.
    fn see(&mut self, day: f64, value: f64) {
        if self.values.last().is_some_and(|&best| value <= best) {
            return;
        }
        if self.days.last() == Some(&day) {
            self.days.pop();
            self.values.pop();
        }
        self.push(day, value);
    }

    fn line(&self) -> Option<Line> {
        Line::fit(&self.days, &self.values).ok()
    }
}
