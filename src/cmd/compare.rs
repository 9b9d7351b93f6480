//! `densimeter compare`: two or more reports against the first.

use anyhow::Context;

use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::compare::{Allow, Compare};
use crate::compare::identity::Aspect;
use crate::compare::judge::Verdict;
use crate::compare::{Options, compare, markdown, text};
use crate::file::run_folder;
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
        run_folder::write(path, markdown::render(&document).as_bytes()).context("--md")?;
    }
    if global.json {
        terminal::json(&document)?;
    } else {
        terminal::out(&text::render(&document))?;
    }
    for comparison in document.comparisons.iter().filter(|comparison| comparison.same_report) {
        terminal::warning(&format!("{}: {}", comparison.report.file, comparison.notes.join("; ")));
    }
    Ok(if document.verdict == Verdict::Worse { Outcome::Dropped } else { Outcome::Done })
}

fn kinds(allow: Allow) -> Vec<Aspect> {
    vec![match allow {
        Allow::Device => Aspect::Device,
        Allow::Engine => Aspect::Engine,
        Allow::Model => Aspect::Model,
        Allow::Settings => Aspect::Settings,
        Allow::Shapes => Aspect::Shapes,
        Allow::Invalid => Aspect::Invalid,
        Allow::Quality => Aspect::Quality,
        Allow::All => return Aspect::ALL.to_vec(),
    }]
}
