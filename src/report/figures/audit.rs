//! The audit: ratios with their intervals, and size against loss with the Pareto set.

use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::number::Source;
use crate::report::view::unit::Unit;
use crate::report::view::{Figure, words};

/// Ratios, then the trade-off.
#[must_use]
pub fn all(source: Source<'_>) -> Vec<Figure> {
    vec![ratios(source), trade_off(source)]
}

fn name(source: Source<'_>, at: &str) -> String {
    source.words(&format!("{at}/compressed")).unwrap_or_default()
}

fn ratios(source: Source<'_>) -> Figure {
    let (id, title) = ("audit-ratios", "Compressed over original (1 is unchanged; below 1 is a drop)");
    let rows: Vec<String> = source
        .list("/audit")
        .take(super::MOST_ROWS)
        .map(|(at, _)| at)
        .filter(|at| source.number(&format!("{at}/ratio")).is_some())
        .collect();
    if rows.is_empty() {
        return Figure::none(id, title, "No compressed model has a ratio.");
    }
    let mut marks = vec![Mark::Rule { x: 1.0, name: "unchanged".to_owned() }];
    let mut values = vec![1.0];
    let mut said = Vec::new();
    for (row, at) in rows.iter().enumerate() {
        let Some(x) = source.number(&format!("{at}/ratio")) else { continue };
        let ends = (source.number(&format!("{at}/ratio/low")), source.number(&format!("{at}/ratio/high")));
        let verdict = source.words(&format!("{at}/verdict")).unwrap_or_default();
        let tone = match verdict.as_str() {
            "dropped" => Tone(2),
            "held" | "gained" => Tone(1),
            _ => Tone::NEUTRAL,
        };
        values.extend([Some(x), ends.0, ends.1].into_iter().flatten());
        let tip =
            format!("{}: {} ({verdict})", name(source, at), source.cell(&format!("{at}/ratio"), Unit::Plain).text);
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
            scale: Scale::Names(rows.iter().map(|at| words::cut(&name(source, at), 26)).collect()),
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

fn trade_off(source: Source<'_>) -> Figure {
    let (id, title) = ("audit-pareto", "Size against loss (ringed: beaten by another in bytes, seconds and loss)");
    let of = |at: &str, side: &str| {
        let bits = source.number(&format!("{at}/sizes/{side}/bits_per_weight")).filter(|bits| *bits > 0.0)?;
        Some((bits, source.number(&format!("{at}/loss/{side}"))?))
    };
    let mut rungs: Vec<(f64, f64, String, Look)> = Vec::new();
    for (at, record) in source.list("/audit").take(200) {
        let look = match record["rung"]["pareto"].as_bool() {
            Some(false) => Look::Ring,
            _ => Look::Full,
        };
        if let Some((bits, loss)) = of(&at, "compressed") {
            rungs.push((bits, loss, name(source, &at), look));
        }
    }
    let original = source
        .list("/audit")
        .find_map(|(at, _)| Some((of(&at, "original")?, source.words(&format!("{at}/original")).unwrap_or_default())));
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
