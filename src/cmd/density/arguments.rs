//! What was typed, as numbers and scores.

use std::fmt::Display;
use std::str::FromStr;

use anyhow::Context;

use super::super::outcome::Usage;
use crate::cli::density::Density;
use crate::density::cost::{Cost, constants};
use crate::law::density::{Chip, Workload};
use crate::table;
use crate::unit::{Benchmark, ClozeTask, Params, Scores};

/// A smaller count is one of billions or millions: no language model that is scored on these benchmarks is so small.
const FEWEST_PARAMS: f64 = 1e5;

/// The chip and the request.
pub(super) fn cost(args: &Density) -> anyhow::Result<Cost> {
    let workload = Workload { n_in: args.n_in, n_out: args.n_out };
    let cost = match (&args.device, args.k1, args.k2) {
        (Some(path), ..) => {
            let chip = constants(&table::read(path)?).with_context(|| path.display().to_string())?;
            Cost::new(chip, workload, path.display().to_string())
        }
        (None, Some(k1), Some(k2)) => {
            Cost::new(Chip { k1, k2, k1_offloaded: args.k1s }, workload, "--k1 and --k2".to_owned())
        }
        _ => Cost { n_in: args.n_in, n_out: args.n_out, ..Cost::published() },
    };
    for (name, value) in
        [("--n-in", args.n_in), ("--n-out", args.n_out), ("k1", cost.k1), ("k2", cost.k2), ("--bits", args.bits)]
    {
        if !(value.is_finite() && value > 0.0) {
            return Err(Usage(format!("{name} {value}: must be a finite number above zero")).into());
        }
    }
    Ok(cost)
}

/// Total and active parameters as typed.
pub(super) fn params(args: &Density) -> Result<(Params, Params), Usage> {
    let number = args.params.ok_or_else(|| Usage("--params N is needed (total parameters, such as 7e9)".to_owned()))?;
    let params = count("--params", number)?;
    Ok((params, args.active.map_or(Ok(params), |n| count("--active", n))?))
}

fn count(option: &str, number: f64) -> Result<Params, Usage> {
    if !number.is_finite() || number <= 0.0 {
        return Err(Usage(format!("{option} {number}: must be a finite count above zero, such as 7e9")));
    }
    if number < FEWEST_PARAMS {
        return Err(Usage(format!("{option} {number}: is a count of parameters; for {number} B write {number}e9")));
    }
    Ok(Params::from_count(number))
}

/// What can be named before a score.
pub(super) trait Scored: FromStr<Err: Display> + PartialEq {
    /// What to say of a name that belongs to the other family.
    fn elsewhere(name: &str) -> Option<String>;
}

impl Scored for Benchmark {
    fn elsewhere(name: &str) -> Option<String> {
        let task = name.parse::<ClozeTask>().ok()?;
        Some(format!("{task} is a task of the family edge, and this is xiao2025: add --family edge"))
    }
}

impl Scored for ClozeTask {
    fn elsewhere(name: &str) -> Option<String> {
        let benchmark = name.parse::<Benchmark>().ok()?;
        Some(format!(
            "{benchmark} is a benchmark of the family xiao2025, and this is --family edge: leave one of them out"
        ))
    }
}

/// `name=value` pairs separated by commas, each name once.
pub(super) fn pairs<K: Scored, T: FromStr>(option: &str, text: &str) -> Result<Vec<(K, T)>, Usage> {
    let mut found: Vec<(K, T)> = Vec::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let usage = |problem: String| Usage(format!("{option} `{}`: {problem}", pair.trim()));
        let (name, value) = pair.split_once('=').ok_or_else(|| usage("write NAME=NUMBER".to_owned()))?;
        let key = K::from_str(name).map_err(|error| usage(K::elsewhere(name).unwrap_or_else(|| error.to_string())))?;
        let value = value.trim().parse().map_err(|_| usage("not a number".to_owned()))?;
        if found.iter().any(|(k, _)| *k == key) {
            return Err(usage("given twice".to_owned()));
        }
        found.push((key, value));
    }
    Ok(found)
}

/// The scores of `--scores`.
pub(super) fn scores(text: &str) -> Result<Scores, Usage> {
    let given = pairs::<Benchmark, f64>("--scores", text)?;
    if given.is_empty() {
        return Err(Usage("--scores holds no score: write mmlu=45.3,bbh=32.6".to_owned()));
    }
    let mut scores = [None; 5];
    for (benchmark, percent) in given {
        scores[benchmark as usize] = Some(percent);
    }
    Scores::from_percent(scores).map_err(|error| Usage(format!("--scores: {error}")))
}

/// The items of `--items`.
pub(super) fn items(args: &Density) -> Result<[Option<u64>; 5], Usage> {
    let mut items = [None; 5];
    for (benchmark, n) in pairs::<Benchmark, u64>("--items", args.items.as_deref().unwrap_or_default())? {
        if n == 0 {
            return Err(Usage(format!("--items {benchmark}=0: a score needs at least one item")));
        }
        items[benchmark as usize] = Some(n);
    }
    Ok(items)
}
