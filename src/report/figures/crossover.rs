//! Moore × Densing: all dates at a glance, then the two curves of each class.

use jiff::civil::Date;

use super::density::measured_on;
use crate::crossover::crossing::{Crossing, Status};
use crate::crossover::curve::CurvePoint;
use crate::crossover::target::GPT_4;
use crate::crossover::verdict::{Answer, Chance};
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

/// One bar of F a row: half of it lies before its dot, four fifths within the bar, 95 % within the line.
fn dates(report: &RunReport, rows: &[Placed<'_>]) -> Figure {
    let (id, title) =
        ("crossover-dates", "When a release at GPT-4's level is likely there: median, 80 % and 95 % intervals");
    let rows: Vec<&Placed<'_>> =
        rows.iter().filter(|row| row.crossing.capability == GPT_4).take(super::MOST_ROWS).collect();
    let mut marks = Vec::new();
    let mut all = Vec::new();
    let mut said = Vec::new();
    for (row, found) in rows.iter().enumerate() {
        let crossing = found.crossing;
        said.push(format!("{}: {}", words::plain(found.whose()), words::plain(&Answer(crossing).to_string())));
        let (y, tip) = (row as f64, said[row].clone());
        let day = |date: Option<Date>| date.map(|date| days_since_origin(date).clamp(EARLIEST, LATEST));
        let ends = |low: f64, high: f64| [low, high].map(|p| day(quantile(crossing, p)));
        let tone = if crossing.status == Status::Crossed { Tone(3) } else { Tone(1) };
        if let [Some(from), to] = ends(0.1, 0.9) {
            marks.push(Mark::Bar { x: (from, to.unwrap_or(LATEST)), y: (y - 0.2, y + 0.2), tone, tip: tip.clone() });
            all.extend([Some(from), to].into_iter().flatten());
        }
        let outer = match &crossing.date {
            Some(date) if crossing.quantiles.is_empty() => [day(date.low), day(date.high)],
            _ => ends(0.025, 0.975),
        };
        if let [Some(_), _] = outer {
            marks.push(Mark::Across { y, x: (outer[0], outer[1]), tone });
            all.extend(outer.into_iter().flatten());
        }
        if let Some(x) = day(crossing.date.as_ref().map(|date| date.point)) {
            let name = crossing.met_today.as_ref().map(|met| format!("{} today", Chance(met.probability)));
            marks.push(Mark::Dot { x, y, tone: Tone::NEUTRAL, look: Look::Full, tip, name });
            all.push(x);
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
        legend: vec![(Tone(3), "met, likelier than not".to_owned()), (Tone(1), "not yet".to_owned())],
        marks,
    })
}

/// The day of a quantile of F that the report tells.
fn quantile(crossing: &Crossing, probability: f64) -> Option<Date> {
    let found = crossing.quantiles.iter().find(|quantile| (quantile.probability - probability).abs() < 1e-9);
    found.and_then(|quantile| quantile.date)
}

/// A point of a crossing's curves that a logarithmic axis can show, with the day.
struct Point {
    day: f64,
    runnable: f64,
    required: Option<f64>,
    band: Option<(f64, f64)>,
}

fn points(row: &Placed<'_>) -> Vec<Point> {
    let positive = |value: Option<f64>| value.filter(|value| *value > 0.0);
    let curve = row.crossing.curve.iter().take(MOST.1).filter(|point| point.runnable > 0.0);
    let point = |point: &CurvePoint| Point {
        day: days_since_origin(point.date),
        runnable: point.runnable,
        required: positive(point.required),
        band: positive(point.required_low).zip(positive(point.required_high)),
    };
    curve.map(point).collect()
}

fn curves(device: &str, rows: &[&Placed<'_>]) -> Figure {
    let slug: String = device.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let (id, title) = (
        format!("crossover-{slug}"),
        format!("{}: parameters it runs, and the least that likely meet each level", capital(device)),
    );
    let curves: Vec<(&Placed<'_>, Vec<Point>)> =
        rows.iter().map(|row| (*row, points(row))).filter(|(_, points)| points.len() > 1).take(6).collect();
    let Some((_, first)) = curves.first() else {
        return Figure::none(&id, &title, "The report holds no curves of it.");
    };
    let mut marks = Vec::new();
    let mut legend = vec![(Tone(3), "runs".to_owned())];
    let mut values: Vec<f64> = first.iter().map(|point| point.runnable).collect();
    let mut said = Vec::new();
    let mut crossings = Vec::new();
    for (series, (row, points)) in curves.iter().enumerate() {
        let tone = [Tone(1), Tone(2), Tone(4), Tone(5), Tone(6), Tone(7)][series % 6];
        let name = words::plain(&row.crossing.capability);
        // Bands over bands would hide each other: the headline capability has one.
        let banded = curves.len() == 1 || name == GPT_4;
        if banded {
            let band = points.iter().filter_map(|point| point.band.map(|(low, high)| (point.day, low, high))).collect();
            marks.insert(0, Mark::Band { points: band, tone });
        }
        let required = || points.iter().filter_map(|point| Some((point.day, point.required?)));
        marks.push(Mark::Line { points: required().collect(), tone, dashed: false });
        values.extend(required().map(|(_, required)| required));
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
        points: first.iter().map(|point| (point.day, point.runnable)).collect(),
        tone: Tone(3),
        dashed: false,
    });
    marks.append(&mut crossings);
    let ends = (first[0].day, first[first.len() - 1].day);
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
fn between(points: &[Point], day: f64) -> Option<f64> {
    let [before, after] = points.windows(2).find(|pair| pair[0].day <= day && day <= pair[1].day)? else {
        return None;
    };
    let share = (day - before.day) / (after.day - before.day);
    Some((before.runnable.ln() * (1.0 - share) + after.runnable.ln() * share).exp())
}
