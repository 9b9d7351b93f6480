//! Density against the frontier: every listed release, the law with its band, this model.

use crate::density::frontier::{FrontierReport, LawPoint, ReleaseDensity};
use crate::law::density::Density;
use crate::law::frontier::days_since_origin;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::run::RunReport;
use crate::report::view::figure::Figure;
use crate::report::view::number::Cell;
use crate::report::view::unit::Unit;
use crate::report::view::words;

/// The day of the run.
pub(super) fn measured_on(report: &RunReport) -> Option<f64> {
    let started = report.bench.as_ref()?.started;
    Some(days_since_origin(started.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()))
}

/// Most releases and points that are drawn: a report of others may hold more than a picture can.
const MOST: (usize, usize) = (2000, 400);

/// The chart; it needs the frontier that a run keeps in its report.
#[must_use]
pub fn frontier(report: &RunReport) -> Figure {
    let (id, title) = ("frontier", "Capability density of releases, the Densing Law and this model");
    let law = report.frontier.as_ref();
    let releases: Vec<&ReleaseDensity> =
        law.iter().flat_map(|law| &law.releases).take(MOST.0).filter(|release| release.density > 0.0).collect();
    if releases.is_empty() {
        return Figure::none(id, title, "The report holds no frontier to compare with.");
    }
    let curve: Vec<(f64, &LawPoint)> = law
        .iter()
        .flat_map(|law| &law.curve)
        .take(MOST.1)
        .filter(|point| point.density > 0.0 && point.low > 0.0 && point.high > 0.0)
        .map(|point| (days_since_origin(point.date), point))
        .collect();
    let mut marks = vec![
        Mark::Band { points: curve.iter().map(|(x, point)| (*x, point.low, point.high)).collect(), tone: Tone(1) },
        Mark::Line {
            points: curve.iter().map(|(x, point)| (*x, point.density)).collect(),
            tone: Tone(1),
            dashed: false,
        },
    ];
    // The densest of the others is what a reader compares with; the rest would only cover each other.
    let best = releases.iter().filter(|release| !release.in_law).map(|release| release.density).fold(0.0, f64::max);
    for release in &releases {
        let ReleaseDensity { model, date, density, record, in_law } = release;
        let tone = match (record, in_law) {
            (true, _) => Tone(1),
            (false, true) => Tone::NEUTRAL,
            (false, false) => Tone(5),
        };
        let tip = format!("{}: density {}", words::plain(model), Unit::Plain.show(*density, None));
        let named = *record || (!in_law && *density == best);
        let name = named.then(|| words::cut(model, 22));
        let look = if named { Look::Full } else { Look::Faint };
        marks.push(Mark::Dot { x: days_since_origin(*date), y: *density, tone, look, tip, name });
    }
    let mut legend =
        vec![(Tone(1), "records, law, 95 % band".to_owned()), (Tone::NEUTRAL, "other models of its data".to_owned())];
    if best > 0.0 {
        legend.push((Tone(5), "other releases, from their scores".to_owned()));
    }
    let mut days: Vec<f64> = releases.iter().map(|release| days_since_origin(release.date)).collect();
    let mut densities: Vec<f64> = releases.iter().map(|release| release.density).collect();
    let mut said = format!("{} releases; the law grows e-fold every {} days.", releases.len(), growth(law));
    let own = report.density.as_ref().and_then(|density| density.density.as_ref());
    let own = own.filter(|density| density.point.ratio() > 0.0);
    // A file does not say when its model came out; the day of the run is what is known.
    let when = measured_on(report).or_else(|| days.iter().copied().reduce(f64::max));
    if let (Some(own), Some(x)) = (own, when) {
        let (y, tone) = (own.point.ratio(), Tone(2));
        let text = Cell::of("", own, Unit::Plain).text;
        let ends = (own.low.map(Density::ratio), own.high.map(Density::ratio));
        marks.push(Mark::Along { x, y: ends, tone });
        let model = report.bench.as_ref().and_then(|bench| bench.model.as_ref());
        let name = model.map_or_else(|| "this model".to_owned(), |model| words::plain(&model.id));
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

fn growth(law: Option<&FrontierReport>) -> String {
    match law.map(|law| law.growth_per_day.point).filter(|growth| *growth > 0.0) {
        Some(growth) => format!("{:.0}", 1.0 / growth),
        None => "never".to_owned(),
    }
}
