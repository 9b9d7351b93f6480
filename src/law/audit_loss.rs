//! Evidence from losses: the bits that both models need for the same texts.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::evidence::{Evidence, LEAST_ITEMS, resampled};
use super::paired_scores::Design;
use crate::stat::bootstrap::{Bootstrap, BootstrapError};
use crate::stat::paired::{PairedCost, ln_ratio, ln_ratio_error};

/// Evidence on ln(loss of the original / loss of the compressed model): below 0 where the loss rose.
///
/// The loss is all bits over all bytes, and both models have the same bytes, so the ratio is that of the sums of bits. Items
/// are resampled in pairs within their tasks.
///
/// # Errors
/// No item, or a loss of nothing.
pub fn compare(strata: &[Vec<PairedCost>], design: Design) -> Result<Evidence, BootstrapError> {
    let all = || strata.iter().flatten().copied();
    let effect = ln_ratio(all()).ok_or(BootstrapError::Empty)?;
    match design {
        Design::Sequential(boundary) => {
            let (error, freedom) = ln_ratio_error(strata).ok_or(BootstrapError::Empty)?;
            if error == 0.0 {
                return Ok(Evidence::Certain { effect });
            }
            Ok(Evidence::Sequential { effect, error, freedom, items: all().count() as f64, boundary })
        }
        Design::Fixed(bootstrap) => {
            let replicates = replicates(strata, bootstrap)?;
            let freedom = ln_ratio_error(strata).map_or(f64::INFINITY, |(_, freedom)| freedom);
            Ok(of_items(all().count(), Some(effect), replicates, freedom, "paired bootstrap"))
        }
    }
}

/// Degrees of freedom from which resamples spread as the items do, within 1.5 %. A correction would only cost power there, as
/// the place of a replicate is a whole number.
const MANY: f64 = 100.0;

/// What resamples of so many items show. Resamples of fewer than [`LEAST_ITEMS`] decide nothing, whatever they come to.
fn of_items(items: usize, effect: Option<f64>, replicates: Vec<f64>, freedom: f64, method: &'static str) -> Evidence {
    if (items as f64) < LEAST_ITEMS {
        return resampled(effect, Vec::new(), "too few items for an interval: below 10");
    }
    let resampled = resampled(effect, replicates, method);
    if freedom < MANY { resampled.of_freedom(freedom) } else { resampled }
}

fn replicates(strata: &[Vec<PairedCost>], bootstrap: Bootstrap) -> Result<Vec<f64>, BootstrapError> {
    if bootstrap.resamples == 0 {
        return Err(BootstrapError::Empty);
    }
    let mut rng: ChaCha8Rng = rand::SeedableRng::seed_from_u64(bootstrap.seed);
    let draw = |rng: &mut ChaCha8Rng| {
        let mut drawn = PairedCost { before: 0.0, after: 0.0 };
        for items in strata.iter().filter(|items| !items.is_empty()) {
            for _ in 0..items.len() {
                let item = items[rng.random_range(0..items.len())];
                drawn.before += item.before;
                drawn.after += item.after;
            }
        }
        (drawn.before / drawn.after).ln()
    };
    Ok((0..bootstrap.resamples).map(|_| draw(&mut rng)).collect())
}

/// A text's bits (or nats) for both models, and what they are divided by: its bytes (or tokens).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizedLoss {
    /// What both models needed.
    pub cost: PairedCost,
    /// Bytes or tokens of the text.
    pub size: f64,
}

/// Evidence on ln(effective parameters, compressed over original) through a curve of this very kind of loss.
///
/// The loss of a model is the plain mean over the tasks of each task's loss (all bits over all bytes). `ln_size` gives the
/// logarithm of the parameters that a loss stands for, or an infinity off the curve.
///
/// # Errors
/// No task, or a task without items.
pub fn compare_through(
    tasks: &[Vec<SizedLoss>],
    ln_size: &dyn Fn(f64) -> f64,
    bootstrap: Bootstrap,
) -> Result<Evidence, BootstrapError> {
    if tasks.is_empty() || tasks.iter().any(Vec::is_empty) || bootstrap.resamples == 0 {
        return Err(BootstrapError::Empty);
    }
    let mean = |pick: &mut dyn FnMut(&[SizedLoss], usize) -> SizedLoss| {
        let (mut before, mut after) = (0.0, 0.0);
        for items in tasks {
            let mut sum = SizedLoss { cost: PairedCost { before: 0.0, after: 0.0 }, size: 0.0 };
            for at in 0..items.len() {
                let item = pick(items, at);
                sum.cost.before += item.cost.before;
                sum.cost.after += item.cost.after;
                sum.size += item.size;
            }
            before += sum.cost.before / sum.size / tasks.len() as f64;
            after += sum.cost.after / sum.size / tasks.len() as f64;
        }
        ln_size(after) - ln_size(before)
    };
    let effect = Some(mean(&mut |items, at| items[at])).filter(|effect| effect.is_finite());
    let mut rng: ChaCha8Rng = rand::SeedableRng::seed_from_u64(bootstrap.seed);
    let replicates = (0..bootstrap.resamples)
        .map(|turn| {
            let drawn = mean(&mut |items, _| items[rng.random_range(0..items.len())]);
            // Both off the curve: nothing is known, which is said for either side in turn.
            if drawn.is_nan() && turn % 2 == 0 {
                f64::INFINITY
            } else if drawn.is_nan() {
                f64::NEG_INFINITY
            } else {
                drawn
            }
        })
        .collect();
    let items: usize = tasks.iter().map(Vec::len).sum();
    let freedom = (items - tasks.len()).max(1) as f64;
    Ok(of_items(items, effect, replicates, freedom, "paired bootstrap through the loss curve"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_items_decide_nothing_and_some_more_reach_further_than_their_resamples() {
        let bootstrap = Bootstrap { resamples: 1999, seed: 1 };
        let cost = |i: i32| PairedCost { before: 10.0, after: 11.0 + f64::from(i % 3) / 10.0 };
        let of = |items: i32| compare(&[(0..items).map(cost).collect()], Design::Fixed(bootstrap)).unwrap();
        let few = of(9);
        assert!(few.effect().unwrap() < 0.0, "every text takes more");
        assert_eq!((few.p_drop(), few.bounds(0.05)), (1.0, (f64::NEG_INFINITY, f64::INFINITY)));
        assert!(few.method().contains("below 10") && few.detectable(0.05).is_none());
        assert!(of(10).p_drop() < 0.05 && of(10).bounds(0.05).1 < 0.0);
    }

    #[test]
    fn a_power_law_turns_a_loss_ratio_into_a_size_ratio() {
        let cost = |before: f64| SizedLoss { cost: PairedCost { before, after: 1.1 * before }, size: 4.0 };
        let tasks = vec![(1..40).map(|i| cost(f64::from(i))).collect::<Vec<_>>()];
        // L = N^(-1/4): a loss 1.1 times as high stands for a size 1.1^4 times as small.
        let bootstrap = Bootstrap { resamples: 999, seed: 1 };
        let evidence = compare_through(&tasks, &|loss| -4.0 * loss.ln(), bootstrap).unwrap();
        let expected = -4.0 * 1.1_f64.ln();
        assert!((evidence.effect().unwrap() - expected).abs() < 1e-9);
        let (low, high) = evidence.bounds(0.05);
        assert!((low - expected).abs() < 1e-9 && (high - expected).abs() < 1e-9, "every item has the same ratio");
    }
}
