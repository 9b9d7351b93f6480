//! F(t): the probability that a release that meets a capability and fits a device is there by a day.

use super::draws::World;
use super::prospect::{AHEAD, Chances, Prospect};
use super::release::DAYS_PER_YEAR;
use super::room::{Drawn, Room};

/// F by day, and the releases that carry it.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// F on each day from the origin to today; the last is today's.
    pub past: Vec<f64>,
    /// Days since the origin, after today, with F on each.
    pub ahead: Vec<(f64, f64)>,
    /// Releases with some probability of their own to have met it by today, the likeliest first.
    pub carriers: Vec<Carrier>,
}

/// A release, and the probability that it alone meets the capability and fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Carrier {
    /// Its place among the world's releases.
    pub release: usize,
    /// Probability today.
    pub probability: f64,
    /// First day since the origin on which the probability is one half or more.
    pub since: Option<f64>,
}

/// Least probability of a release that is named.
const LEAST: f64 = 0.005;

/// A release that meets the capability with some probability from a day on.
#[derive(Debug, Clone, Copy)]
struct Step {
    day: f64,
    event: usize,
    release: usize,
    probability: f64,
}

/// First days on which releases fit, by world.
fn steps(world: &World, chances: &Chances, device: &Drawn) -> Vec<Step> {
    let mut steps = Vec::with_capacity(world.releases.len());
    for (event, members) in world.events.iter().enumerate() {
        for &release in members {
            let row = &world.releases[release];
            let fits = device.first_day(row.params.ln(), row.computed().ln()).ceil();
            let day = crate::law::frontier::days_since_origin(row.date).max(fits);
            let probability = chances.met[release];
            if day.is_finite() && probability > 0.0 {
                steps.push(Step { day, event, release, probability });
            }
        }
    }
    steps.sort_by(|a, b| a.day.total_cmp(&b.day));
    steps
}

/// Probability that none of the events has met it, as releases come to count one by one.
struct Survival {
    best: Vec<f64>,
}

impl Survival {
    fn new(world: &World) -> Self {
        Self { best: vec![0.0; world.events.len()] }
    }

    /// Counts a step in; one maker's errors are one error, so of an event only the best counts.
    fn count(&mut self, step: &Step) -> bool {
        let best = &mut self.best[step.event];
        let better = step.probability > *best;
        *best = best.max(step.probability);
        better
    }

    fn value(&self) -> f64 {
        self.best.iter().map(|p| 1.0 - p).product()
    }
}

impl Prospect<'_> {
    /// F(today) of a room alone.
    #[must_use]
    pub fn probability_today(&self, room: &Room) -> f64 {
        let today = self.world.day();
        let met = self.worlds.iter().zip(&self.world.draws).map(|(chances, draw)| {
            let mut survival = Survival::new(self.world);
            for step in steps(self.world, chances, &room.draw(draw.room)).iter().filter(|step| step.day <= today) {
                survival.count(step);
            }
            1.0 - survival.value()
        });
        (met.sum::<f64>() / self.worlds.len() as f64).clamp(0.0, 1.0)
    }

    /// F of a room.
    #[must_use]
    pub fn arrival(&self, room: &Room) -> Arrival {
        let world = self.world;
        let today = world.day();
        let days = today.max(0.0) as usize;
        let share = 1.0 / self.worlds.len() as f64;
        let mut past = vec![0.0; days + 1];
        let later: Vec<f64> = AHEAD[1..].iter().map(|years| today + years * DAYS_PER_YEAR).collect();
        let mut ahead = vec![0.0; later.len()];
        let mut own: Vec<Vec<(f64, f64)>> = vec![Vec::new(); world.releases.len()];
        for (chances, draw) in self.worlds.iter().zip(&world.draws) {
            let device = room.draw(draw.room);
            let mut survival = Survival::new(world);
            let mut value = 1.0;
            let steps = steps(world, chances, &device);
            let mut next = steps.iter().peekable();
            let mut value_on = |day: f64| {
                let mut changed = false;
                while let Some(step) = next.next_if(|step| step.day <= day) {
                    changed |= survival.count(step);
                    if step.day <= today {
                        own[step.release].push((step.day, step.probability * share));
                    }
                }
                if changed {
                    value = survival.value();
                }
                value
            };
            for (day, met) in past.iter_mut().enumerate() {
                *met += share * (1.0 - value_on(day as f64));
            }
            let fit: Vec<f64> = world
                .releases
                .iter()
                .map(|release| device.first_day(release.params.ln(), release.computed().ln()))
                .collect();
            let expected = chances.expected(world, draw.rate, |years, at| fit[at] <= today + years * DAYS_PER_YEAR);
            for ((met, day), expected) in ahead.iter_mut().zip(&later).zip(&expected[1..]) {
                *met += share * (1.0 - value_on(*day) * (-expected).exp());
            }
        }
        // The sum of two hundred shares of one may pass it by a rounding.
        let probability = |met: f64| met.clamp(0.0, 1.0);
        past.iter_mut().chain(&mut ahead).for_each(|met| *met = probability(*met));
        Arrival { past, ahead: later.into_iter().zip(ahead).collect(), carriers: carriers(own) }
    }
}

fn carriers(own: Vec<Vec<(f64, f64)>>) -> Vec<Carrier> {
    let mut found: Vec<Carrier> = Vec::new();
    for (release, mut steps) in own.into_iter().enumerate() {
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut probability, mut since) = (0.0, None);
        for (day, share) in steps {
            probability += share;
            // The sum of two hundred shares may stop a rounding short of what it is.
            if since.is_none() && probability >= 0.5 {
                since = Some(day);
            }
        }
        if probability >= LEAST {
            found.push(Carrier { release, probability: probability.min(1.0), since });
        }
    }
    found.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.release.cmp(&b.release)));
    found
}

impl Arrival {
    /// F(today).
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.past.last().copied().unwrap_or(0.0)
    }

    /// Days since the origin, from which on F is at least `p`: a day in the past on which it came to be, or between two
    /// days ahead in proportion; `None` where it is not within thirty years.
    #[must_use]
    pub fn day(&self, p: f64) -> Option<f64> {
        if let Some(day) = self.past.iter().position(|met| *met >= p) {
            return Some(day as f64);
        }
        let (mut day, mut met) = ((self.past.len() - 1) as f64, self.probability());
        for &(next, chance) in &self.ahead {
            if chance >= p {
                // A day after today, since today it was below.
                let first = self.past.len() as f64;
                return Some((day + (next - day) * (p - met) / (chance - met)).round().max(first));
            }
            (day, met) = (next, chance.max(met));
        }
        None
    }

    /// F on a day.
    #[must_use]
    pub fn on(&self, day: f64) -> f64 {
        if day < 0.0 {
            return 0.0;
        }
        if let Some(met) = self.past.get(day as usize) {
            return *met;
        }
        let (mut from, mut met) = ((self.past.len() - 1) as f64, self.probability());
        for &(next, chance) in &self.ahead {
            if day <= next {
                return met + (chance - met) * (day - from) / (next - from);
            }
            (from, met) = (next, chance);
        }
        met
    }

    /// The release that came to meet the capability first by its own probability, the likeliest of that day.
    #[must_use]
    pub fn realised(&self) -> Option<&Carrier> {
        let first = self.carriers.iter().filter_map(|carrier| carrier.since).min_by(f64::total_cmp)?;
        self.carriers.iter().find(|carrier| carrier.since == Some(first))
    }
}
