//! `densimeter compare`: two or more reports against the first.

use anyhow::Context;
use comfy_table::{Table, presets};

use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::compare::{Allow, Compare};
use crate::report::compare::markdown::{self, HEADINGS, cells, legend, remarks};
use crate::report::compare::{Document, Kind, Options, Verdict, compare};
use crate::report::store;
use crate::report::stored::Stored;

/// Runs the command.
pub(super) fn run(args: &Compare, global: &Global) -> anyhow::Result<Outcome> {
    for (name, share) in [("--threshold", args.threshold), ("--loss-threshold", args.loss_threshold)] {
        if !(share > 0.0 && share < 1.0) {
            return Err(Usage(format!("{name} {share}: must be a share between 0 and 1, such as 0.05")).into());
        }
    }
    let mut reports = args.reports.iter().map(|path| Stored::read(path)).collect::<Result<Vec<_>, _>>()?;
    let base = reports.remove(0);
    let options = Options {
        threshold: args.threshold,
        loss_threshold: args.loss_threshold,
        allow: args.allow.iter().flat_map(|allow| kinds(*allow)).collect(),
    };
    let document = compare(&base, &reports, &options)?;
    if let Some(path) = &args.md {
        store::write(path, markdown::render(&document).as_bytes()).context("--md")?;
    }
    if global.json {
        terminal::json(&document)?;
    } else {
        terminal::out(&text(&document))?;
    }
    Ok(if document.verdict == Verdict::Worse { Outcome::Dropped } else { Outcome::Done })
}

fn kinds(allow: Allow) -> Vec<Kind> {
    vec![match allow {
        Allow::Device => Kind::Device,
        Allow::Engine => Kind::Engine,
        Allow::Model => Kind::Model,
        Allow::Settings => Kind::Settings,
        Allow::Shapes => Kind::Shapes,
        Allow::Invalid => Kind::Invalid,
        Allow::Quality => Kind::Quality,
        Allow::All => return Kind::ALL.to_vec(),
    }]
}

fn text(document: &Document) -> String {
    let mut text = format!("base: {} ({})\n", document.base.file, document.base.run_id);
    for comparison in &document.comparisons {
        text += &format!("\n{} ({}): {}\n", comparison.report.file, comparison.report.run_id, comparison.verdict);
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(HEADINGS);
        for row in &comparison.rows {
            table.add_row(cells(row));
        }
        text += &format!("{table}\n");
        for remark in remarks(comparison) {
            text += &format!("{remark}\n");
        }
    }
    text + "\n" + &legend(document) + "\n"
}
