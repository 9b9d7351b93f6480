//! The same items answered by both models, by task, carried through whatever turns their scores into a size.

use std::rc::Rc;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::evidence::{Cost, Evidence, FEW_DISCORDANT, resampled};
use crate::stat::bootstrap::{Bootstrap, BootstrapError};
use crate::stat::paired::Discordant;
use crate::stat::sequential::Boundary;

/// How the evidence is drawn up.
#[derive(Debug, Clone, Copy)]
pub enum Design {
    /// All items at once.
    Fixed(Bootstrap),
    /// One look, or one of several.
    Sequential(Boundary),
}

/// Whether each item of a task was answered right, (original, compressed).
pub type Pairs<'a> = &'a [(bool, bool)];

/// From the scores of the tasks in percent to the logarithm of a size; −∞ below a curve, +∞ above it.
pub(super) type LnSize = Rc<dyn Fn(&[f64]) -> f64>;

/// The score of one side, in percent.
pub(super) fn percent(pairs: Pairs<'_>, after: bool) -> f64 {
    let right = pairs.iter().filter(|pair| if after { pair.1 } else { pair.0 }).count();
    100.0 * right as f64 / pairs.len().max(1) as f64
}

/// The ratio of two sizes; where both are off the curve on the same side nothing is known, which is said in turn for
/// either side so that it opens both bounds alike.
pub(super) fn ln_ratio(after: f64, before: f64, turn: usize) -> f64 {
    if after.is_infinite() && before.is_infinite() && (after > 0.0) == (before > 0.0) {
        return if turn.is_multiple_of(2) { f64::INFINITY } else { f64::NEG_INFINITY };
    }
    after - before
}

/// The evidence on the logarithm of the sizes' ratio, compressed over original.
///
/// With fewer than [`FEW_DISCORDANT`] discordant pairs the sign is McNemar's exact test on the pairs of all tasks together
/// and the original's score is held at its point; otherwise items are resampled in pairs, within tasks.
pub(super) fn ratio(tasks: &[Pairs<'_>], size: &LnSize, design: Design) -> Result<Evidence, BootstrapError> {
    let percents = |after: bool| tasks.iter().map(|pairs| percent(pairs, after)).collect::<Vec<f64>>();
    let (before, after) = (percents(false), percents(true));
    let effect = Some(size(&after) - size(&before)).filter(|effect| effect.is_finite());
    let counts: Vec<Discordant> = tasks.iter().map(|pairs| Discordant::count(pairs.iter().copied())).collect();
    let pooled = counts.iter().fold(Discordant::default(), |sum, pairs| Discordant {
        lost: sum.lost + pairs.lost,
        won: sum.won + pairs.won,
        items: sum.items + pairs.items,
    });
    Ok(match design {
        Design::Sequential(boundary) => {
            let error = delta_error(&counts, &before, &**size);
            // Off the curve there is no ratio yet: an infinite error leaves the look undecided.
            let error = if effect.is_some() && error.is_finite() { error } else { f64::MAX.sqrt() };
            Evidence::Sequential {
                effect: effect.unwrap_or(0.0),
                error,
                freedom: f64::INFINITY,
                items: pooled.items as f64,
                boundary,
            }
        }
        Design::Fixed(_) if pooled.pairs() < FEW_DISCORDANT => exact(size, &counts, before, pooled),
        Design::Fixed(bootstrap) => {
            let mut turn = 0;
            let replicates = draws(bootstrap, |rng| {
                let (before, after) = resample(tasks, rng);
                turn += 1;
                ln_ratio(size(&after), size(&before), turn)
            })?;
            resampled(effect, replicates, "paired bootstrap")
        }
    })
}

/// Evidence on one task's score difference, a fraction.
///
/// # Errors
/// Nothing to resample.
pub fn difference(answers: Pairs<'_>, design: Design) -> Result<Evidence, BootstrapError> {
    let pairs = Discordant::count(answers.iter().copied());
    Ok(match design {
        Design::Sequential(boundary) => Evidence::Sequential {
            effect: pairs.difference(),
            error: pairs.standard_error(),
            freedom: f64::INFINITY,
            items: pairs.items as f64,
            boundary,
        },
        Design::Fixed(_) if pairs.pairs() < FEW_DISCORDANT => {
            Evidence::Exact { pairs, through: Rc::new(|difference| difference), cost: Cost::default() }
        }
        Design::Fixed(bootstrap) => {
            let replicates = draws(bootstrap, |rng| {
                let (before, after) = resample(&[answers], rng);
                (after[0] - before[0]) / 100.0
            })?;
            resampled(Some(pairs.difference()), replicates, "paired bootstrap")
        }
    })
}

fn draws(bootstrap: Bootstrap, mut statistic: impl FnMut(&mut ChaCha8Rng) -> f64) -> Result<Vec<f64>, BootstrapError> {
    if bootstrap.resamples == 0 {
        return Err(BootstrapError::Empty);
    }
    let mut rng = rand::SeedableRng::seed_from_u64(bootstrap.seed);
    Ok((0..bootstrap.resamples).map(|_| statistic(&mut rng)).collect())
}

fn resample(tasks: &[Pairs<'_>], rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
    tasks
        .iter()
        .map(|pairs| {
            let n = pairs.len();
            let (mut before, mut after) = (0_u32, 0_u32);
            for _ in 0..n {
                let pair = pairs[rng.random_range(0..n)];
                before += u32::from(pair.0);
                after += u32::from(pair.1);
            }
            (100.0 * f64::from(before) / n as f64, 100.0 * f64::from(after) / n as f64)
        })
        .unzip()
}

/// McNemar's exact test on all pairs; a difference moves every task in proportion to its share of the pairs.
fn exact(size: &LnSize, counts: &[Discordant], before: Vec<f64>, pooled: Discordant) -> Evidence {
    let share = |pairs: &Discordant| {
        // With no pair at all, any task could have moved: all alike.
        if pooled.pairs() == 0 {
            1.0
        } else {
            (pairs.pairs() as f64 / pairs.items.max(1) as f64) / (pooled.pairs() as f64 / pooled.items as f64)
        }
    };
    let shares: Vec<f64> = counts.iter().map(share).collect();
    let size = Rc::clone(size);
    let through = move |difference: f64| {
        let moved: Vec<f64> =
            before.iter().zip(&shares).map(|(b, s)| (b + 100.0 * difference * s).clamp(0.0, 100.0)).collect();
        size(&moved) - size(&before)
    };
    Evidence::Exact { pairs: pooled, through: Rc::new(through), cost: Cost::default() }
}

/// Standard error of the ln ratio by the delta method at the original's scores.
fn delta_error(counts: &[Discordant], before: &[f64], size: &dyn Fn(&[f64]) -> f64) -> f64 {
    const STEP: f64 = 0.25;
    let slope = |task: usize| {
        let moved = |by: f64| {
            let mut scores = before.to_vec();
            scores[task] = (scores[task] + by).clamp(0.0, 100.0);
            size(&scores)
        };
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    };
    let variance: f64 =
        counts.iter().enumerate().map(|(at, pairs)| (slope(at) * 100.0 * pairs.standard_error()).powi(2)).sum();
    variance.sqrt()
}
