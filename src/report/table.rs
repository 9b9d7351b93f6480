//! The bench table: its columns, and how the terminal and Markdown set them.

use comfy_table::{Cell, CellAlignment, LineStyle, Table, presets};

use super::markdown_table as markdown;
use crate::bench::plan::Settings;
use crate::measure::bench_report::{BenchReport, LatencyReport, ModelReport, RowReport, SettingsReport, UNREACHED};
use crate::measure::load_time::LoadRow;
use crate::stat::Estimate;
use crate::unit::{BitsPerWeight, Bytes, Params, Seconds};

/// A column of the bench table.
pub struct Column {
    /// Its heading.
    pub heading: &'static str,
    /// Whether it holds numbers, which stand at its right side.
    pub numbers: bool,
    cell: fn(&RowReport) -> String,
}

impl Column {
    const fn text(heading: &'static str, cell: fn(&RowReport) -> String) -> Self {
        Self { heading, numbers: false, cell }
    }

    const fn numbers(heading: &'static str, cell: fn(&RowReport) -> String) -> Self {
        Self { heading, numbers: true, cell }
    }

    /// The cell of a row.
    #[must_use]
    pub fn cell(&self, row: &RowReport) -> String {
        (self.cell)(row)
    }
}

/// What llama.cpp makes of `auto` on nearly every device, every CPU among them.
const USUAL_ATTENTION: Option<bool> = Some(true);

/// What the row used; what it was asked for stands for it where nothing tells.
fn flash_attention(row: &RowReport) -> String {
    let asked = row.settings.flash_attention_asked.map(|asked| asked.to_string());
    or_absent(row.settings.flash_attention.map(|on| u8::from(on).to_string()).or(asked))
}

/// The settings in which some row differs from the defaults: a condition of its number.
#[must_use]
pub fn settings(report: &BenchReport) -> Vec<Column> {
    const SETTINGS: [Column; 8] = [
        Column::numbers("n_batch", |row| row.settings.n_batch.to_string()),
        Column::numbers("n_ubatch", |row| row.settings.n_ubatch.to_string()),
        Column::text("type_k", |row| row.settings.type_k.to_string()),
        Column::text("type_v", |row| row.settings.type_v.to_string()),
        Column::numbers("fa", flash_attention),
        Column::numbers("ngl", |row| or_absent(row.settings.n_gpu_layers.map(|layers| layers.to_string()))),
        Column::text("dev", |row| or_absent(row.settings.devices_asked())),
        Column::text("nopo", |row| or_absent(row.settings.op_offload.map(|on| u8::from(!on).to_string()))),
    ];
    let differs = |column: &Column| {
        report.results.iter().any(|row| {
            let settings = Settings::with_threads(row.threads);
            let default = RowReport { settings: SettingsReport::of(&settings, USUAL_ATTENTION), ..row.clone() };
            column.cell(row) != column.cell(&default)
        })
    };
    SETTINGS.into_iter().filter(differs).collect()
}

/// The columns of a report. A setting has one, under llama-bench's name, where a row departs from the default.
#[must_use]
pub fn columns(report: &BenchReport) -> Vec<Column> {
    let mut columns = vec![
        Column::text("backend", |row| or_absent(row.ran_on())),
        Column::numbers("threads", |row| row.threads.to_string()),
    ];
    columns.extend(settings(report));
    columns.extend([
        Column::text("test", |row| row.test.clone()),
        Column::numbers("t/s (95 % CI)", |row| or_absent(row.tokens_per_second.as_ref().map(speed))),
        Column::numbers("latency p50 / p99", |row| or_absent(row.latency.as_ref().map(latency))),
        Column::numbers("TTFT", |row| or_absent(row.ttft.map(|ttft| time(ttft.user_ns)))),
        Column::numbers("peak RSS", |row| {
            or_absent(row.memory.peak_rss.map(|bytes| Bytes::from_bytes(bytes).to_string()))
        }),
        Column::text("verdict", |row| verdict(row).to_owned()),
    ]);
    columns
}

/// A model in words: its name, size and bits.
fn model(model: &ModelReport) -> String {
    format!(
        "{} · {} parameters · {} · {}",
        model.id,
        Params::from_count(model.params as f64),
        Bytes::from_bytes(model.bytes),
        BitsPerWeight::from_bits(model.bits_per_weight)
    )
}

/// Headings of [`model_cells`], as in llama-bench.
const MODEL_HEADINGS: [&str; 3] = ["model", "size", "params"];

/// The model of a row as cells, where it does not stand above the table.
fn model_cells(report: &BenchReport, row: &RowReport) -> [String; 3] {
    let model = report.models.iter().find(|model| model.id == row.model);
    let size = model.map(|model| {
        format!("{} ({})", Bytes::from_bytes(model.bytes), BitsPerWeight::from_bits(model.bits_per_weight))
    });
    let params = model.map(|model| Params::from_count(model.params as f64).to_string());
    [row.model.clone(), or_absent(size), or_absent(params)]
}

fn or_absent(text: Option<String>) -> String {
    text.unwrap_or_else(|| ABSENT.to_owned())
}

fn latency(latency: &LatencyReport) -> String {
    let of = |estimate: &Option<Estimate>| or_absent(estimate.as_ref().map(|estimate| time(estimate.point)));
    format!("{} / {}", of(&latency.p50), of(&latency.p99))
}

/// What stands for a value that was not measured.
pub const ABSENT: &str = "–";

/// The verdict of a row.
#[must_use]
pub fn verdict(row: &RowReport) -> &'static str {
    match (row.tokens_per_second.is_some(), row.valid) {
        (false, _) if row.reason.as_deref() == Some(UNREACHED) => "not measured",
        (false, _) => "FAILED",
        (true, true) => "VALID",
        (true, false) if row.unwatched() => "UNWATCHED",
        (true, false) => "INVALID",
    }
}

/// A speed with half its interval: the upper half, since the lower one may be cut off at zero.
pub(super) fn speed(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => {
            format!("{:.2} ± {:.2}", estimate.point, (high - estimate.point).max(estimate.point - low))
        }
        _ => format!("{:.2}", estimate.point),
    }
}

/// A measured time.
pub(super) fn time(nanos: f64) -> String {
    format!("{:.2}", Seconds::from_nanos(nanos))
}

/// One sentence for each model: how long it took to load.
#[must_use]
pub fn loads(report: &BenchReport) -> Vec<String> {
    let line = |row: &LoadRow| {
        let median = row.median_ns()?;
        Some(format!("{}: loaded in {} (median of {})", row.model, time(median), row.samples_ns.len()))
    };
    report.results.loads.iter().filter_map(line).collect()
}

/// How much longer a new prompt took than the repeated one, in one sentence; `None` where nobody looked.
#[must_use]
pub fn fresh_prompts(report: &BenchReport) -> Option<String> {
    let ratio = |row: &RowReport| Some(format!("{} {:.2}", row.test, row.fresh_prompts.as_ref()?.time_ratio));
    let found: Vec<String> = report.results.iter().filter_map(ratio).collect();
    (!found.is_empty()).then(|| format!("time with a new prompt over that with the repeated one: {}", found.join(", ")))
}

/// The warnings of the rows, each once, with the tests that it holds for.
#[must_use]
pub fn warnings(report: &BenchReport) -> Vec<String> {
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    for row in &report.results {
        let said = row.warnings.iter().map(|warning| warning.message.clone());
        for message in said.chain(row.reason.clone()) {
            match seen.iter_mut().find(|(text, _)| *text == message) {
                Some((_, tests)) => tests.push(row.test.clone()),
                None => seen.push((message, vec![row.test.clone()])),
            }
        }
    }
    seen.into_iter().map(|(message, tests)| format!("{}: {message}", tests.join(", "))).collect()
}

/// A table for each model, the engine's line and the warnings.
#[must_use]
pub fn terminal(report: &BenchReport) -> String {
    let columns = columns(report);
    let mut text = String::new();
    for about in &report.models {
        let mut table = Table::new();
        table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_header(columns.iter().map(|column| aligned(column, column.heading.to_owned())));
        for row in report.results.iter().filter(|row| row.model == about.id) {
            table.add_row(columns.iter().map(|column| aligned(column, column.cell(row))));
        }
        text += &format!("{}\n\n{}\n\n", model(about), table.trim_fmt());
    }
    for line in loads(report).into_iter().chain(fresh_prompts(report)) {
        text += &format!("{line}\n");
    }
    if let Some(engine) = &report.engine {
        text += &format!("{} · {}\n", engine.build, engine.features.join(" "));
    }
    if let Some(rule) = &report.threads_rule {
        text += &format!("threads {rule}\n");
    }
    text += &format!(
        "seed {} · intervals 95 % (t) · latency: inter-token, TTFT: tokenise + prefill + sample\n",
        report.seed.map_or_else(|| "unknown".to_owned(), |seed| seed.to_string())
    );
    for warning in warnings(report) {
        text += &format!("warning: {warning}\n");
    }
    if let Some(reason) = &report.sustain_reason {
        text += &format!("warning: --sustain: {reason}\n");
    }
    text
}

fn aligned(column: &Column, text: String) -> Cell {
    Cell::new(text).set_alignment(if column.numbers { CellAlignment::Right } else { CellAlignment::Left })
}

/// The table of a bench and its warnings.
#[must_use]
pub fn markdown(report: &BenchReport) -> String {
    let columns = columns(report);
    let model = MODEL_HEADINGS.into_iter().zip([false, true, true]);
    let headings = model.chain(columns.iter().map(|column| (column.heading, column.numbers)));
    let cells = |row| {
        let cells = model_cells(report, row).into_iter().chain(columns.iter().map(|column| column.cell(row)));
        cells.map(|cell| markdown::escape(&cell)).collect::<Vec<_>>()
    };
    let mut text = markdown::table(headings, report.results.iter().map(cells));
    text.push('\n');
    for line in loads(report).into_iter().chain(fresh_prompts(report)).chain(warnings(report)) {
        text += &format!("- {}\n", markdown::escape(&line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_cut_off_at_zero_keeps_its_half_width() {
        let speed_of = |low| Estimate::new(139.47, low, 556.54, 0.95, "t");
        assert_eq!(speed(&speed_of(0.0)), "139.47 ± 417.07");
        assert_eq!(speed(&speed_of(139.47 - 417.07)), "139.47 ± 417.07");
    }
}
