//! The end of the main job: what this very machine runs today, from its stored model or from the run itself.

use jiff::ZonedDateTime;

use super::calibrate::stored;
use crate::bench::plan::Phase;
use crate::calibration::device_model::{DeviceModel, Machine};
use crate::crossover::device_today::DeviceToday;
use crate::crossover::one_model::OneModel;
use crate::crossover::plan::{AsOf, Device, RESAMPLES, growth_class};
use crate::density::frontier::FrontierReport;
use crate::device::DeviceProfile;
use crate::device::class_spec::ClassSpec;
use crate::device::rates::Rates;
use crate::published::Library;
use crate::report::bench::{BenchReport, RowReport};
use crate::report::run::RunReport;
use crate::stat::Bootstrap;

/// The rates of a stored model at the format of a class.
pub(super) fn rates(model: &DeviceModel, class: &ClassSpec) -> anyhow::Result<Rates> {
    let format: crate::model::recipe::Format = class.quantization.parse()?;
    let found = model.rates(format.name(), format.kind().name, class.bits_per_weight, class.usable_ram)?;
    found.ok_or_else(|| anyhow::anyhow!("the ladder gives no cost of {}", class.quantization))
}

/// The model that was stored of this very machine, and why it is not used otherwise.
pub(super) fn stored_model(profile: &DeviceProfile) -> Option<DeviceModel> {
    let model = DeviceModel::read(&stored()?).ok()?;
    let here = Machine::of(profile, None, None);
    (model.device.name == here.name && model.device.ram_bytes == here.ram_bytes).then_some(model)
}

/// Ends a run: what this machine runs today, when it meets GPT-4's level, and what to run on it; with the k1 and k2 of
/// its stored model.
pub(super) fn conclude(report: &mut RunReport, profile: &DeviceProfile, seed: u64) {
    match of_run(profile, report.bench.as_ref(), seed) {
        Ok(own) => {
            report.verdicts.extend(own.sentences(ZonedDateTime::now().date()));
            report.device["today"] = serde_json::to_value(&own).unwrap_or_default();
        }
        Err(why) => {
            report.reasons.insert("device.today".to_owned(), format!("{why:#}"));
        }
    }
    if let Some(model) = stored_model(profile) {
        report.device["k1"] = serde_json::to_value(&model.k1).unwrap_or_default();
        report.device["k2"] = serde_json::to_value(&model.k2).unwrap_or_default();
    }
}

/// The published densities and their law as of today.
pub(super) fn frontier(seed: u64) -> Result<FrontierReport, String> {
    let run = Bootstrap { resamples: 2000, seed };
    FrontierReport::as_of(Library::shipped(), ZonedDateTime::now().date(), run).map_err(|error| error.to_string())
}

/// The device with its verdict.
fn of_run(profile: &DeviceProfile, bench: Option<&BenchReport>, seed: u64) -> anyhow::Result<DeviceToday> {
    let class = growth_class(&profile.class.to_string());
    let machine = Machine::of(profile, None, None);
    let rates = match stored_model(profile) {
        Some(model) => rates(&model, class)?,
        None => bench
            .and_then(one_model)
            .map(|model| model.rates(class, machine.ram_bytes))
            .ok_or_else(|| anyhow::anyhow!("the run measured no decode and prefill speed"))?,
    };
    let device = Device { name: &machine.name, rates: &rates, class };
    let as_of = AsOf { today: ZonedDateTime::now().date(), run: Bootstrap { resamples: RESAMPLES, seed } };
    Ok(DeviceToday::of(&device, as_of, Library::shipped())?)
}

/// What a bench measured of its one model; `None` without a decode and a prefill.
fn one_model(bench: &BenchReport) -> Option<OneModel> {
    let model = bench.model.as_ref()?;
    let rows = || bench.results.iter().filter(|row| row.model == model.id);
    let seconds = |row: &RowReport| Some(1.0 / row.median_tokens_per_second.filter(|speed| *speed > 0.0)?);
    let of = |phase: Phase| rows().filter(move |row| row.phase == phase && row.median_tokens_per_second.is_some());
    let shallow = of(Phase::Decode).min_by_key(|row| row.depth)?;
    let deep = of(Phase::Decode).max_by_key(|row| row.depth)?;
    let prompt = of(Phase::Prefill).max_by_key(|row| row.tokens)?;
    let beside = |row: &RowReport| Some(row.memory.peak_rss?.checked_sub(model.bytes + row.memory.kv_cache?)? as f64);
    Some(OneModel {
        id: model.id.clone(),
        bytes: model.bytes as f64,
        params: model.params as f64,
        shallow: (f64::from(shallow.depth), seconds(shallow)?),
        deep: (f64::from(deep.depth), seconds(deep)?),
        prefill: seconds(prompt)?,
        overhead_bytes: rows().filter_map(beside).reduce(f64::max),
        valid: [shallow, deep, prompt].iter().all(|row| row.valid),
    })
}
