//! Evidence from scores: the same items answered by both models, carried through the reference curve.

use std::rc::Rc;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::capability::{self, Capability};
use super::evidence::{Cost, Evidence, FEW_DISCORDANT, resampled};
use super::family::ReferenceFamily;
use super::impute::{ImputeError, MeanPredictor};
use crate::stat::bootstrap::{Bootstrap, BootstrapError};
use crate::stat::paired::Discordant;
use crate::stat::sequential::Mixture;
use crate::unit::benchmark::ScoreError;
use crate::unit::{Benchmark, Scores};

/// How the evidence is drawn up.
#[derive(Debug, Clone, Copy)]
pub enum Design {
    /// All items at once.
    Fixed(Bootstrap),
    /// One of several looks.
    Sequential(Mixture),
}

/// Answers of both models to the items of one task, (original, compressed).
#[derive(Debug, Clone, PartialEq)]
pub struct TaskAnswers {
    /// The task.
    pub benchmark: Benchmark,
    /// Whether each item was answered right.
    pub pairs: Vec<(bool, bool)>,
}

impl TaskAnswers {
    /// The discordant pairs.
    #[must_use]
    pub fn discordant(&self) -> Discordant {
        Discordant::count(self.pairs.iter().copied())
    }

    fn percent(&self, after: bool) -> f64 {
        let right = self.pairs.iter().filter(|pair| if after { pair.1 } else { pair.0 }).count();
        100.0 * right as f64 / self.pairs.len().max(1) as f64
    }
}

/// What turns scores into effective parameters.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The reference curves.
    pub family: &'a ReferenceFamily,
    /// Tokens at which they are read.
    pub d0: f64,
    /// Complete releases, for missing scores.
    pub releases: &'a [Scores],
}

/// Why scores give no evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreEvidenceError {
    /// The original has no density.
    #[error(transparent)]
    Impute(#[from] ImputeError),
    /// Scores that are none.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Nothing to resample.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
}

/// Both capabilities and the evidence on their ratio.
#[derive(Debug)]
pub struct Compared {
    /// The original.
    pub original: Capability,
    /// The compressed model, or why it has no effective parameters.
    pub compressed: Result<Capability, ImputeError>,
    /// The logarithm of effective parameters, compressed over original.
    pub evidence: Evidence,
}

fn scores(tasks: &[TaskAnswers], after: bool) -> Result<Scores, ScoreError> {
    let mut percent = [None; 5];
    for task in tasks {
        percent[task.benchmark as usize] = Some(task.percent(after));
    }
    Scores::from_percent(percent)
}

/// The capability of one side by its scores on these items.
///
/// # Errors
/// At chance, off the curve, or nothing to impute from.
pub fn capability(ground: &Ground<'_>, tasks: &[TaskAnswers], after: bool) -> Result<Capability, ScoreEvidenceError> {
    let mut items = [0; 5];
    for task in tasks {
        items[task.benchmark as usize] = task.pairs.len() as u64;
    }
    Ok(capability::of_scores(ground.family, ground.d0, &scores(tasks, after)?, &items, ground.releases)?)
}

/// ln of the effective parameters of a mean; −∞ below the curve, +∞ above it.
pub(super) fn ln_size(ground: &Ground<'_>, percent: f64) -> f64 {
    let curve = &ground.family.average;
    match curve.effective_params(percent, ground.d0) {
        Ok(size) if size.count() > 0.0 => size.count().ln(),
        Ok(_) => f64::NEG_INFINITY,
        Err(_) if percent < curve.score.d + curve.score.c / 2.0 => f64::NEG_INFINITY,
        Err(_) => f64::INFINITY,
    }
}

/// The ratio of two sizes; where both are off the curve on the same side nothing is known, which is said in turn for
/// either side so that it opens both bounds alike.
pub(super) fn ln_ratio(after: f64, before: f64, turn: usize) -> f64 {
    if after.is_infinite() && before.is_infinite() && (after > 0.0) == (before > 0.0) {
        return if turn.is_multiple_of(2) { f64::INFINITY } else { f64::NEG_INFINITY };
    }
    after - before
}

/// Compares the two models by the five-benchmark mean.
///
/// With fewer than [`FEW_DISCORDANT`] discordant pairs the sign is McNemar's exact test on the pairs of all tasks together
/// and the original's score is held at its point; otherwise items are resampled in pairs, within tasks.
///
/// # Errors
/// The original has no effective parameters.
pub fn compare(ground: &Ground<'_>, tasks: &[TaskAnswers], design: Design) -> Result<Compared, ScoreEvidenceError> {
    let original = capability(ground, tasks, false)?;
    let compressed = match capability(ground, tasks, true) {
        Ok(found) => Ok(found),
        Err(ScoreEvidenceError::Impute(error)) => Err(error),
        Err(other) => return Err(other),
    };
    let mut ordered: Vec<&TaskAnswers> = tasks.iter().collect();
    ordered.sort_by_key(|task| task.benchmark);
    let predictor = MeanPredictor::new(&scores(tasks, false)?, ground.releases)?;
    let percents = |after: bool| ordered.iter().map(|task| task.percent(after)).collect::<Vec<f64>>();
    let (before, after) = (percents(false), percents(true));
    let size = |percent: &[f64]| ln_size(ground, predictor.mean(percent));
    let effect = Some(size(&after) - size(&before)).filter(|effect| effect.is_finite());
    let pooled = ordered.iter().map(|task| task.discordant()).fold(Discordant::default(), |sum, pairs| Discordant {
        lost: sum.lost + pairs.lost,
        won: sum.won + pairs.won,
        items: sum.items + pairs.items,
    });
    let evidence = match design {
        Design::Sequential(mixture) => {
            let error = delta_error(&ordered, &before, &size);
            // Off the curve there is no ratio yet: an infinite error leaves the look undecided.
            let error = if effect.is_some() && error.is_finite() { error } else { f64::MAX.sqrt() };
            Evidence::Sequential {
                effect: effect.unwrap_or(0.0),
                error,
                freedom: f64::INFINITY,
                items: pooled.items as f64,
                mixture,
            }
        }
        Design::Fixed(_) if pooled.pairs() < FEW_DISCORDANT => exact(ground, &predictor, &ordered, &before, pooled),
        Design::Fixed(bootstrap) => {
            let answers: Vec<&[(bool, bool)]> = ordered.iter().map(|task| task.pairs.as_slice()).collect();
            let mut turn = 0;
            let replicates = draws(bootstrap, |rng| {
                let (before, after) = resample(&answers, rng);
                turn += 1;
                ln_ratio(size(&after), size(&before), turn)
            })?;
            resampled(effect, replicates, "paired bootstrap")
        }
    };
    Ok(Compared { original, compressed, evidence })
}

fn draws(bootstrap: Bootstrap, mut statistic: impl FnMut(&mut ChaCha8Rng) -> f64) -> Result<Vec<f64>, BootstrapError> {
    if bootstrap.resamples == 0 {
        return Err(BootstrapError::Empty);
    }
    let mut rng = rand::SeedableRng::seed_from_u64(bootstrap.seed);
    Ok((0..bootstrap.resamples).map(|_| statistic(&mut rng)).collect())
}

fn resample(tasks: &[&[(bool, bool)]], rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
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
fn exact(
    ground: &Ground<'_>,
    predictor: &MeanPredictor,
    tasks: &[&TaskAnswers],
    before: &[f64],
    pooled: Discordant,
) -> Evidence {
    let share: Vec<f64> = tasks
        .iter()
        .map(|task| {
            let pairs = task.discordant();
            // With no pair at all, any task could have moved: all alike.
            if pooled.pairs() == 0 {
                1.0
            } else {
                (pairs.pairs() as f64 / pairs.items.max(1) as f64) / (pooled.pairs() as f64 / pooled.items as f64)
            }
        })
        .collect();
    let (family, d0, before) = (ground.family.clone(), ground.d0, before.to_vec());
    let predictor = predictor.clone();
    let through = move |difference: f64| {
        let ground = Ground { family: &family, d0, releases: &[] };
        let moved: Vec<f64> =
            before.iter().zip(&share).map(|(b, s)| (b + 100.0 * difference * s).clamp(0.0, 100.0)).collect();
        ln_size(&ground, predictor.mean(&moved)) - ln_size(&ground, predictor.mean(&before))
    };
    Evidence::Exact { pairs: pooled, through: Rc::new(through), cost: Cost::default() }
}

/// Standard error of the ln ratio by the delta method at the original's scores.
fn delta_error(tasks: &[&TaskAnswers], before: &[f64], size: &dyn Fn(&[f64]) -> f64) -> f64 {
    const STEP: f64 = 0.25;
    let slope = |task: usize| {
        let moved = |by: f64| {
            let mut scores = before.to_vec();
            scores[task] = (scores[task] + by).clamp(0.0, 100.0);
            size(&scores)
        };
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    };
    let variance: f64 = tasks
        .iter()
        .enumerate()
        .map(|(at, task)| (slope(at) * 100.0 * task.discordant().standard_error()).powi(2))
        .sum();
    variance.sqrt()
}

/// Evidence on one task's score difference, a fraction.
///
/// # Errors
/// Nothing to resample.
pub fn difference(answers: &[(bool, bool)], design: Design) -> Result<Evidence, ScoreEvidenceError> {
    let pairs = Discordant::count(answers.iter().copied());
    Ok(match design {
        Design::Sequential(mixture) => Evidence::Sequential {
            effect: pairs.difference(),
            error: pairs.standard_error(),
            freedom: f64::INFINITY,
            items: pairs.items as f64,
            mixture,
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
