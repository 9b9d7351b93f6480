//! A capability in every possible world: which release has met it, and how soon others may.

use super::draws::{Draw, World};
use super::penalty::Penalty;
use super::release::Level;
use crate::stat::normal::{NODES, cdf};

/// Years ahead at which what is to come is reckoned.
pub const AHEAD: [f64; 15] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0];

/// A capability in a format, in every world: independent of any device.
#[derive(Debug, Clone)]
pub struct Prospect<'a> {
    /// The worlds.
    pub world: &'a World,
    /// The capability.
    pub level: Level,
    /// The format.
    pub penalty: Penalty,
    /// One for each world.
    pub(super) worlds: Vec<Chances>,
}

/// What one world says of a capability.
#[derive(Debug, Clone)]
pub(super) struct Chances {
    /// Probability that each release has met it.
    pub(super) met: Vec<f64>,
    /// Probability that a release like each of the recent events, out at [`AHEAD`], fails it, by node of what its event
    /// shares: `[ahead][recent release][node]`.
    misses: Vec<Vec<[f64; NODES.len()]>>,
}

impl<'a> Prospect<'a> {
    /// Of a level in a format.
    #[must_use]
    pub fn of(world: &'a World, level: Level, penalty: Penalty) -> Self {
        Self::until(world, level, penalty, f64::INFINITY)
    }

    /// The same for so many years ahead and no more.
    pub(super) fn until(world: &'a World, level: Level, penalty: Penalty, years: f64) -> Self {
        let steps = AHEAD.iter().filter(|ahead| **ahead <= years).count();
        let worlds = world.draws.iter().map(|draw| Chances::of(world, draw, level, penalty, steps)).collect();
        Self { world, level, penalty, worlds }
    }

    /// Probability that a release has met it, whether or not it fits a device.
    #[must_use]
    pub fn met(&self, release: usize) -> f64 {
        self.worlds.iter().map(|chances| chances.met[release]).sum::<f64>() / self.worlds.len() as f64
    }
}

/// ln(N̂/10⁹) that a release of this size must have at 16 bits to meet the level in the format.
fn demand(level: Level, penalty: Penalty, draw: &Draw, params: f64) -> f64 {
    level.ln + level.deviation * draw.level + penalty.at(params, draw.penalty)
}

impl Chances {
    fn of(world: &World, draw: &Draw, level: Level, penalty: Penalty, steps: usize) -> Self {
        let law = &draw.law;
        let now = super::release::years(world.today);
        let met = world.releases.iter().map(|release| {
            let asked = demand(level, penalty, draw, release.params);
            let believed = Level::believed(law, release, now);
            let above = believed.ln - asked;
            if believed.deviation > 0.0 { cdf(above / believed.deviation) } else { f64::from(u8::from(above >= 0.0)) }
        });
        let met = met.collect();
        let recent: Vec<&usize> = world.recent.iter().flat_map(|event| &world.events[*event]).collect();
        let now_expected: Vec<(f64, f64)> = recent
            .iter()
            .map(|at| {
                let release = &world.releases[**at];
                (law.expected(release, 0.0), demand(level, penalty, draw, release.params))
            })
            .collect();
        let misses = AHEAD[..steps].iter().map(|ahead| {
            let growth = law.beta[3] * world.assumptions.growth_years(*ahead);
            let row = now_expected.iter().map(|(expected, asked)| {
                NODES.map(|(z, _)| cdf((asked - expected - growth - law.event_deviation * z) / law.true_deviation))
            });
            row.collect()
        });
        Self { met, misses: misses.collect() }
    }

    /// Expected releases, by the years of [`AHEAD`], that meet the capability and fit: `fits(ahead, release)`.
    pub(super) fn expected(&self, world: &World, rate: f64, fits: impl Fn(f64, usize) -> bool) -> Vec<f64> {
        let yearly = rate / world.window();
        let rate_at = |step: usize| {
            let mut next = 0;
            let mut sum = 0.0;
            for event in &world.recent {
                let mut miss = [1.0; NODES.len()];
                let mut some = false;
                for release in &world.events[*event] {
                    if fits(AHEAD[step], *release) {
                        some = true;
                        miss.iter_mut().zip(&self.misses[step][next]).for_each(|(all, one)| *all *= one);
                    }
                    next += 1;
                }
                if some {
                    sum += 1.0 - NODES.iter().zip(&miss).map(|((_, weight), miss)| weight * miss).sum::<f64>();
                }
            }
            yearly * sum.max(0.0)
        };
        let rates: Vec<f64> = (0..self.misses.len()).map(rate_at).collect();
        let mut total = 0.0;
        let mut expected = vec![0.0];
        for step in 1..rates.len() {
            total += 0.5 * (rates[step - 1] + rates[step]) * (AHEAD[step] - AHEAD[step - 1]);
            expected.push(total);
        }
        expected
    }
}
