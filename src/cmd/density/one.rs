//! One model: its scores, or its loss, to its density.

use std::str::FromStr;

use super::super::outcome::{Outcome, Usage};
use super::super::terminal;
use super::arguments;
use crate::cli::Global;
use crate::cli::density::Density;
use crate::density::comparison::counted_params;
use crate::density::from_scores::{Densities, ModelScores, ModelSize, active, from_scores};
use crate::density::inputs::Inputs;
use crate::density::report::DensityReport;
use crate::law::capability;
use crate::law::reference::ConditionalLoss;
use crate::published::Library;
use crate::report::text;
use crate::unit::Benchmark;

/// Runs `density` for one model.
pub(super) fn run(args: &Density, global: &Global, inputs: &Inputs<'_>, library: &Library) -> anyhow::Result<Outcome> {
    if let Some(loss) = args.loss {
        return of_loss(args, global, inputs, loss);
    }
    let items = arguments::items(args)?;
    let (name, percent, size) = match (&args.model, &args.scores) {
        (Some(model), _) => {
            let release = library.find(model).ok_or_else(|| Usage(unknown(model, library)))?;
            let params = counted_params(release, args.basis)
                .ok_or_else(|| Usage(format!("the non-embedding parameters of {} are not on record", release.model)))?;
            let size = ModelSize { params, active: active(release), bits: args.bits };
            (Some(release.model.clone()), release.scores, size)
        }
        (None, Some(text)) => {
            let (params, active) = arguments::params(args)?;
            if active > params {
                return Err(Usage("--active exceeds --params".to_owned()).into());
            }
            (None, arguments::scores(text)?, ModelSize { params, active: Some(active), bits: args.bits })
        }
        (None, None) => return Err(Usage("give --scores, --loss, --model or --all".to_owned()).into()),
    };
    let scores = ModelScores { items, ..ModelScores::published(percent) };
    let assessed = from_scores(inputs, &scores, size);
    let report = DensityReport {
        model: name,
        basis: Some(args.basis),
        ..DensityReport::of_scores(inputs, &scores, size, assessed.as_ref())
    };
    if global.json {
        terminal::json(&report)?;
    }
    let assessed = assessed?;
    if !global.json {
        terminal::out(&text::density::of_scores(&report, &assessed))?;
    }
    Ok(Outcome::Done)
}

fn of_loss(args: &Density, global: &Global, inputs: &Inputs<'_>, value: f64) -> anyhow::Result<Outcome> {
    let kind = args
        .loss_kind
        .ok_or_else(|| Usage("--loss needs --loss-kind: a loss says nothing without its text".to_owned()))?;
    let curve = match args.loss_benchmark.as_str() {
        "average" => &inputs.family.average,
        name => {
            let benchmark = Benchmark::from_str(name).map_err(|error| Usage(error.to_string()))?;
            let missing = || Usage(format!("the family `{}` has no curve for {benchmark}", inputs.family.id));
            inputs.family.benchmark(benchmark).ok_or_else(missing)?
        }
    };
    let (params, active) = arguments::params(args)?;
    let size = ModelSize { params, active: Some(active), bits: args.bits };
    let loss = ConditionalLoss { value, kind, unit: args.loss_unit };
    let effective = capability::of_loss(curve, inputs.d0, loss, args.loss_se)?;
    let densities = Densities::of(inputs, &effective, size)?;
    if global.json {
        let curve = &args.loss_benchmark;
        terminal::json(&DensityReport::of_loss(inputs, curve, loss, args.loss_se, size, &effective, &densities))?;
    } else {
        terminal::out(&text::density::of_loss(&effective, &densities, args.loss_se))?;
    }
    Ok(Outcome::Done)
}

fn unknown(model: &str, library: &Library) -> String {
    let start: String = model.chars().take(4).flat_map(char::to_lowercase).collect();
    let near: Vec<&str> = library
        .releases
        .iter()
        .map(|r| r.model.as_str())
        .filter(|name| name.to_lowercase().starts_with(&start))
        .take(8)
        .collect();
    let hint = if near.is_empty() { "`densimeter density --all` lists them".to_owned() } else { near.join(", ") };
    format!("no release is called `{model}`: {hint}")
}
