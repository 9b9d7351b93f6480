//! What `fleet` says to people.

use crate::cli::Global;
use crate::cmd::terminal;

/// An empty table; on a terminal it is no wider than that.
pub(super) fn table(headings: &[&str]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY).set_header(headings);
    if let Some(columns) = terminal::width() {
        table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic).set_width(columns);
    }
    table
}

/// A line for people, unless they want none.
pub(super) fn note(global: &Global, text: &str) {
    if !global.quiet {
        terminal::note(text);
    }
}
