//! A class or device against a capability: everything is read from one distribution.

use jiff::civil::Date;

use super::crossing::{Carrier, Crossing, Dates, FormatCost, MetToday, Quantile, Realised, Status, Today};
use super::curve::{curve, dates};
use super::inputs::LEVEL;
use super::target::Target;
use crate::device::class_spec::ClassSpec;
use crate::law::arrival::distribution::Arrival;
use crate::law::arrival::need::BySize;
use crate::law::arrival::prospect::Prospect;
use crate::law::arrival::room::{Limit, Room};
use crate::law::frontier::{date_after_origin, days_since_origin};
use crate::stat::Estimate;

/// Probabilities whose days are told.
const QUANTILES: [f64; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];
/// Releases that are named, at most.
const CARRIERS: usize = 5;

/// A capability in a format: F of every room, and the frontier by size.
#[derive(Debug)]
pub struct Outlook<'a> {
    /// F of any room.
    pub prospect: Prospect<'a>,
    /// F by size.
    pub by_size: BySize,
}

impl<'a> Outlook<'a> {
    /// Of a capability in a format.
    #[must_use]
    pub fn of(prospect: Prospect<'a>) -> Self {
        let by_size = prospect.by_size();
        Self { prospect, by_size }
    }
}

/// When the class holds a release that meets the capability.
#[must_use]
pub fn crossing(class: &ClassSpec, room: &Room, target: &Target, outlook: &Outlook<'_>) -> Crossing {
    let prospect = &outlook.prospect;
    let world = prospect.world;
    let arrival = prospect.arrival(&room.once_read());
    let alone = Limit::ALL.map(|limit| prospect.arrival(&room.only(limit)));
    let [memory, decode, prefill] = alone.each_ref().map(dated);
    let last = |limit: &Limit| alone[*limit as usize].day(0.5).unwrap_or(f64::INFINITY);
    let binding = Limit::ALL.into_iter().max_by(|a, b| last(a).total_cmp(&last(b))).unwrap_or(Limit::Memory);
    let (probability, date) = (arrival.probability(), dated(&arrival));
    let day = world.day();
    let runnable_params = room.once_read().params_on(day);
    let required = prospect.factor_needed(&room.once_read()).map(|factor| runnable_params * factor);
    let name = |release: usize| world.releases[release].model.clone();
    let beyond = arrival.ahead.last().map_or(probability, |(_, met)| *met);
    Crossing {
        class: class.id.clone(),
        device: None,
        capability: target.capability.clone(),
        family: target.family,
        effective_params: target.effective_params.clone(),
        format: Some(FormatCost {
            name: class.quantization.clone(),
            bits_per_weight: class.bits_per_weight,
            kept: prospect.penalty.ratio(runnable_params),
        }),
        met_today: Some(MetToday { probability, model: arrival.carriers.first().map(|found| name(found.release)) }),
        status: match &date {
            _ if probability >= 0.5 => Status::Crossed,
            Some(_) => Status::Ahead,
            None => Status::Never,
        },
        reason: date
            .is_none()
            .then(|| format!("less likely than not within thirty years: the probability is then {beyond:.2}")),
        date,
        date_with_ttft: dated(&prospect.arrival(room)),
        dates: Dates { memory, decode, prefill },
        binding,
        quantiles: QUANTILES
            .map(|probability| Quantile { probability, date: arrival.day(probability).and_then(date_after_origin) })
            .to_vec(),
        never: Some(1.0 - beyond),
        realised: arrival.realised().and_then(|found| {
            let date = date_after_origin(found.since?)?;
            Some(Realised { model: name(found.release), date, probability: Some(found.probability) })
        }),
        by_published_scores: by_published_scores(&room.once_read(), outlook),
        carriers: arrival
            .carriers
            .iter()
            .take(CARRIERS)
            .map(|found| Carrier {
                model: name(found.release),
                released: world.releases[found.release].date,
                probability: found.probability,
            })
            .collect(),
        today: Today {
            runnable_params,
            responsive_params: room.params_on(day),
            required_params: required,
            headroom: required.map(|required| runnable_params / required),
        },
        sensitivity: Vec::new(),
        curve: curve(room, &outlook.by_size, &dates(6, 13)),
    }
}

/// The median of F with its interval.
pub(crate) fn dated(arrival: &Arrival) -> Option<Estimate<Date>> {
    let tail = (1.0 - LEVEL) / 2.0;
    let on = |p: f64| arrival.day(p).and_then(date_after_origin);
    Some(Estimate {
        point: on(0.5)?,
        low: on(tail),
        high: on(1.0 - tail),
        level: LEVEL,
        method: "quantiles of the probability that a listed release does it".into(),
    })
}

/// The first release that fits and whose published scores reach the capability in the format's usual cost.
fn by_published_scores(room: &Room, outlook: &Outlook<'_>) -> Option<Realised> {
    let Outlook { prospect, .. } = outlook;
    let world = prospect.world;
    let device = room.draw(None);
    let found = world.releases.iter().filter_map(|release| {
        let asked = prospect.level.ln + prospect.penalty.at(release.params, 0.0);
        let fits = device.first_day(release.params.ln(), release.computed().ln()).ceil();
        let day = days_since_origin(release.date).max(fits);
        (release.level.ln >= asked && day <= world.day()).then_some((day, release))
    });
    let (day, release) = found.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Realised { model: release.model.clone(), date: date_after_origin(day)?, probability: None })
}
