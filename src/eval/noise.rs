//! Engine noise: how far the fast mode's results are from those of the exact mode, and what that does to an interval.
//!
//! Batching changes the order of sums, and quantised kernels make a visible difference of an invisible one. Some items
//! are evaluated both ways; their deviations stand for those of all.

use serde::{Deserialize, Serialize};

use super::record::Record;
use super::subset::Selection;
use crate::stat::Estimate;
use crate::stat::least_squares::t_quantile;

/// Deviation of the fast mode from the exact one on the same items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Noise {
    /// Items evaluated both ways.
    pub items: usize,
    /// Items whose loss and log-probabilities agree in every bit.
    pub identical: usize,
    /// Mean of |fast − exact| of the loss in nats per token.
    pub mean_abs_nats_per_token: f64,
    /// Largest |fast − exact| of an item's loss in nats per token.
    pub max_abs_nats_per_token: f64,
    /// Shift of the items' mean loss in nats per token, fast minus exact.
    pub shift_nats_per_token: f64,
    /// By how much the loss is widened, in nats per token.
    pub widening_nats_per_token: f64,
    /// Largest |fast − exact| of an option's log-probability, in nats; `None` where texts are generated.
    pub max_abs_option_nats: Option<f64>,
    /// Items whose chosen option changed; `None` where texts are generated.
    pub changed_predictions: Option<usize>,
    /// By how much the score is widened, a fraction; `None` where texts are generated, which are not written twice.
    pub widening_score: Option<f64>,
}

/// The items to evaluate both ways: `items` of the selection, evenly spaced, so that no group stands for all.
#[must_use]
pub fn sample(selection: &Selection, items: usize) -> Selection {
    let all = &selection.indices;
    let items = items.min(all.len());
    let indices = (0..items).map(|at| all[(2 * at + 1) * all.len() / (2 * items)]).collect();
    Selection { indices, ..selection.clone() }
}

/// Fewest items of a first look.
const FIRST: usize = 4;

/// The items to evaluate both ways, in the order in which it is worth it: a quarter of them, as many again, and the rest.
/// What was seen after each stage is evenly spaced over the selection.
#[must_use]
pub fn stages(selection: &Selection, items: usize) -> Vec<Selection> {
    let all = sample(selection, items);
    if all.indices.len() < 4 * FIRST {
        return vec![all];
    }
    let stage = |takes: fn(usize) -> bool| {
        let indices = all.indices.iter().enumerate().filter(|(at, _)| takes(*at)).map(|(_, index)| *index).collect();
        Selection { indices, ..all.clone() }
    };
    vec![stage(|at| at % 4 == 1), stage(|at| at % 4 == 3), stage(|at| at.is_multiple_of(2))]
}

/// A share of an interval's half-width that hardly matters to it: in quadrature 2 %.
const LITTLE: f64 = 0.2;

impl Noise {
    /// Whether more items could hardly change a loss (nats per token) and a score (percent), which stand here as they are
    /// without noise: the upper end of the loss's widening (t, at the level of its interval) and the score's widening are
    /// below a fifth of their half-widths. A score needs the second stage too: few deviations of options say little of how
    /// many answers they change.
    #[must_use]
    pub fn hardly_matters(&self, loss: Option<&Estimate>, score: Option<&Estimate>) -> bool {
        let half = |estimate: &Estimate| Some((estimate.high? - estimate.low?) / 2.0);
        let error = (self.widening_nats_per_token.powi(2) - self.shift_nats_per_token.powi(2)).max(0.0).sqrt();
        let little_of_loss = |loss: &Estimate| {
            let most = self.shift_nats_per_token.abs() + t_quantile(loss.level, self.items.saturating_sub(1)) * error;
            half(loss).is_some_and(|half| most <= LITTLE * half)
        };
        let little_of_score = |widening: f64| {
            let half = score.and_then(half);
            self.items >= 2 * FIRST && half.is_some_and(|half| 100.0 * widening <= LITTLE * half)
        };
        loss.is_some_and(little_of_loss) && self.widening_score.is_none_or(little_of_score)
    }
}

/// Compares fast and exact records of the same items; `None` with fewer than two. `all` are the fast records of the
/// whole selection, to which the deviations of the pairs are applied.
///
/// A mean's widening is √(shift² + s²/m): what was seen of a systematic shift, and what chance leaves open about it. The
/// score's is found by giving every item every measured deviation of the options' log-probabilities in turn: pᵢ is the
/// share of them under which item i is right. The widening is √((p̄ − score)² + Σpᵢ(1 − pᵢ)/n²).
#[must_use]
pub fn noise(pairs: &[(&Record, &Record)], all: &[Record]) -> Option<Noise> {
    let per_token = |record: &Record| record.nll_nats.map(|nats| nats / f64::from(record.continuation_tokens.max(1)));
    let shifts: Vec<f64> = pairs
        .iter()
        .map(|(fast, exact)| Some(per_token(fast)? - per_token(exact)?))
        .collect::<Option<Vec<f64>>>()
        .filter(|shifts| shifts.len() > 1)?;
    let m = shifts.len() as f64;
    let shift = shifts.iter().sum::<f64>() / m;
    let variance = shifts.iter().map(|value| (value - shift).powi(2)).sum::<f64>() / (m - 1.0);
    let options: Option<Vec<Vec<f64>>> = pairs.iter().map(|(fast, exact)| option_shifts(fast, exact)).collect();
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |most: f64, value| most.max(value.abs()));
    let same = |(fast, exact): &&(&Record, &Record)| fast.nll_nats == exact.nll_nats && fast.logprobs == exact.logprobs;
    let changed = |(fast, exact): &&(&Record, &Record)| fast.prediction != exact.prediction;
    Some(Noise {
        items: pairs.len(),
        identical: pairs.iter().filter(same).count(),
        mean_abs_nats_per_token: shifts.iter().map(|shift| shift.abs()).sum::<f64>() / m,
        max_abs_nats_per_token: largest(&mut shifts.iter().copied()),
        shift_nats_per_token: shift,
        widening_nats_per_token: (shift * shift + variance / m).sqrt(),
        max_abs_option_nats: options.as_ref().map(|options| largest(&mut options.iter().flatten().copied())),
        changed_predictions: options.as_ref().map(|_| pairs.iter().filter(changed).count()),
        widening_score: options.and_then(|options| score_widening(&options, all)),
    })
}

/// Fast minus exact log-probability of every option.
fn option_shifts(fast: &Record, exact: &Record) -> Option<Vec<f64>> {
    let (fast, exact) = (fast.logprobs.as_ref()?, exact.logprobs.as_ref()?);
    Some(fast.iter().zip(exact).map(|(fast, exact)| fast - exact).collect())
}

/// By how much a score may be off when any item can have any of these deviations.
fn score_widening(deviations: &[Vec<f64>], all: &[Record]) -> Option<f64> {
    let (mut n, mut shift, mut variance) = (0.0, 0.0, 0.0);
    for record in all {
        let (Some(logprobs), Some(correct)) = (&record.logprobs, record.correct) else { continue };
        let gold = -record.nll_nats?;
        let right = |deviation: &&Vec<f64>| {
            let exact: Vec<f64> = logprobs.iter().zip(*deviation).map(|(fast, shift)| fast - shift).collect();
            record.best(&exact).and_then(|best| logprobs.get(best)) == Some(&gold)
        };
        let p = deviations.iter().filter(right).count() as f64 / deviations.len() as f64;
        n += 1.0;
        shift += p - f64::from(u8::from(correct));
        variance += p * (1.0 - p);
    }
    (n > 0.0).then(|| ((shift / n).powi(2) + variance / (n * n)).sqrt())
}

/// Widens an interval by an independent deviation: half-widths add in quadrature.
#[must_use]
pub fn widen(mut estimate: Estimate, by: f64) -> Estimate {
    let point = estimate.point;
    estimate.low = estimate.low.map(|low| point - (point - low).hypot(by));
    estimate.high = estimate.high.map(|high| point + (high - point).hypot(by));
    estimate.method = format!("{} + engine noise", estimate.method).into();
    estimate
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// An item of two options whose gold one is the first.
    fn record(logprobs: [f64; 2]) -> Record {
        let right = logprobs[0] >= logprobs[1];
        let line = serde_json::json!({
            "key": "", "id": "", "prompt_sha256": "", "context_sha256": "", "continuation_sha256": "",
            "context_tokens": 1, "context_tokens_sha256": "", "continuation_tokens": 1,
            "continuation_tokens_sha256": "", "continuation_bytes": 1, "gold": "A", "logprobs": logprobs,
            "prediction": if right { "A" } else { "B" }, "correct": right, "nll_nats": -logprobs[0],
        });
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn widening_adds_in_quadrature() {
        let wide = widen(Estimate::new(0.5, 0.47, 0.53, 0.95, "wilson"), 0.04);
        assert_relative_eq!(wide.low.unwrap(), 0.45, max_relative = 1e-12);
        assert_eq!(wide.method, "wilson + engine noise");
    }

    #[test]
    fn a_deviation_widens_the_score_only_where_a_margin_is_smaller() {
        let fast = [record([-1.0, -2.0]), record([-1.0, -1.05])];
        let exact = [record([-1.0, -2.0]), record([-1.1, -1.05])];
        let pairs: Vec<(&Record, &Record)> = fast.iter().zip(&exact).collect();
        let got = noise(&pairs, &fast).unwrap();
        assert_eq!((got.identical, got.changed_predictions), (1, Some(1)));
        assert_relative_eq!(got.max_abs_option_nats.unwrap(), 0.1, max_relative = 1e-9);
        // Deviations (0, 0) and (0.1, 0): the first item is right under both, the second under one. p = 1, 1/2;
        // score 1; shift −1/4; variance (1/4)/4 = 1/16. The losses' shifts are 0 and −0.1: mean −0.05, s² = 0.005.
        assert_relative_eq!(got.widening_score.unwrap(), (1.0_f64 / 16.0 + 1.0 / 16.0).sqrt(), max_relative = 1e-12);
        assert_relative_eq!(got.widening_nats_per_token, (0.0025_f64 + 0.005 / 2.0).sqrt(), max_relative = 1e-9);
        let none = noise(&[(&fast[0], &exact[0]), (&fast[0], &exact[0])], &fast).unwrap();
        assert_eq!((none.widening_score, none.widening_nats_per_token), (Some(0.0), 0.0));
    }

    #[test]
    fn a_second_look_goes_on_where_it_could_matter() {
        let within = |half: f64| Estimate::new(50.0, 50.0 - half, 50.0 + half, 0.95, "t");
        let noise = |items, score| Noise {
            items,
            identical: 0,
            mean_abs_nats_per_token: 0.01,
            max_abs_nats_per_token: 0.02,
            shift_nats_per_token: 0.003,
            widening_nats_per_token: 0.005,
            max_abs_option_nats: None,
            changed_predictions: None,
            widening_score: score,
        };
        // 0.003 + 3.182 · 0.004 = 0.0157 with four items; 0.003 + 2.365 · 0.004 = 0.0125 with eight.
        for (items, half, enough) in [(4, 0.079, true), (4, 0.078, false), (8, 0.063, true), (8, 0.062, false)] {
            assert_eq!(noise(items, None).hardly_matters(Some(&within(half)), None), enough, "{items} {half}");
        }
        // Half a point of 2.5, and of 2.4; and few items for a score.
        for (items, half, enough) in [(8, 2.51, true), (8, 2.4, false), (4, 2.51, false)] {
            let got = noise(items, Some(0.005)).hardly_matters(Some(&within(1.0)), Some(&within(half)));
            assert_eq!(got, enough, "{items} {half}");
        }
        assert!(!noise(16, None).hardly_matters(None, None), "a loss that is unknown");
    }

    /// A selection of all items there are.
    fn whole(indices: std::ops::Range<usize>) -> Selection {
        let (population, strata) = (indices.len(), std::collections::BTreeMap::new());
        Selection { indices: indices.collect(), method: "full".into(), population, seed: None, strata }
    }

    #[test]
    fn every_stage_is_spread_over_the_selection_and_together_they_are_the_sample() {
        let selection = whole(0..100);
        let stages: Vec<Vec<usize>> = stages(&selection, 16).into_iter().map(|stage| stage.indices).collect();
        assert_eq!(stages[0], [9, 34, 59, 84]);
        assert_eq!(stages[1], [21, 46, 71, 96]);
        let mut all = stages.concat();
        all.sort_unstable();
        assert_eq!(all, sample(&selection, 16).indices);
        assert_eq!(super::stages(&selection, 15).len(), 1, "too few for stages");
    }

    #[test]
    fn the_sample_is_spread_over_the_selection() {
        let selection = whole(100..200);
        assert_eq!(sample(&selection, 4).indices, [112, 137, 162, 187]);
        assert_eq!(sample(&selection, 200).indices, selection.indices);
        assert!(sample(&selection, 0).indices.is_empty());
    }
}
