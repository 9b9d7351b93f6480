//! A device model for the terminal.

use comfy_table::{Table, presets};

use super::cost_report::{CostReport, Misses};
use super::device_model::DeviceModel;
use crate::stat::Estimate;

/// The costs of both phases, k1, k2 and what to know.
#[must_use]
pub(crate) fn render(model: &DeviceModel) -> String {
    let mut text = String::new();
    for (name, cost) in [("decode", &model.decode), ("prefill", &model.prefill)] {
        if let Some(cost) = cost {
            text += &costs(name, cost);
        }
    }
    let scaled = |estimate: &Option<Estimate>, factor: f64, unit: &str| {
        let shown = estimate.clone().map(|value| format!("{:.3} {unit}", value.map(|x| x * factor)));
        shown.unwrap_or_else(|| "not determined".to_owned())
    };
    text += &format!("k1 (read a 16-bit weight)     {}\n", scaled(&model.k1, 1e12, "ps"));
    text += &format!("k2 (compute with it)          {}\n", scaled(&model.k2, 1e12, "ps"));
    text += &format!("memory beside weights and KV  {}\n", scaled(&model.overhead_bytes, 1.0 / 1048576.0, "MiB"));
    for warning in &model.warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

fn costs(name: &str, cost: &CostReport) -> String {
    let mut text = format!("{name}: seconds of a token, by file\n");
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "file",
        "depth",
        "measured ms",
        "fit",
        "file left out",
        "model left out",
    ]);
    let percent = |miss: Option<f64>| miss.map_or(String::new(), |miss| format!("{:+.1} %", 100.0 * miss));
    for row in &cost.rows {
        table.add_row([
            row.file.clone(),
            format!("{:.0}", row.depth),
            format!("{:.3}", 1e3 * row.seconds),
            percent(Some(row.fitted)),
            percent(row.without_file),
            percent(row.without_model),
        ]);
    }
    text += &format!("{table}\n");
    for kind in &cost.types {
        let rate = kind.bytes_per_second.as_ref().map_or(String::new(), |rate| {
            format!(", {:.2} GB/s, bound by {}", rate.clone().map(|x| x / 1e9), kind.bound.unwrap_or_default())
        });
        text +=
            &format!("  {:<6} {:.2} ps a weight{rate}\n", kind.name, kind.seconds_per_weight.clone().map(|x| x * 1e12));
    }
    if let Some(layer) = &cost.seconds_per_layer {
        text += &format!("  t0     {:.2} us a layer\n", layer.clone().map(|x| x * 1e6));
    }
    if let Some(attention) = &cost.attention_seconds {
        text += &format!("  c_attn {:.2} ps an element and position\n", attention.clone().map(|x| x * 1e12));
    }
    if let Some(share) = &cost.efficiency {
        text += &format!("  share of what the probe reached: {share:.2}\n");
    }
    let misses = |misses: &Option<Misses>| {
        let shown =
            |found: &Misses| format!("median {:.1} %, worst {:.1} %", 100.0 * found.median, 100.0 * found.worst);
        misses.as_ref().map_or_else(|| "not determined".to_owned(), shown)
    };
    text += &format!(
        "  file left out: {}; model left out: {}\n",
        misses(&cost.leave_one_file_out),
        misses(&cost.cross_model)
    );
    text + &format!("  condition number {:.0}, residuals {:.1} %\n", cost.condition_number, 100.0 * cost.residual_sd)
}
