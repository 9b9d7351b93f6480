//! The Densing Law: ln ρ_max(t) = A·t + B over the envelope of record models.

use jiff::civil::Date;

use super::envelope_bootstrap::{Coefficient, Scheme, replicates};
use super::frontier::{DatedDensity, Frontier, FrontierError, date_after_origin, days_since_origin};
use crate::stat::{Bootstrap, BootstrapError, Estimate, Line, RegressionError, Replicates};

/// Record models below which no law is fitted: two determine a line exactly and leave nothing to judge it by.
pub const FEWEST_RECORDS: usize = 3;

/// Models below which the interval of the growth covers less than it says: in simulations 0.88 at six models, 0.94 and
/// more from eight on, for a nominal 0.95.
pub const FEWEST_FOR_INTERVAL: usize = 8;

/// Why there is no law.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LawError {
    /// The models have no envelope.
    #[error(transparent)]
    Frontier(#[from] FrontierError),
    /// The envelope is too short.
    #[error(
        "{models} model{} {found} record model{}; a law needs at least {FEWEST_RECORDS} records on different days",
        if *models == 1 { " gives" } else { "s give" },
        if *found == 1 { "" } else { "s" }
    )]
    TooFewRecords {
        /// Models given.
        models: usize,
        /// Records among them.
        found: usize,
    },
    /// The line could not be fitted.
    #[error(transparent)]
    Regression(#[from] RegressionError),
    /// The bootstrap gave no interval.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
}

/// A fitted law.
#[derive(Debug, Clone, PartialEq)]
pub struct DensingLaw {
    /// The models and their envelope.
    pub frontier: Frontier,
    /// The line through the envelope: slope A in ln ρ per day, intercept B at the origin.
    pub line: Line,
}

impl DensingLaw {
    /// Finds the envelope and fits the line by ordinary least squares, as the paper does.
    ///
    /// # Errors
    /// Models without an envelope, or fewer than three record models.
    pub fn fit(models: Vec<DatedDensity>) -> Result<Self, LawError> {
        Self::through(Frontier::new(models)?)
    }

    /// Fits the line through a known envelope.
    ///
    /// # Errors
    /// Fewer than three record models.
    pub fn through(frontier: Frontier) -> Result<Self, LawError> {
        let found = frontier.records().len();
        if found < FEWEST_RECORDS {
            return Err(LawError::TooFewRecords { models: frontier.models().len(), found });
        }
        let envelope = frontier.record_series();
        let line = Line::fit(&envelope.days, &envelope.values)?;
        Ok(Self { frontier, line })
    }

    /// A in ln ρ per day. The interval is the percentile one of the m-out-of-n bootstrap over models, the only one
    /// of those compared whose simulated coverage stays near or above the nominal (see `docs/methodology-law.md`).
    ///
    /// # Errors
    /// The bootstrap gave no interval.
    pub fn growth_per_day(&self, run: Bootstrap, level: f64) -> Result<Estimate, LawError> {
        let found = self.replicates(Coefficient::Slope, run)?;
        Ok(Estimate { method: "m-out-of-n-bootstrap-percentile".into(), ..found.percentile(self.line.slope, level) })
    }

    /// B, the value of ln ρ_max at the origin. The first records lie below the frontier, so B comes out too low;
    /// the reflected interval allows for it, the percentile one would double the bias.
    ///
    /// # Errors
    /// The bootstrap gave no interval.
    pub fn intercept(&self, run: Bootstrap, level: f64) -> Result<Estimate, LawError> {
        let found = self.replicates(Coefficient::Intercept, run)?;
        Ok(Estimate { method: "m-out-of-n-bootstrap-basic".into(), ..found.basic(self.line.intercept, level) })
    }

    fn replicates(&self, coefficient: Coefficient, run: Bootstrap) -> Result<Replicates, LawError> {
        let deviations = self.frontier.deviations();
        Ok(replicates(&self.frontier.series(), deviations, &self.line, Scheme::OutOf, coefficient, run)?)
    }

    /// The density that the envelope's line gives for `date`, with the interval for a record model of that day.
    #[must_use]
    pub fn forecast(&self, date: Date, level: f64) -> Option<Estimate> {
        Some(self.line.prediction(days_since_origin(date), level)?.map(f64::exp))
    }

    /// When the envelope reaches `density`: the line's date, and the first and last dates whose prediction band
    /// holds it. Open where the band never leaves the density; `None` unless the line rises.
    #[must_use]
    pub fn reaches(&self, density: f64, level: f64) -> Option<Estimate<Date>> {
        if self.line.slope <= 0.0 {
            return None;
        }
        let target = density.ln();
        let middle = (target - self.line.intercept) / self.line.slope;
        let above = |day: f64| self.line.prediction(day, level).and_then(|band| band.high).map(|end| end - target);
        let below = |day: f64| self.line.prediction(day, level).and_then(|band| band.low).map(|end| end - target);
        Some(Estimate {
            point: date_after_origin(middle)?,
            low: crossing(middle, -1.0, above).and_then(date_after_origin),
            high: crossing(middle, 1.0, below).and_then(date_after_origin),
            level,
            method: "inverse-prediction".into(),
        })
    }
}

/// ln 2 over a growth rate: the doubling time in days, open above where the growth may be zero.
/// `None` where the growth itself is not positive.
#[must_use]
pub fn doubling_days(growth: &Estimate) -> Option<Estimate> {
    let halved = |rate: f64| std::f64::consts::LN_2 / rate;
    (growth.point > 0.0).then(|| Estimate {
        point: halved(growth.point),
        low: growth.high.filter(|rate| *rate > 0.0).map(halved),
        high: growth.low.filter(|rate| *rate > 0.0).map(halved),
        level: growth.level,
        method: growth.method.clone(),
    })
}

/// The day on one side of `middle` at which `gap` changes sign, searched outwards in doubling steps; `None` if it
/// does not within 400 years.
fn crossing(middle: f64, direction: f64, gap: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let sign = gap(middle)?.signum();
    let (mut near, mut step) = (middle, 1.0);
    let mut far = middle + direction;
    while gap(far)?.signum() == sign {
        near = far;
        step *= 2.0;
        if step > 150_000.0 {
            return None;
        }
        far = middle + direction * step;
    }
    for _ in 0..60 {
        let half = 0.5 * (near + far);
        if gap(half)?.signum() == sign {
            near = half;
        } else {
            far = half;
        }
    }
    Some(0.5 * (near + far))
}
