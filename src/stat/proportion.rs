//! Proportions: intervals (Wilson, Clopper–Pearson) and the exact binomial test.

use statrs::distribution::{Beta, Binomial, ContinuousCDF, Discrete, DiscreteCDF, Normal};

use super::Estimate;

/// Why counts are no proportion.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ProportionError {
    /// There were no trials.
    #[error("a proportion needs at least one trial")]
    NoTrials,
    /// More successes than trials.
    #[error("{successes} successes in {trials} trials")]
    TooManySuccesses {
        /// Successes given.
        successes: u64,
        /// Trials given.
        trials: u64,
    },
    /// A level or probability outside (0, 1).
    #[error("{0} is not between 0 and 1")]
    NotAProbability(f64),
}

/// What a binomial test holds against the null probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// The true probability is larger.
    Greater,
    /// The true probability is smaller.
    Less,
    /// The true probability differs; outcomes no likelier than the one seen count as extreme.
    TwoSided,
}

fn checked(successes: u64, trials: u64, probability: f64) -> Result<(), ProportionError> {
    if trials == 0 {
        return Err(ProportionError::NoTrials);
    }
    if successes > trials {
        return Err(ProportionError::TooManySuccesses { successes, trials });
    }
    if !(probability > 0.0 && probability < 1.0) {
        return Err(ProportionError::NotAProbability(probability));
    }
    Ok(())
}

/// The Wilson score interval of a proportion (a fraction).
///
/// # Errors
/// No trials, more successes than trials, or a level outside (0, 1).
pub fn wilson(successes: u64, trials: u64, level: f64) -> Result<Estimate, ProportionError> {
    checked(successes, trials, level)?;
    let n = trials as f64;
    let p = successes as f64 / n;
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At 0 and n the formula gives the bound exactly; rounding must not push it past.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Ok(Estimate::new(p, low, high, level, "wilson"))
}

/// The Clopper–Pearson ("exact") interval of a proportion (a fraction).
///
/// # Errors
/// As [`wilson`].
pub fn clopper_pearson(successes: u64, trials: u64, level: f64) -> Result<Estimate, ProportionError> {
    checked(successes, trials, level)?;
    let (k, n) = (successes as f64, trials as f64);
    let tail = (1.0 - level) / 2.0;
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let low = if successes == 0 { 0.0 } else { quantile(k, n - k + 1.0, tail) };
    let high = if successes == trials { 1.0 } else { quantile(k + 1.0, n - k, 1.0 - tail) };
    Ok(Estimate::new(k / n, low, high, level, "clopper-pearson"))
}

/// The p-value of the exact binomial test of `successes` in `trials` against the probability `null`.
///
/// # Errors
/// As [`wilson`], with `null` in (0, 1).
pub fn binomial_test(successes: u64, trials: u64, null: f64, alternative: Alternative) -> Result<f64, ProportionError> {
    checked(successes, trials, null)?;
    let Ok(binomial) = Binomial::new(null, trials) else { return Err(ProportionError::NotAProbability(null)) };
    let at_least = |k: u64| if k == 0 { 1.0 } else { binomial.sf(k - 1) };
    let p = match alternative {
        Alternative::Greater => at_least(successes),
        Alternative::Less => binomial.cdf(successes),
        Alternative::TwoSided => {
            let seen = binomial.ln_pmf(successes);
            // The same slack as SciPy's, so that the mirror outcome counts despite rounding.
            let as_extreme = |k: u64| binomial.ln_pmf(k) <= seen + 1e-7;
            let mean = null * trials as f64;
            if (successes as f64) < mean {
                let upper = first(mean.ceil() as u64, trials + 1, as_extreme);
                binomial.cdf(successes) + if upper > trials { 0.0 } else { at_least(upper) }
            } else if (successes as f64) > mean {
                let not_extreme = first(0, mean.floor() as u64 + 1, |k| !as_extreme(k));
                at_least(successes) + if not_extreme == 0 { 0.0 } else { binomial.cdf(not_extreme - 1) }
            } else {
                1.0
            }
        }
    };
    Ok(p.min(1.0))
}

/// The first `k` in `low..high` for which a monotone condition holds, or `high`.
fn first(mut low: u64, mut high: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
