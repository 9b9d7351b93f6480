//! `densimeter compare`: two or more reports against the first.

use anyhow::Context;
use comfy_table::{Table, presets};

use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::compare::{Allow, Compare};
use crate::report::compare::markdown::{self, HEADINGS, cells, legend, remarks};
use crate::report::compare::{Comparison, Document, Kind, Options, Verdict, compare};
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
    for comparison in document.comparisons.iter().filter(|comparison| comparison.same_report) {
        terminal::warning(&format!("{}: {}", comparison.report.file, comparison.notes.join("; ")));
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

fn verdict(comparison: &Comparison) -> String {
    if comparison.same_report { "the same report".to_owned() } else { comparison.verdict.to_string() }
}

fn text(document: &Document) -> String {
    let mut text = format!("base: {} ({})\n", document.base.file, document.base.run_id);
    for comparison in &document.comparisons {
        text += &format!("\n{} ({}): {}\n", comparison.report.file, comparison.report.run_id, verdict(comparison));
        if comparison.same_report {
            continue;
        }
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
    if document.comparisons.iter().any(|comparison| !comparison.same_report) {
        text += &format!("\n{}\n", legend(document));
    }
    text
}
