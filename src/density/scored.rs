//! The releases as the law of releases takes them.

use jiff::civil::Date;

use super::from_scores::{ModelScores, ModelSize, active, from_scores};
use super::inputs::Inputs;
use crate::law::arrival::release::{Level, ScoredRelease};
use crate::law::capability::{Capability, of_scores};
use crate::law::frontier::ORIGIN;
use crate::law::impute::ImputeError;
use crate::law::noise::{Sampling, common_evaluator_sd, full_test_sets};
use crate::law::reference::ReferenceError;
use crate::published::Library;
use crate::published::releases::{self, Release, ReleaseKind};
use crate::unit::Scores;

/// Missing scores that may be imputed, at most.
const MOST_IMPUTED: usize = 2;

/// Which releases count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    /// Mixtures of experts, too.
    pub mixtures: bool,
    /// Models tuned to instructions, too: their scores are not those of a base model.
    pub instruct: bool,
    /// Looped models, too.
    pub looped: bool,
    /// Models that saw data made of instructions, too.
    pub instruction_data: bool,
    /// Missing scores, at most.
    pub most_imputed: usize,
    /// Standard deviation of what one evaluator shifts in all five scores at once, in points of their mean.
    pub common_sd: f64,
}

impl Selection {
    /// Those of the shipped method.
    pub const SHIPPED: Self = Self {
        mixtures: true,
        instruct: false,
        looped: true,
        instruction_data: true,
        most_imputed: MOST_IMPUTED,
        common_sd: common_evaluator_sd(),
    };

    fn keeps(self, release: &Release) -> bool {
        let kind = match release.kind {
            ReleaseKind::Base => true,
            ReleaseKind::Moe => self.mixtures,
            ReleaseKind::Instruct => self.instruct,
        };
        let missing = release.scores.missing().len();
        kind && missing <= self.most_imputed
            && (missing == 0 || release.fit_for_imputation())
            && (self.looped || release.loops() <= 1.0)
            && (self.instruction_data || !release.has_instruction_data())
    }
}

/// The library's releases of some kinds that were out by a day, their missing scores imputed from what was known then.
#[must_use]
pub fn scored(library: &Library, until: Date, selection: Selection) -> Vec<ScoredRelease> {
    let out: Vec<Release> = library.releases.iter().filter(|release| release.date <= until).cloned().collect();
    let complete = releases::complete(&out);
    let inputs = Inputs { complete: &complete, ..Inputs::of(library) };
    let kept = out.iter().filter(|release| release.date >= ORIGIN && selection.keeps(release));
    kept.filter_map(|release| one(release, &inputs, selection.common_sd)).collect()
}

/// The level that published scores show, with the doubt of another evaluation; missing ones are imputed from the releases
/// that have all.
///
/// # Errors
/// Scores that the reference curve does not reach.
pub fn level_of(library: &Library, scores: &Scores, common_sd: f64) -> Result<Level, ImputeError> {
    let family = &library.family;
    let found = of_scores(family, family.d0_tokens, scores, &full_test_sets(), &library.complete)?;
    Ok(level(&Inputs::of(library), scores, &found, common_sd)?)
}

fn level(
    inputs: &Inputs<'_>,
    scores: &Scores,
    capability: &Capability,
    common_sd: f64,
) -> Result<Level, ReferenceError> {
    let sampling = Sampling::from(&full_test_sets());
    Level::of_scores(&inputs.family.average, inputs.d0, scores, capability, &sampling, common_sd)
}

fn one(release: &Release, inputs: &Inputs<'_>, common_sd: f64) -> Option<ScoredRelease> {
    let size = ModelSize::of(release);
    let assessed = from_scores(inputs, &ModelScores::published(release.scores), size).ok()?;
    let level = level(inputs, &release.scores, &assessed.capability, common_sd).ok()?;
    // A mixture whose active parameters are not on record is taken for as slow as a dense model.
    let active = active(release).unwrap_or(release.params);
    let loops = release.loops();
    Some(ScoredRelease {
        model: release.model.clone(),
        family: release.family.clone(),
        date: release.date,
        params: release.params.count(),
        active_share: (active.count() / (release.params.count() * loops)).min(1.0),
        loops,
        level,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use approx::assert_relative_eq;
    use jiff::civil::date;

    use super::*;
    use crate::law::arrival::assumptions::Assumptions;
    use crate::law::arrival::draws::World;
    use crate::law::arrival::penalty::Penalty;
    use crate::law::arrival::prospect::Prospect;
    use crate::law::arrival::room::Room;
    use crate::law::frontier::date_after_origin;
    use crate::stat::{Bootstrap, Sample};

    /// Made by another program from the same tables (`docs/methodology-frontier.md` says how), to six digits.
    const FIXTURE: &str = include_str!("../../tests/fixtures/frontier.txt");
    const TODAY: Date = date(2026, 11, 26);
    const Q4_K_M: Penalty = Penalty { loss: 0.37, deviation: 0.52 };

    fn world(today: Date) -> World {
        let releases = scored(Library::shipped(), today, Selection::SHIPPED);
        World::central(releases, today, Assumptions::SHIPPED).unwrap()
    }

    fn level(name: &str) -> Level {
        let library = Library::shipped();
        let found = library.capabilities.iter().find(|level| level.name == name).unwrap();
        level_of(library, &found.scores, common_evaluator_sd()).unwrap()
    }

    /// The number after a word of a line.
    fn after(line: &str, word: &str) -> f64 {
        let rest = line.split(word).nth(1).unwrap_or_else(|| panic!("no `{word}` in {line}"));
        rest.split_whitespace().next().unwrap().trim_matches(|c| "[],;()".contains(c)).parse().unwrap()
    }

    fn line(begin: &str) -> &'static str {
        FIXTURE.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("no line {begin}"))
    }

    fn numbers(text: &str) -> Vec<f64> {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .filter_map(|part| part.parse().ok())
            .collect()
    }

    #[test]
    fn the_law_is_that_of_the_fixture() {
        let world = world(TODAY);
        let law = &world.draws[0].law;
        let families: std::collections::BTreeSet<&str> = world.releases.iter().map(|r| r.family.as_str()).collect();
        let head = line("rows");
        assert_eq!(world.releases.len() as f64, after(head, "rows "));
        assert_eq!(families.len() as f64, after(head, "families "));
        assert_eq!(world.events.len() as f64, after(head, "events "));
        assert_eq!(world.recent.len() as f64, after(head, "window "));
        assert_relative_eq!(law.weight, after(line("sum"), "weights "), max_relative = 1e-6);
        assert_relative_eq!(law.effective_releases, after(line("sum"), "n_eff "), max_relative = 1e-6);
        let beta = line("beta");
        for (ours, theirs) in law.beta.iter().zip(numbers(beta)) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-5);
        }
        let theirs = ["tot ", "sw ", "se ", "s2 ", "se_true "].map(|word| after(beta, word));
        let ours = [law.variance, law.event_deviation, law.model_deviation, law.score_variance, law.true_deviation];
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-5);
        }
        for (day, begin) in [(date(2024, 6, 1), "vintage 2024-06-01"), (date(2025, 6, 1), "vintage 2025-06-01")] {
            let (world, line) = (self::world(day), line(begin));
            assert_eq!(world.releases.len() as f64, after(line, "rows "), "{begin}");
            for (ours, theirs) in world.draws[0].law.beta.iter().zip(numbers(line.split("beta").nth(1).unwrap())) {
                assert_relative_eq!(*ours, theirs, max_relative = 1e-5);
            }
        }
    }

    #[test]
    fn levels_and_the_probabilities_of_the_named_releases_are_those_of_the_fixture() {
        let world = world(TODAY);
        let named: BTreeMap<&str, usize> =
            world.releases.iter().enumerate().map(|(at, release)| (release.model.as_str(), at)).collect();
        let sixteen = |name: &str| Prospect::of(&world, level(name), Penalty::NONE);
        let (gpt4, gpt35) = (sixteen("GPT-4"), sixteen("gpt-3.5-turbo"));
        for model in ["Hunyuan-4B", "Ouro-2.6B", "Hunyuan-7B", "Qwen3-4B", "Qwen2.5-7B", "Motif-2-12.7B"] {
            let (at, line) = (named[model], line(model));
            let release = &world.releases[at];
            assert_relative_eq!(release.level.ln, after(line, " y "), max_relative = 1e-5);
            assert_relative_eq!(release.level.deviation, after(line, " s "), max_relative = 1e-5);
            assert_relative_eq!(gpt4.met(at), after(line, "P(GPT-4) "), max_relative = 1e-5, epsilon = 1e-6);
            assert_relative_eq!(gpt35.met(at), after(line, "P(gpt-3.5) "), max_relative = 1e-5);
        }
        let theirs = numbers(line("capabilities").split("{'gpt-3.5").nth(1).unwrap());
        assert!(theirs.len() > 8, "{theirs:?}");
        for (name, expected) in [
            ("gpt-3.5-turbo", [3.164_059, 0.313_915]),
            ("GPT-4", [5.504_837, 0.480_498]),
            ("GPT-4o-2024-05-13", [9.638_975, 1.429_737]),
            ("GPT-4o-mini-2024-07-18", [7.037_807, 0.674_376]),
        ] {
            assert!(expected.iter().all(|number| theirs.contains(number)), "{name}: {theirs:?}");
            assert_relative_eq!(level(name).ln, expected[0], max_relative = 1e-5);
            assert_relative_eq!(level(name).deviation, expected[1], max_relative = 1e-5);
        }
    }

    #[test]
    fn probabilities_and_dates_are_those_of_the_fixture() {
        let world = world(TODAY);
        let today = world.day();
        let mut rows = 0;
        for line in FIXTURE.lines().filter(|line| line.contains(" median ")) {
            let name = line.split_whitespace().next().unwrap();
            let prospect = Prospect::of(&world, level(name), Q4_K_M);
            let found = prospect.arrival(&Room::of_size(after(line, " N ") * 1e9));
            for (word, years) in [("F(today) ", 0.0), ("F(+1y) ", 1.0), ("F(+2y) ", 2.0), ("F(+10y) ", 10.0)] {
                assert_relative_eq!(
                    found.on(today + years * 365.25),
                    after(line, word),
                    max_relative = 1e-5,
                    epsilon = 1e-6
                );
            }
            let median = line.split("median ").nth(1).unwrap().trim();
            let ours = found.day(0.5).and_then(date_after_origin).unwrap();
            assert_eq!(ours.to_string(), median, "{line}");
            rows += 1;
        }
        assert_eq!(rows, 18);
    }

    #[test]
    fn with_all_doubts_the_dates_are_those_of_the_evaluation() {
        let releases = scored(Library::shipped(), TODAY, Selection::SHIPPED);
        let run = Bootstrap { resamples: 200, seed: 42 };
        let world = World::of(releases, TODAY, Assumptions::SHIPPED, run).unwrap();
        let growth = Sample::new(world.draws.iter().map(|draw| draw.law.beta[3]).collect()).unwrap();
        assert!((growth.standard_deviation().unwrap() - 0.24).abs() < 0.05, "{growth:?}");
        let gpt4 = Prospect::of(&world, level("GPT-4"), Q4_K_M);
        // Size, probability today, and the middles of the months of the median and of the ends at 80 %, to the month.
        for (billions, probability, median, ends) in [
            (2.0, 0.01, Some(date(2028, 7, 15)), [date(2027, 3, 15), date(2032, 1, 15)]),
            (4.1, 0.24, Some(date(2027, 7, 15)), [date(2025, 7, 30), date(2029, 12, 15)]),
            (8.3, 0.50, None, [date(2025, 7, 30), date(2028, 4, 15)]),
            (13.0, 0.63, Some(date(2025, 10, 29)), [date(2025, 7, 30), date(2027, 11, 15)]),
            (40.0, 0.97, Some(date(2025, 5, 21)), [date(2025, 4, 29), date(2025, 8, 15)]),
        ] {
            let found = gpt4.arrival(&Room::of_size(billions * 1e9));
            let p = found.probability();
            assert!((p - probability).abs() < 0.035, "{billions}: {p} against {probability}");
            let near = |ours: Option<f64>, theirs: Date, days: f64| {
                let off = ours.unwrap() - crate::law::frontier::days_since_origin(theirs);
                assert!(off.abs() <= days, "{billions}: {off} days from {theirs}");
            };
            if let Some(median) = median {
                near(found.day(0.5), median, 75.0);
            }
            near(found.day(0.1), ends[0], 165.0);
            near(found.day(0.9), ends[1], 165.0);
        }
    }
}
