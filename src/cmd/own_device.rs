//! The end of the main job: what this very machine runs today, from its stored model or from the run itself.

use jiff::civil::{Date, date};

use super::calibrate::stored;
use super::crossover::Ground;
use super::law_releases::{self, Filter, Known};
use crate::device::class_spec::{self, ClassSpec};
use crate::device::rates::Rates;
use crate::device::{DeviceProfile, history};
use crate::law::frontier::DatedDensity;
use crate::model::densities::{self, PublishedDensity};
use crate::model::published;
use crate::report::bench::BenchReport;
use crate::report::crossover::{ClassLaw, row};
use crate::report::crossover_budget::{Budget, Demand};
use crate::report::crossover_row::Row;
use crate::report::device_model::{DeviceModel, Machine};
use crate::report::frontier::FrontierReport;
use crate::report::own_device::{OwnDevice, rates_of_bench};
use crate::report::run::RunReport;
use crate::stat::Bootstrap;

/// Class that a machine without a class of its own grows like: a server has no history, a board of no name neither.
const OTHERWISE: &str = "desktop";

/// The class whose growth projects a machine of a class.
pub(super) fn growth_class(class: &str) -> &'static ClassSpec {
    class_spec::find(class).or_else(|_| class_spec::find(OTHERWISE)).unwrap_or_else(|_| &class_spec::builtin()[0])
}

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
pub(super) fn conclude(report: &mut RunReport, profile: &DeviceProfile, today: Date, seed: u64) {
    match of_run(profile, report.bench.as_ref(), today, seed) {
        Ok(own) => {
            report.verdicts.extend(own.sentences(today));
            report.device["today"] = serde_json::to_value(&own).unwrap_or_default();
        }
        Err(why) => {
            report.reasons.insert("device.today".to_owned(), why);
        }
    }
    if let Some(model) = stored_model(profile) {
        report.device["k1"] = serde_json::to_value(&model.k1).unwrap_or_default();
        report.device["k2"] = serde_json::to_value(&model.k2).unwrap_or_default();
    }
}

/// The published densities and their law as of today.
pub(super) fn frontier(today: Date, seed: u64) -> Result<FrontierReport, String> {
    let make = || -> anyhow::Result<FrontierReport> {
        let known = Known::shipped()?;
        let aliases = published::aliases()?;
        let figure = densities::published(jiff::civil::Date::MAX)?;
        let listed = |row: &PublishedDensity| published::find(&row.model, &known.releases, &aliases);
        let there: Vec<&str> = figure.iter().filter_map(listed).map(|release| release.model.as_str()).collect();
        let filter = Filter { kinds: &[], families: &[], source: None, least_scores: 5 };
        let (mut others, _) = law_releases::densities("models/releases.csv", &known.releases, &known, &filter)?;
        others.retain(|(model, _)| model.date <= today && !there.contains(&model.model.as_str()));
        let others: Vec<DatedDensity> = others.into_iter().map(|(model, _)| model).collect();
        let dated = figure.into_iter().filter(|row| row.date <= today).map(law_releases::dated).collect();
        let run = Bootstrap { resamples: 2000, seed };
        let source = "law: models/densities.csv; beside it: base models with five scores of models/releases.csv";
        Ok(FrontierReport::of(source, dated, &others, today, run)?)
    };
    make().map_err(|error| format!("{error:#}"))
}

/// The device with its verdict, or why there is none.
fn of_run(profile: &DeviceProfile, bench: Option<&BenchReport>, today: Date, seed: u64) -> Result<OwnDevice, String> {
    let make = || -> anyhow::Result<OwnDevice> {
        let class = growth_class(&profile.class.to_string());
        let rates = match stored_model(profile) {
            Some(model) => rates(&model, class)?,
            None => {
                let ram = Machine::of(profile, None, None).ram_bytes;
                bench
                    .and_then(|bench| rates_of_bench(bench, class, ram))
                    .ok_or_else(|| anyhow::anyhow!("the run measured no decode and prefill speed"))?
            }
        };
        let ground = Ground::of(today, Bootstrap { resamples: 10_000, seed })?;
        let demand = Demand::of(class);
        let budget = Budget::of_device(&rates, class, history::builtin(), demand, Some(date(2016, 1, 1)), today)?;
        let law = ClassLaw::of(&ground.setting, &budget)?;
        let gpt_4 = row(class, &budget, &law, &ground.target("gpt-4")?, &ground.setting)?;
        let gpt_4 = Row { device: Some(Machine::of(profile, None, None).name), ..gpt_4 };
        Ok(OwnDevice::of(&ground.setting, &rates, demand, &class.id, gpt_4))
    };
    make().map_err(|error| format!("{error:#}"))
}
