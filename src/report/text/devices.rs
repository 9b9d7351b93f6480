//! Device classes, their growth and predicted speeds for a terminal.

use comfy_table::{Table, presets};

use crate::device::class_spec::ClassSpec;
use crate::device::growth::members;
use crate::device::growth_report::{ClassReport, GrowthReport};
use crate::device::history::HistoricDevice;
use crate::device::speed_report::{LeftOutReport, SpeedReport};
use crate::device::speeds::SpeedRow;
use crate::sanitize;

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(header.to_vec());
    table
}

/// The memory that a model may take, in words.
fn usable(class: &ClassSpec) -> String {
    let share = format!("{:.0} %", class.usable_ram * 100.0);
    class.reserved_ram_gb.map_or_else(|| share.clone(), |gb| format!("{share}, all but {gb} GB"))
}

/// All classes.
#[must_use]
pub fn classes(classes: &[ClassSpec], history: &[HistoricDevice]) -> String {
    let mut table = table(&["class", "devices", "usable RAM", "backend", "target", "TTFT limit", "quantisation"]);
    for class in classes {
        table.add_row([
            class.id.clone(),
            members(class, history, None).count().to_string(),
            usable(class),
            class.backend.clone(),
            format!("{} t/s", class.target_tokens_per_second),
            format!("{} s for {} tokens", class.max_ttft_seconds, class.prompt_tokens),
            format!("{} ({} bpw)", class.quantization, class.bits_per_weight),
        ]);
    }
    format!("{table}\n")
}

/// One class.
#[must_use]
pub fn class(report: &ClassReport<'_>) -> String {
    let class = report.class;
    let mut text = format!("{} ({})\n", class.name, class.id);
    text += &format!("usable RAM {}: {}\n", usable(class), class.usable_ram_reason);
    text += &format!("prefill at {} of peak FP16: {}\n", class.prefill_efficiency, class.prefill_efficiency_reason);
    let mut table = table(&["device", "date", "RAM GB", "GB/s", "FP16 GFLOP/s", "USD", "source"]);
    for row in &report.history {
        let optional = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        table.add_row([
            row.device.to_owned(),
            row.release_date.to_string(),
            row.ram_gb.to_string(),
            row.mem_bandwidth_gbs.to_string(),
            optional(row.fp16_gflops),
            optional(row.launch_price_usd),
            row.source.to_owned(),
        ]);
    }
    format!("{text}{table}\n")
}

/// How classes grow.
#[must_use]
pub fn growth(fits: &[GrowthReport]) -> String {
    let mut table = table(&["class", "since", "quantity", "n", "doubling, years (95 %)", "R²", "all tags included"]);
    for fit in fits {
        table.add_row([
            fit.class.clone(),
            fit.since.map_or_else(|| "all".to_owned(), |since| since.year().to_string()),
            fit.quantity.to_owned(),
            fit.n_devices.to_string(),
            match (&fit.doubling_years, &fit.growth_per_year, &fit.reason) {
                (Some(doubling), ..) => format!("{doubling:.1}"),
                (None, Some(rate), _) => format!("falling {:.0} %/year", rate.point.exp_m1() * 100.0),
                (None, None, reason) => reason.clone().unwrap_or_default(),
            },
            fit.r_squared.map_or(String::new(), |r| format!("{r:.2}")),
            fit.doubling_years_all_tags.as_ref().map_or(String::new(), |doubling| format!("{doubling:.1}")),
        ]);
    }
    format!("{table}\n")
}

/// Longest name that a table shows.
const LONGEST: usize = 80;

/// Predicted speeds beside their rows.
#[must_use]
pub fn speeds(rows: &[SpeedRow], predicted: &[SpeedReport]) -> String {
    let mut table = table(&["device", "model", "backend", "tokens/s (80 %)", "prefill, tokens/s (80 %)"]);
    for (row, found) in rows.iter().zip(predicted) {
        let speed = found.tokens_per_second.as_ref().map(|speed| format!("{speed:.1}"));
        let speed = speed.or_else(|| found.reason.clone()).unwrap_or_default();
        let prefill = found.prefill_tokens_per_second.as_ref().map_or_else(String::new, |speed| format!("{speed:.1}"));
        let cell = |text: &str| sanitize::line(text, LONGEST);
        table.add_row([cell(&row.device), cell(&row.model), cell(&row.backend), speed, prefill]);
    }
    format!("{table}\n")
}

/// How the model does on rows that it was not shown.
#[must_use]
pub fn left_out(found: &[LeftOutReport]) -> String {
    let mut table =
        table(&["predicted", "left out", "groups", "rows", "median error", "one η per backend", "80 % interval holds"]);
    for way in found {
        table.add_row([
            way.predicted.to_owned(),
            way.left_out.to_owned(),
            way.groups.to_string(),
            way.rows.to_string(),
            format!("{:.1} %", way.median_error * 100.0),
            way.median_error_one_eta_per_backend.map_or_else(String::new, |error| format!("{:.1} %", error * 100.0)),
            format!("{:.0} %", way.coverage * 100.0),
        ]);
    }
    format!("{table}\n")
}
