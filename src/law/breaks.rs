//! Did the growth change? At a date named beforehand (Chow), or at one that is searched for (sup-F).

use jiff::civil::Date;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::densing::{DensingLaw, FEWEST_RECORDS, LawError};
use super::frontier::{Frontier, Series, date_after_origin, days_since_origin};
use crate::stat::regression::{fisher_f_p_value, student_t_quantile};
use crate::stat::{Bootstrap, Estimate, Line};

/// The law on both sides of a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Break {
    /// First day of the later segment.
    pub date: Date,
    /// The law of the models before the date, from their own envelope; `None` below three record models.
    pub before: Option<DensingLaw>,
    /// The law of the models from the date on, from their own envelope; `None` below three record models.
    pub after: Option<DensingLaw>,
    /// The test of one line against two; `None` unless both segments have a law and a residual is left.
    pub test: Option<ChowTest>,
}

/// One line against two: F = ((RSS₁₂ − RSS₁ − RSS₂)/2) / ((RSS₁ + RSS₂)/(n − 4)) over the points of both envelopes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChowTest {
    /// The statistic.
    pub f: f64,
    /// Degrees of freedom of the denominator, n − 4 (the numerator has 2).
    pub degrees_of_freedom: usize,
    /// Upper tail of Fisher's F: valid only for a date chosen without looking at these models.
    pub p_value: f64,
}

/// The date at which two lines fit best, with a p value that knows it was searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchedBreak {
    /// First day of the later segment.
    pub date: Date,
    /// The largest F over the candidate dates.
    pub sup_f: f64,
    /// Number of candidate dates, each leaving three record models on both sides.
    pub candidates: usize,
    /// Share of permutations (the data counted as one of them) whose largest F is at least as large.
    pub permutation_p: f64,
    /// Number of permutations.
    pub permutations: usize,
}

/// Fits both sides of `date`; a model released on it belongs to the later side.
#[must_use]
pub fn break_at(frontier: &Frontier, date: Date) -> Break {
    let side = |early: bool| {
        let models = frontier.subset(|model| (model.date < date) == early).ok()?;
        DensingLaw::through(models).ok()
    };
    let series = frontier.series();
    let test = segments(&series, days_since_origin(date)).and_then(|(early, late)| chow(&early, &late));
    Break { date, before: side(true), after: side(false), test }
}

impl Break {
    /// Growth after over growth before; `None` unless both sides have a law, see [`acceleration`].
    #[must_use]
    pub fn acceleration(&self, level: f64) -> Option<Estimate> {
        acceleration(&self.before.as_ref()?.line, &self.after.as_ref()?.line, level)
    }
}

/// Growth after over growth before, with a delta-method interval on the logarithm from the two t intervals;
/// `None` unless both growths are positive and both fits have residuals.
#[must_use]
pub fn acceleration(before: &Line, after: &Line, level: f64) -> Option<Estimate> {
    if before.slope <= 0.0 || after.slope <= 0.0 {
        return None;
    }
    let (first, second) = (before.slope_error()? / before.slope, after.slope_error()? / after.slope);
    let variance = first * first + second * second;
    if variance == 0.0 {
        return None;
    }
    // Satterthwaite's degrees of freedom for the sum of the two variances.
    let freedom = variance.powi(2)
        / (first.powi(4) / before.degrees_of_freedom() as f64 + second.powi(4) / after.degrees_of_freedom() as f64);
    let reach = student_t_quantile(0.5 + level / 2.0, freedom) * variance.sqrt();
    let ratio = after.slope / before.slope;
    Some(Estimate::new(ratio, ratio * (-reach).exp(), ratio * reach.exp(), level, "delta-t"))
}

/// Searches all release dates for the break. The permutations keep the dates and deal the distances of all models
/// from the one line anew, then find envelopes and the largest F as for the data.
///
/// `None` when no date leaves three record models on both sides.
///
/// # Errors
/// The models have no law as a whole.
pub fn search(frontier: &Frontier, run: Bootstrap) -> Result<Option<SearchedBreak>, LawError> {
    let law = DensingLaw::through(frontier.clone())?;
    let series = frontier.series();
    let mut days = series.days.clone();
    days.dedup();
    let Some((sup_f, day, candidates)) = largest_f(&series, &days) else { return Ok(None) };

    let mut residuals = law.line.residuals(&series.days, &series.values);
    let mut rng = ChaCha8Rng::seed_from_u64(run.seed);
    let mut dealt = series.clone();
    let mut as_large = 1;
    for _ in 0..run.resamples {
        residuals.shuffle(&mut rng);
        for ((value, day), residual) in dealt.values.iter_mut().zip(&series.days).zip(&residuals) {
            *value = law.line.at(*day) + residual;
        }
        as_large += usize::from(largest_f(&dealt, &days).is_some_and(|(f, _, _)| f >= sup_f));
    }
    Ok(date_after_origin(day).map(|date| SearchedBreak {
        date,
        sup_f,
        candidates,
        permutation_p: as_large as f64 / (run.resamples + 1) as f64,
        permutations: run.resamples,
    }))
}

/// The largest F, its day, and how many of `days` could be tested.
fn largest_f(series: &Series, days: &[f64]) -> Option<(f64, f64, usize)> {
    let mut tested = 0;
    let mut best: Option<(f64, f64)> = None;
    for &day in days {
        let Some(test) = segments(series, day).and_then(|(early, late)| chow(&early, &late)) else { continue };
        tested += 1;
        if best.is_none_or(|(f, _)| test.f > f) {
            best = Some((test.f, day));
        }
    }
    best.map(|(f, day)| (f, day, tested))
}

/// The envelopes of both sides; `None` unless each has enough records.
fn segments(series: &Series, day: f64) -> Option<(Series, Series)> {
    let split = series.days.partition_point(|at| *at < day);
    let early = series.envelope(0..split);
    let late = series.envelope(split..series.days.len());
    (early.days.len() >= FEWEST_RECORDS && late.days.len() >= FEWEST_RECORDS).then_some((early, late))
}

/// One line through both series against one line through each.
#[must_use]
pub fn chow(early: &Series, late: &Series) -> Option<ChowTest> {
    let first = Line::fit(&early.days, &early.values).ok()?;
    let second = Line::fit(&late.days, &late.values).ok()?;
    let days: Vec<f64> = early.days.iter().chain(&late.days).copied().collect();
    let values: Vec<f64> = early.values.iter().chain(&late.values).copied().collect();
    let both = Line::fit(&days, &values).ok()?;
    let degrees_of_freedom = days.len().checked_sub(4).filter(|freedom| *freedom > 0)?;
    let apart = first.residual_squares + second.residual_squares;
    if apart <= 0.0 {
        return None;
    }
    let f = ((both.residual_squares - apart) / 2.0) / (apart / degrees_of_freedom as f64);
    Some(ChowTest { f, degrees_of_freedom, p_value: fisher_f_p_value(f, 2.0, degrees_of_freedom as f64) })
}
