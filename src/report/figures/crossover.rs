//! Moore × Densing: all dates at a glance, then the two curves of each class.

use super::density::{day, measured_on};
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::number::Source;
use crate::report::view::unit::Unit;
use crate::report::view::{Figure, words};

/// A row: where it stands in the report, and whose it is.
type Row = (String, String);

/// Days of 2020 and 2040 since the origin of the law: dates beyond are drawn at the edge.
const EARLIEST: f64 = -1150.0;
const LATEST: f64 = 6155.0;

/// The dates of the strongest capability that the rows share, then a chart of curves for each device.
#[must_use]
pub fn all(source: Source<'_>) -> Vec<Figure> {
    let mut rows: Vec<Row> = Vec::new();
    if source.at("/device/today/gpt_4").is_some() {
        rows.push(("/device/today/gpt_4".to_owned(), "this device".to_owned()));
    }
    rows.extend(
        source
            .list("/crossover")
            .take(200)
            .map(|(at, _)| (at.clone(), source.words(&format!("{at}/class")).unwrap_or_default())),
    );
    let mut devices: Vec<String> = Vec::new();
    for (_, device) in &rows {
        if !devices.contains(device) {
            devices.push(device.clone());
        }
    }
    devices.truncate(super::MOST_ROWS);
    let mut figures = vec![dates(source, &rows)];
    for device in &devices {
        let own: Vec<&Row> = rows.iter().filter(|(_, of)| of == device).collect();
        figures.push(curves(source, device, &own));
    }
    figures
}

fn capability(source: Source<'_>, at: &str) -> String {
    source.words(&format!("{at}/capability")).unwrap_or_default()
}

fn dates(source: Source<'_>, rows: &[Row]) -> Figure {
    let (id, title) = ("crossover-dates", "When GPT-4's level comes within reach by the trend (95 % intervals)");
    let rows: Vec<&Row> =
        rows.iter().filter(|(at, _)| capability(source, at) == "gpt-4").take(super::MOST_ROWS).collect();
    let bounded = |day: f64| day.clamp(EARLIEST, LATEST);
    let mut marks = Vec::new();
    let mut all = Vec::new();
    let mut said = Vec::new();
    for (row, (at, device)) in rows.iter().enumerate() {
        for (key, offset, tone, what) in [
            ("date", -0.16, Tone(1), "memory and decode"),
            ("date_with_ttft", 0.16, Tone(2), "with the first token in time"),
        ] {
            let at = format!("{at}/{key}");
            let Some(x) = day(source, &format!("{at}/point")) else { continue };
            let (low, high) = (day(source, &format!("{at}/low")), day(source, &format!("{at}/high")));
            let y = row as f64 + offset;
            all.extend([Some(x), low, high].into_iter().flatten().map(bounded));
            let tip = format!("{device}, {what}: {}", source.cell(&at, Unit::Date).text);
            marks.push(Mark::Across { y, x: (low, high), tone });
            marks.push(Mark::Dot { x, y, tone, look: Look::Full, tip: tip.clone(), name: None });
            if key == "date" {
                said.push(tip);
            }
        }
    }
    if all.is_empty() {
        return Figure::none(id, title, "No row has a date for GPT-4's level.");
    }
    if let Some(today) = measured_on(source) {
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
            scale: Scale::Names(rows.iter().map(|(_, device)| words::cut(device, 18)).collect()),
            unit: Unit::Plain,
        },
        legend: vec![(Tone(1), "memory and decode".to_owned()), (Tone(2), "with the first token in time".to_owned())],
        marks,
    })
}

/// One date of the curves: what the device runs, and what the capability needs with its band.
struct Point {
    day: f64,
    runnable: f64,
    required: f64,
    low: f64,
    high: f64,
}

fn points(source: Source<'_>, at: &str) -> Vec<Point> {
    source
        .list(&format!("{at}/curve"))
        .take(400)
        .filter_map(|(at, _)| {
            let of = |key: &str| source.number(&format!("{at}/{key}")).filter(|value| *value > 0.0);
            Some(Point {
                day: day(source, &format!("{at}/date"))?,
                runnable: of("runnable")?,
                required: of("required")?,
                low: of("required_low")?,
                high: of("required_high")?,
            })
        })
        .collect()
}

fn curves(source: Source<'_>, device: &str, rows: &[&Row]) -> Figure {
    let slug: String = device.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let (id, title) = (
        format!("crossover-{slug}"),
        format!("{}: parameters it runs, and parameters that each level needs", capital(device)),
    );
    let curves: Vec<(&Row, Vec<Point>)> =
        rows.iter().map(|row| (*row, points(source, &row.0))).filter(|(_, points)| points.len() > 1).take(6).collect();
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
        let name = capability(source, &row.0);
        // Bands over bands would hide each other: the headline capability has one.
        let banded = curves.len() == 1 || name == "gpt-4";
        if banded {
            marks.insert(0, Mark::Band { points: points.iter().map(|p| (p.day, p.low, p.high)).collect(), tone });
        }
        marks.push(Mark::Line { points: points.iter().map(|p| (p.day, p.required)).collect(), tone, dashed: false });
        values.extend(points.iter().map(|point| point.required));
        legend.push((tone, format!("{name}{}", if banded { ", 95 % band" } else { "" })));
        let at = format!("{}/date", row.0);
        if let Some(x) = day(source, &format!("{at}/point")) {
            let text = source.cell(&at, Unit::Date).text;
            if let Some(y) = between(points, x) {
                let tip = format!("{name}: {text}");
                let short = source
                    .words(&format!("{at}/point"))
                    .map(|date| words::cut(&date, 7).trim_end_matches('…').to_owned());
                crossings.push(Mark::Dot { x, y, tone, look: Look::Ring, tip, name: short });
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
    figure.group = (device != "this device").then(|| device.to_owned());
    figure
}

fn capital(device: &str) -> String {
    let text = words::cut(device, 40);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The runnable parameters at a day between two points of the curve, along the straight line of the logarithms.
fn between(points: &[Point], day: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| pair[0].day <= day && day <= pair[1].day)?;
    let share = (day - pair[0].day) / (pair[1].day - pair[0].day);
    Some((pair[0].runnable.ln() * (1.0 - share) + pair[1].runnable.ln() * share).exp())
}
