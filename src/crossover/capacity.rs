//! What a class can run: its history and the measured speeds as lines of ln N against days.

use jiff::civil::Date;

use super::requirements::Requirements;
use crate::device::class_spec::ClassSpec;
use crate::device::growth::{DAYS_PER_YEAR, FEWEST_DEVICES, Growth, GrowthError, Quantity, members};
use crate::device::history::HistoricDevice;
use crate::device::rates::Rates;
use crate::device::speed_model::{SpeedInput, SpeedModel};
use crate::law::arrival::room::{Limit, Room};
use crate::law::exponential::Exponential;
use crate::law::frontier::days_since_origin;
use crate::stat::bisect;

/// Why a class has no capacity.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CapacityError {
    /// A quantity of the history gives no growth.
    #[error("class `{class}`, {quantity}: {error}")]
    Growth {
        /// The class.
        class: String,
        /// The quantity.
        quantity: &'static str,
        /// What is wrong with it.
        error: GrowthError,
    },
    /// The device runs no model at all within a limit.
    #[error("this device runs no model of 100 thousand parameters or more within its {limit} limit")]
    NoRoom {
        /// The limit.
        limit: &'static str,
    },
    /// No file size decodes at the target speed.
    #[error(
        "class `{class}`: even a model of 1 MB decodes slower than {min_tps} tokens/s on {day}; ask for another speed or day"
    )]
    NoSize {
        /// The class.
        class: String,
        /// The target.
        min_tps: f64,
        /// The day whose bandwidth was asked.
        day: Date,
    },
}

/// A class's runnable parameters and what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// The three limits.
    pub room: Room,
    /// Share of the theoretical bandwidth that decode reaches at the target speed, from the measured rows; `None` for a
    /// device of its own model, and where every size decodes in time.
    pub decode_efficiency: Option<f64>,
    /// Devices in the growth fits.
    pub devices: usize,
    /// First release date of the fits (`None`: the whole history).
    pub since: Option<Date>,
}

impl Capacity {
    /// Fits the class's growth since `since` (the whole history where too few devices are younger) and finds what it
    /// holds at the required speed; `today` is the day whose bandwidth sets the operating point of the speed model.
    ///
    /// # Errors
    /// A class whose history gives no growth, or a speed that no size reaches.
    pub fn of(
        class: &ClassSpec,
        history: &[HistoricDevice],
        model: &SpeedModel,
        required: Requirements,
        since: Option<Date>,
        today: Date,
    ) -> Result<Self, CapacityError> {
        let Growths { ram, bandwidth, compute, devices, since } = Growths::of(class, history, since)?;
        let params_per_gb = 8e9 / class.bits_per_weight;
        let memory = ram
            .times(class.usable_ram * params_per_gb / class.memory_over_file)
            .with_level_deviation(class.memory_over_file_deviation);
        let now = bandwidth.at(days_since_origin(today));
        // A variant decodes so much faster than the back end whose speeds are known.
        let (ratio, ratio_deviation) = class.decode_ratio.unwrap_or((1.0, 0.0));
        let at_speed = match gb_at_speed(model, now, &class.backend, required.min_tps / ratio) {
            // Whatever fits the memory decodes in time.
            Err(NoSize::AllFaster) => None,
            Err(NoSize::AllSlower) => {
                return Err(CapacityError::NoSize { class: class.id.clone(), min_tps: required.min_tps, day: today });
            }
            Ok(found) => Some(found),
        };
        let decode_efficiency = at_speed.map(|(gb, _)| gb * required.min_tps / now);
        let decode = at_speed.map(|(gb, deviation)| {
            let deviation = deviation.hypot(ratio_deviation);
            bandwidth.times(gb / now * params_per_gb).with_level_deviation(deviation)
        });
        // A parameter costs two operations for each token of the prompt.
        let prefill = compute
            .times(class.prefill_efficiency * 1e9 * required.max_ttft / (2.0 * required.prompt))
            .with_level_deviation(class.prefill_efficiency_deviation);
        let room = Room { memory: Some(memory), decode, prefill: Some(prefill) };
        Ok(Self { room, decode_efficiency, devices, since })
    }

    /// What a device of known rates holds today, growing as its class does.
    ///
    /// # Errors
    /// A class whose history gives no growth, or a limit within which nothing runs.
    pub fn of_device(
        rates: &Rates,
        class: &ClassSpec,
        history: &[HistoricDevice],
        required: Requirements,
        since: Option<Date>,
        today: Date,
    ) -> Result<Self, CapacityError> {
        let Growths { ram, bandwidth, compute, devices, since } = Growths::of(class, history, since)?;
        let day = days_since_origin(today);
        let limit = |growth: Exponential, limit: Limit, most: Option<f64>, deviation: f64| {
            let most = most.ok_or(CapacityError::NoRoom { limit: limit.name() })?;
            Ok(Some(growth.through(day, most).with_level_deviation(deviation)))
        };
        let memory = rates.most_by_memory(required.context());
        let decode = rates.most_by_decode(required.min_tps, required.depth());
        let prefill = rates.most_by_prefill(required.max_ttft, required.prompt);
        let room = Room {
            memory: limit(ram, Limit::Memory, memory, rates.memory_deviation)?,
            decode: limit(bandwidth, Limit::Decode, decode, rates.decode_deviation)?,
            prefill: limit(compute, Limit::Prefill, prefill, rates.prefill_deviation)?,
        };
        Ok(Self { room, decode_efficiency: None, devices, since })
    }
}

/// How a class grows.
struct Growths {
    ram: Exponential,
    bandwidth: Exponential,
    compute: Exponential,
    devices: usize,
    since: Option<Date>,
}

impl Growths {
    fn of(class: &ClassSpec, history: &[HistoricDevice], since: Option<Date>) -> Result<Self, CapacityError> {
        let young = members(class, history, since).filter(|row| row.fp16_gflops.is_some()).count();
        let since = since.filter(|_| young > FEWEST_DEVICES);
        let line = |quantity: Quantity| {
            Growth::fit(members(class, history, since), quantity)
                .and_then(|growth| {
                    Exponential::from_line(&growth.line, DAYS_PER_YEAR)
                        .ok_or(GrowthError::TooFewDevices { found: growth.line.n })
                })
                .map_err(|error| CapacityError::Growth { class: class.id.clone(), quantity: quantity.name(), error })
        };
        let devices = members(class, history, since).count();
        Ok(Self {
            ram: line(Quantity::Ram)?,
            bandwidth: line(Quantity::Bandwidth)?,
            compute: line(Quantity::Compute)?,
            devices,
            since,
        })
    }
}

/// Why no size decodes at just a speed.
enum NoSize {
    /// Even 1 MB is slower.
    AllSlower,
    /// Even 10 TB is faster.
    AllFaster,
}

/// GB read per token at which the speed model gives `tps` on a bandwidth, and the deviation of ln speed there.
fn gb_at_speed(model: &SpeedModel, bandwidth_gbs: f64, backend: &str, tps: f64) -> Result<(f64, f64), NoSize> {
    let (least, most) = (1e-3_f64.ln(), 1e4_f64.ln());
    let excess = |ln_gb: f64| {
        let (cost, _) = model.ln_cost(&SpeedInput::new(bandwidth_gbs, ln_gb.exp(), backend));
        cost + ln_gb - bandwidth_gbs.ln() + tps.ln()
    };
    let ln_gb = bisect(least, most, excess)
        .ok_or_else(|| if excess(least) > 0.0 { NoSize::AllSlower } else { NoSize::AllFaster })?;
    let (_, deviation) = model.ln_cost(&SpeedInput::new(bandwidth_gbs, ln_gb.exp(), backend));
    Ok((ln_gb.exp(), deviation))
}
