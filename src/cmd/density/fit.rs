//! Fitting a reference family from CSV files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context;
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::super::{Outcome, Usage, terminal};
use crate::cli::{Global, density::Density, density::Kind, density::Unit};
use crate::law::family::ReferenceFamily;
use crate::law::fit::{Fitted, LossPoint, Resampling, ScorePoint, loss_step, performance_step};
use crate::law::reference::{JOURNAL_D0_TOKENS, LossKind, LossLaw, LossUnit, ReferenceCurve, ScoreLaw};
use crate::model::reference_points;
use crate::table;

/// Most bootstrap resamples of one fit.
const MOST_RESAMPLES: usize = 100_000;

/// Runs `density --fit-losses … --fit-points …`.
pub(super) fn run(args: &Density, global: &Global) -> anyhow::Result<Outcome> {
    if args.resamples > MOST_RESAMPLES {
        return Err(Usage(format!("--resamples {}: at most {MOST_RESAMPLES}", args.resamples)).into());
    }
    let resampling = Resampling { resamples: args.resamples, seed: global.seed };
    let losses = fit_losses(args, resampling)?;
    let scores = fit_points(args, resampling)?;
    let curves: BTreeSet<&String> = losses.keys().chain(scores.keys()).collect();
    if global.json {
        let document: serde_json::Map<String, Value> = curves
            .iter()
            .map(|name| {
                let loss = losses.get(*name).map(|fitted| record(fitted, fitted.law));
                let score = scores.get(*name).map(|fitted| record(fitted, fitted.law));
                ((*name).clone(), json!({ "loss": loss, "score": score }))
            })
            .collect();
        let anchor = args.fit_points.is_some() && !args.no_anchor;
        terminal::json(&json!({ "curves": document, "seed": global.seed, "anchored": anchor }))?;
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["curve", "step", "coefficient [95 % bootstrap]", "scatter", "condition", "starts", "points"]);
        for name in &curves {
            if let Some(fitted) = losses.get(*name) {
                table.add_row(cells(name, "loss", fitted, global));
            }
            if let Some(fitted) = scores.get(*name) {
                table.add_row(cells(name, "score", fitted, global));
            }
        }
        terminal::out(&format!("{table}\nseed {}, {} resamples\n", global.seed, args.resamples))?;
    }
    if let Some(path) = &args.write_reference {
        let family = family(args, &losses, &scores)?;
        fs::write(path, family.to_toml()?).with_context(|| path.display().to_string())?;
    }
    Ok(Outcome::Done)
}

fn fit_losses(args: &Density, resampling: Resampling) -> anyhow::Result<BTreeMap<String, Fitted<LossLaw>>> {
    let Some(path) = &args.fit_losses else { return Ok(BTreeMap::new()) };
    let named = path.display().to_string();
    let mut curves: BTreeMap<String, Vec<LossPoint>> = BTreeMap::new();
    for row in reference_points::losses(&named, &table::read(path)?)? {
        let point = LossPoint { params: row.params, tokens: row.tokens, loss: row.loss };
        curves.entry(row.benchmark).or_default().push(point);
    }
    curves
        .into_iter()
        .map(|(name, points)| {
            let fitted = loss_step(&points, resampling).with_context(|| format!("{named}, benchmark {name}"))?;
            Ok((name, fitted))
        })
        .collect()
}

fn fit_points(args: &Density, resampling: Resampling) -> anyhow::Result<BTreeMap<String, Fitted<ScoreLaw>>> {
    let Some(path) = &args.fit_points else { return Ok(BTreeMap::new()) };
    let named = path.display().to_string();
    let mut curves: BTreeMap<String, Vec<ScorePoint>> = BTreeMap::new();
    for row in reference_points::scores(&named, &table::read(path)?)? {
        let points = curves.entry(row.benchmark).or_default();
        if !row.held_out {
            points.push(ScorePoint { loss: row.loss, percent: row.percent });
        }
    }
    curves
        .into_iter()
        .map(|(name, points)| {
            let fitted = performance_step(&points, !args.no_anchor, resampling)
                .with_context(|| format!("{named}, benchmark {name}"))?;
            Ok((name, fitted))
        })
        .collect()
}

fn record<L: serde::Serialize>(fitted: &Fitted<L>, law: L) -> Value {
    let coefficients: BTreeMap<_, _> = fitted.coefficients.iter().map(|(name, value)| (*name, value)).collect();
    json!({
        "law": law,
        "coefficients": coefficients,
        "residual_sd": fitted.fit.residual_sd,
        "residual_squares": fitted.fit.residual_squares,
        "search_parameters": fitted.fit.parameters,
        "covariance": fitted.fit.covariance,
        "condition_number": fitted.fit.condition_number.is_finite().then_some(fitted.fit.condition_number),
        "starts": fitted.fit.starts,
        "agreeing_starts": fitted.fit.agreeing_starts,
        "rival": fitted.fit.rival.as_ref().map(|r| json!({
            "search_parameters": r.parameters, "residual_squares": r.residual_squares,
        })),
        "points": fitted.points,
        "resamples": fitted.resamples,
        "warnings": fitted.warnings,
    })
}

fn cells<L>(name: &str, step: &str, fitted: &Fitted<L>, global: &Global) -> [String; 7] {
    if !global.quiet {
        for warning in &fitted.warnings {
            terminal::note(&format!("{name}, {step} step: {warning}"));
        }
    }
    let values: Vec<String> = fitted.coefficients.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    [
        name.to_owned(),
        step.to_owned(),
        values.join("\n"),
        format!("{:.4}", fitted.fit.residual_sd),
        format!("{:.0}", fitted.fit.condition_number),
        format!("{} of {}", fitted.fit.agreeing_starts, fitted.fit.starts),
        fitted.points.to_string(),
    ]
}

fn family(
    args: &Density,
    losses: &BTreeMap<String, Fitted<LossLaw>>,
    scores: &BTreeMap<String, Fitted<ScoreLaw>>,
) -> anyhow::Result<ReferenceFamily> {
    let kind = if args.loss_kind == Some(Kind::DatasetGold) { LossKind::DatasetGold } else { LossKind::Reasoning };
    let unit = if args.loss_unit == Unit::BitsPerByte { LossUnit::BitsPerByte } else { LossUnit::NatsPerToken };
    let mut curves = BTreeMap::new();
    for (name, loss) in losses {
        if let Some(score) = scores.get(name) {
            curves.insert(name.clone(), ReferenceCurve { loss: loss.law, score: score.law, kind, unit });
        }
    }
    let text = |path: &Option<std::path::PathBuf>| path.as_ref().map_or_else(String::new, |p| p.display().to_string());
    let source = format!("fitted to {} and {}", text(&args.fit_losses), text(&args.fit_points));
    Ok(ReferenceFamily::new("own", source, args.d0.unwrap_or(JOURNAL_D0_TOKENS), curves)?)
}
