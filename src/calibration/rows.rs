//! What is measured of a calibration set, and what a bench of it says of the device.

use std::collections::BTreeMap;

use super::device_model::{DeviceModel, Machine, Peak, SCHEMA};
use super::set::{CalibrationFile, Timing, Work};
use crate::bench::plan::{Phase, Row, Settings, Shape};
use crate::measure::bench_report::BenchReport;

/// Tokens of a prompt and of a decode.
const SHAPES: [Shape; 2] =
    [Shape { phase: Phase::Prefill, tokens: 512, depth: 0 }, Shape { phase: Phase::Decode, tokens: 48, depth: 0 }];

/// What one file of each model is measured at beside them: attention shows only with depth.
const DEPTHS: [Shape; 5] = [
    Shape { phase: Phase::Prefill, tokens: 128, depth: 0 },
    Shape { phase: Phase::Prefill, tokens: 1024, depth: 0 },
    Shape { phase: Phase::Decode, tokens: 32, depth: 256 },
    Shape { phase: Phase::Decode, tokens: 32, depth: 512 },
    Shape { phase: Phase::Decode, tokens: 32, depth: 1024 },
];

/// The shapes of every file; those of depth on the last file of a model but one, where weights cost little and types
/// are usual. `models` names the model that each file was made of.
pub(crate) fn rows(models: &[&str], settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    for (file, model) in models.iter().enumerate() {
        let of_model: Vec<usize> = (0..models.len()).filter(|&other| models[other] == *model).collect();
        let deep = of_model[of_model.len().saturating_sub(2)] == file;
        let shapes = SHAPES.into_iter().chain(DEPTHS.into_iter().filter(|_| deep));
        rows.extend(shapes.map(|shape| Row { model: file, shape, settings: settings.clone() }));
    }
    rows
}

/// The device model of a bench of these files, whose rows go by the `ids`; nothing is fitted yet.
pub(crate) fn device_model(
    report: &BenchReport,
    ids: &[&str],
    files: Vec<CalibrationFile>,
    device: Machine,
    threads: u32,
) -> DeviceModel {
    let (mut timings, mut peaks) = (Vec::new(), Vec::new());
    for row in report.results.iter() {
        let Some(file) = ids.iter().position(|id| *id == row.model) else { continue };
        // The median: a repetition that others disturbed must not pull the fit.
        let Some(speed) = row.median_tokens_per_second.filter(|speed| *speed > 0.0) else { continue };
        let work = match row.phase {
            Phase::Prefill => Work::Prefill,
            Phase::Decode => Work::Decode,
        };
        let (depth, tokens) = (f64::from(row.depth), f64::from(row.tokens));
        timings.push(Timing { file, work, depth, tokens, seconds: 1.0 / speed });
        if let (Some(peak), Some(cache)) = (row.memory.peak_rss, row.memory.kv_cache) {
            peaks.push(Peak { file, peak_bytes: peak as f64, cache_bytes: cache as f64 });
        }
    }
    DeviceModel {
        schema: SCHEMA,
        measured: report.started,
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        engine: report.engine.as_ref().map_or_else(String::new, |engine| engine.build.clone()),
        device,
        threads,
        files,
        timings,
        peaks,
        k1: None,
        k2: None,
        decode: None,
        prefill: None,
        overhead_bytes: None,
        reasons: BTreeMap::new(),
        warnings: Vec::new(),
    }
}
