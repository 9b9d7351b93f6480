//! Classes against capabilities: the rows of `crossover`.

use jiff::civil::Date;
use serde::Serialize;

use super::crossover_budget::Budget;
use super::crossover_curve::{curve, dates};
use super::crossover_row::{Dates, Realised, Row, Shift, Status, Today};
use crate::device::class_spec::ClassSpec;
use crate::law::crossover::{Crossover, CrossoverError, Meeting, Required, cross, seed_of_part};
use crate::law::crossover_shift::{Change, shift_months};
use crate::law::densing::{DensingLaw, LawError};
use crate::law::exponential::Exponential;
use crate::law::frontier::{DatedDensity, date_after_origin, days_since_origin};
use crate::stat::{Bootstrap, Estimate, Sample};

/// Nominal coverage of the intervals.
pub const LEVEL: f64 = 0.95;

/// A capability to be met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// Name: `gpt-4`, `score=70`, `params=7e9`.
    pub capability: String,
    /// N̂, what the reference family needs for it.
    pub effective_params: Estimate,
}

/// A model as released, with what realised crossings and the frontier need.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// Name.
    pub model: String,
    /// Release date.
    pub date: Date,
    /// All parameters.
    pub total_params: f64,
    /// Parameters used per token.
    pub active_params: f64,
    /// N̂ by its published scores.
    pub effective_params: f64,
}

/// Density of the format that is run over the 16-bit original's, as ln mean and deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FormatDensity {
    /// The ratio.
    pub ratio: f64,
    /// Standard deviation of its logarithm for a new model.
    pub deviation: f64,
}

impl FormatDensity {
    /// Of 4-bit formats: every model of the table with a quantised row beside it (`NAME-GGUF`, `NAME-GPTQ`). Geometric
    /// mean of the ratios; the deviation is that of a new model, s·√(1 + 1/n).
    ///
    /// # Errors
    /// Fewer than two such pairs: a spread needs two.
    pub fn four_bit(densities: &[(DatedDensity, f64)]) -> Result<Self, RowError> {
        let density = |name: &str| densities.iter().find(|(row, _)| row.model == name).map(|(row, _)| row.density);
        let ratio = |(row, _): &(DatedDensity, f64)| {
            let original = QUANTISED.iter().find_map(|suffix| row.model.strip_suffix(suffix))?;
            Some((row.density / density(original)?).ln())
        };
        let found = Sample::new(densities.iter().filter_map(ratio).collect()).ok();
        let spread = found.as_ref().and_then(|logs| Some((logs, logs.standard_deviation()?)));
        let (logs, deviation) = spread.ok_or(RowError::NoFormatPairs)?;
        Ok(Self { ratio: logs.mean().exp(), deviation: deviation * (1.0 + 1.0 / logs.len() as f64).sqrt() })
    }
}

/// Endings of the names of quantised models in the table of densities.
const QUANTISED: [&str; 2] = ["-GGUF", "-GPTQ"];

/// Why a row could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The releases give no law.
    #[error(transparent)]
    Law(#[from] LawError),
    /// An input is not a number that can cross.
    #[error(transparent)]
    Crossover(#[from] CrossoverError),
    /// The density of 4-bit formats is not known.
    #[error("fewer than two models of the densities have a quantised row (NAME-GGUF, NAME-GPTQ) beside them")]
    NoFormatPairs,
    /// The class runs nothing that was released.
    #[error("no listed model is as small as the {} parameters that this memory and speed allow", crate::unit::Params::from_count(*room))]
    NothingFits {
        /// Parameters that fit.
        room: f64,
    },
    /// Too few resamples had an envelope.
    #[error("the law of {models} models has no interval: too few resamples have two records")]
    NoSpread {
        /// Models in the law.
        models: usize,
    },
}

/// What all rows share.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Densities that the law is fitted to, with the parameters that decide whether they fit a class.
    pub densities: Vec<(DatedDensity, f64)>,
    /// Releases with published scores, for realised crossings.
    pub releases: Vec<Released>,
    /// Density of the format.
    pub format: FormatDensity,
    /// Today.
    pub today: Date,
    /// Resamples and seed.
    pub run: Bootstrap,
}

/// The law of the models that fit a class, and of all.
#[derive(Debug, Clone)]
pub struct ClassLaw {
    restricted: Exponential,
    unrestricted: Exponential,
    best_density: f64,
    densest: String,
    remark: Option<String>,
}

fn law_of(models: Vec<DatedDensity>, run: Bootstrap) -> Result<Exponential, RowError> {
    let law = DensingLaw::fit(models)?;
    let series = law.frontier.series();
    Exponential::from_envelope(&series, &law.line, Bootstrap { resamples: run.resamples.min(500), ..run })
        .ok_or(RowError::NoSpread { models: series.days.len() })
}

impl ClassLaw {
    /// The law of the models that fit the class.
    pub(super) fn restricted(&self) -> Exponential {
        self.restricted
    }

    /// Fits both; where too few models fit the class, the law of all stands in and says so.
    ///
    /// # Errors
    /// The models give no law at all.
    pub fn of(setting: &Setting, budget: &Budget) -> Result<Self, RowError> {
        let all: Vec<DatedDensity> = setting.densities.iter().map(|(density, _)| density.clone()).collect();
        let fitting: Vec<DatedDensity> = setting
            .densities
            .iter()
            .filter(|(density, params)| *params <= budget.runnable.usable(days_since_origin(density.date)))
            .map(|(density, _)| density.clone())
            .collect();
        // What can be run today is what has been released, by the newer tables too; a mixture's density needs another
        // definition and stays out.
        let room = budget.runnable.usable(days_since_origin(setting.today));
        let released = setting
            .releases
            .iter()
            .filter(|model| model.date <= setting.today && model.active_params >= model.total_params)
            .map(|model| (model.effective_params / model.total_params, model.total_params, &model.model));
        let drawn = setting.densities.iter().filter(|(density, _)| density.date <= setting.today);
        let known: Vec<(f64, f64, &String)> =
            drawn.map(|(density, params)| (density.density, *params, &density.model)).chain(released).collect();
        let fits = known.iter().filter(|model| model.1 <= room).max_by(|a, b| a.0.total_cmp(&b.0));
        let (best_density, _, densest) = *fits.ok_or(RowError::NothingFits { room })?;
        let densest = densest.clone();
        let unrestricted = law_of(all, setting.run)?;
        let count = fitting.len();
        let (restricted, remark) = match law_of(fitting, setting.run) {
            Ok(restricted) => (restricted, None),
            Err(error) => {
                let remark = format!("law of all models: only {count} fit the class on their release ({error})");
                (unrestricted, Some(remark))
            }
        };
        Ok(Self { restricted, unrestricted, best_density, densest, remark })
    }
}

/// One row.
///
/// # Errors
/// Inputs that cannot cross.
pub fn row(
    class: &ClassSpec,
    budget: &Budget,
    law: &ClassLaw,
    target: &Target,
    setting: &Setting,
) -> Result<Row, RowError> {
    let required = Required {
        effective_params: target.effective_params.point,
        effective_deviation: ln_deviation(&target.effective_params),
        format_density: setting.format.ratio,
        format_deviation: setting.format.deviation,
        active_share: 1.0,
        density: law.restricted,
    };
    let part =
        target.capability.bytes().chain(class.id.bytes()).fold(7, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte));
    let run = Bootstrap { seed: seed_of_part(setting.run.seed, part), ..setting.run };
    let Crossover { memory, decode, prefill, usable, responsive, binding } =
        cross(&budget.runnable, &required, run, LEVEL)?;
    let everything = Required { density: law.unrestricted, ..required };
    let few = Bootstrap { resamples: run.resamples.min(1000), ..run };
    let unrestricted = cross(&budget.runnable, &everything, few, LEVEL)?;
    let day = days_since_origin(setting.today);
    let runnable_params = budget.runnable.usable(day);
    let required_params = target.effective_params.point / (law.best_density * setting.format.ratio);
    let date = dated(&usable);
    let realised = realised(budget, target, setting);
    Ok(Row {
        class: class.id.clone(),
        device: None,
        curve: curve(budget, law, target, setting.format, &dates(6, 13)),
        capability: target.capability.clone(),
        effective_params: target.effective_params.clone(),
        status: match &date {
            None => Status::Never,
            Some(date) if date.point <= setting.today => Status::Crossed,
            Some(_) => Status::Ahead,
        },
        reason: match (&usable, &date) {
            (Meeting::Never { reason }, _) => Some((*reason).to_owned()),
            (_, None) => Some("the date is outside the calendar".to_owned()),
            _ => law.remark.clone().or_else(|| {
                let passed = date.as_ref().is_some_and(|date| date.point <= setting.today);
                (passed && realised.is_none())
                    .then(|| "crossed by the trend of the law; no listed release has met it on this class".to_owned())
            }),
        },
        date,
        date_with_ttft: dated(&responsive),
        dates: Dates { memory: dated(&memory), decode: dated(&decode), prefill: dated(&prefill) },
        binding: binding.name(),
        realised,
        today: Today {
            runnable_params,
            responsive_params: budget.runnable.least(day).0,
            required_params,
            densest: law.densest.clone(),
            headroom: runnable_params / required_params,
        },
        date_unrestricted: dated(&unrestricted.usable),
        sensitivity: Change::ALL
            .map(|change| Shift { change: change.name(), months: shift_months(change, &budget.runnable, &required) })
            .to_vec(),
    })
}

/// Deviation of the logarithm behind an interval (half of it where the other side is open), 0 for a given number.
pub(super) fn ln_deviation(value: &Estimate) -> f64 {
    let reach = match (value.low, value.high) {
        (Some(low), Some(high)) if low > 0.0 => (high / low).ln() / 2.0,
        (Some(low), None) if low > 0.0 => (value.point / low).ln(),
        (None, Some(high)) => (high / value.point).ln(),
        _ => 0.0,
    };
    reach / crate::stat::TWO_SIDED_95
}

fn dated(meeting: &Meeting) -> Option<Estimate<Date>> {
    let Meeting::At(day) = meeting else { return None };
    Some(Estimate {
        point: date_after_origin(day.point)?,
        low: day.low.and_then(date_after_origin),
        high: day.high.and_then(date_after_origin),
        level: day.level,
        method: day.method.clone(),
    })
}

/// The earliest release whose effective parameters in the format reach the capability, held in memory as a whole and
/// decoded by its active part, on the class's hardware of its release day.
fn realised(budget: &Budget, target: &Target, setting: &Setting) -> Option<Realised> {
    setting
        .releases
        .iter()
        .filter(|model| model.date <= setting.today)
        .filter(|model| model.effective_params * setting.format.ratio >= target.effective_params.point)
        .filter(|model| {
            let day = days_since_origin(model.date);
            model.total_params <= budget.runnable.memory.at(day)
                && model.active_params <= budget.runnable.decode.at(day)
        })
        .min_by_key(|model| model.date)
        .map(|model| Realised { model: model.model.clone(), date: model.date })
}
