//! Scores and losses with their intervals.

use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::Figure;
use crate::report::view::number::Source;
use crate::report::view::unit::Unit;

/// Scores, then bits per byte.
#[must_use]
pub fn all(source: Source<'_>) -> Vec<Figure> {
    vec![
        one(
            source,
            "scores",
            "Scores (95 % intervals; a ring is at chance)",
            "score",
            Unit::Percent,
            "% of items right",
        ),
        one(
            source,
            "losses",
            "Loss on reference answers (95 % intervals)",
            "bits_per_byte",
            Unit::BitsPerByte,
            "bits per byte",
        ),
    ]
}

fn one(source: Source<'_>, id: &str, title: &str, key: &str, unit: Unit, label: &str) -> Figure {
    let rows: Vec<(String, String, bool)> = source
        .list("/eval/tasks")
        .take(super::MOST_ROWS)
        .filter(|(_, task)| !task[key].is_null())
        .map(|(at, task)| {
            (at.clone(), source.words(&format!("{at}/task")).unwrap_or_default(), task["at_chance"] == true)
        })
        .collect();
    if rows.is_empty() {
        return Figure::none(id, title, format!("No task has a {}.", if key == "score" { "score" } else { "loss" }));
    }
    let mut marks = Vec::new();
    let mut said = Vec::new();
    let mut values = Vec::new();
    for (row, (at, name, at_chance)) in rows.iter().enumerate() {
        let (y, tone) = (row as f64, Tone(if key == "score" { 1 } else { 3 }));
        let Some(x) = source.number(&format!("{at}/{key}")) else { continue };
        let ends = (source.number(&format!("{at}/{key}/low")), source.number(&format!("{at}/{key}/high")));
        values.extend([Some(x), ends.1].into_iter().flatten());
        let tip = format!("{name}: {}", source.cell(&format!("{at}/{key}"), unit).text);
        if ends.0.is_some() || ends.1.is_some() {
            marks.push(Mark::Across { y, x: ends, tone });
        }
        if key == "score"
            && let Some(chance) = source.number(&format!("{at}/standing/chance"))
        {
            marks.push(Mark::Line {
                points: vec![(100.0 * chance, y - 0.42), (100.0 * chance, y + 0.42)],
                tone: Tone::NEUTRAL,
                dashed: true,
            });
        }
        let look = if *at_chance && key == "score" { Look::Ring } else { Look::Full };
        said.push(tip.clone());
        marks.push(Mark::Dot { x, y, tone, look, tip, name: None });
    }
    let scale = if key == "score" { Scale::Linear(0.0, 100.0) } else { Scale::from_zero(values.into_iter()) };
    let mut legend = Vec::new();
    if key == "score" {
        legend = vec![(Tone(1), "score".to_owned()), (Tone::NEUTRAL, "chance".to_owned())];
    }
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said.join("; "),
        height: super::height(rows.len()),
        x: Axis { label: label.to_owned(), scale, unit: Unit::Plain },
        y: Axis {
            label: String::new(),
            scale: Scale::Names(rows.into_iter().map(|(_, name, _)| name).collect()),
            unit: Unit::Plain,
        },
        legend,
        marks,
    })
}
