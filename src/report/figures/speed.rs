//! Speed by test, by depth and by threads.

use std::collections::BTreeSet;

use super::{MOST_ROWS, counted, height};
use crate::bench::plan::Phase;
use crate::measure::bench_report::{BenchReport, RowReport};
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::unit::Unit;

/// All three.
#[must_use]
pub fn all(bench: &BenchReport) -> Vec<Figure> {
    vec![
        by_test(bench),
        along(bench, "depth", "tokens in the cache before", |row| row.depth),
        along(bench, "threads", "threads", |row| row.threads),
    ]
}

fn shown(row: &RowReport) -> Option<(f64, String)> {
    let speed = row.tokens_per_second.as_ref()?;
    let text = Unit::TokensPerSecond.show(speed.point, Some((speed.low, speed.high)));
    Some((speed.point, format!("{} with {} threads: {text}", row.test, row.threads)))
}

fn by_test(bench: &BenchReport) -> Figure {
    let (id, title) = ("speed-by-test", "Speed of every row, with its 95 % interval");
    let rows: Vec<(&RowReport, f64, String)> = bench
        .results
        .iter()
        .filter_map(|row| shown(row).map(|(speed, tip)| (row, speed, tip)))
        .take(MOST_ROWS)
        .collect();
    if rows.is_empty() {
        return Figure::none(id, title, "No row has a speed.");
    }
    let many = bench.models.len() > 1;
    let name = |row: &RowReport| if many { format!("{} {}", row.model, row.test) } else { row.test.clone() };
    let names: Vec<String> = rows.iter().map(|(row, ..)| crate::report::view::words::cut(&name(row), 24)).collect();
    let mut marks = Vec::new();
    for (at, (row, speed, tip)) in rows.iter().enumerate() {
        let (y, tone) = (at as f64, phase_tone(row.phase));
        marks.push(Mark::Bar { x: (0.0, *speed), y: (y - 0.3, y + 0.3), tone, tip: tip.clone() });
        if let Some(ends) = row.tokens_per_second.as_ref().filter(|speed| speed.low.is_some() || speed.high.is_some()) {
            marks.push(Mark::Across { y, x: (ends.low, ends.high), tone: Tone::NEUTRAL });
        }
    }
    let most = rows.iter().map(|(row, speed, _)| {
        row.tokens_per_second.as_ref().and_then(|speed| speed.high).unwrap_or(*speed).min(speed * 2.0)
    });
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: rows.iter().map(|(.., tip)| tip.as_str()).collect::<Vec<_>>().join("; "),
        height: height(rows.len()),
        x: Axis { label: "tokens per second".to_owned(), scale: Scale::from_zero(most), unit: Unit::Plain },
        y: Axis { label: String::new(), scale: Scale::Names(names), unit: Unit::Plain },
        legend: vec![
            (phase_tone(Phase::Prefill), "prefill".to_owned()),
            (phase_tone(Phase::Decode), "decode".to_owned()),
        ],
        marks,
    })
}

const fn phase_tone(phase: Phase) -> Tone {
    match phase {
        Phase::Prefill => Tone(1),
        Phase::Decode => Tone(2),
    }
}

/// Speed along one of the numbers of a row, a line for each kind of row that has several of it.
fn along(bench: &BenchReport, what: &str, label: &str, of: fn(&RowReport) -> u32) -> Figure {
    let (id, title) = (format!("speed-by-{what}"), format!("Speed by {what}"));
    let rows: Vec<&RowReport> = bench.results.iter().filter(|row| row.tokens_per_second.is_some()).collect();
    // Rows of one line differ in that number alone.
    let same = |a: &RowReport, b: &RowReport| {
        let other = |row: &RowReport| if what == "depth" { row.threads } else { row.depth };
        (a.phase, a.tokens, other(a), &a.model) == (b.phase, b.tokens, other(b), &b.model)
    };
    let mut lines: Vec<Vec<&RowReport>> = Vec::new();
    for row in rows {
        match lines.iter_mut().find(|line| same(line[0], row)) {
            Some(line) => line.push(row),
            None => lines.push(vec![row]),
        }
    }
    lines.retain(|line| line.iter().map(|row| of(row)).collect::<BTreeSet<_>>().len() > 1);
    lines.truncate(7);
    if lines.is_empty() {
        let flag = if what == "depth" { "-d 0,512,4096" } else { "-t 1,2,4" };
        return Figure::none(
            &id,
            &title,
            format!("No two rows differ in {what} alone; `densimeter bench {flag}` measures that."),
        );
    }
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    for (series, line) in lines.iter_mut().enumerate() {
        line.sort_by_key(|row| of(row));
        let tone = Tone::of(series);
        let points: Vec<(f64, f64)> =
            line.iter().filter_map(|row| Some((f64::from(of(row)), row.tokens_per_second.as_ref()?.point))).collect();
        marks.push(Mark::Line { points, tone, dashed: false });
        for row in line.iter() {
            let (Some((y, tip)), x) = (shown(row), f64::from(of(row))) else { continue };
            let speed = row.tokens_per_second.as_ref();
            marks.push(Mark::Along { x, y: (speed.and_then(|s| s.low), speed.and_then(|s| s.high)), tone });
            marks.push(Mark::Dot { x, y, tone, look: Look::Full, tip, name: None });
        }
        let first = line[0];
        let phase = if first.phase == Phase::Prefill { "prefill" } else { "decode" };
        let kind = format!("{phase} of {}", first.tokens);
        legend.push((tone, if bench.models.len() > 1 { format!("{kind}, {}", first.model) } else { kind }));
    }
    let all = || lines.iter().flatten();
    let most = all().filter_map(|row| {
        row.tokens_per_second.as_ref().map(|speed| speed.high.unwrap_or(speed.point).min(2.0 * speed.point))
    });
    Figure::drawn(Chart {
        description: format!("{} of speed along {label}.", counted(lines.len(), "line")),
        height: 220.0,
        x: Axis {
            label: label.to_owned(),
            scale: Scale::around(all().map(|row| f64::from(of(row)))),
            unit: Unit::Count,
        },
        y: Axis { label: "tokens per second".to_owned(), scale: Scale::from_zero(most), unit: Unit::Plain },
        id,
        title,
        marks,
        legend,
    })
}
