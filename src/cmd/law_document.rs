//! The JSON of `law`.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::law_extension::Extension;

use crate::cli::law::PriceKind;
use crate::law::backtest::{Backtest, Forecast, median_error_months};
use crate::law::breaks::{Break, SearchedBreak};
use crate::law::corollary::{DAYS_PER_MONTH, PriceTrend, combined_doubling};
use crate::law::densing::{DensingLaw, FEWEST_FOR_INTERVAL, doubling_days};
use crate::law::frontier::{DatedDensity, Frontier, ORIGIN};
use crate::law::panel_trend::PanelTrend;
use crate::law::sensitivity::{Sensitivity, UPPER_QUANTILE};
use crate::law::window::Window;
use crate::stat::{Bootstrap, Estimate};

/// Everything that `law` found.
pub(super) struct Answer {
    pub(super) source: String,
    pub(super) law: DensingLaw,
    pub(super) growth: Estimate,
    pub(super) intercept: Estimate,
    pub(super) sensitivity: Sensitivity,
    pub(super) broken: Option<Broken>,
    pub(super) backtest: Option<Backtest>,
    pub(super) one_step: Vec<Forecast>,
    pub(super) cost: Option<Cost>,
    pub(super) windows: Option<Vec<Window>>,
    pub(super) panels: Option<(Vec<(String, Frontier)>, PanelTrend)>,
    /// Densities of the law at dates asked for; `None` where no prediction exists.
    pub(super) forecasts: Vec<(Date, Option<Estimate>)>,
    pub(super) extension: Option<Extension>,
    pub(super) doubling_given: Option<f64>,
    pub(super) moore_days: f64,
    pub(super) level: f64,
    pub(super) run: Bootstrap,
}

/// A break at a date, and how the date was found if it was searched for.
pub(super) struct Broken {
    pub(super) at: Break,
    pub(super) searched: Option<SearchedBreak>,
}

/// A price trend and what it was made of.
pub(super) struct Cost {
    pub(super) prices: String,
    pub(super) kind: PriceKind,
    pub(super) min_mmlu: Option<f64>,
    pub(super) trend: PriceTrend,
}

impl Answer {
    /// What the reader should know before trusting the intervals.
    pub(super) fn warnings(&self) -> Vec<String> {
        let models = self.law.frontier.models().len();
        let few = format!(
            "{models} models are few: below {FEWEST_FOR_INTERVAL} the interval of the growth covers less than it says"
        );
        if models < FEWEST_FOR_INTERVAL { vec![few] } else { Vec::new() }
    }

    /// Doubling time of density on hardware of a fixed price.
    pub(super) fn combined(&self) -> Option<Estimate> {
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

/// The document of the contract, with more beside it.
pub(super) fn document(answer: &Answer) -> Value {
    let doubling = doubling_days(&answer.growth);
    let mut document = json!({
        "source": answer.source,
        "seed": answer.run.seed,
        "resamples": answer.run.resamples,
        "n_models": answer.law.frontier.models().len(),
        "origin": ORIGIN,
        "growth_per_day": answer.growth,
        "intercept": answer.intercept,
        "doubling_days": doubling,
        "r_squared": answer.law.line.r_squared,
        "residual_deviation": answer.law.line.residual_deviation(),
        "envelope": answer.law.frontier.records().map(entry).collect::<Vec<_>>(),
        "sensitivity": sensitivity(&answer.sensitivity),
        "break": answer.broken.as_ref().map(|broken| broken_json(broken, answer.level, answer.run)),
        "moore": moore(answer),
        "warnings": answer.warnings(),
    });
    let mut add = |key: &str, value: Value| document[key] = value;
    if doubling.is_none() {
        add("reason", json!("the growth is not positive, so that no doubling time exists"));
    }
    if let Some(backtest) = &answer.backtest {
        add("backtest", backtest_json(backtest, &answer.one_step, answer.level));
    }
    if let Some(cost) = &answer.cost {
        add("cost", cost_json(cost));
    }
    if let Some(windows) = &answer.windows {
        add("windows", windows.iter().map(window).collect());
    }
    if let Some((frontiers, trend)) = &answer.panels {
        add("panels", panels(frontiers, trend));
    }
    if !answer.forecasts.is_empty() {
        let at = |(date, density): &(Date, Option<Estimate>)| json!({ "date": date, "density": density });
        add("forecasts", answer.forecasts.iter().map(at).collect());
    }
    if let Some(extension) = &answer.extension {
        add("extension", extension.json());
    }
    document
}

fn entry(model: &DatedDensity) -> Value {
    json!({ "model": model.model, "date": model.date, "density": model.density })
}

fn sensitivity(found: &Sensitivity) -> Value {
    json!({
        "least_squares": found.least_squares,
        "theil_sen": found.theil_sen,
        "quantile": UPPER_QUANTILE,
        "upper_quantile": found.upper_quantile,
        "median": found.median,
        "residual_bootstrap": found.residual_bootstrap,
        "leave_one_out": found.leave_one_out.as_ref().map(|range| json!({
            "lowest": { "growth_per_day": range.lowest.0, "without": range.lowest.1 },
            "highest": { "growth_per_day": range.highest.0, "without": range.highest.1 },
        })),
    })
}

fn broken_json(broken: &Broken, level: f64, run: Bootstrap) -> Value {
    let segment = |law: &Option<DensingLaw>| {
        law.as_ref().map(|law| {
            let growth = law.growth_per_day(run, level).ok();
            json!({
                "n_models": law.frontier.models().len(),
                "growth_per_day": growth,
                "intercept": law.intercept(run, level).ok(),
                "doubling_days": growth.as_ref().and_then(doubling_days),
                "r_squared": law.line.r_squared,
                "envelope": law.frontier.records().map(entry).collect::<Vec<_>>(),
            })
        })
    };
    let at = &broken.at;
    let mut value = json!({
        "date": at.date,
        "before": segment(&at.before),
        "after": segment(&at.after),
        "acceleration": at.acceleration(level),
        "chow": at.test.map(|test| json!({
            "f": test.f,
            "degrees_of_freedom": [2, test.degrees_of_freedom],
            // At a searched date the F distribution does not hold.
            "p_value": broken.searched.is_none().then_some(test.p_value),
        })),
        "search": broken.searched.as_ref().map(|found| json!({
            "sup_f": found.sup_f,
            "candidates": found.candidates,
            "permutation_p": found.permutation_p,
            "permutations": found.permutations,
        })),
    });
    if at.before.is_none() || at.after.is_none() {
        value["reason"] = json!("a segment has fewer than three record models");
    }
    value
}

fn moore(answer: &Answer) -> Value {
    let given = answer.doubling_given;
    json!({
        "densing_days": given.map_or_else(|| json!(doubling_days(&answer.growth)), |days| json!(days)),
        "moore_days": answer.moore_days,
        "combined_days": given.map_or_else(
            || json!(answer.combined()),
            |days| json!(combined_doubling(days, answer.moore_days)),
        ),
    })
}

/// Records against their forecasts.
pub(super) fn forecasts(found: &[Forecast]) -> Value {
    found.iter().map(forecast).collect()
}

fn forecast(forecast: &Forecast) -> Value {
    json!({
        "model": forecast.record.model,
        "date": forecast.record.date,
        "density": forecast.record.density,
        "forecast": forecast.band,
        "inside": forecast.inside,
        "months_ahead": forecast.months_ahead,
    })
}

fn backtest_json(backtest: &Backtest, one_step: &[Forecast], level: f64) -> Value {
    let (inside, of) = backtest.inside();
    let step_inside = one_step.iter().filter(|forecast| forecast.inside).count();
    json!({
        "until": backtest.until,
        "n_models": backtest.law.frontier.models().len(),
        "growth_per_day": backtest.law.line.slope_estimate(level),
        "inside": inside,
        "of": of,
        "coverage": (of > 0).then(|| inside as f64 / of as f64),
        "median_error_months": backtest.median_error_months(),
        "later": forecasts(&backtest.later),
        "one_step_ahead": {
            "inside": step_inside,
            "of": one_step.len(),
            "median_error_months": median_error_months(one_step),
            "forecasts": forecasts(one_step),
        },
    })
}

fn cost_json(cost: &Cost) -> Value {
    let trend = &cost.trend;
    json!({
        "prices": cost.prices,
        "price": match cost.kind { PriceKind::Input => "input", PriceKind::Output => "output", PriceKind::Blend => "blend" },
        "min_mmlu": cost.min_mmlu,
        "factor": trend.factor,
        "days": trend.days,
        "halving_days": trend.halving_days,
        "halving_months": trend.halving_days / DAYS_PER_MONTH,
        "halving_days_ols": trend.halving_days_fitted,
        "halving_months_ols": trend.halving_days_fitted.clone().map(|days| days.map(|days| days / DAYS_PER_MONTH)),
        "envelope": trend.envelope.iter().map(|row| json!({
            "model": row.model, "date": row.date, "usd_per_million_tokens": row.price,
        })).collect::<Vec<_>>(),
    })
}

fn window(window: &Window) -> Value {
    let succeeded = window.succeeded_by.as_ref();
    json!({
        "model": window.model,
        "opened": window.opened,
        "density": window.density,
        "until": window.until,
        "succeeded_by": succeeded.map(|(model, _)| model),
        "succeeded_on": succeeded.map(|(_, date)| date),
        "never_opened": succeeded.is_some_and(|(_, date)| *date <= window.opened),
    })
}

fn panels(panels: &[(String, Frontier)], trend: &PanelTrend) -> Value {
    json!({
        "used": panels.iter().map(|(name, frontier)| json!({ "panel": name, "n_models": frontier.models().len() })).collect::<Vec<_>>(),
        "rising": trend.panels,
        "reason": trend.closing_growth.is_none().then_some("closing growth needs three panels"),
        "records": trend.records,
        "record_growth_per_day": trend.record_growth,
        "record_growth_permutation_p": trend.record_growth_p,
        "closing_growth_per_day": trend.closing_growth,
        "all_models_growth_per_day": trend.all_models_growth,
    })
}
