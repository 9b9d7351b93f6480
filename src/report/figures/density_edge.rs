//! The edge family's ladder: score over parameters, this model on it, and the effective parameters read off.

use crate::density::edge::ladder_curve::{CurvePoint, LadderRun};
use crate::density::edge::report::EdgeDensityReport;
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Look, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::number::Cell;
use crate::report::view::unit::Unit;
use crate::report::view::words;

/// Most runs and points that are drawn: a report of others may hold more than a picture can.
const MOST: (usize, usize) = (200, 400);

/// The chart; it needs the ladder that a run keeps in its report.
#[must_use]
pub fn ladder(density: &EdgeDensityReport, model: &str) -> Figure {
    let (id, title) = ("edge-ladder", "Eight cloze tasks: the edge family's ladder and this model");
    let Some(ladder) = &density.ladder else {
        return Figure::none(id, title, "The report holds no ladder to compare with.");
    };
    let sized = |params: f64| params.is_finite() && params > 0.0;
    let runs: Vec<&LadderRun> = ladder.runs.iter().take(MOST.0).filter(|run| sized(run.params.count())).collect();
    let curve: Vec<&CurvePoint> =
        ladder.curve.iter().take(MOST.1).filter(|point| sized(point.params.count())).collect();
    let mut sizes: Vec<f64> =
        runs.iter().map(|run| run.params.count()).chain(curve.iter().map(|point| point.params.count())).collect();
    let mut marks = vec![Mark::Line {
        points: curve.iter().map(|point| (point.params.count(), point.score)).collect(),
        tone: Tone(1),
        dashed: false,
    }];
    for run in &runs {
        let tip = format!(
            "{}: {} tokens, score {}",
            words::plain(&run.model),
            Unit::Params.show(run.tokens, None),
            Unit::Percent.show(run.score, None)
        );
        let (x, y) = (run.params.count(), run.score);
        marks.push(Mark::Dot { x, y, tone: Tone::NEUTRAL, look: Look::Faint, tip, name: None });
    }
    let mut legend =
        vec![(Tone(1), "the family at 1 T tokens".to_owned()), (Tone::NEUTRAL, "its runs, fewer tokens".to_owned())];
    let mut said = format!("{} runs of the ladder.", runs.len());
    let own = density.score_interval.as_ref().filter(|_| sized(density.params.count()));
    if let Some(score) = own {
        let (x, tone) = (density.params.count(), Tone(2));
        sizes.push(x);
        let text = Cell::of("", score, Unit::Percent).text;
        marks.push(Mark::Along { x, y: (score.low, score.high), tone });
        let tip = format!("{}: score {text}", words::plain(model));
        said += &format!(" {tip}.");
        if let Some(effective) = &density.effective_params {
            let size = effective.point.count();
            sizes.push(size);
            let read = format!("reads as {}", Cell::of("", effective, Unit::Params).text);
            said += &format!(" It {read} effective parameters.");
            marks.push(Mark::Line { points: vec![(x, score.point), (size, score.point)], tone, dashed: true });
            marks.push(Mark::Line { points: vec![(size, score.point), (size, 0.0)], tone, dashed: true });
            let (y, look) = (score.point, Look::Ring);
            marks.push(Mark::Dot { x: size, y, tone, look, tip: read, name: Some("N̂".to_owned()) });
        }
        marks.push(Mark::Dot { x, y: score.point, tone, look: Look::Large, tip, name: Some("this model".to_owned()) });
        legend.push((tone, "this model, and N̂ on the curve".to_owned()));
    }
    let scores = runs.iter().map(|run| run.score).chain(curve.iter().map(|point| point.score));
    let scores = scores
        .chain(own.into_iter().flat_map(|score| [Some(score.point), score.low, score.high].into_iter().flatten()));
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said,
        height: 260.0,
        x: Axis {
            label: "parameters (log scale)".to_owned(),
            scale: Scale::log(sizes.into_iter()),
            unit: Unit::Params,
        },
        y: Axis { label: "mean score of eight tasks, %".to_owned(), scale: Scale::around(scores), unit: Unit::Plain },
        marks,
        legend,
    })
}
