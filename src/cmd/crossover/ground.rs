//! What every crossover rests on: the published tables, and capability levels by name.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use jiff::civil::Date;

use crate::cmd::Usage;
use crate::law::capability::of_scores;
use crate::law::family::ReferenceFamily;
use crate::law::frontier::DatedDensity;
use crate::law::noise::full_test_sets;
use crate::model::densities::{self, PublishedDensity};
use crate::model::published;
use crate::model::release::{Kind, Release};
use crate::report::crossover::{FormatDensity, Released, Setting, Target};
use crate::stat::{Bootstrap, Estimate};
use crate::unit::Scores;

/// Short names of capability levels, beside those of the table.
const SHORT: &[(&str, &str)] = &[
    ("gpt-3.5", "gpt-3.5-turbo"),
    ("gpt-4", "GPT-4"),
    ("gpt-4-turbo", "GPT-4-Turbo-2024-04-09"),
    ("gpt-4o", "GPT-4o-2024-05-13"),
    ("gpt-4o-mini", "GPT-4o-mini-2024-07-18"),
    ("claude-3.5-sonnet", "Claude-3.5-Sonnet-20240620"),
];

/// What every crossover rests on.
pub(in crate::cmd) struct Ground {
    family: ReferenceFamily,
    known: Vec<Scores>,
    pub(in crate::cmd) setting: Setting,
}

impl Ground {
    /// The published tables as of a day.
    pub(in crate::cmd) fn of(today: Date, run: Bootstrap) -> anyhow::Result<Self> {
        let family = ReferenceFamily::parse(published::REFERENCE_CURVES).context("models/reference_curves.toml")?;
        // The shipped tables are read whole, whatever day it is; what came out later does not count.
        let published = published::releases(Date::MAX)?;
        let known: Vec<Scores> = published.iter().map(|release| release.scores).collect();
        let out = published.iter().filter(|release| release.date <= today);
        let releases = out.filter_map(|release| released(release, &family)).collect();
        let mut densities = figure_densities()?;
        let format = FormatDensity::four_bit(&densities)?;
        densities.retain(|(density, _)| density.date <= today);
        let setting = Setting { densities, releases, format, today, run };
        Ok(Self { family, known, setting })
    }

    /// A capability by name.
    pub(in crate::cmd) fn target(&self, name: &str) -> anyhow::Result<Target> {
        target(name, &self.family, &self.known)
    }

    /// Capabilities by name, each once, and why some of them have no date: a level that the reference curve does not
    /// reach says nothing about the others.
    ///
    /// # Errors
    /// A name that is none, or when not one is within reach.
    pub(super) fn targets(&self, names: &[String]) -> anyhow::Result<(Vec<Target>, Vec<String>)> {
        let mut seen = BTreeSet::new();
        let mut targets = Vec::new();
        let mut out_of_reach = Vec::new();
        for name in names.iter().filter(|name| seen.insert(name.to_lowercase())) {
            match self.target(name) {
                Ok(target) => targets.push(target),
                Err(error) if error.is::<Usage>() => return Err(error),
                Err(error) => out_of_reach.push(format!("{error:#}")),
            }
        }
        if targets.is_empty() {
            bail!("{}", out_of_reach.join("; "));
        }
        Ok((targets, out_of_reach))
    }
}

fn target(name: &str, family: &ReferenceFamily, known: &[Scores]) -> anyhow::Result<Target> {
    let given = |point: f64| Estimate::new(point, point, point, 0.95, "given");
    let number = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|value| value.is_finite() && *value > 0.0)
            .ok_or_else(|| Usage(format!("`{name}`: `{text}` is not a number above zero")))
    };
    let effective_params = if let Some(text) = name.strip_prefix("params=") {
        given(number(text)?)
    } else if let Some(text) = name.strip_prefix("score=") {
        let score = number(text)?;
        if score > 100.0 {
            return Err(Usage(format!("`{name}`: a score is a percentage, at most 100")).into());
        }
        let params = family
            .average
            .effective_params(score, family.d0_tokens)
            .with_context(|| format!("capability `{name}` is out of the reference curve's reach"))?;
        given(params.count())
    } else {
        let wanted = SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name)).map_or(name, |(_, full)| full);
        let levels = published::capabilities(Date::MAX)?;
        let level = levels.iter().find(|level| level.name.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
            let names: Vec<&str> = SHORT.iter().map(|(short, _)| *short).collect();
            Usage(format!("no capability `{name}`; known: {}, score=PERCENT, params=COUNT", names.join(", ")))
        })?;
        of_scores(family, family.d0_tokens, &level.scores, &full_test_sets(), known)
            .with_context(|| format!("capability `{name}` is out of the reference curve's reach"))?
            .effective
            .map(|params| params.count())
    };
    Ok(Target { capability: name.to_owned(), effective_params })
}

/// The densities of the paper's main figure, with total parameters.
fn figure_densities() -> anyhow::Result<Vec<(DatedDensity, f64)>> {
    // A board without a clock battery believes in 1970: the shipped dates are held by a test instead.
    let rows = densities::published(Date::MAX)?.into_iter();
    Ok(rows
        .filter_map(|PublishedDensity { model, date, density, params_b, .. }| {
            Some((DatedDensity { model, date, density }, params_b? * 1e9))
        })
        .collect())
}

/// A release with all five scores; chat models are judged by another protocol and stay out.
fn released(release: &Release, family: &ReferenceFamily) -> Option<Released> {
    if release.kind == Kind::Instruct {
        return None;
    }
    let effective = family.average.effective_params(release.scores.five_mean()?, family.d0_tokens).ok()?;
    Some(Released {
        model: release.model.clone(),
        date: release.date,
        total_params: release.params.count(),
        active_params: release.active_params.unwrap_or(release.params).count(),
        effective_params: effective.count(),
    })
}
