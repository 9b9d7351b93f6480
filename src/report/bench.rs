//! The bench document: derived from the journal, so that the same journal always gives the same numbers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::journal::{Entry, RunModel, RunPlan, SCHEMA};
use super::load::{LoadRow, Results};
use super::sustain::SustainReport;
use crate::bench::measurement::{Latency, Speed, TimeToFirstToken, judge};
use crate::bench::plan::{Phase, Row, Shape};
use crate::bench::runner::Sample;
use crate::bench::warning::{self, Warning};
use crate::device::feature_match;
use crate::engine::Build;
use crate::meter::energy::EnergyReading;
use crate::meter::gate::GateRecord;
use crate::meter::memory::MemoryReading;
use crate::stat::Estimate;
use crate::worker::conditions::Conditions;
use crate::worker::protocol::Ready;

/// The document of `densimeter bench --json` and the `bench` part of `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// Version of this shape.
    pub schema: u32,
    /// Name of the run.
    pub run_id: String,
    /// When it began, RFC 3339.
    pub started: jiff::Timestamp,
    /// Version of densimeter.
    pub densimeter: String,
    /// Seed of tokens and order.
    pub seed: u64,
    /// The device as probed; null when it was not.
    pub device: Value,
    /// The engine; null when no worker came up.
    pub engine: Option<EngineReport>,
    /// The first model.
    pub model: Option<RunModel>,
    /// All models; a result's `model` is one of these ids.
    pub models: Vec<RunModel>,
    /// How the threads were chosen.
    pub threads_rule: Option<String>,
    /// What to know about the plan.
    pub notes: Vec<String>,
    /// How the wait for a cool or quiet machine went.
    pub gate: Option<GateRecord>,
    /// One per row, in the plan's order, and one per model for its loads.
    pub results: Results,
    /// The throttling curve; null when `--sustain` was not asked for.
    pub sustain: Option<SustainReport>,
    /// Why the sustained series is missing or ended early.
    #[serde(default)]
    pub sustain_reason: Option<String>,
    /// Whether every row is valid.
    pub valid: bool,
}

/// The engine of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineReport {
    /// Name and version.
    pub build: String,
    /// Instruction sets and back ends compiled in.
    pub features: Vec<String>,
}

impl From<Build> for EngineReport {
    fn from(build: Build) -> Self {
        Self { build: build.name, features: build.features }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowReport {
    /// llama-bench's name of the test.
    pub test: String,
    /// Id of the model.
    pub model: String,
    /// `prefill` or `decode`.
    pub phase: Phase,
    /// Tokens timed in one repetition.
    pub tokens: u32,
    /// Tokens in the cache before.
    pub depth: u32,
    /// Threads.
    pub threads: u32,
    /// `-b`, `-ub`, `-fa`, `-ctk`, `-ctv`, `-ngl`.
    pub settings: crate::bench::plan::Settings,
    /// Back end that ran it; null when no worker came up.
    pub backend: Option<String>,
    /// Mean speed in tokens/s; null with `reason`.
    pub tokens_per_second: Option<Estimate>,
    /// Median speed in tokens/s.
    pub median_tokens_per_second: Option<f64>,
    /// Standard deviation of the speeds in tokens/s.
    pub stddev_tokens_per_second: Option<f64>,
    /// Half the 10–90 % range of the speeds over their median.
    pub spread: Option<f64>,
    /// Nanoseconds of every repetition.
    pub samples_ns: Vec<u64>,
    /// Nanoseconds of the warm-up, which has the row's own shape and is not counted.
    pub warmup_ns: Option<u64>,
    /// Loading the model, nanoseconds.
    pub load_ns: Option<u64>,
    /// Inter-token latency in nanoseconds; null for prefill.
    pub latency: Option<LatencyReport>,
    /// Time to the first token in nanoseconds; null for decode.
    pub ttft: Option<TimeToFirstToken>,
    /// Memory of the measured process.
    pub memory: MemoryReport,
    /// Energy; null with the reason among the warnings.
    pub energy: Option<EnergyReport>,
    /// Heat and clocks.
    pub thermal: ThermalReport,
    /// Other load, steal and context switches.
    pub load: LoadReport,
    /// Whether the number may be quoted.
    pub valid: bool,
    /// What to know about it.
    pub warnings: Vec<WarningReport>,
    /// Why there is no number.
    pub reason: Option<String>,
}

/// A warning on the wire: the value and its sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningReport {
    /// The value.
    #[serde(flatten)]
    pub warning: Warning,
    /// The sentence with the way out.
    pub message: String,
    /// Whether it makes the row invalid.
    pub invalidates: bool,
}

impl From<Warning> for WarningReport {
    fn from(warning: Warning) -> Self {
        Self { message: warning.to_string(), invalidates: warning.invalidates(), warning }
    }
}

/// Inter-token latency in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyReport {
    /// Median.
    pub p50: Option<Estimate>,
    /// 90th percentile.
    pub p90: Option<Estimate>,
    /// 95th percentile.
    pub p95: Option<Estimate>,
    /// 99th percentile.
    pub p99: Option<Estimate>,
    /// Largest.
    pub max: Option<u64>,
    /// Latencies recorded.
    pub count: u64,
    /// Why a percentile is null, e.g. `too few samples`.
    pub reasons: Vec<String>,
    /// `[latency, count]` of every recorded bucket (three significant digits).
    pub histogram: Vec<(u64, u64)>,
}

/// Memory of the measured process in bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryReport {
    /// The kernel's high-water mark of resident memory (`VmHWM`).
    pub peak_rss: Option<u64>,
    /// Proportional set size at the end.
    pub pss: Option<u64>,
    /// Anonymous memory at the end: what is not the mapped model file.
    pub anonymous: Option<u64>,
    /// The KV cache, computed from the header, the context length and the cache types.
    pub kv_cache: Option<u64>,
    /// Why something is null.
    pub reason: Option<String>,
}

/// Energy of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnergyReport {
    /// Joules per token over the repetitions, idle power included.
    pub joules_per_token: f64,
    /// Joules of all repetitions.
    pub joules: f64,
    /// Mean power in watts.
    pub watts: f64,
    /// Tier, method and scope of the source.
    pub source: EnergyReading,
}

/// Heat and clocks of a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ThermalReport {
    /// Hottest sensor before the first repetition, °C.
    pub start_celsius: Option<f64>,
    /// Hottest sensor after the last, °C.
    pub end_celsius: Option<f64>,
    /// Highest core clock before the first repetition, Hz.
    pub start_hertz: Option<f64>,
    /// Highest core clock after the last, Hz.
    pub end_hertz: Option<f64>,
    /// Whether the processor was held back; null where nothing can tell.
    pub throttled: Option<bool>,
    /// What says so, or why nothing can.
    pub evidence: Option<String>,
}

/// What else ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Processors that others kept busy, mean over the repetitions.
    pub others_busy_processors: Option<f64>,
    /// Share of time that the hypervisor took.
    pub steal_fraction: Option<f64>,
    /// Voluntary context switches of the measured process.
    pub voluntary_switches: Option<u64>,
    /// Involuntary ones.
    pub involuntary_switches: Option<u64>,
    /// Page faults that went to disk.
    pub major_faults: Option<u64>,
}

/// What the journal says of one row.
#[derive(Debug, Default, Clone)]
struct RowEntries {
    ready: Option<Ready>,
    samples: Vec<(Sample, Conditions)>,
    memory: Option<MemoryReading>,
    warnings: Vec<Warning>,
    done: bool,
    error: Option<String>,
}

impl BenchReport {
    /// Derives the document; `None` for a journal without a run.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Option<Self> {
        let mut head: Option<(&String, jiff::Timestamp, &String, &RunPlan)> = None;
        let mut device = Value::Null;
        let (mut gate, mut threads_rule) = (None, None);
        let mut notes = Vec::new();
        let mut sustain_reason = None;
        let mut rows: Vec<RowEntries> = Vec::new();
        for entry in entries {
            match entry {
                Entry::Run { run_id, started, densimeter, plan, .. } => {
                    if head.is_none() {
                        rows.resize(plan.rows.len(), RowEntries::default());
                        head = Some((run_id, *started, densimeter, plan));
                    }
                }
                Entry::Device { profile } => device = profile.clone(),
                Entry::Gate { gate: record } => gate = Some(record.clone()),
                Entry::Threads { rule } => threads_rule = Some(rule.clone()),
                Entry::Note { text } => notes.push(text.clone()),
                Entry::Trial { .. } => {}
                // A later series takes the place of a failed one.
                Entry::Sustain { .. } => sustain_reason = None,
                Entry::SustainFailed { error } => sustain_reason = Some(error.clone()),
                Entry::RowStarted { row, ready } => {
                    if let Some(slot) = rows.get_mut(*row) {
                        *slot = RowEntries { ready: Some((**ready).clone()), ..RowEntries::default() };
                    }
                }
                Entry::Sample { row, sample, conditions } => {
                    if let Some(slot) = rows.get_mut(*row) {
                        slot.samples.push((sample.clone(), (**conditions).clone()));
                    }
                }
                Entry::RowDone { row, memory, warnings } => {
                    if let Some(slot) = rows.get_mut(*row) {
                        slot.memory.clone_from(memory);
                        slot.warnings.clone_from(warnings);
                        slot.done = true;
                    }
                }
                Entry::RowFailed { row, error } => {
                    if let Some(slot) = rows.get_mut(*row) {
                        slot.error = Some(error.clone());
                    }
                }
            }
        }
        let (run_id, started, densimeter, plan) = head?;
        let engine = rows.iter().find_map(|row| row.ready.as_ref()).map(|ready| ready.build.clone().into());
        let of_the_run = run_warnings(&device, engine.as_ref(), gate.as_ref());
        let results = plan.rows.iter().zip(&rows);
        let results: Vec<RowReport> =
            results.map(|(row, said)| row_report(row, &plan.models[row.model], said, &of_the_run)).collect();
        let loads = plan.models.iter().enumerate().map(|(place, model)| {
            let ready = plan.rows.iter().zip(&rows).filter(|(row, _)| row.model == place);
            LoadRow::of(model, ready.filter_map(|(_, said)| Some(said.ready.as_ref()?.load_ns)).collect())
        });
        let loads = loads.collect();
        Some(Self {
            schema: SCHEMA,
            run_id: run_id.clone(),
            started,
            densimeter: densimeter.clone(),
            seed: plan.seed,
            device,
            engine,
            model: plan.models.first().cloned(),
            models: plan.models.clone(),
            threads_rule,
            notes,
            gate,
            sustain: SustainReport::of(entries),
            sustain_reason,
            valid: results.iter().all(|row| row.valid),
            results: Results { rows: results, loads },
        })
    }

    /// Rows that have no number.
    #[must_use]
    pub fn failed_rows(&self) -> usize {
        self.results.iter().filter(|row| row.tokens_per_second.is_none()).count()
    }
}

/// What holds for every row that was measured: how the engine was built, how the wait ended.
fn run_warnings(device: &Value, engine: Option<&EngineReport>, gate: Option<&GateRecord>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let flags =
        device.pointer("/cpu/simd").cloned().and_then(|flags| serde_json::from_value::<Vec<String>>(flags).ok());
    if let Some((flags, engine)) = flags.filter(|flags| !flags.is_empty()).zip(engine) {
        let found = feature_match::compare(&flags, &engine.features);
        warnings.extend(found.iter().map(|found| Warning::FeatureMismatch { detail: found.to_string() }));
    }
    if let Some(gate) = gate.filter(|gate| gate.satisfied == Some(false)) {
        let detail = format!("began although the machine was not cool or quiet: {}", gate.reason);
        warnings.push(Warning::GateTimeout { detail });
    }
    warnings
}

fn row_report(row: &Row, model: &RunModel, said: &RowEntries, of_the_run: &[Warning]) -> RowReport {
    let samples_ns: Vec<u64> = said.samples.iter().map(|(sample, _)| sample.duration_ns).collect();
    // A row whose worker died keeps its raw samples, but no number is derived from half a row.
    let counted = if said.error.is_some() { &[][..] } else { &said.samples };
    let samples: Vec<Sample> = counted.iter().map(|(sample, _)| sample.clone()).collect();
    let conditions: Vec<&Conditions> = counted.iter().map(|(_, conditions)| conditions).collect();
    let durations: Vec<u64> = samples.iter().map(|sample| sample.duration_ns).collect();
    let speed = Speed::of(row.shape.tokens, &durations);
    let mut warnings = if samples.is_empty() { Vec::new() } else { judge(&samples) };
    if !said.done && !samples.is_empty() {
        warnings.push(Warning::Unfinished { have: samples.len() });
    }
    warnings.extend(judge_conditions(&conditions));
    warnings.extend(said.warnings.iter().cloned());
    if said.ready.is_some() {
        warnings.extend(of_the_run.iter().cloned());
    }
    let reason = said
        .error
        .clone()
        .or_else(|| samples.is_empty().then(|| "not measured: the run ended before this row".to_owned()));
    let load = load_report(&conditions);
    RowReport {
        test: row.shape.to_string(),
        model: model.id.clone(),
        phase: row.shape.phase,
        tokens: row.shape.tokens,
        depth: row.shape.depth,
        threads: row.settings.threads,
        settings: row.settings.clone(),
        backend: said.ready.as_ref().map(|ready| ready.backend.clone()),
        median_tokens_per_second: speed.as_ref().map(|speed| speed.median),
        stddev_tokens_per_second: speed.as_ref().and_then(|speed| speed.deviation),
        spread: speed.as_ref().and_then(|speed| speed.spread),
        tokens_per_second: speed.map(|speed| speed.mean),
        samples_ns,
        warmup_ns: said.ready.as_ref().and_then(|ready| Some(ready.warmup.as_ref()?.duration_ns)),
        load_ns: said.ready.as_ref().map(|ready| ready.load_ns),
        latency: Latency::of(&samples).map(|latency| latency_report(&latency)),
        ttft: said.ready.as_ref().and_then(|ready| TimeToFirstToken::of(ready.load_ns, &samples)),
        memory: memory_report(said.memory.as_ref(), row, model),
        energy: energy_report(&samples, &conditions),
        thermal: thermal_report(&conditions),
        load,
        valid: reason.is_none() && said.done && !warnings.iter().any(Warning::invalidates),
        warnings: warnings.into_iter().map(WarningReport::from).collect(),
        reason,
    }
}

fn latency_report(latency: &Latency) -> LatencyReport {
    let mut reasons = Vec::new();
    let mut at = |name: &str, quantile: f64| match latency.quantile(quantile) {
        Ok(estimate) => Some(estimate),
        Err(why) => {
            reasons.push(format!("{name}: {why}"));
            None
        }
    };
    let [p50, p90, p95, p99] = Latency::QUANTILES.map(|(name, quantile)| at(name, quantile));
    LatencyReport {
        p50,
        p90,
        p95,
        p99,
        max: latency.histogram.max(),
        count: latency.histogram.len(),
        reasons,
        histogram: latency.histogram.buckets(),
    }
}

fn memory_report(memory: Option<&MemoryReading>, row: &Row, model: &RunModel) -> MemoryReport {
    let of =
        |pick: fn(&MemoryReading) -> Option<crate::unit::Bytes>| memory.and_then(pick).map(crate::unit::Bytes::bytes);
    MemoryReport {
        peak_rss: of(|memory| memory.peak_rss),
        pss: of(|memory| memory.pss),
        anonymous: of(|memory| memory.anonymous),
        kv_cache: model.kv_elements.map(|elements| kv_cache_bytes(elements, row)),
        reason: match memory {
            None => Some("the worker ended before its memory was read".to_owned()),
            Some(memory) if memory.reasons.is_empty() => None,
            Some(memory) => {
                Some(memory.reasons.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; "))
            }
        },
    }
}

/// Bytes of the KV cache of a row; llama.cpp rounds the context up to 256 cells.
#[must_use]
pub fn kv_cache_bytes((keys, values): (u64, u64), row: &Row) -> u64 {
    let cells = u64::from(row.shape.depth + row.shape.tokens).div_ceil(256) * 256;
    let bits = keys as f64 * row.settings.type_k.bits() + values as f64 * row.settings.type_v.bits();
    (cells as f64 * bits / 8.0).round() as u64
}

fn energy_report(samples: &[Sample], conditions: &[&Conditions]) -> Option<EnergyReport> {
    let readings: Option<Vec<&EnergyReading>> = conditions.iter().map(|reading| reading.energy.as_ref()).collect();
    let readings = readings?;
    let first = *readings.first()?;
    let joules: f64 = readings.iter().map(|reading| reading.joules.joules()).sum();
    let seconds: f64 = readings.iter().map(|reading| reading.seconds).sum();
    let tokens: u32 = samples.iter().map(|sample| sample.tokens).sum();
    Some(EnergyReport {
        joules_per_token: joules / f64::from(tokens),
        joules,
        watts: joules / seconds,
        source: first.clone(),
    })
}

fn thermal_report(conditions: &[&Conditions]) -> ThermalReport {
    let hottest = |reading: &crate::meter::thermal::ThermalReading| Some(reading.hottest.as_ref()?.celsius.degrees());
    let fastest = |reading: &crate::meter::thermal::ThermalReading| {
        reading.frequencies.iter().map(|hertz| hertz.hertz()).reduce(f64::max)
    };
    let (first, last) = (conditions.first(), conditions.last());
    let held_back = conditions.iter().find(|reading| reading.throttling.throttled == Some(true));
    // "Not held back" holds for the row only when every repetition could tell.
    let unknown = conditions.iter().find(|reading| reading.throttling.throttled.is_none());
    let verdict = held_back.or(unknown).or(first).map(|reading| &reading.throttling);
    ThermalReport {
        start_celsius: first.and_then(|reading| hottest(&reading.before)),
        end_celsius: last.and_then(|reading| hottest(&reading.after)),
        start_hertz: first.and_then(|reading| fastest(&reading.before)),
        end_hertz: last.and_then(|reading| fastest(&reading.after)),
        throttled: verdict.and_then(|verdict| verdict.throttled),
        evidence: verdict.map(|verdict| verdict.evidence.clone()),
    }
}

fn load_report(conditions: &[&Conditions]) -> LoadReport {
    let loads: Vec<_> = conditions.iter().filter_map(|reading| reading.load.as_ref()).collect();
    let mean = |pick: &dyn Fn(&crate::meter::load::LoadReading) -> f64| {
        (!loads.is_empty()).then(|| loads.iter().map(|load| pick(load)).sum::<f64>() / loads.len() as f64)
    };
    // A sum over nothing is not a measured zero.
    let known = |sum: Option<u64>| sum.filter(|_| !loads.is_empty());
    LoadReport {
        others_busy_processors: mean(&|load| load.others_busy_processors),
        steal_fraction: mean(&|load| load.steal_fraction),
        voluntary_switches: known(loads.iter().map(|load| load.voluntary_switches).sum()),
        involuntary_switches: known(loads.iter().map(|load| load.involuntary_switches).sum()),
        major_faults: conditions
            .iter()
            .map(|reading| reading.major_faults)
            .sum::<Option<u64>>()
            .filter(|_| !conditions.is_empty()),
    }
}

fn judge_conditions(conditions: &[&Conditions]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Some(first) = conditions.first() else { return warnings };
    if let Some(held_back) = conditions.iter().find(|reading| reading.throttling.throttled == Some(true)) {
        warnings.push(Warning::Throttled { evidence: held_back.throttling.evidence.clone() });
    }
    let load = load_report(conditions);
    let processors = conditions.iter().filter_map(|reading| reading.load.as_ref()).map(|load| load.processors).max();
    if let Some((busy, processors)) = load.others_busy_processors.zip(processors) {
        let share = busy / f64::from(processors.max(1));
        if share > warning::MAX_OTHER_LOAD {
            warnings.push(Warning::NotQuiet { share, limit: warning::MAX_OTHER_LOAD });
        }
    }
    if let Some(share) = load.steal_fraction
        && share > warning::MAX_STEAL
    {
        warnings.push(Warning::Stolen { share, limit: warning::MAX_STEAL });
    }
    if let Some(major_faults) = load.major_faults
        && major_faults > 0
    {
        warnings.push(Warning::Swapped { major_faults });
    }
    if conditions.iter().any(|reading| reading.on_battery == Some(true)) {
        warnings.push(Warning::OnBattery);
    }
    if let Some(reason) = first.reasons.get("energy") {
        warnings.push(Warning::EnergyUnavailable { reason: reason.clone() });
    }
    warnings
}

impl RowReport {
    /// The shape of the row.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        Shape { phase: self.phase, tokens: self.tokens, depth: self.depth }
    }
}
