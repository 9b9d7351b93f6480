//! `density --fit-losses … --fit-points …`: a reference family of one's own.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::super::outcome::{Outcome, Usage};
use super::super::terminal;
use crate::cli::{Global, density::Density};
use crate::density::family_fit::{FamilyFit, FitPlan, NamedTable};
use crate::law::fit::Resampling;
use crate::law::reference::LossKind;
use crate::report::text;
use crate::table;

/// Most bootstrap resamples of one fit.
const MOST_RESAMPLES: usize = 100_000;

/// Runs the fit.
pub(super) fn run(args: &Density, global: &Global) -> anyhow::Result<Outcome> {
    if args.resamples > MOST_RESAMPLES {
        return Err(Usage(format!("--resamples {}: at most {MOST_RESAMPLES}", args.resamples)).into());
    }
    let plan = FitPlan {
        losses: args.fit_losses.as_deref().map(named).transpose()?,
        floor: args.floor,
        points: args.fit_points.as_deref().map(named).transpose()?,
        anchored: !args.no_anchor,
        resampling: Resampling { resamples: args.resamples, seed: global.seed },
    };
    let fit = FamilyFit::of(&plan)?;
    if global.json {
        terminal::json(&fit.report(&plan))?;
    } else {
        if !global.quiet {
            for warning in text::density::warnings(&fit) {
                terminal::note(&warning);
            }
        }
        terminal::out(&text::density::of_fit(&fit, plan.resampling))?;
    }
    if let Some(path) = &args.write_reference {
        let kind = args.loss_kind.unwrap_or(LossKind::Reasoning);
        let shown = |path: Option<&Path>| path.map_or_else(String::new, |p| p.display().to_string());
        let source =
            format!("fitted to {} and {}", shown(args.fit_losses.as_deref()), shown(args.fit_points.as_deref()));
        let family = fit.family(kind, args.loss_unit, args.d0, source)?;
        fs::write(path, family.to_toml()?).with_context(|| path.display().to_string())?;
    }
    Ok(Outcome::Done)
}

fn named(path: &Path) -> anyhow::Result<NamedTable> {
    Ok(NamedTable { name: path.display().to_string(), text: table::read(path)? })
}
