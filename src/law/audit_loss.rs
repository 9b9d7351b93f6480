//! Evidence from losses: the bits that both models need for the same texts.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::audit_scores::Design;
use super::evidence::{Evidence, resampled};
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
        Design::Sequential(mixture) => {
            let (error, freedom) = ln_ratio_error(strata).ok_or(BootstrapError::Empty)?;
            if error == 0.0 {
                return Ok(Evidence::Certain { effect });
            }
            Ok(Evidence::Sequential { effect, error, freedom, items: all().count() as f64, mixture })
        }
        Design::Fixed(bootstrap) => Ok(resampled(Some(effect), replicates(strata, bootstrap)?, "paired bootstrap")),
    }
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
