//! `densimeter devices`.

use std::collections::BTreeSet;
use std::path::Path;

use comfy_table::{Table, presets};
use jiff::ZonedDateTime;
use jiff::civil::{Date, date};
use serde::Serialize;

use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::devices::{Action, Devices};
use crate::device::class_spec::{self, ClassSpec};
use crate::device::growth::{self, Growth, Quantity};
use crate::device::history::{self, HistoricDevice};
use crate::device::speed_model::{LeftOut, SpeedInput, SpeedModel, leave_one_out};
use crate::device::speeds::{self, SpeedRow};
use crate::stat::Estimate;
use crate::table;

const LEVEL: f64 = 0.95;
const PREDICTION_LEVEL: f64 = 0.8;

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
    class_spec::find(id).map_err(|error| Usage(error.to_string()).into())
}

fn list(global: &Global) -> anyhow::Result<()> {
    if global.json {
        return terminal::json(&class_spec::builtin());
    }
    let mut table = table(&["class", "devices", "usable RAM", "backend", "target", "TTFT limit", "quantisation"]);
    for class in class_spec::builtin() {
        table.add_row([
            class.id.clone(),
            growth::members(class, history::builtin(), None).count().to_string(),
            format!("{:.0} %", class.usable_ram * 100.0),
            class.backend.clone(),
            format!("{} t/s", class.target_tokens_per_second),
            format!("{} s for {} tokens", class.max_ttft_seconds, class.prompt_tokens),
            format!("{} ({} bpw)", class.quantization, class.bits_per_weight),
        ]);
    }
    terminal::out(&format!("{table}\n"))
}

#[derive(Serialize)]
struct Member<'a> {
    device: &'a str,
    soc: &'a str,
    release_date: Date,
    ram_gb: f64,
    mem_bandwidth_gbs: f64,
    fp16_gflops: Option<f64>,
    launch_price_usd: Option<f64>,
    source: &'a str,
    notes: &'a str,
}

impl<'a> From<&'a HistoricDevice> for Member<'a> {
    fn from(row: &'a HistoricDevice) -> Self {
        Self {
            device: &row.device,
            soc: &row.soc,
            release_date: row.date,
            ram_gb: row.ram_gb,
            mem_bandwidth_gbs: row.bandwidth_gbs,
            fp16_gflops: row.fp16_gflops,
            launch_price_usd: row.price_usd,
            source: &row.source,
            notes: &row.notes,
        }
    }
}

fn show(id: &str, global: &Global) -> anyhow::Result<()> {
    let class = named(id)?;
    let members: Vec<Member<'_>> = growth::members(class, history::builtin(), None).map(Member::from).collect();
    if global.json {
        return terminal::json(&serde_json::json!({ "class": class, "history": members }));
    }
    let mut text = format!("{} ({})\n", class.name, class.id);
    text += &format!("usable RAM {:.0} %: {}\n", class.usable_ram * 100.0, class.usable_ram_reason);
    text += &format!("prefill at {} of peak FP16: {}\n", class.prefill_efficiency, class.prefill_efficiency_reason);
    let mut table = table(&["device", "date", "RAM GB", "GB/s", "FP16 GFLOP/s", "USD", "source"]);
    for row in members {
        let optional = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        table.add_row([
            row.device.to_owned(),
            row.release_date.to_string(),
            row.ram_gb.to_string(),
            row.mem_bandwidth_gbs.to_string(),
            optional(row.fp16_gflops),
            optional(row.launch_price_usd),
            row.source.to_owned(),
        ]);
    }
    terminal::out(&format!("{text}{table}\n"))
}

#[derive(Serialize)]
struct Fitted {
    class: String,
    since: Option<Date>,
    quantity: &'static str,
    n_devices: usize,
    growth_per_year: Option<Estimate>,
    doubling_years: Option<Estimate>,
    r_squared: Option<f64>,
    /// The doubling when the devices that tags keep out are put back.
    doubling_years_all_tags: Option<Estimate>,
    reason: Option<String>,
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
    let mut fits = Vec::new();
    for class in classes {
        for since in [None, Some(date(2016, 1, 1)), Some(date(2020, 1, 1))] {
            fits.extend(Quantity::ALL.map(|quantity| fitted(class, rows, since, quantity)));
        }
    }
    if global.json {
        return terminal::json(&fits);
    }
    let mut table = table(&["class", "since", "quantity", "n", "doubling, years (95 %)", "R²", "all tags included"]);
    for fit in fits {
        table.add_row([
            fit.class,
            fit.since.map_or_else(|| "all".to_owned(), |since| since.year().to_string()),
            fit.quantity.to_owned(),
            fit.n_devices.to_string(),
            match (&fit.doubling_years, &fit.growth_per_year, &fit.reason) {
                (Some(doubling), ..) => format!("{doubling:.1}"),
                (None, Some(rate), _) => format!("falling {:.0} %/year", rate.point.exp_m1() * 100.0),
                (None, None, reason) => reason.clone().unwrap_or_default(),
            },
            fit.r_squared.map_or(String::new(), |r| format!("{r:.2}")),
            fit.doubling_years_all_tags.map_or(String::new(), |doubling| format!("{doubling:.1}")),
        ]);
    }
    terminal::out(&format!("{table}\n"))?;
    if !global.quiet {
        terminal::note(
            "Where the last column differs, the sample changed its composition: that is no trend of the class.",
        );
    }
    Ok(())
}

fn fitted(class: &ClassSpec, rows: &[HistoricDevice], since: Option<Date>, quantity: Quantity) -> Fitted {
    let all = growth::with_everything(class);
    let mut fit = Fitted {
        class: class.id.clone(),
        since,
        quantity: quantity.name(),
        n_devices: growth::members(class, rows, since).filter(|row| quantity.of(row).is_some()).count(),
        growth_per_year: None,
        doubling_years: None,
        r_squared: None,
        doubling_years_all_tags: None,
        reason: None,
    };
    match Growth::fit(growth::members(class, rows, since), quantity) {
        Ok(growth) => {
            fit.growth_per_year = Some(growth.per_year(LEVEL));
            fit.doubling_years = growth.doubling_years(LEVEL);
            fit.r_squared = Some(growth.line.r_squared);
            if fit.doubling_years.is_none() {
                fit.reason = Some("the value does not rise".to_owned());
            }
        }
        Err(error) => fit.reason = Some(error.to_string()),
    }
    if growth::members(&all, rows, since).count() > growth::members(class, rows, since).count() {
        fit.doubling_years_all_tags = Growth::fit(growth::members(&all, rows, since), quantity)
            .ok()
            .and_then(|growth| growth.doubling_years(LEVEL));
    }
    fit
}

#[derive(Serialize)]
struct Predicted {
    tokens_per_second: Option<Estimate>,
    reason: Option<String>,
}

fn predict(path: &Path, global: &Global) -> anyhow::Result<()> {
    let rows = speeds::parse(&path.display().to_string(), &table::read(path)?)?;
    let model = SpeedModel::fit(speeds::builtin())?;
    if !global.quiet {
        for remark in strange_backends(&rows) {
            terminal::note(&format!("{}: {remark}", path.display()));
        }
    }
    let predicted: Vec<Predicted> = rows
        .iter()
        .map(|row| match SpeedInput::of(row) {
            Ok(input) => Predicted { tokens_per_second: Some(model.predict(&input, PREDICTION_LEVEL)), reason: None },
            Err(missing) => Predicted { tokens_per_second: None, reason: Some(missing.to_string()) },
        })
        .collect();
    if global.json {
        return terminal::json(&predicted);
    }
    let mut table = table(&["device", "model", "backend", "tokens/s (80 %)"]);
    for (row, found) in rows.iter().zip(predicted) {
        let speed = found.tokens_per_second.map(|speed| format!("{speed:.1}")).or(found.reason);
        table.add_row([row.device.clone(), row.model.clone(), row.backend.clone(), speed.unwrap_or_default()]);
    }
    terminal::out(&format!("{table}\n"))
}

/// Backends of the rows that no measured row has, with the way out.
fn strange_backends(rows: &[SpeedRow]) -> Vec<String> {
    let known: BTreeSet<&str> = speeds::builtin().iter().map(|row| row.backend.as_str()).collect();
    let strange: BTreeSet<&str> =
        rows.iter().map(|row| row.backend.as_str()).filter(|name| !known.contains(name)).collect();
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    strange
        .into_iter()
        .map(|name| format!("nothing was measured on a backend `{name}`, so its intervals are wide; measured: {known}"))
        .collect()
}

#[derive(Serialize)]
struct LeftOutJson {
    left_out: &'static str,
    rows: usize,
    groups: usize,
    median_error: f64,
    median_error_one_eta_per_backend: f64,
    coverage: f64,
    level: f64,
}

/// What is left out at once.
type Grouping = fn(&SpeedRow) -> &str;

fn left_out(global: &Global) -> anyhow::Result<()> {
    let ways: [(&'static str, Grouping); 3] =
        [("device", |row| &row.device), ("chip", |row| &row.soc), ("source", |row| &row.source)];
    let mut found = Vec::new();
    for (left_out, group) in ways {
        let LeftOut { rows, groups, median_error, median_error_one_eta, coverage, level } =
            leave_one_out(speeds::builtin(), group, PREDICTION_LEVEL)?;
        found.push(LeftOutJson {
            left_out,
            rows,
            groups,
            median_error,
            median_error_one_eta_per_backend: median_error_one_eta,
            coverage,
            level,
        });
    }
    if global.json {
        return terminal::json(&found);
    }
    let mut table = table(&["left out", "groups", "rows", "median error", "one η per backend", "80 % interval holds"]);
    for way in found {
        table.add_row([
            way.left_out.to_owned(),
            way.groups.to_string(),
            way.rows.to_string(),
            format!("{:.1} %", way.median_error * 100.0),
            format!("{:.1} %", way.median_error_one_eta_per_backend * 100.0),
            format!("{:.0} %", way.coverage * 100.0),
        ]);
    }
    terminal::out(&format!("{table}\n"))
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(header.to_vec());
    table
}
