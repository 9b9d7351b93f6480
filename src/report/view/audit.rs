//! The audit of compressed models, where one belongs to the report.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::report::figures;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("audit", "Audit of compressed models");
    let Some(records) = report.audit.as_deref().filter(|records| !records.is_empty()) else {
        let why = report.reasons.get("audit").map_or("none belongs to this report", String::as_str);
        section.text.push(format!("No audit: {}.", words::plain(why)));
        return section;
    };
    section.figures = figures::audit::all(records);
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
    for (at, record) in records.iter().enumerate() {
        let at = |key: &str| format!("/audit/{at}/{key}");
        let measured = &record.measured;
        let pareto = match measured.sweep.as_ref().map(|point| (point.pareto, point.best)) {
            Some((true, true)) => Cell::words("in it, best here"),
            Some((true, false)) => Cell::words("in it"),
            Some((false, _)) => Cell::words("beaten"),
            None => Cell::absent(),
        };
        let file = measured.sizes.as_ref().map(|sizes| &sizes.compressed);
        let loss = measured.loss.as_ref().and_then(|loss| loss.compressed.as_ref());
        let kl = measured.divergence.as_ref().and_then(|divergence| divergence.kl_nats.as_ref());
        let decode = measured.speed.as_ref().and_then(|speed| speed.compressed.as_ref());
        table.push(vec![
            Cell::words(&record.compressed),
            Cell::words(&record.original),
            Cell::words(&record.method),
            Cell::words(record.verdict.name()),
            Cell::words(record.by.name()),
            Cell::of(at("ratio"), &record.ratio, Unit::Plain),
            Cell::of(at("p_adjusted"), &record.p_adjusted, Unit::Plain),
            Cell::told(record.basis.map(crate::law::audit::Basis::name)),
            Cell::of(
                at("sizes/compressed/bits_per_weight"),
                &file.map(|file| file.bits_per_weight),
                Unit::BitsPerWeight,
            ),
            Cell::of(at("sizes/compressed/file_bytes"), &file.map(|file| file.file_bytes), Unit::Bytes),
            Cell::of(at("loss/compressed"), &loss, Unit::BitsPerByte),
            Cell::of(at("divergence/kl_nats"), &kl, Unit::NatsPerToken),
            Cell::of(
                at("speed/compressed/decode_tokens_per_second"),
                &decode.map(|speed| &speed.decode_tokens_per_second),
                Unit::TokensPerSecond,
            ),
            pareto,
        ]);
        section.remarks.push(format!("{}: {}", words::plain(&record.compressed), words::plain(&record.text)));
    }
    section.tables.push(table.without_empty_columns());
    section
}
