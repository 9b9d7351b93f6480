//! A forecast of the best score that a size can have by a day, and how well it foretold what was seen.

use super::draws::World;
use super::penalty::Penalty;
use super::prospect::{AHEAD, Prospect};
use super::release::{BILLION, Level, ScoredRelease};
use crate::law::reference::ReferenceCurve;
use crate::unit::Params;

/// Width of a cell of the forecast, in points.
const CELL: f64 = 0.5;
/// Cells up to 100 points.
const CELLS: usize = 200;

/// The distribution of the best score by a day: what is there already, and the probability of more.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The best score on the day of the forecast, in points.
    pub floor: f64,
    /// Probability of at least the middle of each cell.
    beyond: Vec<f64>,
}

/// How a forecast met what was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Met {
    /// ∫(P(G ≥ S) − [seen ≥ S])² dS, in points: 0 for a forecast that was sure and right.
    pub crps: f64,
    /// Whether the 80 % interval held it.
    pub in_80: bool,
    /// Whether the 95 % interval held it.
    pub in_95: bool,
    /// Median of the forecast minus what was seen, in points.
    pub bias: f64,
    /// Probability of at most what was seen; half of it where nothing new came.
    pub rank: f64,
}

/// The middle of a cell, in points.
fn middle(cell: usize) -> f64 {
    (cell as f64 + 0.5) * CELL
}

impl Forecast {
    /// From the probability of reaching ln(N̂/10⁹), a falling function.
    #[must_use]
    pub fn of(floor: f64, curve: &ReferenceCurve, d0: f64, reaches: impl Fn(f64) -> f64) -> Self {
        let beyond = (0..CELLS).map(|cell| {
            let percent = middle(cell);
            match curve.effective_params(percent, d0) {
                _ if percent <= floor => 1.0,
                Ok(params) => reaches((params.count() / BILLION).ln()),
                // Below the curve's range every model is, above it none.
                Err(_) => f64::from(u8::from(percent <= curve.score.d)),
            }
        });
        Self { floor, beyond: beyond.collect() }
    }

    /// The score that is not exceeded with probability `p`.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let (mut score, mut below) = (self.floor, 0.0);
        for (cell, beyond) in self.beyond.iter().enumerate().filter(|(cell, _)| middle(*cell) > self.floor) {
            let chance = 1.0 - beyond;
            if chance >= p {
                // Nothing new has a probability of its own, at the floor.
                let share = if score > self.floor && chance > below { (p - below) / (chance - below) } else { 0.0 };
                return score + share * (middle(cell) - score);
            }
            (score, below) = (middle(cell), chance);
        }
        100.0
    }

    /// How it met what was seen, in points.
    #[must_use]
    pub fn met(&self, seen: f64) -> Met {
        // The table of a later day may impute less than that of the forecast's day did: the forecast was wrong then.
        let mut crps = (self.floor - seen).max(0.0);
        let mut rank = (seen < self.floor).then_some(0.0);
        for (cell, beyond) in self.beyond.iter().enumerate() {
            let (low, high) = ((cell as f64 * CELL).max(self.floor), (cell + 1) as f64 * CELL);
            if high <= low {
                continue;
            }
            let reached = (seen.min(high) - low).max(0.0);
            crps += reached * (1.0 - beyond).powi(2) + (high - low - reached) * beyond.powi(2);
            if rank.is_none() && seen <= high {
                rank = Some(if seen > self.floor { 1.0 - beyond } else { 0.5 * (1.0 - beyond) });
            }
        }
        let within = |level: f64| {
            let tail = (1.0 - level) / 2.0;
            self.quantile(tail) <= seen + 1e-9 && seen <= self.quantile(1.0 - tail) + 1e-9
        };
        Met {
            crps,
            in_80: within(0.8),
            in_95: within(0.95),
            bias: self.quantile(0.5) - seen,
            rank: rank.unwrap_or(1.0),
        }
    }
}

/// The world as a forecast of *published* scores takes it: what was published is sure, what will be is as doubtful as it.
#[must_use]
pub fn of_published(world: &World) -> World {
    let mut world = world.clone();
    for release in &mut world.releases {
        release.level.deviation = 0.0;
    }
    for draw in &mut world.draws {
        (draw.law.true_deviation, draw.level, draw.penalty) = (draw.law.model_deviation, 0.0, 0.0);
    }
    world
}

/// The best score of releases that are no larger than a size and out by a day, in points; 0 where there is none.
pub fn best<'a>(
    releases: impl Iterator<Item = &'a ScoredRelease>,
    curve: &ReferenceCurve,
    d0: f64,
    params: f64,
) -> f64 {
    let percent = releases
        .filter(|release| release.params <= params)
        .map(|release| curve.score_percent(Params::from_count(release.level.ln.exp() * BILLION), d0));
    percent.fold(0.0, f64::max)
}

/// Forecasts of the shipped method: for each size, and within it for each of some years of [`AHEAD`].
#[must_use]
pub fn forecasts(world: &World, curve: &ReferenceCurve, d0: f64, sizes: &[f64], years: &[f64]) -> Vec<Vec<Forecast>> {
    let floors: Vec<f64> = sizes.iter().map(|size| best(world.releases.iter(), curve, d0, *size)).collect();
    let least = floors.iter().copied().fold(f64::INFINITY, f64::min);
    let empty = |floor: &f64| Forecast { floor: *floor, beyond: vec![1.0; CELLS] };
    let mut found: Vec<Vec<Forecast>> = floors.iter().map(|floor| vec![empty(floor); years.len()]).collect();
    let last = years.iter().copied().fold(0.0, f64::max);
    let steps: Vec<usize> = years.iter().map(|years| AHEAD.partition_point(|ahead| ahead < years)).collect();
    for cell in (0..CELLS).filter(|cell| middle(*cell) > least) {
        let Ok(params) = curve.effective_params(middle(cell), d0) else {
            let beyond = f64::from(u8::from(middle(cell) <= curve.score.d));
            found.iter_mut().flatten().for_each(|forecast| forecast.beyond[cell] = beyond);
            continue;
        };
        let prospect = Prospect::until(world, Level::given(params.count()), Penalty::NONE, last);
        for (size, of_size) in sizes.iter().zip(&mut found) {
            if middle(cell) <= of_size[0].floor {
                continue;
            }
            // Above the best that was published nothing is met yet: only what is to come counts.
            let mut reached = vec![0.0; years.len()];
            for (chances, draw) in prospect.worlds.iter().zip(&world.draws) {
                let expected = chances.expected(world, draw.rate, |_, at| world.releases[at].params <= *size);
                let each = reached.iter_mut().zip(&steps);
                each.for_each(|(met, step)| *met += (1.0 - (-expected[*step]).exp()) / world.draws.len() as f64);
            }
            of_size.iter_mut().zip(reached).for_each(|(forecast, met)| forecast.beyond[cell] = met);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sure_forecast_costs_its_distance_and_a_half_sure_one_what_the_formula_says() {
        let step = |at: f64| Forecast {
            floor: 20.0,
            beyond: (0..CELLS).map(|cell| f64::from(u8::from(middle(cell) <= at))).collect(),
        };
        assert!((step(60.0).met(70.0).crps - 10.0).abs() < 1e-9);
        assert!((step(60.0).met(60.0).crps).abs() < 1e-9);
        // Uniform between 40 and 60: CRPS at the middle is a twelfth of the width, at an end a third.
        let even = Forecast {
            floor: 20.0,
            beyond: (0..CELLS).map(|cell| ((60.0 - middle(cell)) / 20.0).clamp(0.0, 1.0)).collect(),
        };
        assert!((even.met(50.0).crps - 20.0 / 12.0).abs() < 0.01, "{:?}", even.met(50.0));
        assert!((even.met(60.0).crps - 20.0 / 3.0).abs() < 0.01);
        assert!((even.quantile(0.1) - 42.0).abs() < 0.3 && (even.quantile(0.5) - 50.0).abs() < 0.3);
        let ends = [41.0, 43.0, 57.0, 59.0].map(|seen| even.met(seen));
        assert_eq!(ends.map(|met| met.in_80), [false, true, true, false]);
        assert_eq!(ends.map(|met| met.in_95), [true; 4]);
        assert!((ends[1].rank - 0.15).abs() < 0.02);
    }
}
