//! Worlds in which every date is known: how often the interval of a date holds the true one.
//!
//! A world has releases by the hundred over four years and forty more to come, growth of one of four kinds, luck of events
//! and models, doubtful scores, and a capability and a format whose true demands differ from the published ones. The
//! method sees what was published up to today.

use jiff::civil::{Date, date};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::assumptions::Assumptions;
use super::draws::World;
use super::penalty::Penalty;
use super::prospect::Prospect;
use super::release::{BILLION, DAYS_PER_YEAR, Level, ScoredRelease};
use super::room::Room;
use crate::law::frontier::{ORIGIN, days_since_origin};
use crate::stat::Bootstrap;
use crate::stat::draw::standard_normal;

const TODAY: Date = date(2026, 11, 26);
/// Worlds of each kind of growth.
const WORLDS: u64 = 250;
/// Years that are simulated, from the origin.
const YEARS: f64 = 45.0;
/// Steps a year in which growth is added up.
const STEPS: usize = 50;

/// How ability at one size grew and will grow.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Growth {
    /// At one rate up to today, then ever slower: what the method takes for granted.
    Slowing,
    /// At one rate for ever.
    Steady,
    /// At a rate that wanders.
    Drifting,
    /// In bouts, with half a year to a year and a half of standstill between them.
    Pausing,
}

/// The true level of a model of four billion parameters, by step.
fn path(growth: Growth, now: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let (mut level, mut rate) = (0.0, rng.random_range(0.8..1.5));
    let (mut paused, mut change) = (false, rng.random_range(0.5..1.5));
    let steps = (YEARS * STEPS as f64) as usize;
    let mut found = Vec::with_capacity(steps);
    for step in 0..steps {
        let t = step as f64 / STEPS as f64;
        found.push(level);
        let yearly = match growth {
            Growth::Steady => rate,
            Growth::Slowing => rate / (1.0 + (t - now).max(0.0)),
            Growth::Drifting => {
                rate = (rate + 0.35 * standard_normal(rng) / (STEPS as f64).sqrt()).max(0.05);
                rate
            }
            Growth::Pausing => {
                if t >= change {
                    paused = !paused;
                    change = t + if paused { rng.random_range(0.5..1.5) } else { rng.random_range(1.0..2.5) };
                }
                if paused { 0.0 } else { 1.4 * rate }
            }
        };
        level += yearly / STEPS as f64;
    }
    found
}

/// A release as it is, and as it was published.
struct True {
    release: ScoredRelease,
    ln: f64,
}

/// Releases from the origin to the end of the years, those of one event one after another.
fn releases(path: &[f64], now: f64, rng: &mut ChaCha8Rng) -> Vec<True> {
    const BILLIONS: [f64; 12] = [0.6, 1.0, 1.7, 2.0, 3.0, 4.0, 7.0, 8.0, 9.0, 14.0, 32.0, 70.0];
    let later = (0.5 * standard_normal(rng)).exp();
    let (mut t, mut found) = (0.0, Vec::new());
    loop {
        let rate = if t < now { 27.0 } else { 27.0 * later };
        t -= (1.0 - rng.random_range(0.0..1.0_f64)).ln() / rate;
        let Some(level) = path.get((t * STEPS as f64) as usize) else { return found };
        let event = 1.45 * standard_normal(rng);
        let (family, first) = (rng.random_range(0..45), rng.random_range(0..BILLIONS.len()));
        for size in BILLIONS.iter().skip(first).step_by(2).take(rng.random_range(1..4)) {
            let ln = level + 0.77 * (size / 4.0).ln() + event + 0.35 * standard_normal(rng);
            let deviation = rng.random_range(0.3..0.8);
            let day = jiff::Span::new().days((t * DAYS_PER_YEAR) as i64);
            found.push(True {
                release: ScoredRelease {
                    model: format!("{size}B of {t}"),
                    family: family.to_string(),
                    date: ORIGIN + day,
                    params: size * BILLION,
                    active_share: 1.0,
                    loops: 1.0,
                    level: Level { ln: ln + deviation * standard_normal(rng), deviation },
                },
                ln,
            });
        }
    }
}

/// Where the true date lies: within the intervals of 80 and of 95 %, and whether it is past.
fn one(growth: Growth, seed: u64) -> (bool, bool, bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let today = days_since_origin(TODAY);
    let now = today / DAYS_PER_YEAR;
    let path = path(growth, now, &mut rng);
    let all = releases(&path, now, &mut rng);
    let params: f64 = [2e9, 4.1e9, 8.3e9, 14e9][rng.random_range(0..4)];
    let middle = path[(now * STEPS as f64) as usize] + 0.77 * (params / 4e9).ln();
    let level = Level { ln: middle + rng.random_range(-0.5..4.0), deviation: rng.random_range(0.2..0.6) };
    let penalty =
        if rng.random_range(0.0..1.0) < 0.5 { Penalty::NONE } else { Penalty { loss: 0.37, deviation: 0.52 } };
    let (asked, format) = (level.ln + level.deviation * standard_normal(&mut rng), standard_normal(&mut rng));
    let meets = |one: &&True| one.release.params <= params && one.ln >= asked + penalty.at(one.release.params, format);
    let truth = all.iter().find(meets).map_or(f64::INFINITY, |one| days_since_origin(one.release.date));
    let seen = all.into_iter().map(|one| one.release).filter(|release| release.date <= TODAY).collect();
    let world = World::of(seen, TODAY, Assumptions::SHIPPED, Bootstrap { resamples: 100, seed }).unwrap();
    let found = Prospect::of(&world, level, penalty).arrival(&Room::of_size(params));
    let day = |p: f64| found.day(p).unwrap_or(f64::INFINITY);
    let within = |tail: f64| (day(tail)..=day(1.0 - tail)).contains(&truth);
    (within(0.1), within(0.025), truth <= today)
}

#[test]
fn intervals_of_a_date_hold_the_true_one_as_often_as_they_say() {
    let kinds = [Growth::Slowing, Growth::Steady, Growth::Drifting, Growth::Pausing];
    let counts = kinds.map(|kind| {
        let mut sums = [0; 3];
        for seed in 0..WORLDS {
            let (in_80, in_95, past) = one(kind, WORLDS * kind as u64 + seed);
            [in_80, in_95, past].iter().zip(&mut sums).for_each(|(held, sum)| *sum += u64::from(*held));
        }
        sums
    });
    let worlds = WORLDS as f64;
    for (kind, [in_80, in_95, past]) in kinds.iter().zip(&counts) {
        let share = |count: u64| count as f64 / worlds;
        assert!(share(*in_95) >= 0.88, "{kind:?}: 95 % intervals hold {}, {counts:?}", share(*in_95));
        assert!((0.72..0.97).contains(&share(*in_80)), "{kind:?}: 80 % intervals hold {}", share(*in_80));
        assert!((0.1..0.7).contains(&share(*past)), "{kind:?}: {} of the dates are past", share(*past));
    }
    let held = counts.iter().map(|count| count[1]).sum::<u64>() as f64 / (worlds * kinds.len() as f64);
    assert!((0.90..=0.99).contains(&held), "95 % intervals hold {held} of all: {counts:?}");
}
