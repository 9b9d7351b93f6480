//! Capability density against the frontier.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::report::figures;
use crate::report::run::{FIVE, RunReport};

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("density", "Capability density");
    match &report.density {
        None => {
            let why = report.reasons.get("density").map_or("not computed", String::as_str);
            section.text.push(format!("No density of this model {FIVE}: {}.", words::plain(why)));
        }
        Some(density) => {
            let basis = density.score_basis.as_deref().unwrap_or("of unknown origin");
            section.text.push(format!("From scores {}.", words::plain(basis)));
            section.remarks.extend(density.reason.as_deref().map(words::plain));
            let mut table = Table::new(
                "density",
                "Effective parameters and density (95 % intervals)",
                vec![Column::words("quantity"), Column::numbers("value")],
            );
            let rows = [
                ("mean score", Cell::of("/density/score", &density.score, Unit::Percent)),
                ("parameters", Cell::of("/density/params", &density.params, Unit::Params)),
                (
                    "effective parameters",
                    Cell::of("/density/effective_params", &density.effective_params, Unit::Params),
                ),
                ("density by parameters", Cell::of("/density/density", &density.density, Unit::Plain)),
                (
                    "density by inference time",
                    Cell::of("/density/density_by_time", &density.density_by_time, Unit::Plain),
                ),
                ("density by memory", Cell::of("/density/density_by_memory", &density.density_by_memory, Unit::Plain)),
            ];
            rows.into_iter().for_each(|(name, cell)| table.push(vec![Cell::words(name), cell]));
            section.tables.push(table);
        }
    }
    section.figures = vec![figures::density::frontier(report)];
    if let Some(law) = &report.frontier {
        let mut table = Table::new(
            "law",
            "The Densing Law that the figure shows",
            vec![Column::words("quantity"), Column::numbers("value")],
        );
        let rows = [
            ("models", Cell::of("/frontier/n_models", &law.n_models, Unit::Count)),
            ("growth of ln ρ per day", Cell::of("/frontier/growth_per_day", &law.growth_per_day, Unit::Plain)),
            ("R² of the line through the records", Cell::of("/frontier/r_squared", &law.r_squared, Unit::Plain)),
        ];
        rows.into_iter().for_each(|(name, cell)| table.push(vec![Cell::words(name), cell]));
        section.tables.push(table);
    }
    section
}
