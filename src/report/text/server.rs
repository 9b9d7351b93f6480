//! A bench of a server for a terminal and as Markdown.

use comfy_table::{Cell, CellAlignment, LineStyle, Table, presets};

use crate::bench::plan::Phase;
use crate::measure::bench_report::{LatencyReport, UNREACHED};
use crate::report::markdown_table as markdown;
use crate::report::table::{ABSENT, speed, time};
use crate::server::report::ServerReport;
use crate::server::row::ServerRow;

/// Headings, and whether the column holds numbers.
const COLUMNS: [(&str, bool); 9] = [
    ("test", false),
    ("at once", true),
    ("t/s", true),
    ("t/s a stream", true),
    ("TTFT p50 / p99", true),
    ("token p50 / p99", true),
    ("tokens", true),
    ("server's t/s", true),
    ("verdict", false),
];

fn cells(row: &ServerRow) -> [String; 9] {
    let absent = || ABSENT.to_owned();
    let percentiles = |latency: &Option<LatencyReport>| {
        let of = |at: &Option<crate::stat::Estimate>| at.as_ref().map_or_else(absent, |at| time(at.point));
        latency.as_ref().map_or_else(absent, |latency| format!("{} / {}", of(&latency.p50), of(&latency.p99)))
    };
    // Few requests have a mean and no percentiles.
    let first = |row: &ServerRow| match (&row.ttft, &row.first_token) {
        (Some(LatencyReport { p50: None, .. }) | None, Some(mean)) => time(mean.point),
        (ttft, _) => percentiles(ttft),
    };
    // A count of answers can be held against what came; where both agree, one number says it.
    let usage = row.usage.as_ref().and_then(|usage| match (row.phase, usage.completion_tokens, usage.pieces) {
        (Phase::Prefill, ..) => usage.prompt_tokens.map(|told| format!("{told:.0}")),
        (_, Some(told), Some(came)) if told != came => Some(format!("{came:.0} came, {told:.0} told")),
        (_, told, _) => told.map(|told| format!("{told:.0}")),
    });
    let own = row.server_timings.as_ref().and_then(|timings| match row.phase {
        Phase::Prefill => timings.prompt_per_second,
        Phase::Decode => timings.predicted_per_second,
    });
    [
        row.test.clone(),
        row.concurrency.to_string(),
        row.tokens_per_second.as_ref().map_or_else(absent, speed),
        row.stream_tokens_per_second.as_ref().map_or_else(absent, speed),
        first(row),
        percentiles(&row.latency),
        usage.unwrap_or_else(absent),
        own.map_or_else(absent, |speed| format!("{speed:.2}")),
        verdict(row).to_owned(),
    ]
}

fn verdict(row: &ServerRow) -> &'static str {
    match (row.tokens_per_second.is_some(), row.valid) {
        (false, _) if row.reason.as_deref() == Some(UNREACHED) => "not measured",
        (false, _) if row.first_token.is_some() => "no speed",
        (false, _) => "FAILED",
        (true, true) => "VALID",
        (true, false) => "INVALID",
    }
}

/// What stands below the table: the ratios, how it was measured, and every warning.
fn lines(report: &ServerReport) -> Vec<String> {
    let mut lines = Vec::new();
    for ratio in report.beside.iter().flat_map(|beside| &beside.ratios) {
        lines.push(format!("{}: server ÷ engine = {:.3}; {}", ratio.test, ratio.server_over_engine, ratio.time));
    }
    lines.extend(report.beside.iter().flat_map(|beside| &beside.missing).cloned());
    lines.push(format!("prompts: {}", report.server.prompts));
    lines.push(format!("cache: {}", report.server.cache));
    lines.extend(report.notes.iter().cloned());
    for row in &report.results {
        let name = format!("{} at {}", row.test, row.concurrency);
        lines.extend(row.reason.iter().map(|reason| format!("warning: {name}: {reason}")));
        let sort = |invalidates| if invalidates { "INVALID" } else { "warning" };
        lines.extend(
            row.warnings.iter().map(|warning| format!("{}: {name}: {}", sort(warning.invalidates), warning.message)),
        );
    }
    lines
}

fn head(report: &ServerReport) -> String {
    let server = &report.server;
    let build = server.build.as_ref().map_or_else(|| "build not told".to_owned(), |build| format!("build {build}"));
    format!("{} · {} · {build} · seed {}", server.url, server.model, report.seed)
}

/// For a terminal.
#[must_use]
pub fn terminal(report: &ServerReport) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    let aligned = |text: String, numbers: bool| {
        Cell::new(text).set_alignment(if numbers { CellAlignment::Right } else { CellAlignment::Left })
    };
    table.set_header(COLUMNS.map(|(heading, numbers)| aligned(heading.to_owned(), numbers)));
    for row in &report.results {
        table.add_row(cells(row).into_iter().zip(COLUMNS).map(|(cell, (_, numbers))| aligned(cell, numbers)));
    }
    let below: String = lines(report).iter().map(|line| format!("{line}\n")).collect();
    crate::sanitize::text(&format!("{}\n\n{}\n\n{below}", head(report), table.trim_fmt()))
}

/// As Markdown.
#[must_use]
pub fn markdown(report: &ServerReport) -> String {
    let rows = report.results.iter().map(|row| cells(row).map(|cell| markdown::escape(&cell)));
    let mut text = format!("{}\n\n{}\n", markdown::escape(&head(report)), markdown::table(COLUMNS.into_iter(), rows));
    for line in lines(report) {
        text += &format!("- {}\n", markdown::escape(&line));
    }
    text
}
