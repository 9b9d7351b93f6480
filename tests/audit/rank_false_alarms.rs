//! How often a ranking calls a file worse where all are equally good: divergences of three files, skewed and paired.

use std::io::Write;

use densimeter::law::ranking::{Contender, Costs, RankVerdict, rank};
use densimeter::stat::Bootstrap;
use densimeter::stat::draw::standard_normal;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

const NULLS: usize = 1000;
const FILES: usize = 3;
const NAMES: [&str; FILES] = ["a", "b", "c"];

/// Divergences of items: what an item costs every file, and a skewed part of each file's own.
fn null(items: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let item = |rng: &mut ChaCha8Rng| {
        let common = (-4.0 + standard_normal(rng)).exp();
        (0..FILES).map(|_| common * (0.5 * standard_normal(rng)).exp()).collect()
    };
    (0..items).map(|_| item(rng)).collect()
}

fn alarms(items: usize, seed: u64) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut alarm = || {
        let rows = null(items, &mut rng);
        let total = |file: usize| rows.iter().map(|row| row[file]).sum::<f64>();
        let files: Vec<Contender<'_>> =
            (0..FILES).map(|file| Contender { cost: total(file), sha256: NAMES[file] }).collect();
        let costs = Costs::of(std::slice::from_ref(&rows), FILES, Bootstrap { resamples: 999, seed: 5 });
        rank(&files, &|a, b| costs.test(a, b)).iter().any(|placing| placing.verdict == RankVerdict::Worse)
    };
    (0..NULLS).filter(|_| alarm()).count()
}

#[test]
fn equally_good_files_are_ranked_apart_no_more_often_than_stated() {
    for items in [12, 40, 128] {
        let found = alarms(items, 2028);
        let _ = writeln!(std::io::stderr(), "{items} items: {found} of {NULLS} nulls ranked apart");
        // 5 % and two and a half standard errors of a thousand nulls.
        assert!(found as f64 / NULLS as f64 <= 0.067, "{items} items: {found}");
    }
}
