//! What to run on a device of known rates now.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::compute::dated;
use super::inputs::{Inputs, LEVEL};
use super::requirements::Requirements;
use crate::device::rates::Rates;
use crate::law::arrival::distribution::Arrival;
use crate::law::arrival::draws::World;
use crate::law::arrival::penalty::Penalty;
use crate::law::arrival::prospect::Prospect;
use crate::law::arrival::release::{BILLION, Level, ScoredRelease, years};
use crate::law::arrival::room::Room;
use crate::stat::{Estimate, TWO_SIDED_95};
use crate::unit::iso::IsoDate;

/// The release to run here now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Recommendation {
    /// Its name.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub released: Date,
    /// All parameters.
    pub total_params: f64,
    /// Parameters used per token.
    pub active_params: f64,
    /// The format to run it in.
    pub format: String,
    /// N̂·q: effective parameters in that format.
    pub effective_params: Estimate,
    /// Decode speed after the prompt and half the answer, tokens per second.
    pub tokens_per_second: Estimate,
    /// Seconds to the first token of the prompt.
    pub first_token_seconds: Estimate,
    /// Weights, cache and buffers, bytes.
    pub memory_bytes: f64,
    /// When a release of half its parameters does the same, likelier than not: the median with its interval.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub best_value_until: Option<Estimate<Date>>,
    /// The first release that by itself already does so, likelier than not.
    pub succeeded_by: Option<String>,
}

/// The release with most effective parameters in the format that fits the memory and decodes in time.
#[must_use]
pub fn recommend(inputs: &Inputs<'_>, rates: &Rates, required: Requirements) -> Option<Recommendation> {
    let world = &inputs.world;
    let (law, now) = (&world.law, years(world.today));
    let penalty = inputs.penalty(&rates.format, rates.bits);
    let fits = |model: &&ScoredRelease| {
        rates.memory_bytes(model.params, required.context()) <= rates.usable_bytes
            && rates.decode_seconds(model.computed(), required.depth()) * required.min_tps <= 1.0
    };
    let in_format = |model: &ScoredRelease| {
        let believed = Level::believed(law, model, now);
        Level { ln: believed.ln - penalty.at(model.params, 0.0), ..believed }
    };
    let best = world.releases.iter().filter(fits).max_by(|a, b| {
        let smaller = b.params.total_cmp(&a.params);
        in_format(a).ln.total_cmp(&in_format(b).ln).then(smaller)
    })?;
    let within = |point: f64, deviation: f64| {
        Estimate::new(
            point,
            point * (-TWO_SIDED_95 * deviation).exp(),
            point * (TWO_SIDED_95 * deviation).exp(),
            LEVEL,
            "log-normal",
        )
    };
    let believed = Level::believed(law, best, now);
    let half = of_half_the_size(world, believed, best.params);
    Some(Recommendation {
        model: best.model.clone(),
        released: best.date,
        total_params: best.params,
        active_params: best.params * best.active_share,
        format: rates.format.clone(),
        effective_params: kept(believed, penalty, best.params),
        tokens_per_second: within(
            1.0 / rates.decode_seconds(best.computed(), required.depth()),
            rates.decode_deviation,
        ),
        first_token_seconds: within(
            rates.first_token_seconds(best.computed(), required.prompt),
            rates.prefill_deviation,
        ),
        memory_bytes: rates.memory_bytes(best.params, required.context()),
        best_value_until: dated(&half),
        succeeded_by: half.realised().map(|found| world.releases[found.release].model.clone()),
    })
}

/// When releases of half so many parameters do as much: at 16 bits, since formats are the same for both.
pub(crate) fn of_half_the_size(world: &World, level: Level, params: f64) -> Arrival {
    Prospect::of(world, level, Penalty::NONE).arrival(&Room::of_size(params / 2.0))
}

/// N̂·q of a release: the doubt of its scores and that of the format's cost together.
pub(crate) fn kept(believed: Level, penalty: Penalty, params: f64) -> Estimate {
    let loss = |z: f64| penalty.at(params, z);
    let point = believed.ln - loss(0.0);
    let reach = |format: f64| (TWO_SIDED_95 * believed.deviation).hypot(format);
    let low = point - reach(loss(TWO_SIDED_95) - loss(0.0));
    let high = point + reach(loss(0.0) - loss(-TWO_SIDED_95));
    let [point, low, high] = [point, low, high].map(|ln| BILLION * ln.exp());
    Estimate::new(point, low, high, LEVEL, "scores drawn towards the law of releases, and the format's cost")
}
