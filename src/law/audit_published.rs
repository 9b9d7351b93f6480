//! Evidence from published scores: no items, only percentages, perhaps of different evaluators.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::audit_scores::{Ground, ScoreEvidenceError, ln_size};
use super::capability::{self, Capability};
use super::evidence::{Evidence, resampled};
use super::impute::{ImputeError, MeanPredictor};
use super::noise::{binomial_sd, evaluator_sd, full_test_sets};
use super::paired_scores::ln_ratio;
use crate::stat::Bootstrap;
use crate::stat::draw::standard_normal;
use crate::unit::{Benchmark, Scores};

/// Both capabilities and the evidence on their ratio.
#[derive(Debug)]
pub struct Published {
    /// The benchmarks that both have.
    pub common: Vec<Benchmark>,
    /// The original.
    pub original: Capability,
    /// The compressed model, or why it has no effective parameters.
    pub compressed: Result<Capability, ImputeError>,
    /// The logarithm of effective parameters, compressed over original.
    pub evidence: Evidence,
}

/// The scores of the benchmarks that both rows have.
#[must_use]
pub fn common(original: &Scores, compressed: &Scores) -> (Scores, Scores) {
    let both = |own: &Scores, other: &Scores| {
        let percent = Benchmark::ALL.map(|b| own.percent(b).filter(|_| other.percent(b).is_some()));
        // Part of a row that was accepted; it can only fail by looking like fractions, which it then is.
        Scores::from_percent(percent).unwrap_or_default()
    };
    (both(original, compressed), both(compressed, original))
}

/// ln of the effective parameters, compressed over original, of two published means of other tests, read on the curve of the
/// mean of the five benchmarks: a stand-in, as that curve is of another mean. `None` where either is off the curve.
#[must_use]
pub fn ln_ratio_of_means(ground: &Ground<'_>, original: f64, compressed: f64) -> Option<f64> {
    let size = |percent: f64| ln_size(&ground.family.average, ground.d0, percent);
    Some(size(compressed) - size(original)).filter(|ratio| ratio.is_finite())
}

/// Compares two rows of published scores on the benchmarks that both have.
///
/// Every score is drawn anew from a normal law with its counting error and, where the protocols are `mixed`, the spread
/// between evaluators. That both models answered the same items is not used: published scores do not say which.
///
/// # Errors
/// The original has no effective parameters, or there is no common score.
pub fn compare(
    ground: &Ground<'_>,
    original: &Scores,
    compressed: &Scores,
    mixed: bool,
    bootstrap: Bootstrap,
) -> Result<Published, ScoreEvidenceError> {
    let (before, after) = common(original, compressed);
    let items = full_test_sets();
    let capability = |scores: &Scores| capability::of_scores(ground.family, ground.d0, scores, &items, ground.releases);
    let original = capability(&before)?;
    let compressed = capability(&after);
    let predictor = MeanPredictor::new(&before, ground.releases)?;
    let benchmarks = predictor.known().to_vec();
    let rows = |scores: &Scores| -> Vec<(f64, f64)> {
        let sd = |b: Benchmark, s: f64| binomial_sd(s, b.items()).hypot(if mixed { evaluator_sd(b) } else { 0.0 });
        scores.present().map(|(b, s)| (s, sd(b, s))).collect()
    };
    let (before, after) = (rows(&before), rows(&after));
    let size = |percent: &[f64]| ln_size(&ground.family.average, ground.d0, predictor.mean(percent));
    let point = |rows: &[(f64, f64)]| size(&rows.iter().map(|row| row.0).collect::<Vec<_>>());
    let effect = Some(point(&after) - point(&before)).filter(|effect| effect.is_finite());
    let mut rng = ChaCha8Rng::seed_from_u64(bootstrap.seed);
    let mut draw = |rows: &[(f64, f64)]| {
        let drawn: Vec<f64> =
            rows.iter().map(|(s, sd)| (s + sd * standard_normal(&mut rng)).clamp(0.0, 100.0)).collect();
        size(&drawn)
    };
    let replicates = (0..bootstrap.resamples).map(|turn| ln_ratio(draw(&after), draw(&before), turn)).collect();
    let method = if mixed {
        "parametric bootstrap (counting error and evaluator spread)"
    } else {
        "parametric bootstrap (counting error)"
    };
    Ok(Published { common: benchmarks, original, compressed, evidence: resampled(effect, replicates, method) })
}
