//! The releases with the possible worlds that all rows share: laws, rates, luck of levels, formats and devices.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::assumptions::Assumptions;
use super::release::{ScoredRelease, years};
use super::release_law::{ReleaseLaw, ReleaseLawError, events};
use crate::law::frontier::days_since_origin;
use crate::stat::Bootstrap;
use crate::stat::draw::standard_normal;

/// Possible worlds, unless others are asked for.
pub const DRAWS: usize = 200;

/// Families drawn in vain, at most, for one world with a law.
const MOST_TRIES: usize = 100;

/// A possible world.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// Its law.
    pub law: ReleaseLaw,
    /// How many times as many releases as in the window come.
    pub rate: f64,
    /// How many standard deviations the level that is asked for lies above what its scores say.
    pub level: f64,
    /// The same of the loss of the format.
    pub penalty: f64,
    /// Seeds of the device's limits; `None` for the central device.
    pub room: Option<[u64; 3]>,
}

/// What came out by today, and the possible worlds.
#[derive(Debug, Clone)]
pub struct World {
    /// The releases.
    pub releases: Vec<ScoredRelease>,
    /// Those of one family on one day, by day: one maker's errors are one error.
    pub events: Vec<Vec<usize>>,
    /// Events of the window, from which those to come are drawn.
    pub recent: Vec<usize>,
    /// Today.
    pub today: Date,
    /// What is taken for granted.
    pub assumptions: Assumptions,
    /// The law of all of them.
    pub law: ReleaseLaw,
    /// The possible worlds.
    pub draws: Vec<Draw>,
}

impl World {
    /// The releases up to today with `run.resamples` worlds: families with replacement, and the luck of all else.
    ///
    /// # Errors
    /// The releases give no law.
    pub fn of(
        releases: Vec<ScoredRelease>,
        today: Date,
        assumptions: Assumptions,
        run: Bootstrap,
    ) -> Result<Self, ReleaseLawError> {
        let mut world = Self::central(releases, today, assumptions)?;
        let mut families: BTreeMap<&str, usize> = BTreeMap::new();
        let family_of: Vec<usize> = world
            .releases
            .iter()
            .map(|release| {
                let next = families.len();
                *families.entry(&release.family).or_insert(next)
            })
            .collect();
        let count = families.len();
        let mut rng = ChaCha8Rng::seed_from_u64(run.seed);
        let mut draws = Vec::with_capacity(run.resamples);
        for _ in 0..run.resamples {
            let law = world.drawn_law(&family_of, count, &mut rng)?;
            draws.push(Draw {
                law,
                rate: assumptions.rate * (assumptions.rate_deviation * standard_normal(&mut rng)).exp(),
                level: standard_normal(&mut rng),
                penalty: standard_normal(&mut rng),
                room: Some(std::array::from_fn(|_| rng.random())),
            });
        }
        world.draws = draws;
        Ok(world)
    }

    /// The releases up to today with the one world in which nothing deviates.
    ///
    /// # Errors
    /// The releases give no law.
    pub fn central(
        mut releases: Vec<ScoredRelease>,
        today: Date,
        assumptions: Assumptions,
    ) -> Result<Self, ReleaseLawError> {
        releases.retain(|release| release.date <= today);
        let events = events(&releases);
        let now = years(today);
        let law = ReleaseLaw::fit(&releases, &events, &vec![1.0; releases.len()], now, &assumptions)?;
        let recent = events.iter().enumerate().filter(|(_, event)| {
            let age = now - releases[event[0]].years();
            age <= assumptions.window
        });
        let recent = recent.map(|(at, _)| at).collect();
        let central = Draw { law: law.clone(), rate: assumptions.rate, level: 0.0, penalty: 0.0, room: None };
        Ok(Self { releases, events, recent, today, assumptions, law, draws: vec![central] })
    }

    /// Today in days since the origin.
    #[must_use]
    pub fn day(&self) -> f64 {
        days_since_origin(self.today)
    }

    /// Years that the recent events come from: fewer than the window's where the releases begin later.
    #[must_use]
    pub fn window(&self) -> f64 {
        let now = years(self.today);
        let first = self.releases.iter().map(ScoredRelease::years).fold(f64::INFINITY, f64::min);
        self.assumptions.window.min(now - first)
    }

    fn drawn_law(
        &self,
        family_of: &[usize],
        families: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<ReleaseLaw, ReleaseLawError> {
        let mut tries = 1;
        loop {
            let mut copies = vec![0.0; families];
            for _ in 0..families {
                copies[rng.random_range(0..families)] += 1.0;
            }
            let copies: Vec<f64> = family_of.iter().map(|family| copies[*family]).collect();
            match ReleaseLaw::fit(&self.releases, &self.events, &copies, years(self.today), &self.assumptions) {
                Ok(law) => return Ok(law),
                Err(error) if tries == MOST_TRIES => return Err(error),
                // A draw of families without two sizes, say, is no possible world.
                Err(_) => tries += 1,
            }
        }
    }
}
