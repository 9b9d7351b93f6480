//! `reports/index.csv`: what the reports of a folder measured of their devices, a row for each.

use crate::bench::plan::Phase;
use crate::device::DeviceRecord;
use crate::device::own_speed::OwnSpeed;
use crate::device::reported::{COLUMNS, Reported};
use crate::measure::bench_report::BenchReport;
use crate::measure::bench_report::row::RowReport;
use crate::report::run::RunReport;
use crate::sanitize;

/// Longest name of a device or model that is kept.
const LONGEST_NAME: usize = 80;

/// Tokens of the prompt that stands for a device's prefill.
const PROMPT: u32 = 512;

/// What a report tells of its device; `None` where it was not probed, or no valid row of prefill and of decode is there.
/// `active` gives the share of a model's parameters that a token uses, and those outside its embedding, where known.
#[must_use]
pub fn reported(name: &str, report: &RunReport, of_model: &dyn Fn(&str) -> Option<(f64, f64)>) -> Option<Reported> {
    let DeviceRecord::Probed(device) = &report.device.as_ref()?.record else { return None };
    let bench = report.bench.as_ref().filter(|_| report.imported.is_none())?;
    let read = device.measured.iter().flat_map(|probe| &probe.read_bandwidth).map(|samples| samples.best);
    let found = Reported {
        report: name.to_owned(),
        device: sanitize::line(device.profile.name()?, LONGEST_NAME),
        class: device.profile.class.name().to_owned(),
        ram_bytes: device.profile.memory.total?.bytes() as f64,
        read_bytes_per_second: read.reduce(f64::max)?,
        backend: bench.results.iter().find_map(|row| row.backend.clone())?.to_lowercase(),
        speed: own_speed(bench, of_model)?,
    };
    found.is_possible().then_some(found)
}

/// How fast the model of a bench ran; `None` without a valid row of prefill and of decode.
#[must_use]
pub fn own_speed(bench: &BenchReport, of_model: &dyn Fn(&str) -> Option<(f64, f64)>) -> Option<OwnSpeed> {
    let model = bench.model.as_ref()?;
    let row = |phase: Phase, tokens: Option<u32>| -> Option<&RowReport> {
        let fits = |row: &&RowReport| {
            row.valid && row.phase == phase && row.depth == 0 && tokens.is_none_or(|tokens| row.tokens == tokens)
        };
        bench.results.iter().find(fits)
    };
    let (prefill, decode) = (row(Phase::Prefill, Some(PROMPT))?, row(Phase::Decode, None)?);
    let params = model.params as f64;
    let (active_share, prompt_params) = of_model(&model.id).unwrap_or((1.0, params));
    let found = OwnSpeed {
        model: sanitize::line(&model.id, LONGEST_NAME),
        measured: bench.started,
        prompt_params,
        read_bytes: model.bytes as f64 * active_share,
        prefill: prefill.median_tokens_per_second?,
        decode: decode.median_tokens_per_second?,
    };
    found.is_possible().then_some(found)
}

/// The rows as a table, in the order of their reports.
///
/// # Errors
/// Only when the text cannot be built.
pub fn csv(mut rows: Vec<Reported>) -> Result<String, csv::Error> {
    rows.sort_by(|a, b| a.report.cmp(&b.report));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for Reported { report, device, class, ram_bytes, read_bytes_per_second, backend, speed } in rows {
        writer.write_record([
            report,
            device,
            class,
            speed.measured.to_string(),
            ram_bytes.to_string(),
            read_bytes_per_second.round().to_string(),
            speed.model,
            speed.prompt_params.round().to_string(),
            speed.read_bytes.round().to_string(),
            format!("{:.2}", speed.prefill),
            format!("{:.2}", speed.decode),
            backend,
        ])?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
