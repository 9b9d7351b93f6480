//! `densimeter devices`.

use std::path::Path;

use jiff::ZonedDateTime;

use super::outcome::{Outcome, Usage};
use super::terminal;
use crate::cli::Global;
use crate::cli::devices::{Action, Devices};
use crate::device::class_spec::{self, ClassSpec};
use crate::device::growth_report::{ClassReport, GrowthReport};
use crate::device::history::{self, HistoricDevice};
use crate::device::prefill_model::PrefillModel;
use crate::device::speed_model::SpeedModel;
use crate::device::speed_report::{LeftOutReport, SpeedReport, strange_backends};
use crate::device::speeds;
use crate::report::text;
use crate::table;

/// Runs the command.
pub(super) fn run(args: &Devices, global: &Global) -> anyhow::Result<Outcome> {
    match &args.action {
        Action::List => list(global),
        Action::Show { class } => show(class, global),
        Action::Fit { class, history } => fit(class.as_deref(), history.as_deref(), global),
        Action::Predict { rows: Some(path), .. } => predict(path, global),
        Action::Predict { .. } => left_out(global),
        Action::Calibrate(args) => return super::calibrate::run(args, global),
    }?;
    Ok(Outcome::Done)
}

fn named(id: &str) -> anyhow::Result<&'static ClassSpec> {
    class_spec::find_any(id).map_err(|error| Usage(error.to_string()).into())
}

fn list(global: &Global) -> anyhow::Result<()> {
    let classes = class_spec::builtin();
    if global.json {
        terminal::json(&classes)
    } else {
        terminal::out(&text::devices::classes(classes, history::builtin()))
    }
}

fn show(id: &str, global: &Global) -> anyhow::Result<()> {
    let report = ClassReport::of(named(id)?, history::builtin());
    if global.json { terminal::json(&report) } else { terminal::out(&text::devices::class(&report)) }
}

fn fit(only: Option<&str>, path: Option<&Path>, global: &Global) -> anyhow::Result<()> {
    let today = ZonedDateTime::now().date();
    let own = path
        .map(|path| anyhow::Ok(history::parse(&path.display().to_string(), &table::read(path)?, today)?))
        .transpose()?;
    let rows: &[HistoricDevice] = own.as_deref().unwrap_or_else(|| history::builtin());
    let classes = match only {
        Some(id) => std::slice::from_ref(named(id)?),
        None => class_spec::builtin(),
    };
    let fits: Vec<GrowthReport> = classes.iter().flat_map(|class| GrowthReport::all(class, rows)).collect();
    if global.json {
        return terminal::json(&fits);
    }
    terminal::out(&text::devices::growth(&fits))?;
    if !global.quiet {
        terminal::note(
            "Where the last column differs, the sample changed its composition: that is no trend of the class.",
        );
    }
    Ok(())
}

fn predict(path: &Path, global: &Global) -> anyhow::Result<()> {
    let rows = speeds::parse(&path.display().to_string(), &table::read(path)?)?;
    let model = SpeedModel::fit(speeds::builtin())?;
    if !global.quiet {
        for remark in strange_backends(&rows, speeds::builtin()) {
            terminal::note(&format!("{}: {remark}", path.display()));
        }
    }
    let predicted = SpeedReport::all(&model, &PrefillModel::of(speeds::builtin()), &rows);
    if global.json { terminal::json(&predicted) } else { terminal::out(&text::devices::speeds(&rows, &predicted)) }
}

fn left_out(global: &Global) -> anyhow::Result<()> {
    let found = LeftOutReport::all(speeds::builtin())?;
    if global.json { terminal::json(&found) } else { terminal::out(&text::devices::left_out(&found)) }
}
