//! Moore × Densing over all devices: when each meets GPT-4's level by its own trend.

use std::collections::BTreeMap;

use super::entry::Entry;
use crate::law::frontier::days_since_origin;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::unit::Unit;
use crate::report::view::words::cut;
use crate::stat::Sample;

/// Devices beyond which each class is a row, and the devices its points.
const MOST_DEVICES: usize = 24;

/// Points of one class beyond which only some are drawn, evenly over their order.
const MOST_POINTS: usize = 150;

const ID: &str = "crossover-devices";
const TITLE: &str = "When each device meets GPT-4's level by the trend";

/// Dates beyond 2020 and 2045 are drawn at the edge.
const EDGES: (f64, f64) = (-1150.0, 7980.0);

/// The newest report with a date of every device.
fn newest(entries: &[Entry]) -> Vec<&Entry> {
    let mut of_device: BTreeMap<(&str, &str), &Entry> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.counts() && entry.date.is_some()) {
        let known = of_device.entry((&entry.class, &entry.device)).or_insert(entry);
        if entry.day > known.day {
            *known = entry;
        }
    }
    of_device.into_values().collect()
}

/// The chart.
pub(super) fn crossover(entries: &[Entry]) -> Figure {
    let devices = newest(entries);
    if devices.is_empty() {
        return Figure::none(ID, TITLE, "No report here has a date of its own device; `densimeter run` gives one.");
    }
    let mut classes: Vec<&str> = devices.iter().map(|entry| entry.class.as_str()).collect();
    classes.dedup();
    let tone = |class: &str| Tone::of(classes.iter().position(|known| *known == class).unwrap_or(0));
    let each = devices.len() <= MOST_DEVICES;
    let day = |date: jiff::civil::Date| days_since_origin(date).clamp(EDGES.0, EDGES.1);
    let (mut marks, mut names, mut all, mut said) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for class in &classes {
        let own: Vec<&&Entry> = devices.iter().filter(|entry| entry.class == *class).collect();
        if !each {
            names.push(cut(class, 18));
        }
        let step = own.len().div_ceil(MOST_POINTS).max(1);
        let mut dates = Vec::new();
        for (place, entry) in own.iter().enumerate() {
            let Some(date) = &entry.date else { continue };
            let x = day(date.point);
            dates.push(x);
            all.push(x);
            if each {
                names.push(cut(&entry.device, 18));
            } else if place % step != 0 {
                continue;
            }
            let row = (names.len() - 1) as f64;
            let tip = format!("{} ({class}): {date}", entry.device);
            if each {
                let ends = (date.low.map(day), date.high.map(day));
                all.extend([ends.0, ends.1].into_iter().flatten());
                marks.push(Mark::Across { y: row, x: ends, tone: tone(class) });
                said.push(tip.clone());
            }
            let (y, look) = if each { (row, Look::Full) } else { (row + spread(place), Look::Faint) };
            marks.push(Mark::Dot { x, y, tone: tone(class), look, tip, name: None });
        }
        if let (false, Ok(sample)) = (each, Sample::new(dates)) {
            let tip = format!("{class}: median {} of {} devices", on(sample.median()), sample.len());
            let row = (names.len() - 1) as f64;
            marks.push(Mark::Across {
                y: row,
                x: (Some(sample.quantile(0.1)), Some(sample.quantile(0.9))),
                tone: tone(class),
            });
            said.push(tip.clone());
            marks.push(Mark::Dot { x: sample.median(), y: row, tone: tone(class), look: Look::Large, tip, name: None });
        }
    }
    let from = all.iter().copied().fold(f64::INFINITY, f64::min);
    let to = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let kind = if each { "95 % intervals" } else { "each point a device; median and its 10th to 90th percentile" };
    Figure::drawn(Chart {
        id: ID.to_owned(),
        title: format!("{TITLE} ({kind})"),
        description: said.join("; "),
        height: names.len() as f64 * if each { 26.0 } else { 44.0 } + 10.0,
        x: Axis { label: "date".to_owned(), scale: Scale::Days(from - 90.0, to + 90.0), unit: Unit::Date },
        y: Axis { label: String::new(), scale: Scale::Names(names), unit: Unit::Plain },
        marks,
        legend: classes.iter().take(7).map(|class| (tone(class), cut(class, 18))).collect(),
    })
}

/// Where a point of a row stands beside its line, so that points do not hide each other.
fn spread(place: usize) -> f64 {
    (place % 7) as f64 * 0.09 - 0.27
}

fn on(day: f64) -> String {
    crate::law::frontier::date_after_origin(day).map_or_else(|| "beyond all dates".to_owned(), |date| date.to_string())
}
