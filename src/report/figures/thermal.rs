//! Speed, heat and clock over the minutes of a sustained series, or heat and clock from row to row.

use crate::device::DeviceRecord;
use crate::measure::bench_report::BenchReport;
use crate::measure::sustain_report::SustainPoint;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::unit::Unit;
use crate::report::view::words;

/// The sustained curve, then heat and clock over time.
#[must_use]
pub fn all(bench: &BenchReport) -> Vec<Figure> {
    vec![
        over_time(bench, "sustain", "Speed while decoding without a pause", "tokens per second", |point| {
            Some(point.tokens_per_second)
        }),
        match &bench.sustain {
            Some(_) => {
                over_time(bench, "temperature", "Temperature of the hottest sensor", "°C", |point| point.celsius)
            }
            None => from_row_to_row(bench, "temperature", "Temperature of the hottest sensor", "°C", 1.0),
        },
        match &bench.sustain {
            Some(_) => over_time(bench, "frequency", "Highest core clock", "GHz", |point| Some(point.hertz? / 1e9)),
            None => from_row_to_row(bench, "frequency", "Highest core clock", "GHz", 1e9),
        },
    ]
}

fn over_time(bench: &BenchReport, id: &str, title: &str, label: &str, of: fn(&SustainPoint) -> Option<f64>) -> Figure {
    let Some(curve) = &bench.sustain else {
        let why = bench.sustain_reason.clone();
        let why = why.unwrap_or_else(|| "`densimeter bench --sustain SECONDS` measures it".to_owned());
        return Figure::none(id, title, format!("No sustained series was measured: {why}."));
    };
    let points: Vec<(f64, f64)> = curve.points.iter().filter_map(|point| Some((point.elapsed_s, of(point)?))).collect();
    if points.is_empty() {
        return Figure::none(id, title, why_not(bench, id));
    }
    let tone = Tone(if id == "sustain" { 2 } else { 1 });
    let mut marks = vec![Mark::Line { points: points.clone(), tone, dashed: false }];
    marks.extend(points.iter().map(|&(x, y)| Mark::Dot {
        x,
        y,
        tone,
        look: Look::Faint,
        tip: format!("after {x:.0} s: {y:.1} {label}"),
        name: None,
    }));
    let values = || points.iter().map(|(_, y)| *y);
    let (first, last) = (points[0].1, points[points.len() - 1].1);
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: format!("{} points; {first:.1} {label} at the beginning, {last:.1} at the end.", points.len()),
        height: 190.0,
        x: Axis {
            label: "seconds of decoding".to_owned(),
            scale: Scale::Linear(0.0, points[points.len() - 1].0.max(1.0)),
            unit: Unit::Plain,
        },
        y: Axis {
            label: label.to_owned(),
            scale: if id == "sustain" { Scale::from_zero(values()) } else { Scale::around(values()) },
            unit: Unit::Plain,
        },
        legend: Vec::new(),
        marks,
    })
}

fn from_row_to_row(bench: &BenchReport, id: &str, title: &str, label: &str, scale: f64) -> Figure {
    let heat = id == "temperature";
    let rows: Vec<(&str, f64, f64)> = bench
        .results
        .iter()
        .filter_map(|row| {
            let of = &row.thermal;
            let ends = if heat { (of.start_celsius?, of.end_celsius?) } else { (of.start_hertz?, of.end_hertz?) };
            Some((row.test.as_str(), ends.0 / scale, ends.1 / scale))
        })
        .take(super::MOST_ROWS)
        .collect();
    if rows.is_empty() {
        return Figure::none(id, title, why_not(bench, id));
    }
    let mut marks = Vec::new();
    for (at, (test, before, after)) in rows.iter().enumerate() {
        let y = at as f64;
        marks.push(Mark::Line { points: vec![(*before, y), (*after, y)], tone: Tone(1), dashed: false });
        for (x, look, when) in [(*before, Look::Ring, "before"), (*after, Look::Full, "after")] {
            marks.push(Mark::Dot {
                x,
                y,
                tone: Tone(1),
                look,
                tip: format!("{test}, {when}: {x:.2} {label}"),
                name: None,
            });
        }
    }
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: format!("{title}, before (ring) and after each row"),
        description: "A line a row, from before its first repetition to after its last.".to_owned(),
        height: super::height(rows.len()),
        x: Axis {
            label: label.to_owned(),
            scale: Scale::around(rows.iter().flat_map(|(_, a, b)| [*a, *b])),
            unit: Unit::Plain,
        },
        y: Axis {
            label: String::new(),
            scale: Scale::Names(rows.iter().map(|(test, ..)| words::cut(test, 24)).collect()),
            unit: Unit::Plain,
        },
        legend: Vec::new(),
        marks,
    })
}

/// Why nothing was read.
fn why_not(bench: &BenchReport, id: &str) -> String {
    let profile = bench.device.as_ref().and_then(DeviceRecord::profile);
    if id == "temperature" {
        match profile.map(|profile| profile.thermal_zones.len()) {
            Some(0) => "No temperature: the device shows no thermal zone.".to_owned(),
            _ => "No temperature was read.".to_owned(),
        }
    } else {
        let why = profile.and_then(|profile| profile.reasons.get("cpu.governors")).map(String::as_str);
        format!("No clock was read: {}.", why.unwrap_or("the kernel names no frequency"))
    }
}
