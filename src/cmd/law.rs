//! `densimeter law`.

use std::path::Path;

use jiff::civil::Date;

use super::outcome::{Outcome, Usage};
use super::terminal;
use crate::cli::Global;
use crate::cli::law::Law;
use crate::density::law::analysis::{Analysis, Models};
use crate::density::law::classes::Classes;
use crate::density::law::error::AnalysisError;
use crate::density::law::extension::{END_OF_THE_PAPER, Extension};
use crate::density::law::plan::{BacktestFrom, LawPlan};
use crate::density::law::prices::{PriceKind, PricePlan, PriceTable};
use crate::density::law::report::LawReport;
use crate::density::law::rolling::{Rolling, worlds};
use crate::density::measured::Filter;
use crate::published::{Library, densities, prices, releases};
use crate::report::text;
use crate::stat::Bootstrap;
use crate::table;

/// Runs the command.
pub(super) fn run(args: &Law, global: &Global) -> anyhow::Result<Outcome> {
    let today = jiff::ZonedDateTime::now().date();
    if let (Some(from), Some(until)) = (args.from, args.until)
        && from > until
    {
        return Err(Usage(format!("--from {from} is after --until {until}")).into());
    }
    let shipped = Library::shipped();
    let run = Bootstrap { resamples: args.resamples as usize, seed: global.seed };
    if args.markdown {
        let until = args.extend.unwrap_or(END_OF_THE_PAPER);
        terminal::out(&text::law_extension::markdown(&Extension::of(shipped, until, run, args.level)?))?;
        return Ok(Outcome::Done);
    }
    let own = library(args, today)?;
    if args.backtest == Some(BacktestFrom::Rolling) {
        let found = Rolling::of(own.as_ref().unwrap_or(shipped), 1, worlds(run), run)?;
        if global.json {
            terminal::json(&found)?;
        } else {
            terminal::out(&text::law_rolling::text(&found))?;
        }
        return Ok(Outcome::Done);
    }
    if args.classes {
        let found = Classes::of(own.as_ref().unwrap_or(shipped), today, run, args.level)?;
        if global.json {
            terminal::json(&found)?;
        } else {
            terminal::out(&text::law_classes::text(&found))?;
        }
        return Ok(Outcome::Done);
    }
    // Models that are not there are told of before prices that are not.
    let mut plan = plan(args, run);
    let models = Models::of(&plan, own.as_ref().unwrap_or(shipped)).map_err(usage)?;
    if !global.quiet {
        for (reason, count) in &models.left_out {
            terminal::note(&format!("{}: {count} left out ({reason})", models.source));
        }
    }
    plan.prices = args.cost.then(|| prices(args, today)).transpose()?;
    // Only the models are the user's: panels, prices and the extension are the shipped ones.
    let found = Analysis::of(&plan, shipped, models)?;
    if global.json {
        terminal::json(&LawReport::of(&found))?;
    } else {
        terminal::out(&text::law::text(&found))?;
    }
    Ok(Outcome::Done)
}

/// What was typed that is not there is a mistake in what was typed.
fn usage(error: AnalysisError) -> anyhow::Error {
    match error {
        AnalysisError::NotThere { .. } => Usage(error.to_string()).into(),
        error => error.into(),
    }
}

/// The shipped library with the user's releases or densities in place of its own.
fn library(args: &Law, today: Date) -> anyhow::Result<Option<Library>> {
    let named = |path: &Path| path.display().to_string();
    let mut library = Library::shipped().clone();
    match (&args.releases, &args.densities) {
        (Some(path), _) if path.as_os_str() != "shipped" => {
            library.releases_file = named(path);
            library.releases = releases::releases(&library.releases_file, &table::read(path)?, today)?;
        }
        (None, Some(path)) => {
            library.densities_file = named(path);
            library.densities = densities::read(&library.densities_file, &table::read(path)?, today, false)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(library))
}

fn plan(args: &Law, run: Bootstrap) -> LawPlan {
    LawPlan {
        releases: args.releases.is_some().then(|| Filter {
            kinds: args.kind.clone(),
            families: args.family.clone(),
            source: args.source.clone(),
            least_scores: args.impute.map_or(5, usize::from),
        }),
        from: args.from,
        until: args.until,
        exclude: args.exclude.clone(),
        break_at: args.break_at,
        backtest: match args.backtest {
            Some(BacktestFrom::Date(date)) => Some(date),
            _ => None,
        },
        at: args.at.clone(),
        windows: args.window,
        panels: args.panels,
        prices: None,
        extend: args.extend,
        doubling: args.doubling,
        moore: args.moore,
        level: args.level,
        run,
    }
}

fn prices(args: &Law, today: Date) -> anyhow::Result<PricePlan> {
    let table = match &args.prices {
        None if args.price == PriceKind::Input => PriceTable::Paper,
        None => PriceTable::Extended,
        Some(path) => match path.display().to_string() {
            name if name == "paper" => PriceTable::Paper,
            name if name == "extended" => PriceTable::Extended,
            name => {
                let rows = prices::read(&name, &table::read(path)?, today, false)?;
                PriceTable::Own(name, rows)
            }
        },
    };
    Ok(PricePlan { table, kind: args.price, min_mmlu: args.min_mmlu })
}
