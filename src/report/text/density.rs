//! One density, and a fitted family, for the terminal.

use comfy_table::{Table, presets};

use crate::density::family_fit::FamilyFit;
use crate::density::from_scores::{Assessed, Densities};
use crate::density::report::DensityReport;
use crate::law::density::{Density, EffectiveParams};
use crate::law::fit::{Fitted, Resampling};
use crate::stat::Estimate;
use crate::unit::plain;

pub(super) fn shown(density: &Estimate<Density>) -> String {
    density.clone().map(|density| plain(density.ratio(), 4)).to_string()
}

/// The density of scores.
#[must_use]
pub fn of_scores(report: &DensityReport, assessed: &Assessed) -> String {
    let (capability, densities) = (&assessed.capability, &assessed.densities);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(name) = &report.model {
        table.add_row(["model", name]);
    }
    for (benchmark, percent) in report.scores.present() {
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
    table.add_row(["parameters".to_owned(), report.params.to_string()]);
    table.add_row(["effective parameters".to_owned(), capability.effective.to_string()]);
    table.add_row(["density by parameters".to_owned(), shown(&densities.by_params)]);
    let time = densities.by_time.as_ref().map_or_else(|| "active parameters not known".to_owned(), shown);
    table.add_row(["density by inference time".to_owned(), time]);
    table.add_row(["density by memory".to_owned(), shown(&densities.by_memory)]);
    if let Some(spread) = report.per_benchmark.as_ref().and_then(|own| own.spread) {
        table.add_row(["spread of single-benchmark sizes".to_owned(), format!("{spread:.0}-fold (diagnostic)")]);
    }
    table.add_row(["reference".to_owned(), format!("{} at D0 = {:e} tokens", report.reference, report.d0_tokens)]);
    table.add_row(["interval".to_owned(), format!("95 %, {}", capability.effective.method)]);
    format!("{table}\n")
}

/// The density of a loss with its standard error.
#[must_use]
pub fn of_loss(effective: &Estimate<EffectiveParams>, densities: &Densities, standard_error: f64) -> String {
    format!(
        "effective parameters {effective}\ndensity {}\ninterval 95 %, {} with a standard error of {standard_error} (--loss-se)\n",
        shown(&densities.by_params),
        effective.method,
    )
}

/// A fitted family.
#[must_use]
pub fn of_fit(fit: &FamilyFit, resampling: Resampling) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["curve", "step", "coefficient [95 % bootstrap]", "scatter", "condition", "starts", "points"]);
    for name in fit.names() {
        if let Some(fitted) = fit.losses.get(name) {
            table.add_row(cells(name, "loss", fitted));
        }
        if let Some(fitted) = fit.floors.get(name) {
            table.add_row(cells(name, "loss with floor", fitted));
        }
        if let Some(fitted) = fit.scores.get(name) {
            table.add_row(cells(name, "score", fitted));
        }
    }
    format!("{table}\nseed {}, {} resamples\n", resampling.seed, resampling.resamples)
}

fn cells<L>(name: &str, step: &str, fitted: &Fitted<L>) -> [String; 7] {
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

/// What to know before using a fit, a line a warning.
#[must_use]
pub fn warnings(fit: &FamilyFit) -> Vec<String> {
    let mut lines = Vec::new();
    for name in fit.names() {
        let loss = fit.losses.get(name).map(|fitted| ("loss", &fitted.warnings));
        let floor = fit.floors.get(name).map(|fitted| ("loss", &fitted.warnings));
        let score = fit.scores.get(name).map(|fitted| ("score", &fitted.warnings));
        for (step, warnings) in [loss, floor, score].into_iter().flatten() {
            lines.extend(warnings.iter().map(|warning| format!("{name}, {step} step: {warning}")));
        }
    }
    lines
}
