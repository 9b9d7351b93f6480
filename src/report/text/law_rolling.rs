//! The rolling-origin evaluation for the terminal.

use std::fmt::Write;

use comfy_table::{Table, presets::NOTHING};

use crate::density::law::rolling::{Judged, Method, Rolling};
use crate::stat::Estimate;

/// Characters of the longest bar: a third of what was seen.
const WIDTH: f64 = 40.0;
const LONGEST: f64 = 1.0 / 3.0;

const fn named(method: Method) -> &'static str {
    match method {
        Method::ReleaseLaw => "law of releases",
        Method::PaperLine => "the paper's line",
    }
}

/// The evaluation as text.
#[must_use]
pub fn text(found: &Rolling) -> String {
    let mut out = String::new();
    let (first, last) = (found.origins.first(), found.origins.last());
    let _ = writeln!(
        out,
        "The best five-benchmark mean at {} sizes, forecast from {} months ({} to {}) of {}\n",
        found.sizes.len(),
        found.origins.len(),
        first.map_or("none", String::as_str),
        last.map_or("none", String::as_str),
        found.source
    );
    let mut table = Table::new();
    table.load_style(NOTHING).set_header([
        "method",
        "months ahead",
        "forecasts",
        "error (CRPS), points",
        "held by 80 %",
        "held by 95 %",
        "too early by, points",
    ]);
    let percent = |share: &Estimate| format!("{:.0}", share.clone().map(|share| 100.0 * share));
    for method in &found.methods {
        for horizon in &method.horizons {
            table.add_row([
                named(method.method).to_owned(),
                horizon.months.to_string(),
                horizon.forecasts.to_string(),
                format!("{:.2}", horizon.crps),
                percent(&horizon.held_by_80),
                percent(&horizon.held_by_95),
                format!("{:.1}", horizon.bias),
            ]);
        }
    }
    let _ = writeln!(out, "{table}\n");
    for method in &found.methods {
        let _ = writeln!(out, "{}: {:.2} points over all horizons", named(method.method), method.crps);
        out += &calibration(method);
    }
    out + "\nEach bar is a tenth of the forecast's probability; bars of one length are a method that knows what it does not know.\n"
}

fn calibration(method: &Judged) -> String {
    let mut out = String::new();
    let count = method.calibration.len();
    for (bar, share) in method.calibration.iter().enumerate() {
        let length = (share / LONGEST * WIDTH).round().min(WIDTH) as usize;
        let _ = writeln!(
            out,
            "  {:>3} to {:>3} % |{} {:.0} %",
            100 * bar / count,
            100 * (bar + 1) / count,
            "#".repeat(length),
            100.0 * share
        );
    }
    out
}
