//! `densimeter density`: effective parameters and density of given scores, a loss, a release, or all releases.

use anyhow::Context;

use super::outcome::{Outcome, Usage};
use super::terminal;
use crate::cli::{Global, density::Density};
use crate::density::comparison::{AllPlan, Comparison};
use crate::density::inputs::Inputs;
use crate::density::reference_family::DensityFamily;
use crate::law::family::ReferenceFamily;
use crate::published::{Library, releases};
use crate::report::text;
use crate::table;

mod arguments;
mod edge;
mod fit;
mod one;

/// Runs the command.
pub(super) fn run(args: &Density, global: &Global) -> anyhow::Result<Outcome> {
    if args.family == DensityFamily::Edge {
        return edge::run(args, global);
    }
    if args.bpb.is_some() {
        return Err(Usage("--bpb belongs to the edge family: add --family edge".to_owned()).into());
    }
    if args.fit_losses.is_some() || args.fit_points.is_some() {
        return fit::run(args, global);
    }
    let family = family(args)?;
    let d0 = args.d0.unwrap_or(family.d0_tokens);
    if !(d0.is_finite() && d0 > 0.0) {
        return Err(Usage(format!("--d0 {d0}: tokens must be a finite number above zero")).into());
    }
    let library = library(args, family)?;
    let cost = arguments::cost(args)?;
    let inputs = Inputs { family: &library.family, d0, complete: &library.complete, cost };
    if args.all { all(args, global, &inputs, &library) } else { one::run(args, global, &inputs, &library) }
}

fn all(args: &Density, global: &Global, inputs: &Inputs<'_>, library: &Library) -> anyhow::Result<Outcome> {
    let found = Comparison::of(inputs, library, AllPlan { basis: args.basis, bits: args.bits })?;
    if global.json {
        terminal::json(&found.report(inputs))?;
    } else {
        terminal::out(&text::density_all::text(&found))?;
    }
    Ok(Outcome::Done)
}

fn family(args: &Density) -> anyhow::Result<ReferenceFamily> {
    match &args.reference {
        None => Ok(Library::shipped().family.clone()),
        Some(path) => ReferenceFamily::parse(&table::read(path)?).with_context(|| path.display().to_string()),
    }
}

/// The shipped library with this family, and with the user's releases where there are some.
fn library(args: &Density, family: ReferenceFamily) -> anyhow::Result<Library> {
    let mut library = Library { family, ..Library::shipped().clone() };
    if let Some(path) = &args.releases {
        let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        library.releases_file = path.display().to_string();
        library.releases = releases::releases(&library.releases_file, &table::read(path)?, today)?;
        library.complete = releases::complete(&library.releases);
    }
    Ok(library)
}
