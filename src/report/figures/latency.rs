//! How times spread: a histogram for decoding, the single repetitions for prefill and load.

use super::counted;
use crate::measure::bench_report::{BenchReport, RowReport};
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::unit::Unit;
use crate::report::view::words;

/// Bars of a histogram.
const BARS: usize = 36;

/// Most rows that get a histogram of their own.
const MOST: usize = 6;

/// A histogram for each decode row, then the repetitions of prefill and load.
#[must_use]
pub fn all(bench: &BenchReport) -> Vec<Figure> {
    let mut figures: Vec<Figure> = bench
        .results
        .iter()
        .enumerate()
        .filter(|(_, row)| row.latency.as_ref().is_some_and(|latency| !latency.histogram.is_empty()))
        .take(MOST)
        .map(|(at, row)| histogram(at, row))
        .collect();
    if figures.is_empty() {
        let why = "No decode row kept the times between its tokens.";
        figures.push(Figure::none("latency-decode", "Time from token to token", why));
    }
    figures.push(repetitions(bench));
    figures
}

/// Buckets of the report, gathered into bars of equal factor: latencies spread over factors, not over differences.
fn histogram(at: usize, row: &RowReport) -> Figure {
    let title = format!("Time from token to token, {}", words::cut(&row.test, 40));
    let id = format!("latency-{at}");
    let buckets: Vec<(f64, u64)> = row
        .latency
        .iter()
        .flat_map(|latency| &latency.histogram)
        .map(|(ns, count)| ((*ns).max(1) as f64, *count))
        .collect();
    let scale = Scale::log(buckets.iter().map(|(ns, _)| *ns));
    let Scale::Log(low, high) = scale else { return Figure::none(&id, &title, "The histogram is empty.") };
    let edge = |bar: usize| low * (high / low).powf(bar as f64 / BARS as f64);
    let mut counts = [0u64; BARS];
    for (ns, count) in &buckets {
        let bar = (scale.place(*ns) * BARS as f64) as usize;
        counts[bar.min(BARS - 1)] = counts[bar.min(BARS - 1)].saturating_add(*count);
    }
    let all: f64 = counts.iter().map(|count| *count as f64).sum();
    let tone = Tone(2);
    let mut marks: Vec<Mark> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(bar, count)| Mark::Bar {
            x: (edge(bar), edge(bar + 1)),
            y: (0.0, 100.0 * *count as f64 / all),
            tone,
            tip: format!(
                "{:.2} to {:.2} ms: {}",
                edge(bar) / 1e6,
                edge(bar + 1) / 1e6,
                counted(*count as usize, "token")
            ),
        })
        .collect();
    let quantiles = row.latency.iter().flat_map(|latency| [("p50", &latency.p50), ("p99", &latency.p99)]);
    for (name, estimate) in quantiles {
        if let Some(estimate) = estimate {
            marks.push(Mark::Rule { x: estimate.point, name: name.to_owned() });
        }
    }
    let most = counts.iter().map(|count| 100.0 * *count as f64 / all);
    Figure::drawn(Chart {
        description: format!(
            "Histogram of {} inter-token latencies between {} and {}.",
            all,
            Unit::Nanoseconds.show(low, None),
            Unit::Nanoseconds.show(high, None)
        ),
        height: 190.0,
        x: Axis { label: "time between two tokens (log scale)".to_owned(), scale, unit: Unit::Nanoseconds },
        y: Axis { label: "% of tokens".to_owned(), scale: Scale::from_zero(most), unit: Unit::Plain },
        legend: Vec::new(),
        id,
        title,
        marks,
    })
}

/// Every repetition as a point.
fn repetitions(bench: &BenchReport) -> Figure {
    let (id, title) = ("repetitions", "Every repetition, over the median of its row");
    let timed = bench.results.iter().map(|row| (row.test.as_str(), &row.samples_ns));
    let loads = bench.results.loads.iter().map(|row| (row.test.as_str(), &row.samples_ns));
    let rows: Vec<(&str, &Vec<u64>)> =
        timed.chain(loads).filter(|(_, samples)| !samples.is_empty()).take(super::MOST_ROWS).collect();
    if rows.is_empty() {
        return Figure::none(id, title, "No repetition was measured.");
    }
    let mut marks = vec![Mark::Rule { x: 1.0, name: String::new() }];
    let mut ratios = Vec::new();
    for (at, (test, samples)) in rows.iter().enumerate() {
        let mut sorted = (*samples).clone();
        sorted.sort_unstable();
        let median = sorted[sorted.len() / 2].max(1) as f64;
        // No picture needs more points of one row than this.
        for (place, ns) in samples.iter().enumerate().take(400) {
            let x = *ns as f64 / median;
            ratios.push(x);
            let tip = format!("{test}, repetition {}: {}", place + 1, Unit::Nanoseconds.show(*ns as f64, None));
            marks.push(Mark::Dot { x, y: at as f64, tone: Tone::of(at), look: Look::Faint, tip, name: None });
        }
    }
    let names = rows.iter().map(|(test, _)| words::cut(test, 24)).collect();
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: format!("{} of single repetitions; 1 is the median of a row.", counted(rows.len(), "row")),
        height: super::height(rows.len()),
        x: Axis {
            label: "time of a repetition / median of its row".to_owned(),
            scale: Scale::around(ratios.into_iter()),
            unit: Unit::Plain,
        },
        y: Axis { label: String::new(), scale: Scale::Names(names), unit: Unit::Plain },
        legend: Vec::new(),
        marks,
    })
}
