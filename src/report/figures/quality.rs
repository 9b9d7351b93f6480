//! Scores and losses with their intervals.

use crate::eval::report::{EvalReport, TaskReport};
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::number::Cell;
use crate::report::view::unit::Unit;
use crate::report::view::words;
use crate::stat::Estimate;

/// What is drawn of every task.
struct Quantity {
    id: &'static str,
    title: &'static str,
    /// Why there may be nothing to draw.
    none: &'static str,
    of: fn(&TaskReport) -> Option<&Estimate>,
    unit: Unit,
    label: &'static str,
    tone: Tone,
    /// Whether guessing has a share of it.
    guessed: bool,
}

const SCORES: Quantity = Quantity {
    id: "scores",
    title: "Scores (95 % intervals; a ring is at chance)",
    none: "No task has a score.",
    of: |task| task.score.as_ref(),
    unit: Unit::Percent,
    label: "% of items right",
    tone: Tone(1),
    guessed: true,
};

const LOSSES: Quantity = Quantity {
    id: "losses",
    title: "Loss on reference answers (95 % intervals)",
    none: "No task has a loss.",
    of: |task| task.bits_per_byte.as_ref(),
    unit: Unit::BitsPerByte,
    label: "bits per byte",
    tone: Tone(3),
    guessed: false,
};

/// Scores, then bits per byte.
#[must_use]
pub fn all(eval: &EvalReport) -> Vec<Figure> {
    vec![SCORES.figure(eval), LOSSES.figure(eval)]
}

impl Quantity {
    fn figure(&self, eval: &EvalReport) -> Figure {
        let rows: Vec<(&TaskReport, &Estimate)> =
            eval.tasks.iter().take(super::MOST_ROWS).filter_map(|task| Some((task, (self.of)(task)?))).collect();
        if rows.is_empty() {
            return Figure::none(self.id, self.title, self.none);
        }
        let mut marks = Vec::new();
        let mut said = Vec::new();
        for (row, (task, value)) in rows.iter().enumerate() {
            let (y, tone) = (row as f64, self.tone);
            let tip = format!("{}: {}", words::plain(&task.task), Cell::of("", value, self.unit).text);
            if value.low.is_some() || value.high.is_some() {
                marks.push(Mark::Across { y, x: (value.low, value.high), tone });
            }
            if let Some(standing) = task.standing.as_ref().filter(|_| self.guessed) {
                let chance = 100.0 * standing.chance();
                marks.push(Mark::Line {
                    points: vec![(chance, y - 0.42), (chance, y + 0.42)],
                    tone: Tone::NEUTRAL,
                    dashed: true,
                });
            }
            let look = if task.at_chance && self.guessed { Look::Ring } else { Look::Full };
            said.push(tip.clone());
            marks.push(Mark::Dot { x: value.point, y, tone, look, tip, name: None });
        }
        let ends = rows.iter().flat_map(|(_, value)| [Some(value.point), value.high].into_iter().flatten());
        let scale = if self.guessed { Scale::Linear(0.0, 100.0) } else { Scale::from_zero(ends) };
        let legend = if self.guessed {
            vec![(self.tone, "score".to_owned()), (Tone::NEUTRAL, "chance".to_owned())]
        } else {
            Vec::new()
        };
        Figure::drawn(Chart {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            description: said.join("; "),
            height: super::height(rows.len()),
            x: Axis { label: self.label.to_owned(), scale, unit: Unit::Plain },
            y: Axis {
                label: String::new(),
                scale: Scale::Names(rows.iter().map(|(task, _)| words::plain(&task.task)).collect()),
                unit: Unit::Plain,
            },
            legend,
            marks,
        })
    }
}
