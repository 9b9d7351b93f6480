//! Density against the frontier: every listed release, the law with its band, this model.

use jiff::civil::Date;

use crate::law::frontier::days_since_origin;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::number::Source;
use crate::report::view::unit::Unit;
use crate::report::view::{Figure, words};

/// The day of a date on the wire.
pub(super) fn day(source: Source<'_>, at: &str) -> Option<f64> {
    let date: Date = source.at(at)?.as_str()?.parse().ok()?;
    Some(days_since_origin(date))
}

/// The day of the run.
pub(super) fn measured_on(source: Source<'_>) -> Option<f64> {
    let started: jiff::Timestamp = source.at("/bench/started")?.as_str()?.parse().ok()?;
    Some(days_since_origin(started.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()))
}

/// A release of the frontier.
struct Release {
    day: f64,
    density: f64,
    name: String,
    record: bool,
    in_law: bool,
}

/// The chart; it needs the frontier that a run keeps in its report.
#[must_use]
pub fn frontier(source: Source<'_>) -> Figure {
    let (id, title) = ("frontier", "Capability density of releases, the Densing Law and this model");
    let releases: Vec<Release> = source
        .list("/frontier/releases")
        .take(2000)
        .filter_map(|(at, release)| {
            let name = source.words(&format!("{at}/model"))?;
            let density = source.number(&format!("{at}/density")).filter(|density| *density > 0.0)?;
            let day = day(source, &format!("{at}/date"))?;
            let (record, in_law) = (release["record"] == true, release["in_law"] != false);
            Some(Release { day, density, name, record, in_law })
        })
        .collect();
    if releases.is_empty() {
        return Figure::none(id, title, "The report holds no frontier to compare with.");
    }
    let curve: Vec<(f64, f64, f64, f64)> = source
        .list("/frontier/curve")
        .take(400)
        .filter_map(|(at, _)| {
            let of = |key: &str| source.number(&format!("{at}/{key}")).filter(|value| *value > 0.0);
            Some((day(source, &format!("{at}/date"))?, of("density")?, of("low")?, of("high")?))
        })
        .collect();
    let mut marks = vec![
        Mark::Band { points: curve.iter().map(|&(x, _, low, high)| (x, low, high)).collect(), tone: Tone(1) },
        Mark::Line { points: curve.iter().map(|&(x, y, ..)| (x, y)).collect(), tone: Tone(1), dashed: false },
    ];
    // The densest of the others is what a reader compares with; the rest would only cover each other.
    let best = releases.iter().filter(|release| !release.in_law).map(|release| release.density).fold(0.0, f64::max);
    for Release { day, density, name, record, in_law } in &releases {
        let tone = match (record, in_law) {
            (true, _) => Tone(1),
            (false, true) => Tone::NEUTRAL,
            (false, false) => Tone(5),
        };
        let tip = format!("{name}: density {}", Unit::Plain.show(*density, None));
        let named = *record || (!in_law && *density == best);
        let name = named.then(|| words::cut(name, 22));
        let look = if named { Look::Full } else { Look::Faint };
        marks.push(Mark::Dot { x: *day, y: *density, tone, look, tip, name });
    }
    let mut legend =
        vec![(Tone(1), "records, law, 95 % band".to_owned()), (Tone::NEUTRAL, "other models of its data".to_owned())];
    if best > 0.0 {
        legend.push((Tone(5), "other releases, from their scores".to_owned()));
    }
    let mut days: Vec<f64> = releases.iter().map(|release| release.day).collect();
    let mut densities: Vec<f64> = releases.iter().map(|release| release.density).collect();
    let mut said = format!("{} releases; the law grows e-fold every {} days.", releases.len(), growth(source));
    let own = source.number("/density/density").filter(|density| *density > 0.0);
    // A file does not say when its model came out; the day of the run is what is known.
    let when = measured_on(source).or_else(|| days.iter().copied().reduce(f64::max));
    if let (Some(y), Some(x)) = (own, when) {
        let tone = Tone(2);
        let text = source.cell("/density/density", Unit::Plain).text;
        let ends = (source.number("/density/density/low"), source.number("/density/density/high"));
        marks.push(Mark::Along { x, y: ends, tone });
        let name = source.words("/bench/model/id").unwrap_or_else(|| "this model".to_owned());
        said += &format!(" {name} has {text}.");
        let tip = format!("{name}: density {text}");
        marks.push(Mark::Dot { x, y, tone, look: Look::Large, tip, name: Some("this model".to_owned()) });
        legend.push((tone, "this model, on the day of the run".to_owned()));
        days.push(x);
        densities.push(y);
    }
    let ends = |values: &[f64]| {
        (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    let (from, to) = ends(&days);
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said,
        height: 300.0,
        x: Axis { label: "release date".to_owned(), scale: Scale::Days(from - 40.0, to + 60.0), unit: Unit::Date },
        y: Axis {
            label: "density: effective / actual parameters (log scale)".to_owned(),
            scale: Scale::log(densities.into_iter()),
            unit: Unit::Plain,
        },
        marks,
        legend,
    })
}

fn growth(source: Source<'_>) -> String {
    match source.number("/frontier/growth_per_day").filter(|growth| *growth > 0.0) {
        Some(growth) => format!("{:.0}", 1.0 / growth),
        None => "never".to_owned(),
    }
}
