//! A law for the terminal.

use std::fmt::Write;

use comfy_table::{Table, presets::NOTHING};

use super::law_extension;
use crate::density::law::analysis::Analysis;
use crate::density::law::plan::inside;
use crate::law::backtest::median_error_months;
use crate::law::corollary::{DAYS_PER_MONTH, combined_doubling};
use crate::law::densing::{DensingLaw, doubling_days};
use crate::law::frontier::ORIGIN;
use crate::report::terminal_chart::TerminalChart;
use crate::stat::Estimate;
use crate::unit::plain;

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    table
}

fn maybe(estimate: Option<&Estimate>, decimals: usize) -> String {
    estimate.map_or_else(|| "none".to_owned(), |estimate| format!("{estimate:.decimals$}"))
}

/// A density far ahead or behind, readable at any size.
fn shown(density: &Estimate) -> String {
    density.clone().map(|ratio| plain(ratio, 2)).to_string()
}

/// Everything as text.
#[must_use]
pub fn text(answer: &Analysis) -> String {
    let mut out = String::new();
    let law = &answer.law;
    let _ = writeln!(
        out,
        "Densing Law of {} models ({}), envelope of {} records, seed {}, {} resamples\n",
        law.frontier.models().len(),
        answer.source,
        law.frontier.records().len(),
        answer.run.seed,
        answer.run.resamples
    );
    let mut summary = table(&["", "value", "method"]);
    let doubling = doubling_days(&answer.growth);
    summary.add_row(["growth, ln density per day", &format!("{:.5}", answer.growth), &*answer.growth.method]);
    summary.add_row(["doubling time, days", &maybe(doubling.as_ref(), 1), &*answer.growth.method]);
    summary.add_row([
        &format!("ln density on {ORIGIN}"),
        &format!("{:.3}", answer.intercept),
        &*answer.intercept.method,
    ]);
    summary.add_row(["R² of the envelope", &format!("{:.3}", law.line.r_squared), "least squares"]);
    let found = &answer.sensitivity;
    for (name, estimate) in [
        ("growth by least squares alone", &found.least_squares),
        ("growth, Theil-Sen on the envelope", &found.theil_sen),
        ("growth, 0.9 quantile of all models", &found.upper_quantile),
        ("growth, median of all models", &found.median),
        ("growth, residual bootstrap", &found.residual_bootstrap),
    ] {
        summary.add_row([name, &format!("{estimate:.5}"), &*estimate.method]);
    }
    if let Some(range) = &found.leave_one_out {
        let text = format!(
            "{:.5} (without {}) to {:.5} (without {})",
            range.lowest.0, range.lowest.1, range.highest.0, range.highest.1
        );
        summary.add_row(["growth, one record left out", &text, "range"]);
    }
    let combined = match (answer.doubling_given, answer.combined()) {
        (Some(days), _) => format!("{:.1}", combined_doubling(days, answer.moore_days)),
        (None, estimate) => maybe(estimate.as_ref(), 1),
    };
    summary.add_row(["with Moore's law, doubling days", &combined, &format!("Moore: {} days", answer.moore_days)]);
    let _ = writeln!(out, "{summary}\n");
    for warning in answer.warnings() {
        let _ = writeln!(out, "warning: {warning}\n");
    }

    let band = format!("line, {:.0} % band of a record", 100.0 * answer.level);
    let mut records = table(&["record", "date", "density", &band]);
    for record in law.frontier.records() {
        let line = law.forecast(record.date, answer.level);
        records.add_row([
            record.model.clone(),
            record.date.to_string(),
            format!("{:.4}", record.density),
            maybe(line.as_ref(), 3),
        ]);
    }
    let _ = writeln!(out, "{records}\n\n{}", chart(law));
    sections(answer, &mut out);
    out
}

fn sections(answer: &Analysis, out: &mut String) {
    if let Some(broken) = &answer.broken {
        let segment = |law: &Option<DensingLaw>| {
            law.as_ref().map_or_else(
                || "none (fewer than three records)".to_owned(),
                |law| maybe(law.growth_per_day(answer.run, answer.level).ok().as_ref(), 5),
            )
        };
        let at = &broken.at;
        let _ =
            writeln!(out, "break at {}: growth before {}, after {}", at.date, segment(&at.before), segment(&at.after));
        if let Some(ratio) = at.acceleration(answer.level) {
            let _ = writeln!(out, "growth after over growth before: {ratio:.2}");
        }
        match (&broken.searched, at.test) {
            (Some(found), _) => {
                let _ = writeln!(
                    out,
                    "sup-F {:.2} over {} dates, permutation p = {:.3} ({} permutations)",
                    found.sup_f, found.candidates, found.permutation_p, found.permutations
                );
            }
            (None, Some(test)) => {
                let _ =
                    writeln!(out, "Chow F(2, {}) = {:.2}, p = {:.3}", test.degrees_of_freedom, test.f, test.p_value);
            }
            (None, None) => out.push_str("no test: a segment has fewer than three records\n"),
        }
    }
    if let Some(cost) = &answer.prices {
        let trend = &cost.trend;
        let fitted = trend.halving_days_fitted.clone().map(|days| days.map(|days| days / DAYS_PER_MONTH));
        let _ = writeln!(
            out,
            "price ({}): ÷{:.1} in {} days, halving every {:.2} months by the two ends, {} by the envelope's line",
            cost.table,
            trend.factor,
            trend.days,
            trend.halving_days / DAYS_PER_MONTH,
            maybe(fitted.as_ref(), 2)
        );
    }
    if let Some(backtest) = &answer.backtest {
        let (held, of) = backtest.inside();
        let error = backtest.median_error_months().map_or("none".to_owned(), |months| format!("{months:.1} months"));
        let _ = writeln!(
            out,
            "backtest to {}: {held} of {of} later records in the band, median error {error}",
            backtest.until
        );
        let step = inside(&answer.one_step);
        let error =
            median_error_months(&answer.one_step).map_or("none".to_owned(), |months| format!("{months:.1} months"));
        let _ =
            writeln!(out, "one record ahead: {step} of {} in the band, median error {error}", answer.one_step.len());
    }
    if let Some((series, trend)) = &answer.panels {
        let _ = writeln!(
            out,
            "{} panels: growth {} through {} records (p against shuffled dates {}), {} to each panel's end, {} over all models",
            series.len(),
            maybe(trend.record_growth.as_ref(), 5),
            trend.records,
            trend.record_growth_p.map_or("none".to_owned(), |p| format!("{p:.3}")),
            maybe(trend.closing_growth.as_ref(), 5),
            maybe(trend.all_models_growth.as_ref(), 5)
        );
    }
    for (date, density) in &answer.forecasts {
        let _ = writeln!(
            out,
            "a record of {date} by the line: {}",
            density.as_ref().map_or_else(|| "none".to_owned(), shown)
        );
    }
    if let Some(extension) = &answer.extension {
        let _ = writeln!(out, "\n{}", law_extension::markdown(extension));
    }
    if let Some(windows) = &answer.windows {
        let mut rows = table(&["model", "released", "best value until", "twice its density by"]);
        for window in windows {
            let until = window.until.as_ref().map_or("none".to_owned(), ToString::to_string);
            let by =
                window.succeeded_by.as_ref().map_or("none yet".to_owned(), |(model, date)| format!("{model} ({date})"));
            rows.add_row([window.model.clone(), window.opened.to_string(), until, by]);
        }
        let _ = writeln!(out, "{rows}");
    }
}

/// Models (`.`), records (`o`) and the line (`-`) on a logarithmic scale.
fn chart(law: &DensingLaw) -> String {
    const WIDTH: usize = 72;
    const HEIGHT: usize = 16;
    let mut chart = TerminalChart::new(WIDTH, HEIGHT);
    let all = law.frontier.series();
    let envelope = law.frontier.record_series();
    let (first, last) = (all.days[0], all.days[all.days.len() - 1]);
    let low = all.values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.values.iter().copied().fold(law.line.at(last), f64::max);
    let mut mark = |column: usize, value: f64, mark: char| {
        let share = (high - value) / (high - low).max(1e-9);
        if (0.0..=1.0).contains(&share) {
            chart.mark(column, chart.row_at(share), mark);
        }
    };
    let step = (last - first) / (WIDTH - 1) as f64;
    let days = std::iter::successors(Some(first), |day| Some(day + step));
    for (column, day) in days.take(WIDTH).enumerate() {
        mark(column, law.line.at(day), '-');
    }
    for (series, sign) in [(&all, '.'), (&envelope, 'o')] {
        for (day, value) in series.days.iter().zip(&series.values) {
            let share = (day - first) / (last - first).max(1.0);
            mark((share * (WIDTH - 1) as f64).round() as usize, *value, sign);
        }
    }
    let models = law.frontier.models();
    let dates = format!("{:>10}{} to {}", "", models[0].date, models[models.len() - 1].date);
    let label = |row: usize| format!("{:>8.3}", (high - (high - low) * row as f64 / (HEIGHT - 1) as f64).exp());
    format!("{}{dates}\n", chart.draw(label, ""))
}
