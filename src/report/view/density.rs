//! Capability density against the frontier.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table};
use crate::report::figures;

pub(super) fn section(source: Source<'_>) -> Section {
    let mut section = Section::new("density", "Capability density");
    if source.at("/density").is_none() {
        let why = source.words("/reasons/density").unwrap_or_else(|| "not computed".to_owned());
        section.text.push(format!("No density of this model: {why}."));
    } else {
        let basis = source.words("/density/score_basis").unwrap_or_else(|| "of unknown origin".to_owned());
        section.text.push(format!("From scores {basis}."));
        section.remarks.extend(source.words("/density/reason"));
        let mut table = Table::new(
            "density",
            "Effective parameters and density (95 % intervals)",
            vec![Column::words("quantity"), Column::numbers("value")],
        );
        for (name, key, unit) in [
            ("mean score", "score", Unit::Percent),
            ("parameters", "params", Unit::Params),
            ("effective parameters", "effective_params", Unit::Params),
            ("density by parameters", "density", Unit::Plain),
            ("density by inference time", "density_by_time", Unit::Plain),
            ("density by memory", "density_by_memory", Unit::Plain),
        ] {
            table.push(vec![Cell::words(name), source.cell(&format!("/density/{key}"), unit)]);
        }
        section.tables.push(table);
    }
    section.figures = vec![figures::density::frontier(source)];
    if source.at("/frontier").is_some() {
        let mut table = Table::new(
            "law",
            "The Densing Law that the figure shows",
            vec![Column::words("quantity"), Column::numbers("value")],
        );
        for (name, key, unit) in [
            ("models", "n_models", Unit::Count),
            ("growth of ln ρ per day", "growth_per_day", Unit::Plain),
            ("R² of the line through the records", "r_squared", Unit::Plain),
        ] {
            table.push(vec![Cell::words(name), source.cell(&format!("/frontier/{key}"), unit)]);
        }
        section.tables.push(table);
    }
    section
}
