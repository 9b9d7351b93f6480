//! From the entries of a journal to the bench document.

use super::BenchReport;
use super::conditions::{energy_report, judge_conditions, load_report, thermal_report};
use super::row::{LatencyReport, MemoryReport, RowReport, UNREACHED, WarningReport, kv_cache_bytes};
use super::wire::{EngineReport, ModelReport, SettingsReport};
use crate::bench::elsewhere;
use crate::bench::fresh_prompt::FreshPrompts;
use crate::bench::honesty;
use crate::bench::measurement::{Latency, Speed, TimeToFirstToken, judge};
use crate::bench::plan::Row;
use crate::bench::runner::Sample;
use crate::bench::warning::Warning;
use crate::device::{DeviceRecord, feature_match};
use crate::engine::placement::{CPU, label};
use crate::measure::journal::{Entry, RunModel, RunPlan, SCHEMA};
use crate::measure::load_time::{LoadRow, Results};
use crate::measure::sustain_report::SustainReport;
use crate::meter::memory::MemoryReading;
use crate::meter::quiet_wait::GateRecord;
use crate::worker::conditions::Conditions;
use crate::worker::protocol::Ready;

/// What the journal says of one row.
#[derive(Debug, Default, Clone)]
struct RowEntries {
    ready: Option<Ready>,
    samples: Vec<(Sample, Conditions)>,
    fresh: Vec<Sample>,
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
        let mut device = None;
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
                Entry::Device { profile } => device = Some((**profile).clone()),
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
                Entry::FreshSample { row, sample } => {
                    if let Some(slot) = rows.get_mut(*row) {
                        slot.fresh.push(sample.clone());
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
        let sustain = SustainReport::of(entries);
        if sustain.is_none() && entries.iter().any(|entry| matches!(entry, Entry::Sustain { .. })) {
            sustain_reason
                .get_or_insert_with(|| "fewer than five repetitions make no curve: give it more seconds".to_owned());
        }
        let engine = rows.iter().find_map(|row| row.ready.as_ref()).map(|ready| ready.build.clone().into());
        let of_the_run = run_warnings(device.as_ref(), engine.as_ref(), gate.as_ref());
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
            seed: Some(plan.seed),
            device,
            engine,
            model: plan.models.first().map(ModelReport::from),
            models: plan.models.iter().map(ModelReport::from).collect(),
            threads_rule,
            notes,
            gate,
            sustain,
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
fn run_warnings(
    device: Option<&DeviceRecord>,
    engine: Option<&EngineReport>,
    gate: Option<&GateRecord>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let flags = device.and_then(DeviceRecord::profile).map(|profile| &profile.cpu.simd);
    if let Some((flags, engine)) = flags.filter(|flags| !flags.is_empty()).zip(engine) {
        let found = feature_match::compare(flags, &engine.features);
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
    let warmup = said.ready.as_ref().and_then(|ready| ready.warmup.as_ref());
    warnings.extend(honesty::judge(row.shape, &samples, warmup));
    let fresh_prompts = FreshPrompts::of(&samples, &said.fresh);
    warnings.extend(fresh_prompts.as_ref().and_then(FreshPrompts::judge));
    if !said.done && !samples.is_empty() {
        warnings.push(Warning::Unfinished { have: samples.len() });
    }
    warnings.extend(judge_conditions(&conditions));
    warnings.extend(said.warnings.iter().cloned());
    if let Some(ready) = &said.ready {
        let settings = &row.settings;
        if settings.n_gpu_layers > 0 && ready.backend == CPU && !settings.cpu_alone() {
            warnings.push(Warning::NoDevice { layers: settings.n_gpu_layers });
        } else if let Some(shares) = &ready.placement {
            warnings.extend(elsewhere::judge(settings, row.shape.phase, ready.facts.n_layer, shares));
        }
        warnings.extend(of_the_run.iter().cloned());
    }
    let reason = said.error.clone().or_else(|| samples.is_empty().then(|| UNREACHED.to_owned()));
    let load = load_report(&conditions);
    RowReport {
        test: row.shape.to_string(),
        model: model.id.clone(),
        phase: row.shape.phase,
        tokens: row.shape.tokens,
        depth: row.shape.depth,
        threads: row.settings.threads,
        settings: SettingsReport::of(&row.settings, said.ready.as_ref().and_then(|ready| ready.flash_attention)),
        backend: said.ready.as_ref().map(|ready| label(&ready.backend, ready.placement.as_deref().unwrap_or_default())),
        placement: said.ready.as_ref().and_then(|ready| ready.placement.clone()),
        median_tokens_per_second: speed.as_ref().map(|speed| speed.median),
        stddev_tokens_per_second: speed.as_ref().and_then(|speed| speed.deviation),
        spread: speed.as_ref().and_then(|speed| speed.spread),
        tokens_per_second: speed.map(|speed| speed.mean),
        samples_ns,
        fresh_prompts,
        warmup_ns: said.ready.as_ref().and_then(|ready| Some(ready.warmup.as_ref()?.duration_ns)),
        load_ns: said.ready.as_ref().map(|ready| ready.load_ns),
        latency: Latency::of(&samples).map(|latency| LatencyReport::of(&latency)),
        ttft: said.ready.as_ref().and_then(|ready| TimeToFirstToken::of(ready.load_ns, &samples)),
        first_token: TimeToFirstToken::mean(&samples),
        memory: memory_report(said.memory.as_ref(), row, model),
        energy: energy_report(&samples, &conditions),
        thermal: thermal_report(&conditions),
        load,
        valid: reason.is_none() && said.done && !warnings.iter().any(Warning::invalidates),
        warnings: warnings.into_iter().map(WarningReport::from).collect(),
        reason,
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
        kv_cache_upper_bound: model.kv_upper_bound,
        reason: match memory {
            None => Some("the worker ended before its memory was read".to_owned()),
            Some(memory) if memory.reasons.is_empty() => None,
            Some(memory) => {
                Some(memory.reasons.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; "))
            }
        },
    }
}
