//! Bench rows as CSV. Column names follow llama-bench where they mean the same.

use super::view::View;
use super::view::section::Table;
use crate::engine::placement::sentence;
use crate::measure::bench_report::BenchReport;

/// Columns of the CSV.
const COLUMNS: [&str; 29] = [
    "test_time",
    "build",
    "model_id",
    "model_sha256",
    "model_size",
    "model_n_params",
    "backends",
    "n_threads",
    "n_batch",
    "n_ubatch",
    "flash_attn",
    "type_k",
    "type_v",
    "n_gpu_layers",
    "n_prompt",
    "n_gen",
    "n_depth",
    "avg_ts",
    "avg_ts_low",
    "avg_ts_high",
    "stddev_ts",
    "median_ts",
    "samples_ns",
    "peak_rss",
    "valid",
    "reason",
    "devices",
    "no_op_offload",
    "placement",
];

/// All rows with a heading.
///
/// # Errors
/// Only when the text cannot be built.
pub fn bench(report: &BenchReport) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for row in &report.results {
        let model = report.models.iter().find(|model| model.id == row.model);
        let (n_prompt, n_gen) = match row.phase {
            crate::bench::plan::Phase::Prefill => (row.tokens, 0),
            crate::bench::plan::Phase::Decode => (0, row.tokens),
        };
        let speed = row.tokens_per_second.as_ref();
        let invalid = row.warnings.iter().filter(|warning| warning.invalidates);
        let reasons: Vec<&str> =
            row.reason.iter().chain(invalid.map(|warning| &warning.message)).map(String::as_str).collect();
        let samples: Vec<String> = row.samples_ns.iter().map(u64::to_string).collect();
        writer.write_record([
            report.started.to_string(),
            report.engine.as_ref().map_or(String::new(), |engine| engine.build.clone()),
            row.model.clone(),
            model.and_then(|model| model.sha256.clone()).unwrap_or_default(),
            model.map_or(String::new(), |model| model.bytes.to_string()),
            model.map_or(String::new(), |model| model.params.to_string()),
            row.backend.clone().unwrap_or_default(),
            row.threads.to_string(),
            row.settings.n_batch.to_string(),
            row.settings.n_ubatch.to_string(),
            row.settings.flash_attention.map_or(String::new(), |on| u8::from(on).to_string()),
            row.settings.type_k.to_string(),
            row.settings.type_v.to_string(),
            row.settings.n_gpu_layers.map_or(String::new(), |layers| layers.to_string()),
            n_prompt.to_string(),
            n_gen.to_string(),
            row.depth.to_string(),
            number(speed.map(|speed| speed.point)),
            number(speed.and_then(|speed| speed.low)),
            number(speed.and_then(|speed| speed.high)),
            number(row.stddev_tokens_per_second),
            number(row.median_tokens_per_second),
            samples.join(";"),
            row.memory.peak_rss.map_or(String::new(), |bytes| bytes.to_string()),
            row.valid.to_string(),
            reasons.join("; "),
            row.settings.devices_asked().unwrap_or_default(),
            row.settings.op_offload.map_or(String::new(), |on| u8::from(!on).to_string()),
            row.placement.as_ref().map_or(String::new(), |shares| sentence(shares)),
        ])?;
    }
    finished(writer)
}

/// Every number of a view: where it is shown, where it stands in the report, raw and as read.
///
/// # Errors
/// Only when the text cannot be built.
pub fn numbers(view: &View) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["table", "row", "column", "at", "value", "low", "high", "level", "method", "unit", "text"])?;
    for placed in view.numbers() {
        let number = placed.number;
        let open = |end: &Option<String>| end.clone().unwrap_or_default();
        writer.write_record([
            placed.table,
            &inert(placed.row),
            placed.column,
            &number.at,
            &number.value,
            &open(&number.low),
            &open(&number.high),
            &open(&number.level),
            &open(&number.method),
            number.unit,
            placed.text,
        ])?;
    }
    finished(writer)
}

/// A table as it is read, for a spreadsheet.
///
/// # Errors
/// Only when the text cannot be built.
pub fn table(table: &Table) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| column.heading))?;
    for row in &table.rows {
        writer.write_record(row.cells.iter().map(|cell| match cell.number {
            Some(_) => cell.text.clone(),
            None => inert(&cell.text),
        }))?;
    }
    finished(writer)
}

/// Words that a spreadsheet does not take for a formula.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

fn finished(writer: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
