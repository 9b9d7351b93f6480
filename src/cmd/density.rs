//! `densimeter density`: effective parameters and density of given scores, a loss, a release, or all releases.

use anyhow::Context;
use jiff::civil::Date;

use super::{Outcome, Usage};
use crate::cli::{Global, density::Density};
use crate::law::family::ReferenceFamily;
use crate::model::published;
use crate::model::release::{self, Release};
use crate::table;
use crate::unit::Scores;

mod all;
mod cost;
mod fit;
mod one;
mod record;

/// Runs the command.
pub(super) fn run(args: &Density, global: &Global) -> anyhow::Result<Outcome> {
    if args.fit_losses.is_some() || args.fit_points.is_some() {
        return fit::run(args, global);
    }
    let family = family(args)?;
    let d0 = args.d0.unwrap_or(family.d0_tokens);
    if !(d0.is_finite() && d0 > 0.0) {
        return Err(Usage(format!("--d0 {d0}: tokens must be a finite number above zero")).into());
    }
    let data = Shipped { releases: releases(args)?, aliases: published::aliases()? };
    let ground = Ground { family, d0, cost: cost::Cost::of(args)?, complete: release::complete(&data.releases) };
    if args.all { all::run(args, global, &ground, &data) } else { one::run(args, global, &ground, &data) }
}

/// What every density of a run rests on.
struct Ground {
    family: ReferenceFamily,
    d0: f64,
    cost: cost::Cost,
    /// Scores of the base releases that have all five.
    complete: Vec<Scores>,
}

/// Releases and their other names.
struct Shipped {
    releases: Vec<Release>,
    aliases: Vec<published::Alias>,
}

fn family(args: &Density) -> anyhow::Result<ReferenceFamily> {
    match &args.reference {
        None => Ok(ReferenceFamily::parse(published::REFERENCE_CURVES)?),
        Some(path) => ReferenceFamily::parse(&table::read(path)?).with_context(|| path.display().to_string()),
    }
}

fn releases(args: &Density) -> anyhow::Result<Vec<Release>> {
    match &args.releases {
        // A board without a clock battery believes in 1970: the shipped dates are held by a test instead.
        None => Ok(published::releases(Date::MAX)?),
        Some(path) => {
            let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
            Ok(release::releases(&path.display().to_string(), &table::read(path)?, today)?)
        }
    }
}
