//! Does the law hold after the day on which its data end? From the panels and releases.

use jiff::civil::{Date, date};

use super::error::AnalysisError;
use crate::density::measured::{Filter, dated, of_panels, of_releases};
use crate::law::backtest::{Backtest, Forecast, against, one_step_ahead};
use crate::law::densing::DensingLaw;
use crate::law::extension::{Across, AcrossGrowth, Reading, median_growth};
use crate::law::frontier::{DatedDensity, Frontier};
use crate::published::Library;
use crate::stat::{Bootstrap, Estimate};

/// The last release in the paper's main figure.
pub const END_OF_THE_PAPER: Date = date(2025, 4, 5);

/// A release's note that its pre-training holds instruction data, which inflates MATH and code.
const INSTRUCTION_DATA: &str = "instruction_data";

/// What the data say of the law after a day.
#[derive(Debug)]
pub struct Extension {
    /// The day.
    pub until: Date,
    /// The youngest release.
    pub last: Date,
    /// The law of the densities up to the day.
    pub law: DensingLaw,
    /// Its growth.
    pub growth: Estimate,
    /// Panels with models on both sides of the day.
    pub across: Vec<Across>,
    /// Their common growth.
    pub across_growth: Option<AcrossGrowth>,
    /// Growth of releases of mixed sources: what they are, how many, and the growth.
    mixed: Vec<(&'static str, usize, Estimate)>,
    /// The later records of the releases against the law.
    pub later: Backtest,
    /// Each of the law's records against the law of those before.
    pub one_step: Vec<Forecast>,
    /// The densest release so far.
    pub densest: DatedDensity,
    /// The law's forecast for the last day of the data.
    pub forecast: Estimate,
}

/// A growth rate after the day.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What grew, in Markdown.
    pub name: String,
    /// By how much.
    pub growth: Estimate,
    /// What that says of the law.
    pub reading: Reading,
}

impl Extension {
    /// Holds the library's panels and releases against the law of its densities up to a day.
    ///
    /// # Errors
    /// Data without a law.
    pub fn of(library: &Library, until: Date, run: Bootstrap, level: f64) -> Result<Self, AnalysisError> {
        let figure = Frontier::new(library.densities.iter().map(dated).collect())?;
        let figure = figure.subset(|model| model.date <= until)?;
        let data = format!("{} up to {until}", library.densities_file);
        let law = DensingLaw::through(figure).map_err(AnalysisError::of(data))?;
        let panels = of_panels(library)?;
        let across: Vec<Across> =
            panels.iter().filter_map(|(name, frontier)| Across::of(name, frontier, until)).collect();

        let releases = |least_scores| -> Result<Frontier, AnalysisError> {
            let (models, _) = of_releases(library, &Filter::base(least_scores));
            if models.is_empty() {
                return Err(AnalysisError::NoRelease(library.releases_file.clone()));
            }
            Ok(Frontier::measured(models)?)
        };
        let inflated = |model: &DatedDensity| {
            let noted = |note: &str| library.releases.iter().any(|r| r.model == model.model && r.note(note).is_some());
            noted(INSTRUCTION_DATA)
        };
        let all = releases(5)?;
        let mut mixed = Vec::new();
        for (name, frontier) in [
            ("mixed sources, whole span: base releases with five scores", all.clone()),
            ("the same without instruction data in pre-training", all.subset(|model| !inflated(model))?),
            ("with three or more scores, the others imputed", releases(3)?),
        ] {
            let law = DensingLaw::through(frontier).map_err(AnalysisError::of(name))?;
            mixed.push((name, law.frontier.models().len(), law.growth_per_day(run, level)?));
        }
        let later = against(&law, &all, until, level);
        let last = all.models().iter().map(|model| model.date).max().unwrap_or(until);
        let densest = all.records().last().cloned().ok_or(AnalysisError::NoRecord)?;
        let forecast = law.forecast(last, level).ok_or(AnalysisError::NoBand)?;
        Ok(Self {
            until,
            last,
            growth: law.growth_per_day(run, level)?,
            across_growth: AcrossGrowth::of(&across, level),
            one_step: one_step_ahead(&law.frontier, level),
            across,
            mixed,
            later,
            densest,
            forecast,
            law,
        })
    }

    /// The law's growth per day.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.law.line.slope
    }

    /// Growth rates after the day, the panels first.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        let n = self.across.len();
        let mut rows = Vec::new();
        let mut add = |name: String, growth: Estimate| {
            rows.push(Evidence { name, reading: Reading::of(&growth, self.rate()), growth });
        };
        if let Some(found) = &self.across_growth {
            let text = format!("**single-evaluator panels**, best model after against best before ({n} panels)");
            add(text, found.growth.clone());
        }
        if let Some(median) = median_growth(&self.across) {
            add(format!("the same, median of the panels ({:.0} % interval)", 100.0 * median.level), median);
        }
        for (name, models, growth) in &self.mixed {
            add(format!("{name} ({models} models to {})", self.last), growth.clone());
        }
        rows
    }

    /// The answer in one sentence.
    #[must_use]
    pub fn answer(&self) -> String {
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
}
