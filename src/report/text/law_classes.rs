//! Growth by class of benchmark for the terminal.

use std::fmt::Write;

use comfy_table::{Table, presets::NOTHING};

use crate::density::law::classes::Classes;

/// The classes as text.
#[must_use]
pub fn text(found: &Classes) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Growth by class of benchmark, in e-folds of model size a year ({} releases of {} families, {})\n",
        found.releases, found.families, found.source
    );
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["", "mean release", "mean of late", "best for its size"]);
    for row in &found.growth {
        table.add_row([
            row.class.clone(),
            format!("{:.2}", row.mean),
            format!("{:.2}", row.recent),
            format!("{:.2}", row.envelope),
        ]);
    }
    let _ = writeln!(out, "{table}\n");
    for row in &found.differences {
        let _ = writeln!(out, "{} minus {}, of late: {:.2}", row.class, row.minus, row.growth);
    }
    let _ = writeln!(
        out,
        "\n1: a year lifts the scores as 2.7 times the parameters do. Of late: weights halve in a year. Intervals: families \
         drawn with replacement, {} times, seed {}; that of the best is too narrow, since drawn families lose their maxima.",
        found.resamples, found.seed
    );
    out
}
