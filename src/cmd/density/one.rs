//! One model: its scores, or its loss, to its density.

use std::str::FromStr;

use comfy_table::{Table, presets};
use serde_json::json;

use super::super::{Outcome, Usage, terminal};
use super::record::{self, Densities, Subject};
use super::{Ground, Shipped};
use crate::cli::Global;
use crate::cli::density::{Basis, Density, Kind, Unit};
use crate::law::noise::full_test_sets;
use crate::law::reference::{ConditionalLoss, LossKind, LossUnit};
use crate::law::{capability, density};
use crate::model::published;
use crate::model::release::{self, Release};
use crate::stat::Estimate;
use crate::unit::{Benchmark, Params, Scores, plain};

/// A smaller count is one of billions or millions: no language model that is scored on these benchmarks is so small.
const FEWEST_PARAMS: f64 = 1e5;

/// Runs `density` for one model.
pub(super) fn run(args: &Density, global: &Global, ground: &Ground, data: &Shipped) -> anyhow::Result<Outcome> {
    if let Some(loss) = args.loss {
        return of_loss(args, global, ground, loss);
    }
    let items = items(args)?;
    let (name, scores, params, active) = match (&args.model, &args.scores) {
        (Some(model), _) => {
            let Some(release) = published::find(model, &data.releases, &data.aliases) else {
                return Err(Usage(unknown(model, data)).into());
            };
            let params = basis(args, release)?;
            (Some(release.model.clone()), release.scores, params, active(release))
        }
        (None, Some(text)) => {
            let params = given_params(args)?;
            let active = args.active.map_or(Ok(params), |n| count("--active", n))?;
            if active > params {
                return Err(Usage("--active exceeds --params".to_owned()).into());
            }
            (None, scores(text)?, params, Some(active))
        }
        (None, None) => return Err(Usage("give --scores, --loss, --model or --all".to_owned()).into()),
    };
    let subject = Subject { scores: &scores, items: &items, params, active, bits: args.bits };
    let capability = record::capability(ground, &subject);
    if global.json {
        let mut document = record::json(ground, &subject, &capability)?;
        if let Some(name) = &name {
            document["model"] = name.as_str().into();
        }
        document["basis"] = if args.basis == Basis::Total { "total".into() } else { "non-embedding".into() };
        terminal::json(&document)?;
    }
    let capability = capability?;
    if !global.json {
        let densities = Densities::of(ground, &capability.effective, params, active, args.bits)?;
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if let Some(name) = &name {
            table.add_row(["model", name]);
        }
        for (benchmark, percent) in scores.present() {
            table.add_row([benchmark.to_string(), format!("{percent:.2} %")]);
        }
        for (benchmark, percent) in capability.mean.imputed.iter().zip(&capability.mean.imputed_percent) {
            table.add_row([benchmark.to_string(), format!("{percent:.1} % (imputed)")]);
        }
        table.add_row(["mean of five".to_owned(), format!("{:.2} %", capability.score)]);
        if let Some(rmse) = capability.mean.leave_one_out_rmse {
            let n = capability.mean.complete_releases;
            table.add_row(["imputation".to_owned(), format!("leave-one-out error {rmse:.2} points over {n} releases")]);
        }
        table.add_row(["parameters".to_owned(), params.to_string()]);
        table.add_row(["effective parameters".to_owned(), capability.effective.to_string()]);
        table.add_row(["density by parameters".to_owned(), shown(&densities.by_params)]);
        let time = densities.by_time.map_or_else(|| "active parameters not known".to_owned(), |d| shown(&d));
        table.add_row(["density by inference time".to_owned(), time]);
        table.add_row(["density by memory".to_owned(), shown(&densities.by_memory)]);
        let own = capability::per_benchmark(&ground.family, ground.d0, &scores);
        if let Some(spread) = own.spread {
            table.add_row(["spread of single-benchmark sizes".to_owned(), format!("{spread:.0}-fold (diagnostic)")]);
        }
        table.add_row(["reference".to_owned(), format!("{}/average at D0 = {:e} tokens", ground.family.id, ground.d0)]);
        table.add_row(["interval".to_owned(), format!("95 %, {}", capability.effective.method)]);
        terminal::out(&format!("{table}\n"))?;
    }
    Ok(Outcome::Done)
}

fn of_loss(args: &Density, global: &Global, ground: &Ground, value: f64) -> anyhow::Result<Outcome> {
    let kind = match args.loss_kind {
        Some(Kind::Reasoning) => LossKind::Reasoning,
        Some(Kind::DatasetGold) => LossKind::DatasetGold,
        None => return Err(Usage("--loss needs --loss-kind: a loss says nothing without its text".to_owned()).into()),
    };
    let unit = match args.loss_unit {
        Unit::NatsPerToken => LossUnit::NatsPerToken,
        Unit::BitsPerByte => LossUnit::BitsPerByte,
    };
    let curve = match args.loss_benchmark.as_str() {
        "average" => &ground.family.average,
        name => {
            let benchmark = Benchmark::from_str(name).map_err(|error| Usage(error.to_string()))?;
            let missing = || Usage(format!("the family `{}` has no curve for {benchmark}", ground.family.id));
            ground.family.benchmark(benchmark).ok_or_else(missing)?
        }
    };
    let params = given_params(args)?;
    let active = args.active.map_or(Ok(params), |n| count("--active", n))?;
    let loss = ConditionalLoss { value, kind, unit };
    let effective = capability::of_loss(curve, ground.d0, loss, args.loss_se)?;
    let densities = Densities::of(ground, &effective, params, Some(active), args.bits)?;
    if global.json {
        terminal::json(&json!({
            "loss": { "value": value, "kind": kind, "unit": unit, "standard_error": args.loss_se },
            "scores": {}, "score": null, "imputed": [],
            "reference": format!("{}/{}", ground.family.id, args.loss_benchmark),
            "d0_tokens": ground.d0, "params": params, "active_params": active, "bits": args.bits,
            "effective_params": effective, "density": densities.by_params,
            "density_by_time": densities.by_time, "density_by_memory": densities.by_memory,
            "cost": ground.cost.json(),
        }))?;
    } else {
        terminal::out(&format!(
            "effective parameters {effective}\ndensity {}\ninterval 95 %, {} with a standard error of {} (--loss-se)\n",
            shown(&densities.by_params),
            effective.method,
            args.loss_se
        ))?;
    }
    Ok(Outcome::Done)
}

fn shown(density: &Estimate<density::Density>) -> String {
    density.clone().map(|density| plain(density.ratio(), 4)).to_string()
}

fn count(option: &str, number: f64) -> Result<Params, Usage> {
    if !number.is_finite() || number <= 0.0 {
        return Err(Usage(format!("{option} {number}: must be a finite count above zero, such as 7e9")));
    }
    if number < FEWEST_PARAMS {
        return Err(Usage(format!("{option} {number}: is a count of parameters; for {number} B write {number}e9")));
    }
    Ok(Params::from_count(number))
}

fn given_params(args: &Density) -> Result<Params, Usage> {
    let number = args.params.ok_or_else(|| Usage("--params N is needed (total parameters, such as 7e9)".to_owned()))?;
    count("--params", number)
}

/// The parameters of a release that count.
pub(super) fn basis(args: &Density, release: &Release) -> Result<Params, Usage> {
    match args.basis {
        Basis::Total => Ok(release.params),
        Basis::NonEmbedding => release
            .non_embedding_params
            .ok_or_else(|| Usage(format!("the non-embedding parameters of {} are not on record", release.model))),
    }
}

/// The active parameters of a release: all of a dense one, `None` where a mixture's are not known.
pub(super) fn active(release: &Release) -> Option<Params> {
    release.active_params.or((release.kind != release::Kind::Moe).then_some(release.params))
}

fn unknown(model: &str, data: &Shipped) -> String {
    let start: String = model.chars().take(4).flat_map(char::to_lowercase).collect();
    let near: Vec<&str> = data
        .releases
        .iter()
        .map(|r| r.model.as_str())
        .filter(|name| name.to_lowercase().starts_with(&start))
        .take(8)
        .collect();
    let hint = if near.is_empty() { "`densimeter density --all` lists them".to_owned() } else { near.join(", ") };
    format!("no release is called `{model}`: {hint}")
}

/// `name=value` pairs separated by commas, each benchmark once.
fn pairs<T: FromStr>(option: &str, text: &str) -> Result<Vec<(Benchmark, T)>, Usage> {
    let mut found: Vec<(Benchmark, T)> = Vec::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let usage = |problem: String| Usage(format!("{option} `{}`: {problem}", pair.trim()));
        let (name, value) = pair.split_once('=').ok_or_else(|| usage("write NAME=NUMBER".to_owned()))?;
        let benchmark = Benchmark::from_str(name).map_err(|error| usage(error.to_string()))?;
        let value = value.trim().parse().map_err(|_| usage("not a number".to_owned()))?;
        if found.iter().any(|(b, _)| *b == benchmark) {
            return Err(usage("given twice".to_owned()));
        }
        found.push((benchmark, value));
    }
    Ok(found)
}

fn scores(text: &str) -> Result<Scores, Usage> {
    let given = pairs::<f64>("--scores", text)?;
    if given.is_empty() {
        return Err(Usage("--scores holds no score: write mmlu=45.3,bbh=32.6".to_owned()));
    }
    let mut scores = [None; 5];
    for (benchmark, percent) in given {
        scores[benchmark as usize] = Some(percent);
    }
    Scores::from_percent(scores).map_err(|error| Usage(format!("--scores: {error}")))
}

fn items(args: &Density) -> Result<[u64; 5], Usage> {
    let mut items = full_test_sets();
    for (benchmark, n) in pairs::<u64>("--items", args.items.as_deref().unwrap_or_default())? {
        if n == 0 {
            return Err(Usage(format!("--items {benchmark}=0: a score needs at least one item")));
        }
        items[benchmark as usize] = n;
    }
    Ok(items)
}
