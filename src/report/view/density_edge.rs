//! Density in the edge family: eight cloze tasks on which small models can be told apart.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::density::edge::report::EdgeDensityReport;
use crate::report::figures;
use crate::report::run::RunReport;

/// The section; `None` for a report that never asked for it.
pub(super) fn section(report: &RunReport) -> Option<Section> {
    let mut section = Section::new("density-edge", "Density in the edge family");
    let Some(density) = &report.density_edge else {
        let why = report.reasons.get("density_edge")?;
        section.text.push(format!("No density of this model in the edge family: {}.", words::plain(why)));
        return Some(section);
    };
    section.text.push(format!("The model {}.", words::plain(&density.claim)));
    section.remarks.extend(density.reason.as_deref().map(words::plain));
    let by_bytes = density.by_bits_per_byte.as_ref();
    section.remarks.extend(by_bytes.and_then(|route| route.reason.as_deref()).map(words::plain));
    section.remarks.extend(by_bytes.and_then(|route| route.control.as_deref()).map(words::plain));
    section.remarks.extend(density.disagreement.as_deref().map(words::plain));
    let model = report.bench.as_ref().and_then(|bench| bench.model.as_ref());
    section.figures = vec![figures::density_edge::ladder(density, model.map_or("this model", |model| &model.id))];
    section.tables.push(values(density));
    section.tables.push(tasks(density));
    Some(section)
}

fn values(density: &EdgeDensityReport) -> Table {
    let mut table = Table::new(
        "density-edge",
        "Effective parameters and density in the edge family (95 % intervals)",
        vec![Column::words("quantity"), Column::numbers("value")],
    );
    let at = |key: &str| format!("/density_edge/{key}");
    let by_bytes = density.by_bits_per_byte.as_ref();
    let size = format!("parameters ({})", density.params_definition.words());
    let rows = [
        (
            "mean score of the eight tasks".to_owned(),
            Cell::of(at("score_interval"), &density.score_interval, Unit::Percent),
        ),
        (size, Cell::of(at("params"), &density.params, Unit::Params)),
        ("effective parameters".to_owned(), Cell::of(at("effective_params"), &density.effective_params, Unit::Params)),
        ("density by parameters".to_owned(), Cell::of(at("density"), &density.density, Unit::Plain)),
        (
            "density by inference time".to_owned(),
            Cell::of(at("density_by_time"), &density.density_by_time, Unit::Plain),
        ),
        ("density by memory".to_owned(), Cell::of(at("density_by_memory"), &density.density_by_memory, Unit::Plain)),
        (
            "bits per byte, mean of the eight".to_owned(),
            Cell::of(at("by_bits_per_byte/mean"), &by_bytes.and_then(|route| route.mean.as_ref()), Unit::BitsPerByte),
        ),
        (
            "density by bits per byte (biased by style)".to_owned(),
            Cell::of(at("by_bits_per_byte/density"), &by_bytes.and_then(|route| route.density.as_ref()), Unit::Plain),
        ),
    ];
    for (name, cell) in rows.into_iter().filter(|(_, cell)| cell.is_present()) {
        table.push(vec![Cell::words(name), cell]);
    }
    table
}

fn tasks(density: &EdgeDensityReport) -> Table {
    let mut table = Table::new(
        "density-edge-tasks",
        "The eight cloze tasks",
        vec![Column::words("task"), Column::numbers("items"), Column::numbers("score")],
    );
    for (task, score) in &density.scores {
        let items = density.items.get(task);
        table.push(vec![
            Cell::words(task.name()),
            Cell::of(format!("/density_edge/items/{task}"), &items, Unit::Count),
            Cell::of(format!("/density_edge/scores/{task}"), score, Unit::Percent),
        ]);
    }
    table
}
