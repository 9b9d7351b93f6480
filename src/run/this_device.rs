//! What this very machine runs today, from its stored model or from the bench of the main job.

use std::collections::BTreeMap;

use crate::bench::plan::Phase;
use crate::calibration::device_model::{DeviceModel, Machine};
use crate::crossover::device_today::DeviceToday;
use crate::crossover::inputs::Inputs;
use crate::crossover::one_model::OneModel;
use crate::crossover::plan::{Device, growth_class};
use crate::device::DeviceProfile;
use crate::device::class_spec::ClassSpec;
use crate::device::own_speed::OwnSpeed;
use crate::device::rates::Rates;
use crate::file::run_folder as store;
use crate::measure::bench_report::BenchReport;
use crate::measure::bench_report::row::RowReport;
use crate::measure::stored_probe::StoredProbe;
use crate::model::recipe::Format;

/// The rates of a stored model at the format of a class.
///
/// # Errors
/// A class whose format llama.cpp does not know, or whose cost the model does not give.
pub(crate) fn rates(model: &DeviceModel, class: &ClassSpec) -> Result<Rates, String> {
    let format: Format = class.quantization.parse().map_err(|error| format!("{error}"))?;
    let found = model.rates(
        format.name(),
        format.kind().name,
        class.bits_per_weight,
        class.usable_bytes(model.device.ram_bytes),
    );
    found
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("the ladder gives no cost of {}", class.quantization))
}

/// The same at every quantisation whose cost the model gives: names with their bits.
pub(crate) fn rates_of_all(model: &DeviceModel, class: &ClassSpec, bits: &[(String, f64)]) -> BTreeMap<String, Rates> {
    let at = |name: &str, bits: f64| {
        let format: Format = name.parse().ok()?;
        model.rates(format.name(), format.kind().name, bits, class.usable_bytes(model.device.ram_bytes)).ok()?
    };
    bits.iter().filter_map(|(name, bits)| Some((name.clone(), at(name, *bits)?))).collect()
}

/// The model that was stored of this very machine.
pub(crate) fn stored_model(profile: &DeviceProfile) -> Option<DeviceModel> {
    let path = store::device_model_path().ok().filter(|path| path.is_file())?;
    let model = DeviceModel::read(&path).ok()?;
    let here = Machine::of(profile, None, None);
    (model.device.name == here.name && model.device.ram_bytes == here.ram_bytes).then_some(model)
}

/// What earlier checks of a recommendation timed on this very machine.
pub(crate) fn speeds(profile: &DeviceProfile) -> Vec<OwnSpeed> {
    let stored = store::probe_path().ok().and_then(|path| StoredProbe::read(&path, profile));
    stored.map(|stored| stored.speeds).unwrap_or_default()
}

/// The largest model among them; `None` without one.
pub(crate) fn timed_earlier(profile: &DeviceProfile) -> Option<OneModel> {
    speeds(profile).iter().map(OneModel::of_speed).reduce(|first, next| first.or_larger(Some(next)))
}

/// What the device runs today, and when it meets GPT-4's level; or why that is not known.
pub(super) fn device_today(
    profile: &DeviceProfile,
    own: Option<&DeviceModel>,
    timed: Option<&OneModel>,
    inputs: &Inputs<'_>,
) -> Result<DeviceToday, String> {
    let class = growth_class(&profile.class.to_string());
    let machine = Machine::of(profile, None, None);
    let rates = match own {
        Some(model) => rates(model, class)?,
        None => timed
            .map(|model| model.rates(class, machine.ram_bytes))
            .ok_or("the run measured no decode and prefill speed")?,
    };
    let device = Device { name: &machine.name, rates: &rates, class };
    DeviceToday::of(&device, inputs).map_err(|error| chain(&error))
}

/// An error with its causes, as a command would print it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What a bench measured of its one model; `None` without a decode and a prefill.
pub(crate) fn one_model(bench: &BenchReport) -> Option<OneModel> {
    let model = bench.model.as_ref()?;
    let rows = || bench.results.iter().filter(|row| row.model == model.id);
    let seconds = |row: &RowReport| Some(1.0 / row.median_tokens_per_second.filter(|speed| *speed > 0.0)?);
    let of = |phase: Phase| rows().filter(move |row| row.phase == phase && row.median_tokens_per_second.is_some());
    let shallow = of(Phase::Decode).min_by_key(|row| row.depth)?;
    let deep = of(Phase::Decode).max_by_key(|row| row.depth)?;
    let prompt = of(Phase::Prefill).max_by_key(|row| row.tokens)?;
    let beside = |row: &RowReport| Some(row.memory.peak_rss?.checked_sub(model.bytes + row.memory.kv_cache?)? as f64);
    Some(OneModel {
        named: format!("this run's {}", model.id),
        bytes: model.bytes as f64,
        params: model.params as f64,
        shallow: (f64::from(shallow.depth), seconds(shallow)?),
        deep: (f64::from(deep.depth), seconds(deep)?),
        prefill: seconds(prompt)?,
        sustained: bench.sustain.as_ref().map(|curve| curve.share_of(shallow.median_tokens_per_second).min(1.0)),
        overhead_bytes: rows().filter_map(beside).reduce(f64::max),
        valid: [shallow, deep, prompt].iter().all(|row| row.valid),
    })
}
