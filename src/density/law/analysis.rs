//! Everything that is found of a law.

use jiff::civil::Date;

use super::error::AnalysisError;
use super::extension::Extension;
use super::plan::{BreakAt, LawPlan};
use super::prices::Prices;
use crate::density::measured::{LeftOut, Measured, dated, of_panels, of_releases};
use crate::law::backtest::{Backtest, Forecast, backtest, one_step_ahead};
use crate::law::breaks::{Break, SearchedBreak, break_at, search};
use crate::law::corollary::combined_doubling;
use crate::law::densing::{DensingLaw, FEWEST_FOR_INTERVAL, doubling_days};
use crate::law::frontier::{Frontier, Series};
use crate::law::panel_trend::{PanelTrend, panel_trend};
use crate::law::sensitivity::{Sensitivity, sensitivity};
use crate::law::window::{Window, windows};
use crate::published::Library;
use crate::stat::{Bootstrap, Estimate};

/// A permutation refits every candidate date, so a search runs fewer of them.
const MOST_PERMUTATIONS: usize = 999;

/// The models of a law, and where they come from.
#[derive(Debug, Clone)]
pub struct Models {
    /// The table.
    pub source: String,
    /// The models.
    pub frontier: Frontier,
    /// Releases that were left out by the filter.
    pub left_out: LeftOut,
}

impl Models {
    /// The models that are asked for.
    ///
    /// # Errors
    /// None is left, or one to be left out is not there.
    pub fn of(plan: &LawPlan, library: &Library) -> Result<Self, AnalysisError> {
        let (source, mut models, left_out): (&str, Measured, LeftOut) = match &plan.releases {
            Some(filter) => {
                let (models, left_out) = of_releases(library, filter);
                if models.is_empty() {
                    return Err(AnalysisError::NoRelease(library.releases_file.clone()));
                }
                (&library.releases_file, models, left_out)
            }
            None => {
                let models = library.densities.iter().map(|row| (dated(row), 0.0)).collect();
                (&library.densities_file, models, LeftOut::new())
            }
        };
        for name in &plan.exclude {
            let before = models.len();
            models.retain(|(model, _)| model.model != *name);
            if models.len() == before {
                return Err(AnalysisError::NotThere { model: name.clone(), table: source.to_owned() });
            }
        }
        models.retain(|(model, _)| plan.within(model.date));
        if models.is_empty() {
            return Err(AnalysisError::NoModel(source.to_owned()));
        }
        let frontier = Frontier::measured(models).map_err(|error| AnalysisError::of(source)(error.into()))?;
        Ok(Self { source: source.to_owned(), frontier, left_out })
    }
}

/// Everything that is found.
#[derive(Debug)]
pub struct Analysis {
    /// Where the models come from.
    pub source: String,
    /// The law.
    pub law: DensingLaw,
    /// Growth of ln ρ per day.
    pub growth: Estimate,
    /// ln ρ at the origin.
    pub intercept: Estimate,
    /// The growth by other estimators.
    pub sensitivity: Sensitivity,
    /// A change of growth.
    pub broken: Option<Broken>,
    /// Later records against an earlier law.
    pub backtest: Option<Backtest>,
    /// Each record against the law of those before.
    pub one_step: Vec<Forecast>,
    /// The fall of prices.
    pub prices: Option<Prices>,
    /// How long each model stays the best value.
    pub windows: Option<Vec<Window>>,
    /// The panels and their common growth.
    pub panels: Option<(Vec<(String, Frontier)>, PanelTrend)>,
    /// Densities of the law at dates asked for; `None` where no prediction exists.
    pub forecasts: Vec<(Date, Option<Estimate>)>,
    /// Whether the law holds after a day.
    pub extension: Option<Extension>,
    /// Doubling time of density that was given for the join with Moore's law.
    pub doubling_given: Option<f64>,
    /// Doubling time of compute at a fixed price, in days.
    pub moore_days: f64,
    /// Level of all intervals.
    pub level: f64,
    /// Resamples and seed.
    pub run: Bootstrap,
}

/// A break at a date, and how the date was found if it was searched for.
#[derive(Debug)]
pub struct Broken {
    /// The law on both sides.
    pub at: Break,
    /// The search.
    pub searched: Option<SearchedBreak>,
}

impl Broken {
    fn of(law: &DensingLaw, at: BreakAt, run: Bootstrap, source: &str) -> Result<Self, AnalysisError> {
        match at {
            BreakAt::Date(date) => Ok(Self { at: break_at(&law.frontier, date), searched: None }),
            BreakAt::Search => {
                let run = Bootstrap { resamples: run.resamples.min(MOST_PERMUTATIONS), ..run };
                let searched = search(&law.frontier, run)?.ok_or_else(|| AnalysisError::NoBreak(source.to_owned()))?;
                Ok(Self { at: break_at(&law.frontier, searched.date), searched: Some(searched) })
            }
        }
    }
}

impl Analysis {
    /// Fits the law of the models and answers everything that the plan asks.
    ///
    /// # Errors
    /// Models without a law, or a question without an answer.
    pub fn of(plan: &LawPlan, library: &Library, models: Models) -> Result<Self, AnalysisError> {
        let Models { source, frontier, .. } = models;
        let (run, level) = (plan.run, plan.level);
        let law = DensingLaw::through(frontier).map_err(AnalysisError::of(&source))?;
        let growth = law.growth_per_day(run, level)?;
        let intercept = law.intercept(run, level)?;
        let broken = plan.break_at.map(|at| Broken::of(&law, at, run, &source)).transpose()?;
        let panels = if plan.panels {
            let panels = of_panels(library)?;
            let series: Vec<Series> = panels.iter().map(|(_, frontier)| frontier.series()).collect();
            Some((panels, panel_trend(&series, run, level)?))
        } else {
            None
        };
        let tested = |until: Date| {
            backtest(&law.frontier, until, level).map_err(AnalysisError::of(format!("{source}: up to {until}")))
        };
        Ok(Self {
            sensitivity: sensitivity(&law, run, level)?,
            backtest: plan.backtest.map(tested).transpose()?,
            one_step: if plan.backtest.is_some() { one_step_ahead(&law.frontier, level) } else { Vec::new() },
            prices: plan
                .prices
                .as_ref()
                .map(|prices| Prices::of(prices, library, |date| plan.within(date), level))
                .transpose()?,
            windows: plan.windows.then(|| windows(&law, level)),
            forecasts: plan.at.iter().map(|date| (*date, law.forecast(*date, level))).collect(),
            extension: plan.extend.map(|until| Extension::of(library, until, run, level)).transpose()?,
            doubling_given: plan.doubling,
            moore_days: plan.moore,
            level,
            run,
            source,
            growth,
            intercept,
            broken,
            panels,
            law,
        })
    }

    /// What the reader should know before trusting the intervals.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let models = self.law.frontier.models().len();
        let few = format!(
            "{models} models are few: below {FEWEST_FOR_INTERVAL} the interval of the growth covers less than it says"
        );
        if models < FEWEST_FOR_INTERVAL { vec![few] } else { Vec::new() }
    }

    /// Doubling time of density on hardware of a fixed price; `None` where the doubling of density was given.
    #[must_use]
    pub fn combined(&self) -> Option<Estimate> {
        let join = |densing: f64| combined_doubling(densing, self.moore_days);
        match self.doubling_given {
            Some(_) => None,
            None => doubling_days(&self.growth).map(|days| Estimate {
                point: join(days.point),
                low: days.low.map(join),
                // Without any growth of density Moore's law is left.
                high: Some(days.high.map_or(self.moore_days, join)),
                level: days.level,
                method: days.method,
            }),
        }
    }
}
