//! `densimeter audit`: is the compressed model denser than its original?

use super::eval::opening;
use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::audit::{Audit, By};
use crate::law::audit::{Kind, Verdict};
use crate::law::audit_scores::Ground;
use crate::law::family::ReferenceFamily;
use crate::published::Library;
use crate::report::audit::AuditRecord;
use crate::report::{audit_ci, store};
use crate::unit::Scores;

mod curve;
mod distributions;
mod evaluate;
mod files;
mod items;
mod ladder;
mod pairing;
mod pairs;
mod record;
mod speed;
mod subject;
mod text;
mod verdicts;

/// Runs the command.
pub(super) fn run(args: &Audit, global: &Global) -> anyhow::Result<Outcome> {
    for (name, share) in [("--margin", args.margin), ("--loss-margin", args.loss_margin)] {
        if !(share > 0.0 && share < 1.0) {
            return Err(Usage(format!("{name} {share}: must be a share between 0 and 1, such as 0.05")).into());
        }
    }
    opening::known(&args.task)?;
    if let Some(path) = &args.pairs {
        return conclude(&pairs::records(path, args, global)?, args, global);
    }
    if let Some(model) = &args.ladder {
        return ladder::run(model, args, global);
    }
    if args.models.len() < 2 {
        return Err(Usage("audit needs an original and at least one compressed model".to_owned()).into());
    }
    conclude(&files::records(&args.models, args, global)?, args, global)
}

/// The kind that was asked for.
const fn kind(by: By) -> Kind {
    match by {
        By::Params => Kind::Params,
        By::Memory => Kind::Memory,
        By::Time => Kind::Time,
    }
}

/// What turns scores into sizes.
struct Shipped {
    family: ReferenceFamily,
    releases: Vec<Scores>,
}

impl Shipped {
    fn load() -> anyhow::Result<Self> {
        let library = Library::shipped();
        Ok(Self { family: library.family.clone(), releases: library.complete.clone() })
    }

    fn ground(&self) -> Ground<'_> {
        Ground { family: &self.family, d0: self.family.d0_tokens, releases: &self.releases }
    }
}

fn conclude(records: &[AuditRecord], args: &Audit, global: &Global) -> anyhow::Result<Outcome> {
    conclude_with(records, args, global, &text::table)
}

/// Shows the records everywhere they were asked for, for people by `render`, and picks the outcome.
fn conclude_with(
    records: &[AuditRecord],
    args: &Audit,
    global: &Global,
    render: &dyn Fn(&[AuditRecord]) -> String,
) -> anyhow::Result<Outcome> {
    if let Some(path) = &args.junit {
        store::write(path, audit_ci::junit(records).as_bytes())?;
    }
    if global.json {
        terminal::json(&records)?;
    } else {
        terminal::out(&render(records))?;
    }
    if args.github {
        let lines = audit_ci::github(records);
        if global.json { terminal::note(lines.trim_end()) } else { terminal::out(&lines)? }
    }
    let failed = |record: &AuditRecord| {
        let unpaired = record.details.get("unpaired_items").and_then(serde_json::Value::as_u64);
        unpaired.is_some_and(|items| items > 0) || record.details.contains_key("failed")
    };
    Ok(if records.iter().any(|record| record.verdict == Verdict::Dropped) {
        Outcome::Dropped
    } else if records.iter().any(failed) {
        Outcome::SomeFailed
    } else {
        Outcome::Done
    })
}
