//! What to run on the report's device: the best files of the catalogue.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::recommend::picks::Pick;
use crate::report::run::RunReport;

/// The section; `None` for a report that never asked.
pub(super) fn section(report: &RunReport) -> Option<Section> {
    let mut section = Section::new("recommend", "What to run here");
    let Some(found) = &report.recommend else {
        let why = report.reasons.get("recommend")?;
        section.text.push(format!("No recommendation: {}.", words::plain(why)));
        return Some(section);
    };
    let limits = &found.limits;
    section.text.push(format!(
        "Files of the catalogue that decode {} tokens/s after a prompt of {} tokens, with a context of {}; `densimeter \
         recommend` asks otherwise.",
        limits.min_tps, limits.prompt, limits.context
    ));
    section.tables.push(table(&found.picks));
    section.remarks.push(format!(
        "speeds, waits and memory hold 80 %, capabilities 95 %; {} more files fit, {} do not",
        found.more_fit,
        found.left_out.len()
    ));
    Some(section)
}

fn table(picks: &[Pick]) -> Table {
    let mut table = Table::new(
        "recommend",
        "The best files for this device, the best first",
        vec![
            Column::words("model"),
            Column::words("format"),
            Column::numbers("file"),
            Column::numbers("expected memory"),
            Column::numbers("expected speed"),
            Column::numbers("expected first token"),
            Column::numbers("effective parameters"),
            Column::words("meets every limit"),
            Column::words("why"),
        ],
    );
    for (index, pick) in picks.iter().enumerate() {
        let at = |key: &str| format!("/recommend/picks/{index}/{key}");
        let meets = if pick.usable { "surely".to_owned() } else { format!("{} in doubt", pick.doubtful.join(", ")) };
        table.push(vec![
            Cell::words(&pick.model),
            Cell::words(&pick.quantization),
            Cell::of(at("file_bytes"), &pick.file_bytes, Unit::Bytes),
            Cell::of(at("memory_bytes"), &pick.memory_bytes, Unit::Bytes),
            Cell::of(at("tokens_per_second"), &pick.tokens_per_second, Unit::TokensPerSecond),
            Cell::of(at("first_token_seconds"), &pick.first_token_seconds, Unit::Seconds),
            Cell::of(at("effective_params"), &pick.effective_params, Unit::Params),
            Cell::words(meets),
            Cell::words(&pick.why),
        ]);
    }
    table
}
