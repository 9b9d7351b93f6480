//! Whether a law holds after its data end, as the table of the README.

use std::fmt::Write;

use crate::density::law::extension::Extension;
use crate::density::law::plan::inside;
use crate::law::backtest::median_error_months;
use crate::stat::Estimate;

/// The answer, its evidence and the forecasts, in Markdown.
#[must_use]
pub fn markdown(found: &Extension) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "**Does the Densing Law still hold after {}, where the paper's data end, and how sure is that?** {}.\n",
        found.until,
        capitalised(&found.answer())
    );
    out.push_str("| evidence | growth of ln ρ per day (95 %) | the law's rate |\n| --- | --- | --- |\n");
    let (records, models) = (found.law.frontier.records().len(), found.law.frontier.models().len());
    let _ = writeln!(
        out,
        "| the law, {records} records of {models} models up to {} | {:.4} | |",
        found.until, found.growth
    );
    for row in found.evidence() {
        let _ = writeln!(out, "| {} | {:.4} | {} |", row.name, row.growth, row.reading.name());
    }
    out.push_str("\n| forecast of the law | outcome |\n| --- | --- |\n");
    let _ = writeln!(
        out,
        "| each of its own records from the ones before (95 % band) | {} of {} inside, median error {} |",
        inside(&found.one_step),
        found.one_step.len(),
        months(median_error_months(&found.one_step))
    );
    let (held, of) = found.later.inside();
    let _ = writeln!(
        out,
        "| records after {} (mixed sources) | {held} of {of} inside, median error {} |",
        found.until,
        months(found.later.median_error_months())
    );
    let (best, band) = (&found.densest, &found.forecast);
    let _ = writeln!(
        out,
        "| ρ of a record on {} | {band:.0} forecast; the densest release (mixed sources) is {} of {} with {:.0}, {} the band |",
        found.last,
        best.model,
        best.date,
        best.density,
        place(best.density, band)
    );
    out
}

fn months(error: Option<f64>) -> String {
    error.map_or_else(|| "none".to_owned(), |months| format!("{months:.1} months"))
}

/// Where a density lies.
fn place(density: f64, band: &Estimate) -> &'static str {
    if band.low.is_some_and(|low| density < low) {
        "below"
    } else if band.high.is_some_and(|high| density > high) {
        "above"
    } else {
        "inside"
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
