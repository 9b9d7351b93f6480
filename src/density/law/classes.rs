//! Growth by class of benchmark, of a library's releases.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::arrival::release::years;
use crate::law::class_growth::{Able, Weighing, above_chance, class_growth};
use crate::published::Library;
use crate::published::releases::{Release, ReleaseKind};
use crate::stat::{Bootstrap, Estimate};
use crate::unit::Benchmark;

/// The classes: what is known, how it is reasoned with, what is written as code; then each benchmark alone.
const CLASSES: [(&str, &[usize]); 8] = [
    ("knowledge", &[0]),
    ("reasoning", &[1, 2]),
    ("code", &[3, 4]),
    ("mmlu", &[0]),
    ("bbh", &[1]),
    ("math", &[2]),
    ("humaneval", &[3]),
    ("mbpp", &[4]),
];
/// What guessing scores, in percent: MMLU has four choices, BBH's tasks two to eighteen; the others are written.
const CHANCE: [f64; 5] = [25.0, 25.0, 0.0, 0.0, 0.0];
/// How many of them are classes, which are compared with each other.
const COMPARED: usize = 3;
/// Years in which a release's weight halves where growth is that of late.
const HALF_LIFE: f64 = 1.0;
/// Resamples beyond which an interval gains nothing that one could read.
const MOST_RESAMPLES: usize = 2000;

/// Growth of one class, in e-folds of model size a year: 1 where a year lifts the scores as e times the parameters do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OfClass {
    /// `knowledge`, `reasoning`, `code`, or one benchmark.
    pub class: String,
    /// Its benchmarks.
    pub benchmarks: Vec<Benchmark>,
    /// Of the mean release, over the whole span.
    pub mean: Estimate,
    /// The same with weights that halve in a year.
    pub recent: Estimate,
    /// Of the best release for its size so far. Its interval is too narrow: drawn families lose their maxima.
    pub envelope: Estimate,
}

/// Growth of late of one class minus that of another, from the same draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Difference {
    /// The class.
    pub class: String,
    /// What is subtracted.
    pub minus: String,
    /// The difference, in e-folds of size a year.
    pub growth: Estimate,
}

/// Growth by class of benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Classes {
    /// Where the releases come from.
    pub source: String,
    /// Base releases and mixtures with all five scores, each well above chance.
    pub releases: usize,
    /// Their families.
    pub families: usize,
    /// Classes and benchmarks.
    pub growth: Vec<OfClass>,
    /// Between the classes.
    pub differences: Vec<Difference>,
    /// Resamples of the intervals.
    pub resamples: usize,
    /// Their seed.
    pub seed: u64,
}

/// Why there is no growth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file}: {releases} releases with all five scores above chance say nothing of growth by class; give a table with more"
)]
pub struct NoClasses {
    file: String,
    releases: usize,
}

impl Classes {
    /// Of the releases up to today.
    ///
    /// # Errors
    /// They are too few, or of one size or day.
    pub fn of(library: &Library, today: Date, run: Bootstrap, level: f64) -> Result<Self, NoClasses> {
        let able = |release: &Release| {
            let logit = |(benchmark, chance)| above_chance(release.scores.percent(benchmark)?, chance);
            Some(Able {
                family: release.family.clone(),
                years: years(release.date),
                params: release.params.count(),
                active_share: release
                    .active_params
                    .map_or(1.0, |active| (active.count() / release.params.count()).min(1.0)),
                abilities: Benchmark::ALL.into_iter().zip(CHANCE).map(logit).collect::<Option<Vec<f64>>>()?,
            })
        };
        let counts = |release: &&Release| {
            matches!(release.kind, ReleaseKind::Base | ReleaseKind::Moe)
                && (0.0..=years(today)).contains(&years(release.date))
        };
        let rows: Vec<Able> = library.releases.iter().filter(counts).filter_map(able).collect();
        let none = || NoClasses { file: library.releases_file.clone(), releases: rows.len() };
        let weighing = Weighing { today: years(today), half_life: HALF_LIFE, level };
        let run = Bootstrap { resamples: run.resamples.min(MOST_RESAMPLES), ..run };
        let found = class_growth(&rows, &CLASSES.map(|(_, benchmarks)| benchmarks), &weighing, run).ok_or_else(none)?;
        let growth = CLASSES.iter().zip(found.growth).map(|((class, benchmarks), growth)| OfClass {
            class: (*class).to_owned(),
            benchmarks: benchmarks.iter().map(|at| Benchmark::ALL[*at]).collect(),
            mean: growth.mean,
            recent: growth.recent,
            envelope: growth.envelope,
        });
        let named = |at: usize| CLASSES[at].0.to_owned();
        let differences = found
            .differences
            .into_iter()
            .filter(|(later, ..)| *later < COMPARED)
            .map(|(later, earlier, growth)| Difference { class: named(later), minus: named(earlier), growth });
        let mut families: Vec<&str> = rows.iter().map(|row| row.family.as_str()).collect();
        families.sort_unstable();
        families.dedup();
        Ok(Self {
            source: library.releases_file.clone(),
            releases: rows.len(),
            families: families.len(),
            growth: growth.collect(),
            differences: differences.collect(),
            resamples: run.resamples,
            seed: run.seed,
        })
    }
}
