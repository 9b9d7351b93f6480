//! The report of imported tests.

use std::collections::BTreeMap;

use super::fields::Test;
use super::format::Format;
use crate::bench::measurement::{LEVEL, Speed, judge};
use crate::bench::plan::{Phase, Shape};
use crate::bench::runner::Sample;
use crate::bench::warning::Warning;
use crate::device::record::{DeviceRecord, ImportedDevice, ImportedProcessor};
use crate::engine::Token;
use crate::measure::bench_report::{
    BenchReport, EngineReport, LoadReport, MemoryReport, ModelReport, RowReport, SettingsReport, ThermalReport,
    WarningReport,
};
use crate::measure::journal::SCHEMA;
use crate::measure::load_time::Results;
use crate::report::run::{Imported, RunReport};
use crate::stat::Estimate;

const LATENCY: &str = "llama-bench keeps the sum over a test, not the time of each token";
const MEMORY: &str = "llama-bench does not measure memory";
const OLDER: &str =
    "of before March 2024: one batch size, which is both of today's; back ends and cache types by its flags";
const SPEED: &str = "mean as llama-bench gives it; this format does not hold the repetitions";

/// The report; an error where the tests are not of one engine on one machine.
pub(super) fn report(tests: &[Test], format: Format, file: &str, hash: &str) -> Result<RunReport, String> {
    let first = tests.first().ok_or("no test of llama-bench in it")?;
    for (what, of) in [
        ("build", (|test| Some(test.build.clone())) as fn(&Test) -> Option<String>),
        ("processor", |test| test.cpu.clone()),
        ("graphics processor", |test| test.gpu.clone()),
    ] {
        if let Some(other) = tests.iter().find(|test| of(test) != of(first)) {
            let side = |test| of(test).unwrap_or_else(|| "none".to_owned());
            return Err(format!(
                "tests of more than one {what} ({} and {}); a report is of one: export them one by one",
                side(first),
                side(other)
            ));
        }
    }
    let started = tests.iter().map(|test| test.time).min().unwrap_or(first.time);
    let run_id = format!("llama-bench-{}-{}", started.strftime("%Y%m%dT%H%M%SZ"), hash.get(..8).unwrap_or(hash));
    let (models, ids) = models(tests);
    let mut notes = vec![format!("imported from llama-bench ({}): its clock, its warm-up, its rules", format.name())];
    if tests.iter().any(|test| test.older) {
        notes.push(OLDER.to_owned());
    }
    let mut rows = Vec::new();
    for (test, id) in tests.iter().zip(ids) {
        match shape(test) {
            Some(shape) => rows.push(row(test, shape, id)),
            None => {
                notes.push(format!("{id}: pp{}+tg{} left out: one average over both phases", test.n_prompt, test.n_gen))
            }
        }
    }
    if rows.is_empty() {
        return Err("no test of prompt processing or generation alone".to_owned());
    }
    let device = DeviceRecord::Imported(ImportedDevice {
        name: first.gpu.clone().or_else(|| first.cpu.clone()),
        cpu: ImportedProcessor { name: first.cpu.clone() },
        gpu: first.gpu.clone(),
    });
    let backends = first.backends.iter().flat_map(|names| names.split(',')).map(|name| name.trim().to_owned());
    let bench = BenchReport {
        schema: SCHEMA,
        run_id: run_id.clone(),
        started,
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        seed: None,
        device: Some(device.clone()),
        engine: Some(EngineReport { build: first.build.clone(), features: backends.collect() }),
        model: models.first().cloned(),
        models,
        threads_rule: None,
        notes,
        gate: None,
        results: Results { rows, loads: Vec::new() },
        sustain: None,
        sustain_reason: None,
        valid: false,
    };
    Ok(RunReport {
        schema: SCHEMA,
        run_id,
        device: Some(device.into()),
        bench: Some(bench),
        reasons: reasons(),
        complete: true,
        imported: Some(Imported {
            tool: "llama-bench".to_owned(),
            format: format.name().to_owned(),
            file: file.to_owned(),
            sha256: hash.to_owned(),
        }),
        ..RunReport::default()
    })
}

fn reasons() -> BTreeMap<String, String> {
    let speed_alone = "llama-bench measures speed alone";
    let mut reasons: BTreeMap<String, String> = ["eval", "density", "density_edge", "crossover", "audit"]
        .map(|part| (part.to_owned(), speed_alone.to_owned()))
        .into();
    for (name, why) in [
        ("bench.seed", "llama-bench draws its tokens without a seed"),
        ("bench.models.sha256", "llama-bench does not hash the file"),
        ("bench.engine.features", "llama-bench tells the back ends, not the instructions compiled in"),
        ("bench.results.settings", "null where llama.cpp chose by itself: llama-bench writes -1 for it"),
        ("bench.results.latency", LATENCY),
        ("bench.results.memory", MEMORY),
        ("device", "llama-bench names the processor and no more"),
    ] {
        reasons.insert(name.to_owned(), why.to_owned());
    }
    reasons
}

/// The models, and the id of each test's. Files are told apart by their whole path, which is not kept.
fn models(tests: &[Test]) -> (Vec<ModelReport>, Vec<String>) {
    let mut models: Vec<ModelReport> = Vec::new();
    let mut known: Vec<(&str, u64, u64, String)> = Vec::new();
    let mut ids = Vec::new();
    for test in tests {
        let same = |(file, bytes, params, _): &&(&str, u64, u64, String)| {
            *file == test.file && (*bytes, *params) == (test.bytes, test.params)
        };
        if let Some((.., id)) = known.iter().find(same) {
            ids.push(id.clone());
            continue;
        }
        let base = test.file.rsplit(['/', '\\']).next().unwrap_or(&test.file);
        let base = base.strip_suffix(".gguf").unwrap_or(base);
        let mut id = base.to_owned();
        let mut count = 2;
        while models.iter().any(|model| model.id == id) {
            id = format!("{base} #{count}");
            count += 1;
        }
        models.push(ModelReport {
            id: id.clone(),
            sha256: None,
            params: test.params,
            bytes: test.bytes,
            bits_per_weight: 8.0 * test.bytes as f64 / test.params.max(1) as f64,
            kv_elements: None,
            kv_upper_bound: false,
        });
        known.push((&test.file, test.bytes, test.params, id.clone()));
        ids.push(id);
    }
    (models, ids)
}

fn shape(test: &Test) -> Option<Shape> {
    match (test.n_prompt, test.n_gen) {
        (0, 0) => None,
        (tokens, 0) => Some(Shape { phase: Phase::Prefill, tokens, depth: test.n_depth }),
        (0, tokens) => Some(Shape { phase: Phase::Decode, tokens, depth: test.n_depth }),
        _ => None,
    }
}

fn row(test: &Test, shape: Shape, model: String) -> RowReport {
    let speed = Speed::of(shape.tokens, &test.samples_ns);
    // One check for all: what llama-bench does not tell, such as equal work, is not judged.
    let samples: Vec<Sample> = test
        .samples_ns
        .iter()
        .map(|&duration_ns| Sample {
            duration_ns,
            token_ns: Vec::new(),
            first_token: None,
            tokens: shape.tokens,
            check: Token(0),
        })
        .collect();
    let mut warnings = if samples.is_empty() { Vec::new() } else { judge(&samples) };
    warnings.push(Warning::NotRecorded { source: "llama-bench".to_owned() });
    let told = Estimate { point: test.speed, low: None, high: None, level: LEVEL, method: SPEED.into() };
    RowReport {
        test: shape.to_string(),
        model,
        phase: shape.phase,
        tokens: shape.tokens,
        depth: shape.depth,
        threads: test.threads,
        settings: SettingsReport {
            threads: test.threads,
            n_batch: test.n_batch,
            n_ubatch: test.n_ubatch,
            flash_attention: test.flash_attention.given(),
            flash_attention_asked: Some(test.flash_attention),
            type_k: test.type_k.clone(),
            type_v: test.type_v.clone(),
            n_gpu_layers: test.gpu_layers,
            devices: None,
            op_offload: None,
        },
        backend: test.backends.clone(),
        placement: None,
        median_tokens_per_second: speed.as_ref().map(|speed| speed.median),
        stddev_tokens_per_second: speed.as_ref().map_or(test.deviation, |speed| speed.deviation),
        spread: speed.as_ref().and_then(|speed| speed.spread),
        tokens_per_second: Some(speed.map_or(told, |speed| speed.mean)),
        samples_ns: test.samples_ns.clone(),
        fresh_prompts: None,
        warmup_ns: None,
        load_ns: None,
        latency: None,
        ttft: None,
        first_token: None,
        memory: MemoryReport { reason: Some(MEMORY.to_owned()), ..MemoryReport::default() },
        energy: None,
        thermal: ThermalReport { evidence: Some("llama-bench records none".to_owned()), ..ThermalReport::default() },
        load: LoadReport {
            others_busy_processors: None,
            steal_fraction: None,
            voluntary_switches: None,
            involuntary_switches: None,
            major_faults: None,
        },
        valid: false,
        warnings: warnings.into_iter().map(WarningReport::from).collect(),
        reason: None,
    }
}
