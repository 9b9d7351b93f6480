//! The audit of compressed models, where one belongs to the report.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table};
use crate::report::figures;

pub(super) fn section(source: Source<'_>) -> Section {
    let mut section = Section::new("audit", "Audit of compressed models");
    if source.list("/audit").count() == 0 {
        let why = source.words("/reasons/audit").unwrap_or_else(|| "none belongs to this report".to_owned());
        section.text.push(format!("No audit: {why}."));
        return section;
    }
    section.figures = figures::audit::all(source);
    let mut table = Table::new(
        "audit",
        "Each compressed model against its original",
        vec![
            Column::words("compressed"),
            Column::words("original"),
            Column::words("method"),
            Column::words("verdict"),
            Column::words("by"),
            Column::numbers("ratio"),
            Column::numbers("p (Holm)"),
            Column::words("rests on"),
            Column::numbers("bits per weight"),
            Column::numbers("size"),
            Column::numbers("loss, bits/byte"),
            Column::numbers("KL, nats/token"),
            Column::numbers("decode"),
            Column::words("Pareto set"),
        ],
    );
    for (at, record) in source.list("/audit") {
        let of = |key: &str, unit: Unit| source.cell(&format!("{at}/{key}"), unit);
        let words = |key: &str| source.words(&format!("{at}/{key}")).map_or_else(Cell::absent, Cell::words);
        let pareto = match (record["rung"]["pareto"].as_bool(), record["rung"]["best"].as_bool()) {
            (Some(true), Some(true)) => Cell::words("in it, best here"),
            (Some(true), _) => Cell::words("in it"),
            (Some(false), _) => Cell::words("beaten"),
            _ => Cell::absent(),
        };
        table.push(vec![
            words("compressed"),
            words("original"),
            words("method"),
            words("verdict"),
            words("by"),
            of("ratio", Unit::Plain),
            of("p_adjusted", Unit::Plain),
            words("basis"),
            of("sizes/compressed/bits_per_weight", Unit::BitsPerWeight),
            of("sizes/compressed/file_bytes", Unit::Bytes),
            of("loss/compressed", Unit::BitsPerByte),
            of("divergence/kl_nats", Unit::NatsPerToken),
            of("speed/compressed/decode_tokens_per_second", Unit::TokensPerSecond),
            pareto,
        ]);
        section.remarks.extend(
            source
                .words(&format!("{at}/text"))
                .map(|text| format!("{}: {text}", source.words(&format!("{at}/compressed")).unwrap_or_default())),
        );
    }
    section.tables.push(table.without_empty_columns());
    section
}
