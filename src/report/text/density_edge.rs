//! One density by the edge family, for the terminal.

use comfy_table::{Table, presets};

use super::density::shown;
use crate::density::edge::report::EdgeDensityReport;

/// The density of cloze scores.
#[must_use]
pub fn text(report: &EdgeDensityReport) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (task, percent) in &report.scores {
        let items = report.items.get(task).copied().unwrap_or_default();
        let bits = report.bits_per_byte.get(task).map_or_else(String::new, |bits| format!(", {bits:.3} bits/byte"));
        table.add_row([task.to_string(), format!("{percent:.2} % of {items} items{bits}")]);
    }
    if let Some(score) = &report.score_interval {
        table.add_row(["mean of eight cloze tasks".to_owned(), format!("{score:.2} %")]);
    }
    table.add_row(["parameters".to_owned(), format!("{}, {}", report.params, report.params_definition.words())]);
    if let Some(effective) = &report.effective_params {
        table.add_row(["effective parameters (edge)".to_owned(), effective.to_string()]);
    }
    for (name, density) in [
        ("density by parameters (edge)", &report.density),
        ("density by inference time (edge)", &report.density_by_time),
        ("density by memory (edge)", &report.density_by_memory),
    ] {
        if let Some(density) = density {
            table.add_row([name.to_owned(), shown(density)]);
        }
    }
    if let Some(second) = &report.by_bits_per_byte {
        let said = match (&second.density, &second.reason) {
            (Some(density), _) => format!("{} (second opinion: biased by style)", shown(density)),
            (None, reason) => format!("none: {}", reason.as_deref().unwrap_or("not measured")),
        };
        table.add_row(["density by bits per byte (edge)".to_owned(), said]);
    }
    table.add_row(["reference".to_owned(), format!("{} at D0 = {:e} tokens", report.reference, report.d0_tokens)]);
    if let Some(parts) = report.uncertainty {
        let curve = parts.curve.map_or_else(|| "unknown".to_owned(), |curve| format!("{curve:.2}"));
        let (sampling, left_out) = (parts.sampling, parts.leave_one_size_out);
        let parts = format!("95 %, of ln N: sampling {sampling:.2}, curve {curve}, leave-one-size-out {left_out:.2}");
        table.add_row(["interval".to_owned(), parts]);
    }
    let note = report.disagreement.as_ref().map_or_else(String::new, |sentence| format!("note: {sentence}\n"));
    format!("{table}\n{note}claim: {}\n", report.claim)
}
