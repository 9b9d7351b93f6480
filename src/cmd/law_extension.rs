//! `law --extend`: does the law hold after the day on which its data end?

use std::fmt::Write;

use anyhow::Context;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::law_releases::{self, Filter, Known};
use crate::law::backtest::{Backtest, Forecast, against, one_step_ahead};
use crate::law::densing::DensingLaw;
use crate::law::extension::{Across, AcrossGrowth, Reading, median_growth};
use crate::law::frontier::{DatedDensity, Frontier};
use crate::model::densities;
use crate::stat::{Bootstrap, Estimate};

/// The last release in the paper's main figure.
pub(super) const END_OF_THE_PAPER: Date = date(2025, 4, 5);

/// A release's note that its pre-training holds instruction data, which inflates MATH and code.
const INSTRUCTION_DATA: &str = "instruction_data";

/// What the data say of the law after a day.
pub(super) struct Extension {
    until: Date,
    last: Date,
    law: DensingLaw,
    growth: Estimate,
    across: Vec<Across>,
    across_growth: Option<AcrossGrowth>,
    mixed: Vec<(&'static str, usize, Estimate)>,
    later: Backtest,
    one_step: Vec<Forecast>,
    /// The densest release so far, and the law's forecast for the last day of the data.
    standing: (DatedDensity, Estimate),
}

impl Extension {
    /// Reads the shipped tables.
    pub(super) fn of(until: Date, run: Bootstrap, level: f64) -> anyhow::Result<Self> {
        let known = Known::shipped()?;
        let rows = densities::published(Date::MAX)?.into_iter().map(law_releases::dated);
        let figure = Frontier::new(rows.collect())?.subset(|model| model.date <= until)?;
        let law = DensingLaw::through(figure).with_context(|| format!("models/densities.csv up to {until}"))?;
        let panels = law_releases::panels(&known)?;
        let across: Vec<Across> =
            panels.iter().filter_map(|(name, frontier)| Across::of(name, frontier, until)).collect();

        let releases = |least_scores| {
            let filter = Filter { kinds: &[], families: &[], source: None, least_scores };
            let (models, _) = law_releases::densities("models/releases.csv", &known.releases, &known, &filter)?;
            anyhow::Ok(Frontier::measured(models)?)
        };
        let inflated = |model: &DatedDensity| {
            known
                .releases
                .iter()
                .any(|release| release.model == model.model && release.note(INSTRUCTION_DATA).is_some())
        };
        let all = releases(5)?;
        let mut mixed = Vec::new();
        for (name, frontier) in [
            ("mixed sources, whole span: base releases with five scores", all.clone()),
            ("the same without instruction data in pre-training", all.subset(|model| !inflated(model))?),
            ("with three or more scores, the others imputed", releases(3)?),
        ] {
            let law = DensingLaw::through(frontier).context(name)?;
            mixed.push((name, law.frontier.models().len(), law.growth_per_day(run, level)?));
        }
        let later = against(&law, &all, until, level);
        let last = all.models().iter().map(|model| model.date).max().unwrap_or(until);
        let best = all.records().last().cloned().context("no release has all five scores")?;
        let standing = law.forecast(last, level).context("the law has no prediction band")?;
        Ok(Self {
            until,
            last,
            growth: law.growth_per_day(run, level)?,
            across_growth: AcrossGrowth::of(&across, level),
            one_step: one_step_ahead(&law.frontier, level),
            across,
            mixed,
            later,
            standing: (best, standing),
            law,
        })
    }

    fn rate(&self) -> f64 {
        self.law.line.slope
    }

    fn reading(&self, growth: &Estimate) -> &'static str {
        Reading::of(growth, self.rate()).name()
    }

    /// Growth rates after the day, the panels first.
    fn rates(&self) -> Vec<(String, Estimate)> {
        let n = self.across.len();
        let mut rows = Vec::new();
        if let Some(found) = &self.across_growth {
            let text = format!("**single-evaluator panels**, best model after against best before ({n} panels)");
            rows.push((text, found.growth.clone()));
        }
        if let Some(median) = median_growth(&self.across) {
            rows.push((format!("the same, median of the panels ({:.0} % interval)", 100.0 * median.level), median));
        }
        for (name, models, growth) in &self.mixed {
            rows.push((format!("{name} ({models} models to {})", self.last), growth.clone()));
        }
        rows
    }

    /// The answer in one sentence.
    fn answer(&self) -> String {
        let Some(found) = &self.across_growth else {
            return "not answered: fewer than three panels have models on both sides".to_owned();
        };
        let (none, law) = (format!("p = {:.2}", found.p_none), format!("p = {:.2}", found.p_of(self.rate())));
        let sure = match Reading::of(&found.growth, self.rate()) {
            Reading::Holds => format!("yes: no growth is excluded ({none}), the law's rate is not ({law})"),
            Reading::Undecided => {
                format!(
                    "not refuted, and not shown: both the law's rate ({law}) and no growth at all ({none}) remain possible"
                )
            }
            Reading::Slower => format!("no: growth is slower than the law's ({law})"),
            Reading::Faster => format!("no: growth is faster than the law's ({law})"),
        };
        format!(
            "{sure}; single-evaluator panels grew by {:.4} per day, the law's rate is {:.4}",
            found.growth,
            self.rate()
        )
    }

    /// The table of the README.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "**Does the Densing Law still hold after {}, where the paper's data end, and how sure is that?** {}.\n",
            self.until,
            capitalised(&self.answer())
        );
        out.push_str("| evidence | growth of ln ρ per day (95 %) | the law's rate |\n| --- | --- | --- |\n");
        let (records, models) = (self.law.frontier.records().len(), self.law.frontier.models().len());
        let _ = writeln!(
            out,
            "| the law, {records} records of {models} models up to {} | {:.4} | |",
            self.until, self.growth
        );
        for (name, growth) in self.rates() {
            let _ = writeln!(out, "| {name} | {growth:.4} | {} |", self.reading(&growth));
        }
        out.push_str("\n| forecast of the law | outcome |\n| --- | --- |\n");
        let ahead = self.one_step.iter().filter(|forecast| forecast.inside).count();
        let _ = writeln!(
            out,
            "| each of its own records from the ones before (95 % band) | {ahead} of {} inside, median error {} |",
            self.one_step.len(),
            months(crate::law::backtest::median_error_months(&self.one_step))
        );
        let (inside, of) = self.later.inside();
        let _ = writeln!(
            out,
            "| records after {} (mixed sources) | {inside} of {of} inside, median error {} |",
            self.until,
            months(self.later.median_error_months())
        );
        let (best, band) = &self.standing;
        let _ = writeln!(
            out,
            "| ρ of a record on {} | {band:.0} forecast; the densest release (mixed sources) is {} of {} with {:.0}, {} the band |",
            self.last,
            best.model,
            best.date,
            best.density,
            place(best.density, band)
        );
        out
    }

    /// For the document of `law`.
    pub(super) fn json(&self) -> Value {
        let across = self.across.iter().map(|panel| {
            json!({
                "panel": panel.panel, "before": panel.before, "after": panel.after,
                "days": panel.days(), "growth_per_day": panel.growth(),
            })
        });
        json!({
            "until": self.until,
            "last": self.last,
            "answer": self.answer(),
            "growth_per_day": self.growth,
            "evidence": self.rates().into_iter().map(|(name, growth)| json!({
                "evidence": name.replace("**", ""), "reading": self.reading(&growth), "growth_per_day": growth,
            })).collect::<Vec<_>>(),
            "p_no_growth": self.across_growth.as_ref().map(|found| found.p_none),
            "p_law": self.across_growth.as_ref().map(|found| found.p_of(self.rate())),
            "panels": across.collect::<Vec<_>>(),
            "later_records": super::law_document::forecasts(&self.later.later),
            "standing": { "densest": self.standing.0, "forecast": self.standing.1 },
        })
    }
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
