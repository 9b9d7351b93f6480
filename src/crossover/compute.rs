//! A class or device against a capability.

use jiff::civil::Date;

use super::capacity::Capacity;
use super::class_law::ClassLaw;
use super::crossing::{Crossing, Dates, FirstRelease, Shift, Status, Today};
use super::curve::{curve, dates};
use super::error::CrossingError;
use super::inputs::{Inputs, LEVEL};
use super::target::Target;
use crate::device::class_spec::ClassSpec;
use crate::law::crossover::{CrossingDate, Crossover, Required, cross, seed_of_part};
use crate::law::crossover_shift::{Change, shift_months};
use crate::law::frontier::{date_after_origin, days_since_origin};
use crate::stat::{Bootstrap, Estimate};

/// When the class holds what the capability needs.
///
/// # Errors
/// Inputs that cannot cross.
pub fn crossing(
    class: &ClassSpec,
    capacity: &Capacity,
    law: &ClassLaw,
    target: &Target,
    inputs: &Inputs,
) -> Result<Crossing, CrossingError> {
    let required = Required {
        effective_params: target.effective_params.point,
        effective_deviation: target.ln_deviation(),
        format_density: inputs.format.ratio,
        format_deviation: inputs.format.deviation,
        active_share: 1.0,
        density: law.restricted,
    };
    let part =
        target.capability.bytes().chain(class.id.bytes()).fold(7, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte));
    let run = Bootstrap { seed: seed_of_part(inputs.run.seed, part), ..inputs.run };
    let Crossover { memory, decode, prefill, usable, responsive, binding } =
        cross(&capacity.runnable, &required, run, LEVEL)?;
    let everything = Required { density: law.unrestricted, ..required };
    let few = Bootstrap { resamples: run.resamples.min(1000), ..run };
    let unrestricted = cross(&capacity.runnable, &everything, few, LEVEL)?;
    let day = days_since_origin(inputs.today);
    let runnable_params = capacity.runnable.usable(day);
    let required_params = target.effective_params.point / (law.best_density * inputs.format.ratio);
    let date = dated(&usable);
    let first_release = first_release(capacity, target, inputs);
    Ok(Crossing {
        class: class.id.clone(),
        device: None,
        curve: curve(capacity, law, target, inputs.format, &dates(6, 13)),
        capability: target.capability.clone(),
        effective_params: target.effective_params.clone(),
        status: match &date {
            None => Status::Never,
            Some(date) if date.point <= inputs.today => Status::Crossed,
            Some(_) => Status::Ahead,
        },
        reason: match (&usable, &date) {
            (CrossingDate::Never { reason }, _) => Some((*reason).to_owned()),
            (_, None) => Some("the date is outside the calendar".to_owned()),
            _ => law.remark.clone().or_else(|| {
                let passed = date.as_ref().is_some_and(|date| date.point <= inputs.today);
                (passed && first_release.is_none())
                    .then(|| "crossed by the trend of the law; no listed release has met it on this class".to_owned())
            }),
        },
        date,
        date_with_ttft: dated(&responsive),
        dates: Dates { memory: dated(&memory), decode: dated(&decode), prefill: dated(&prefill) },
        binding,
        first_release,
        today: Today {
            runnable_params,
            responsive_params: capacity.runnable.least(day).0,
            required_params,
            densest: law.densest.clone(),
            headroom: runnable_params / required_params,
        },
        date_unrestricted: dated(&unrestricted.usable),
        sensitivity: Change::ALL
            .map(|change| Shift { change, months: shift_months(change, &capacity.runnable, &required) })
            .to_vec(),
    })
}

fn dated(date: &CrossingDate) -> Option<Estimate<Date>> {
    let CrossingDate::At(day) = date else { return None };
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
fn first_release(capacity: &Capacity, target: &Target, inputs: &Inputs) -> Option<FirstRelease> {
    inputs
        .releases
        .iter()
        .filter(|model| model.date <= inputs.today)
        .filter(|model| model.effective_params * inputs.format.ratio >= target.effective_params.point)
        .filter(|model| {
            let day = days_since_origin(model.date);
            model.total_params <= capacity.runnable.memory.at(day)
                && model.active_params <= capacity.runnable.decode.at(day)
        })
        .min_by_key(|model| model.date)
        .map(|model| FirstRelease { model: model.model.clone(), date: model.date })
}
