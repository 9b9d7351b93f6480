//! The audit: ratios with their intervals, and size against loss with the Pareto set.

use crate::audit::record::AuditRecord;
use crate::law::audit::Verdict;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::number::Cell;
use crate::report::view::unit::Unit;
use crate::report::view::words;
use crate::stat::Estimate;

/// Most records of a trade-off: a report of others may hold more than a picture can.
const MOST: usize = 200;

/// Ratios, then the trade-off.
#[must_use]
pub fn all(records: &[AuditRecord]) -> Vec<Figure> {
    vec![ratios(records), trade_off(records)]
}

fn ratios(records: &[AuditRecord]) -> Figure {
    let (id, title) = ("audit-ratios", "Compressed over original (1 is unchanged; below 1 is a drop)");
    let rows: Vec<(&AuditRecord, &Estimate)> =
        records.iter().take(super::MOST_ROWS).filter_map(|record| Some((record, record.ratio.as_ref()?))).collect();
    if rows.is_empty() {
        return Figure::none(id, title, "No compressed model has a ratio.");
    }
    let mut marks = vec![Mark::Rule { x: 1.0, name: "unchanged".to_owned() }];
    let mut values = vec![1.0];
    let mut said = Vec::new();
    for (row, (record, ratio)) in rows.iter().enumerate() {
        let (x, ends) = (ratio.point, (ratio.low, ratio.high));
        let tone = match record.verdict {
            Verdict::Dropped => Tone(2),
            Verdict::Held | Verdict::Gained => Tone(1),
            Verdict::Undecided => Tone::NEUTRAL,
        };
        values.extend([Some(x), ends.0, ends.1].into_iter().flatten());
        let text = Cell::of("", ratio, Unit::Plain).text;
        let tip = format!("{}: {text} ({})", words::plain(&record.compressed), record.verdict);
        said.push(tip.clone());
        if ends.0.is_some() || ends.1.is_some() {
            marks.push(Mark::Across { y: row as f64, x: ends, tone });
        }
        marks.push(Mark::Dot { x, y: row as f64, tone, look: Look::Full, tip, name: None });
    }
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said.join("; "),
        height: super::height(rows.len()),
        x: Axis { label: "ratio".to_owned(), scale: Scale::around(values.into_iter()), unit: Unit::Plain },
        y: Axis {
            label: String::new(),
            scale: Scale::Names(rows.iter().map(|(record, _)| words::cut(&record.compressed, 26)).collect()),
            unit: Unit::Plain,
        },
        legend: vec![
            (Tone(1), "held or gained".to_owned()),
            (Tone(2), "dropped".to_owned()),
            (Tone::NEUTRAL, "undecided".to_owned()),
        ],
        marks,
    })
}

/// A format of a sweep in the picture: bits per weight, loss, name, and how it is drawn.
type Point = (f64, f64, String, Look);

fn trade_off(records: &[AuditRecord]) -> Figure {
    let (id, title) = ("audit-pareto", "Size against loss (ringed: beaten by another in bytes, seconds and loss)");
    let records = &records[..records.len().min(MOST)];
    let mut rungs: Vec<Point> = Vec::new();
    for record in records {
        let measured = &record.measured;
        let bits = measured.sizes.as_ref().map(|sizes| sizes.compressed.bits_per_weight).filter(|bits| *bits > 0.0);
        let look = match &measured.sweep {
            Some(point) if !point.pareto => Look::Ring,
            _ => Look::Full,
        };
        if let Some((bits, loss)) = bits.zip(measured.compressed_loss()) {
            rungs.push((bits, loss, words::plain(&record.compressed), look));
        }
    }
    let original = records.iter().find_map(|record| {
        let bits = record.measured.sizes.as_ref()?.original.bits_per_weight;
        (bits > 0.0).then_some(())?;
        Some(((bits, record.measured.original_loss()?), words::plain(&record.original)))
    });
    if rungs.len() < 2 {
        return Figure::none(
            id,
            title,
            "A trade-off needs two compressed models with sizes and losses; `densimeter audit --ladder MODEL` measures them.",
        );
    }
    rungs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let set = rungs.iter().filter(|(.., look)| *look == Look::Full).map(|&(x, y, ..)| (x, y)).collect();
    let mut marks = vec![Mark::Line { points: set, tone: Tone(1), dashed: true }];
    for (x, y, name, look) in &rungs {
        let tip = format!("{name}: {} at {x:.2} bits per weight", Unit::BitsPerByte.show(*y, None));
        let short = name.split_whitespace().next().unwrap_or_default();
        marks.push(Mark::Dot { x: *x, y: *y, tone: Tone(1), look: *look, tip, name: Some(words::cut(short, 16)) });
    }
    let mut xs: Vec<f64> = rungs.iter().map(|rung| rung.0).collect();
    let mut ys: Vec<f64> = rungs.iter().map(|rung| rung.1).collect();
    if let Some(((x, y), name)) = original {
        let tip = format!("{name}, the original: {}", Unit::BitsPerByte.show(y, None));
        marks.push(Mark::Dot { x, y, tone: Tone(2), look: Look::Full, tip, name: Some("original".to_owned()) });
        xs.push(x);
        ys.push(y);
    }
    let said: Vec<String> =
        rungs.iter().map(|(x, y, name, _)| format!("{name}: {x:.2} bits per weight, {y:.4} bits per byte")).collect();
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said.join("; "),
        height: 240.0,
        x: Axis {
            label: "bits per weight (log scale)".to_owned(),
            scale: Scale::log(xs.into_iter()),
            unit: Unit::Plain,
        },
        y: Axis { label: "loss, bits per byte".to_owned(), scale: Scale::around(ys.into_iter()), unit: Unit::Plain },
        legend: vec![(Tone(1), "compressed; dashed: the Pareto set".to_owned()), (Tone(2), "original".to_owned())],
        marks,
    })
}
