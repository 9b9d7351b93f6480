//! `densimeter law`.

use anyhow::{Context, bail};
use jiff::civil::Date;

use super::law_document::{Answer, Broken, Cost};
use super::law_extension::{self, Extension};
use super::law_releases::{self, Filter, Known};
use super::{Outcome, Usage, law_document, law_text, terminal};
use crate::cli::Global;
use crate::cli::law::{BreakAt, Law, PriceKind};
use crate::law::backtest::{backtest, one_step_ahead};
use crate::law::breaks::{break_at, search};
use crate::law::corollary::{DatedPrice, price_trend};
use crate::law::densing::DensingLaw;
use crate::law::frontier::{Frontier, Series};
use crate::law::panel_trend::panel_trend;
use crate::law::sensitivity::sensitivity;
use crate::law::window::windows;
use crate::model::{densities, prices, release};
use crate::stat::Bootstrap;
use crate::table;

/// A permutation refits every candidate date, so a search runs fewer of them.
const MOST_PERMUTATIONS: usize = 999;

/// Runs the command.
pub(super) fn run(args: &Law, global: &Global) -> anyhow::Result<Outcome> {
    let today = jiff::ZonedDateTime::now().date();
    if let (Some(from), Some(until)) = (args.from, args.until)
        && from > until
    {
        return Err(Usage(format!("--from {from} is after --until {until}")).into());
    }
    let run = Bootstrap { resamples: args.resamples as usize, seed: global.seed };
    if args.markdown {
        let until = args.extend.unwrap_or(law_extension::END_OF_THE_PAPER);
        terminal::out(&Extension::of(until, run, args.level)?.markdown())?;
        return Ok(Outcome::Done);
    }
    let (source, frontier) = gather(args, today, global)?;
    let law = DensingLaw::through(frontier).with_context(|| source.clone())?;
    let growth = law.growth_per_day(run, args.level)?;
    let intercept = law.intercept(run, args.level)?;
    let broken = match args.break_at {
        None => None,
        Some(BreakAt::Date(date)) => Some(Broken { at: break_at(&law.frontier, date), searched: None }),
        Some(BreakAt::Search) => {
            let run = Bootstrap { resamples: run.resamples.min(MOST_PERMUTATIONS), ..run };
            let searched = search(&law.frontier, run)?
                .with_context(|| format!("{source}: no date leaves three record models on both sides"))?;
            Some(Broken { at: break_at(&law.frontier, searched.date), searched: Some(searched) })
        }
    };
    let panels = if args.panels {
        let panels = law_releases::panels(&Known::shipped()?)?;
        let series: Vec<Series> = panels.iter().map(|(_, frontier)| frontier.series()).collect();
        Some((panels, panel_trend(&series, run, args.level)?))
    } else {
        None
    };
    let answer = Answer {
        sensitivity: sensitivity(&law, run, args.level)?,
        backtest: args
            .backtest
            .map(|until| backtest(&law.frontier, until, args.level).with_context(|| format!("{source}: up to {until}")))
            .transpose()?,
        one_step: if args.backtest.is_some() { one_step_ahead(&law.frontier, args.level) } else { Vec::new() },
        cost: args.cost.then(|| cost(args, today)).transpose()?,
        windows: args.window.then(|| windows(&law, args.level)),
        forecasts: args.at.iter().map(|date| (*date, law.forecast(*date, args.level))).collect(),
        extension: args.extend.map(|until| Extension::of(until, run, args.level)).transpose()?,
        doubling_given: args.doubling,
        moore_days: args.moore,
        level: args.level,
        run,
        source,
        growth,
        intercept,
        broken,
        panels,
        law,
    };
    if global.json {
        terminal::json(&law_document::document(&answer))?;
    } else {
        terminal::out(&law_text::text(&answer))?;
    }
    Ok(Outcome::Done)
}

/// The models asked for, with the name of where they come from.
fn gather(args: &Law, today: Date, global: &Global) -> anyhow::Result<(String, Frontier)> {
    let (source, mut models) = if let Some(path) = &args.releases {
        let filter = Filter {
            kinds: &args.kind,
            families: &args.family,
            source: args.source.as_deref(),
            least_scores: args.impute.map_or(5, usize::from),
        };
        let known = Known::shipped()?;
        let (name, releases) = if path.as_os_str() == "shipped" {
            ("models/releases.csv".to_owned(), known.releases.clone())
        } else {
            let name = path.display().to_string();
            let releases = release::releases(&name, &table::read(path)?, today)?;
            (name, releases)
        };
        let (models, left_out) = law_releases::densities(&name, &releases, &known, &filter)?;
        if !global.quiet {
            for (reason, count) in left_out {
                terminal::note(&format!("{name}: {count} left out ({reason})"));
            }
        }
        (name, models)
    } else {
        let (name, rows) = match &args.densities {
            Some(path) => {
                let name = path.display().to_string();
                let rows = densities::read(&name, &table::read(path)?, today, false)?;
                (name, rows)
            }
            None => ("models/densities.csv".to_owned(), densities::published(Date::MAX)?),
        };
        (name, rows.into_iter().map(|row| (law_releases::dated(row), 0.0)).collect())
    };
    for name in &args.exclude {
        let before = models.len();
        models.retain(|(model, _)| model.model != *name);
        if models.len() == before {
            return Err(Usage(format!("--exclude {name}: {source} has no such model")).into());
        }
    }
    models.retain(|(model, _)| within(args, model.date));
    if models.is_empty() {
        bail!("{source}: no model between --from and --until");
    }
    let frontier = Frontier::measured(models).with_context(|| source.clone())?;
    Ok((source, frontier))
}

fn within(args: &Law, date: Date) -> bool {
    args.from.is_none_or(|from| date >= from) && args.until.is_none_or(|until| date <= until)
}

fn cost(args: &Law, today: Date) -> anyhow::Result<Cost> {
    let name = match &args.prices {
        Some(path) => path.display().to_string(),
        None if args.price == PriceKind::Input => "paper".to_owned(),
        None => "extended".to_owned(),
    };
    let rows = match (name.as_str(), &args.prices) {
        ("paper", _) => prices::published(Date::MAX)?,
        ("extended", _) => prices::extended(Date::MAX)?,
        (_, Some(path)) => prices::read(&name, &table::read(path)?, today, false)?,
        (_, None) => bail!("no prices"),
    };
    let graded = rows.iter().any(|row| row.mmlu.is_some());
    let mut chosen = Vec::new();
    for row in rows.into_iter().filter(|row| within(args, row.date)) {
        // In a table with MMLU a model without it cannot be shown to reach the bar.
        if graded && row.mmlu.is_none_or(|mmlu| mmlu < args.min_mmlu) {
            continue;
        }
        let price = match args.price {
            PriceKind::Input => Some(row.input),
            PriceKind::Output => row.output,
            PriceKind::Blend => row.blended,
        };
        if let Some(price) = price {
            chosen.push(DatedPrice { model: row.model, date: row.date, price });
        }
    }
    if chosen.is_empty() {
        bail!("prices `{name}`: no row has such a price; try `--prices extended`");
    }
    let trend = price_trend(&chosen, args.level).with_context(|| format!("prices `{name}`"))?;
    Ok(Cost { prices: name, kind: args.price, min_mmlu: graded.then_some(args.min_mmlu), trend })
}
