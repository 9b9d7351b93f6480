//! Moore × Densing: all dates at a glance, then the two curves of each class.

use jiff::civil::Date;

use super::density::measured_on;
use crate::crossover::curve::CurvePoint;
use crate::crossover::target::GPT_4;
use crate::law::frontier::days_since_origin;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::run::RunReport;
use crate::report::view::crossings::{Placed, THIS_DEVICE};
use crate::report::view::figure::Figure;
use crate::report::view::number::Cell;
use crate::report::view::unit::Unit;
use crate::report::view::words;

/// Days of 2020 and 2040 since the origin of the law: dates beyond are drawn at the edge.
const EARLIEST: f64 = -1150.0;
const LATEST: f64 = 6155.0;

/// Most crossings and points of a curve that are drawn: a report of others may hold more than a picture can.
const MOST: (usize, usize) = (200, 400);

/// The dates of the strongest capability that the rows share, then a chart of curves for each device.
#[must_use]
pub fn all(report: &RunReport) -> Vec<Figure> {
    let rows: Vec<Placed<'_>> = Placed::all(report).take(MOST.0).collect();
    let mut devices: Vec<&str> = Vec::new();
    for row in &rows {
        if !devices.contains(&row.whose()) {
            devices.push(row.whose());
        }
    }
    devices.truncate(super::MOST_ROWS);
    let mut figures = vec![dates(report, &rows)];
    for device in devices {
        let own: Vec<&Placed<'_>> = rows.iter().filter(|row| row.whose() == device).collect();
        figures.push(curves(device, &own));
    }
    figures
}

fn dates(report: &RunReport, rows: &[Placed<'_>]) -> Figure {
    let (id, title) = ("crossover-dates", "When GPT-4's level comes within reach by the trend (95 % intervals)");
    let rows: Vec<&Placed<'_>> =
        rows.iter().filter(|row| row.crossing.capability == GPT_4).take(super::MOST_ROWS).collect();
    let bounded = |day: f64| day.clamp(EARLIEST, LATEST);
    let mut marks = Vec::new();
    let mut all = Vec::new();
    let mut said = Vec::new();
    for (row, found) in rows.iter().enumerate() {
        let both = [
            (&found.crossing.date, -0.16, Tone(1), "memory and decode"),
            (&found.crossing.date_with_ttft, 0.16, Tone(2), "with the first token in time"),
        ];
        for (date, offset, tone, what) in both {
            let Some(date) = date else { continue };
            let ends = (date.low.map(days_since_origin), date.high.map(days_since_origin));
            let (x, y) = (days_since_origin(date.point), row as f64 + offset);
            all.extend([Some(x), ends.0, ends.1].into_iter().flatten().map(bounded));
            let tip = format!("{}, {what}: {}", words::plain(found.whose()), Cell::of("", date, Unit::Date).text);
            marks.push(Mark::Across { y, x: ends, tone });
            marks.push(Mark::Dot { x, y, tone, look: Look::Full, tip: tip.clone(), name: None });
            if offset < 0.0 {
                said.push(tip);
            }
        }
    }
    if all.is_empty() {
        return Figure::none(id, title, "No row has a date for GPT-4's level.");
    }
    if let Some(today) = measured_on(report) {
        marks.insert(0, Mark::Rule { x: today, name: "measured".to_owned() });
        all.push(today);
    }
    let from = all.iter().copied().fold(f64::INFINITY, f64::min);
    let to = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said.join("; "),
        height: rows.len() as f64 * 34.0 + 10.0,
        x: Axis { label: "date".to_owned(), scale: Scale::Days(from - 90.0, to + 90.0), unit: Unit::Date },
        y: Axis {
            label: String::new(),
            scale: Scale::Names(rows.iter().map(|row| words::cut(row.whose(), 18)).collect()),
            unit: Unit::Plain,
        },
        legend: vec![(Tone(1), "memory and decode".to_owned()), (Tone(2), "with the first token in time".to_owned())],
        marks,
    })
}

/// The points of a crossing's curves that a logarithmic axis can show.
fn points<'a>(row: &Placed<'a>) -> Vec<(f64, &'a CurvePoint)> {
    let positive = |point: &&CurvePoint| {
        [point.runnable, point.required, point.required_low, point.required_high].iter().all(|value| *value > 0.0)
    };
    let curve = row.crossing.curve.iter().take(MOST.1).filter(positive);
    curve.map(|point| (days_since_origin(point.date), point)).collect()
}

fn curves(device: &str, rows: &[&Placed<'_>]) -> Figure {
    let slug: String = device.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let (id, title) = (
        format!("crossover-{slug}"),
        format!("{}: parameters it runs, and parameters that each level needs", capital(device)),
    );
    let curves: Vec<(&Placed<'_>, Vec<(f64, &CurvePoint)>)> =
        rows.iter().map(|row| (*row, points(row))).filter(|(_, points)| points.len() > 1).take(6).collect();
    let Some((_, first)) = curves.first() else {
        return Figure::none(&id, &title, "The report holds no curves of it.");
    };
    let mut marks = Vec::new();
    let mut legend = vec![(Tone(3), "runs".to_owned())];
    let mut values: Vec<f64> = first.iter().map(|(_, point)| point.runnable).collect();
    let mut said = Vec::new();
    let mut crossings = Vec::new();
    for (series, (row, points)) in curves.iter().enumerate() {
        let tone = [Tone(1), Tone(2), Tone(4), Tone(5), Tone(6), Tone(7)][series % 6];
        let name = words::plain(&row.crossing.capability);
        // Bands over bands would hide each other: the headline capability has one.
        let banded = curves.len() == 1 || name == GPT_4;
        if banded {
            let band = points.iter().map(|(day, point)| (*day, point.required_low, point.required_high)).collect();
            marks.insert(0, Mark::Band { points: band, tone });
        }
        marks.push(Mark::Line {
            points: points.iter().map(|(day, point)| (*day, point.required)).collect(),
            tone,
            dashed: false,
        });
        values.extend(points.iter().map(|(_, point)| point.required));
        legend.push((tone, format!("{name}{}", if banded { ", 95 % band" } else { "" })));
        if let Some(date) = &row.crossing.date {
            let (x, text) = (days_since_origin(date.point), Cell::of("", date, Unit::Date).text);
            if let Some(y) = between(points, x) {
                let tip = format!("{name}: {text}");
                crossings.push(Mark::Dot { x, y, tone, look: Look::Ring, tip, name: Some(month(date.point)) });
            }
            said.push(format!("{name} {text}"));
        } else {
            said.push(format!("{name} never"));
        }
    }
    marks.push(Mark::Line {
        points: first.iter().map(|(day, point)| (*day, point.runnable)).collect(),
        tone: Tone(3),
        dashed: false,
    });
    marks.append(&mut crossings);
    let ends = (first[0].0, first[first.len() - 1].0);
    let mut figure = Figure::drawn(Chart {
        description: format!("Dates at which the curves meet: {}.", said.join("; ")),
        height: 230.0,
        x: Axis { label: "date".to_owned(), scale: Scale::Days(ends.0, ends.1), unit: Unit::Date },
        y: Axis {
            label: "parameters (log scale)".to_owned(),
            scale: Scale::log(values.into_iter()),
            unit: Unit::Params,
        },
        id,
        title,
        marks,
        legend,
    });
    figure.group = (device != THIS_DEVICE).then(|| device.to_owned());
    figure
}

fn capital(device: &str) -> String {
    let text = words::cut(device, 40);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `2026-11`.
fn month(date: Date) -> String {
    date.strftime("%Y-%m").to_string()
}

/// The runnable parameters at a day between two points of the curve, along the straight line of the logarithms.
fn between(points: &[(f64, &CurvePoint)], day: f64) -> Option<f64> {
    let [(from, before), (to, after)] = *points.windows(2).find(|pair| pair[0].0 <= day && day <= pair[1].0)? else {
        return None;
    };
    let share = (day - from) / (to - from);
    Some((before.runnable.ln() * (1.0 - share) + after.runnable.ln() * share).exp())
}
