//! Which of several files of one model is best: an order, pairwise tests with one error rate for all of them, and how many
//! items would tell.
//!
//! Order and tests rest on costs of the same items under every file. "Surely worse" is said of a pair (a, b) where a
//! one-sided paired test rejects "b costs no more than a". The family is every ordered pair, so that the error rate holds
//! whichever file turns out to lead: the candidates for the best are those that no other surely beats (the idea of J. C.
//! Hsu's multiple comparisons with the best, with Holm's steps in place of his quantiles).

mod costs;

pub use costs::{Beaten, Costs, LEAST_ITEMS};

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::audit::ALPHA;
use super::evidence::POWER;
use crate::stat::holm::holm;

/// Most files that are ranked: with 9 999 resamples the smallest p-value is just below 0.05 over the number of pairs.
pub const MOST_FILES: usize = 20;

/// What was found of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RankVerdict {
    /// Every other file is surely not the best.
    Best,
    /// No other file surely beats it, and neither is it the only one.
    Tied,
    /// Another file surely beats it, or it could not be evaluated.
    Worse,
    /// The same bytes as another file of the call.
    SameFile,
}

impl RankVerdict {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Tied => "tied",
            Self::Worse => "worse",
            Self::SameFile => "same-file",
        }
    }
}

/// One file as the decision sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contender<'a> {
    /// What the order is by, smallest first.
    pub cost: f64,
    /// What decides between equal costs, smaller first; files of one hash are one contender.
    pub sha256: &'a str,
}

/// The place of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Placing {
    /// From 1.
    pub rank: usize,
    /// What was found.
    pub verdict: RankVerdict,
    /// The file before it that beats it most surely, with the p-value after Holm; `None` for the first.
    pub against: Option<(usize, f64)>,
    /// Items with which the file that it is tied with would be told from it with power 0.8, taking what was seen for the
    /// truth; `None` where nothing was seen or it needs no telling.
    pub items_to_tell: Option<u64>,
}

/// Ranks files; `test(a, b)` is the test of "b costs no more than a".
#[must_use]
pub fn rank(files: &[Contender<'_>], test: &dyn Fn(usize, usize) -> Beaten) -> Vec<Placing> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by(|&a, &b| files[a].cost.total_cmp(&files[b].cost).then_with(|| files[a].sha256.cmp(files[b].sha256)));
    // In an order that does not depend on how the files were named, as Holm's steps take equal p-values as they come.
    let pairs: Vec<(usize, usize)> =
        order.iter().flat_map(|&a| order.iter().filter(move |&&b| b != a).map(move |&b| (a, b))).collect();
    let tests: Vec<Beaten> = pairs.iter().map(|&(a, b)| test(a, b)).collect();
    let adjusted = holm(&tests.iter().map(|test| test.p).collect::<Vec<_>>(), ALPHA);
    let found = |a: usize, b: usize| {
        let at = pairs.iter().position(|pair| *pair == (a, b))?;
        Some((tests[at], adjusted[at]))
    };
    let mut placings =
        vec![Placing { rank: 0, verdict: RankVerdict::Tied, against: None, items_to_tell: None }; files.len()];
    for (place, &file) in order.iter().enumerate() {
        let before = order[..place].iter().filter_map(|&other| Some((other, found(other, file)?)));
        let surest = before.min_by(|a, b| a.1.1.p.total_cmp(&b.1.1.p));
        let placing = &mut placings[file];
        placing.rank = place + 1;
        placing.against = surest.map(|(other, (_, adjusted))| (other, adjusted.p));
        placing.verdict = match placing.against {
            Some((_, p)) if p <= ALPHA => RankVerdict::Worse,
            _ => RankVerdict::Tied,
        };
        if placing.verdict == RankVerdict::Tied
            && let Some((_, (test, adjusted))) = surest
        {
            placing.items_to_tell = to_tell(test, ALPHA / adjusted.divisor as f64);
        }
    }
    let left: Vec<usize> = order.iter().copied().filter(|&file| placings[file].verdict == RankVerdict::Tied).collect();
    if let [only] = left[..] {
        placings[only].verdict = RankVerdict::Best;
    }
    placings
}

/// Items at which a difference as large as the one seen would be found with probability [`POWER`] at the level `tail`.
fn to_tell(test: Beaten, tail: f64) -> Option<u64> {
    let quantile = |p: f64| Normal::standard().inverse_cdf(p);
    let reach = quantile(1.0 - tail) + quantile(POWER);
    let items = test.items as f64 * (reach * test.error / test.difference).powi(2);
    // What was seen may be smaller than what it takes by luck only: never fewer than there were, nor than decide anything.
    (test.difference > 0.0 && test.error > 0.0 && items < 1e12)
        .then(|| (items.ceil() as u64).max(test.items as u64 + 1).max(LEAST_ITEMS as u64))
}

/// What a file costs to run, beside what it is worth: bytes, cost of quality, and the bounds of its speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tradeoff {
    /// Bytes of the file.
    pub bytes: u64,
    /// What the order is by, smaller is better.
    pub cost: f64,
    /// Lower and upper bound of tokens a second; `None` where it was not timed.
    pub speed: Option<(f64, f64)>,
}

/// Marks the files that no other is at least as good as in bytes, quality and speed, and better in one. Speeds whose
/// intervals overlap count as equal, so that noise puts no file on the front.
#[must_use]
pub fn front(files: &[Tradeoff]) -> Vec<bool> {
    let faster = |a: &Tradeoff, b: &Tradeoff| matches!((a.speed, b.speed), (Some(a), Some(b)) if a.0 > b.1);
    let beats = |a: &Tradeoff, b: &Tradeoff| {
        a.bytes <= b.bytes
            && a.cost <= b.cost
            && !faster(b, a)
            && (a.bytes < b.bytes || a.cost < b.cost || faster(a, b))
    };
    files.iter().map(|own| !files.iter().any(|other| beats(other, own))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stat::Bootstrap;

    /// Files of made-up costs, one row an item: each file is as good as its base, with noise of its own.
    fn items(bases: &[f64], n: usize, seed: u64) -> Vec<Vec<f64>> {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(seed);
        let item = |rng: &mut rand::rngs::ChaCha8Rng| {
            let size = 0.2 + rng.random::<f64>();
            bases.iter().map(|base| size * (base + 0.3 * rng.random::<f64>())).collect()
        };
        (0..n).map(|_| item(&mut rng)).collect()
    }

    fn ranked(rows: &[Vec<f64>], names: &[String]) -> Vec<Placing> {
        let costs = Costs::of(&[rows.to_vec()], names.len(), Bootstrap { resamples: 999, seed: 9 });
        let sum = |file: usize| rows.iter().map(|row| row[file]).sum::<f64>();
        let files: Vec<Contender<'_>> =
            names.iter().enumerate().map(|(at, name)| Contender { cost: sum(at), sha256: name }).collect();
        rank(&files, &|a, b| costs.test(a, b))
    }

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|at| format!("{at:02}")).collect()
    }

    #[test]
    fn a_clear_order_has_a_winner_and_a_close_one_says_what_would_tell() {
        let found = ranked(&items(&[1.0, 3.0, 2.0], 60, 1), &names(3));
        assert_eq!(found.iter().map(|placing| placing.rank).collect::<Vec<_>>(), [1, 3, 2]);
        let verdicts: Vec<RankVerdict> = found.iter().map(|placing| placing.verdict).collect();
        assert_eq!(verdicts, [RankVerdict::Best, RankVerdict::Worse, RankVerdict::Worse]);
        let found = ranked(&items(&[1.0, 1.0], 30, 2), &names(2));
        assert!(found.iter().all(|placing| placing.verdict == RankVerdict::Tied), "{found:?}");
        let last = found.iter().find(|placing| placing.rank == 2).unwrap();
        assert!(last.items_to_tell.unwrap() > 30 && last.against.unwrap().1 > ALPHA, "{last:?}");
    }

    #[test]
    fn the_items_that_would_tell_are_those_of_the_textbook() {
        // n = ((z(0.95) + z(0.8)) · σ / δ)²: with σ = 4 and δ = 1, 16 · 6.1826 = 98.9.
        let test = Beaten { p: 0.2, difference: 50.0, error: 4.0 * 50.0_f64.sqrt(), items: 50 };
        assert_eq!(to_tell(test, 0.05), Some(99));
        assert_eq!(to_tell(Beaten { difference: 0.0, ..test }, 0.05), None);
    }

    #[test]
    fn the_front_takes_noise_of_speed_for_no_gain() {
        let file = |bytes, cost, speed| Tradeoff { bytes, cost, speed };
        let files = [
            file(10, 0.1, Some((9.0, 11.0))),
            file(11, 0.2, Some((9.5, 11.5))),
            file(11, 0.2, Some((12.0, 13.0))),
            file(5, 0.9, None),
        ];
        assert_eq!(front(&files), [true, false, true, true]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn order_and_verdicts_do_not_depend_on_the_order_of_the_files(
            bases in prop::collection::vec(0.5_f64..1.5, 2..6), n in 5_usize..60, seed: u64, turn in 0_usize..6,
        ) {
            let rows = items(&bases, n, seed);
            let names = names(bases.len());
            let here = ranked(&rows, &names);
            let turn = turn % names.len();
            let turned = |row: &Vec<f64>| [&row[turn..], &row[..turn]].concat();
            let there = ranked(&rows.iter().map(turned).collect::<Vec<_>>(), &[&names[turn..], &names[..turn]].concat());
            for (at, placing) in here.iter().enumerate() {
                let other = &there[(at + names.len() - turn) % names.len()];
                prop_assert_eq!((placing.rank, placing.verdict), (other.rank, other.verdict));
            }
        }

        #[test]
        fn the_first_is_never_worse_in_points_and_one_best_leaves_no_tie(
            bases in prop::collection::vec(0.5_f64..1.5, 2..6), n in 2_usize..60, seed: u64,
        ) {
            let rows = items(&bases, n, seed);
            let found = ranked(&rows, &names(bases.len()));
            let sum = |file: usize| rows.iter().map(|row| row[file]).sum::<f64>();
            let mut by_rank: Vec<usize> = (0..bases.len()).collect();
            by_rank.sort_by_key(|&file| found[file].rank);
            prop_assert!(by_rank.is_sorted_by(|&a, &b| sum(a) <= sum(b)));
            prop_assert_eq!(by_rank.iter().map(|&file| found[file].rank).collect::<Vec<_>>(), (1..=bases.len()).collect::<Vec<_>>());
            let count = |verdict| found.iter().filter(|placing| placing.verdict == verdict).count();
            let first = found[by_rank[0]].verdict;
            prop_assert!(first == RankVerdict::Best || first == RankVerdict::Tied);
            prop_assert_eq!(count(RankVerdict::Best), usize::from(count(RankVerdict::Tied) == 0));
            prop_assert!(n >= LEAST_ITEMS || count(RankVerdict::Worse) == 0);
        }

        #[test]
        fn twins_are_never_told_apart(
            bases in prop::collection::vec(0.5_f64..1.5, 2..5), n in 2_usize..60, seed: u64, twin in 0_usize..5,
        ) {
            let twin = twin % bases.len();
            let rows: Vec<Vec<f64>> =
                items(&bases, n, seed).into_iter().map(|mut row| { row.push(row[twin]); row }).collect();
            let found = ranked(&rows, &names(bases.len() + 1));
            prop_assert_eq!(found[twin].rank.abs_diff(found[bases.len()].rank), 1);
            prop_assert_eq!(found[twin].verdict, found[bases.len()].verdict);
        }
    }
}
