//! `densimeter crossover`.

use std::path::Path;

use anyhow::Context;
use comfy_table::{Table, presets};
use jiff::ZonedDateTime;

use super::{Outcome, Usage, own_device, terminal};
use crate::calibration::device_model::DeviceModel;
use crate::cli::Global;
use crate::cli::crossover::Crossover;
use crate::device::class_spec::{self, ClassSpec};
use crate::device::history;
use crate::device::speed_model::SpeedModel;
use crate::device::speeds;
use crate::report::crossover::{ClassLaw, Setting, Target, row};
use crate::report::crossover_budget::{Budget, Demand};
use crate::report::crossover_chart;
use crate::report::crossover_curve::{curve, dates};
use crate::report::crossover_forecast::Forecast;
use crate::report::crossover_row::Row;
use crate::stat::Bootstrap;
use crate::unit::plain;

mod ground;

pub(super) use ground::Ground;

/// Runs the command.
pub(super) fn run(args: &Crossover, global: &Global) -> anyhow::Result<Outcome> {
    let today = args.today.unwrap_or_else(|| ZonedDateTime::now().date());
    for (flag, value) in
        [("--min-tps", args.min_tps), ("--max-ttft", args.max_ttft), ("--prompt", args.prompt.map(f64::from))]
    {
        if value.is_some_and(|value| !(value.is_finite() && value > 0.0)) {
            return Err(Usage(format!("{flag} must be a number above zero")).into());
        }
    }
    let classes: Vec<&ClassSpec> = if args.class.is_empty() {
        class_spec::builtin().iter().collect()
    } else {
        args.class
            .iter()
            .map(|id| class_spec::find(id).map_err(|error| Usage(error.to_string())))
            .collect::<Result<_, _>>()?
    };
    let ground = Ground::of(today, Bootstrap { resamples: args.resamples as usize, seed: global.seed })?;
    let (targets, out_of_reach) = ground.targets(&args.capability)?;
    for reason in &out_of_reach {
        terminal::warning(reason);
    }
    let done = if out_of_reach.is_empty() { Outcome::Done } else { Outcome::SomeFailed };
    let setting = &ground.setting;
    if let Some(path) = &args.device {
        of_device(path, &classes, &targets, setting, args, global)?;
        return Ok(done);
    }
    let model = SpeedModel::fit(speeds::builtin())?;
    if args.forecast {
        return forecast(&ground.target("gpt-4")?, setting, &model, args, global);
    }
    let mut rows = Vec::new();
    let mut chart = String::new();
    for class in &classes {
        let budget = Budget::of(class, history::builtin(), &model, demand(class, args), Some(args.since), today)?;
        if budget.since.is_none() && !global.quiet {
            terminal::note(&format!(
                "{}: too few devices since {} for a growth rate; its whole history is fitted",
                class.id, args.since
            ));
        }
        let law = ClassLaw::of(setting, &budget)?;
        for target in &targets {
            rows.push(row(class, &budget, &law, target, setting)?);
        }
        if classes.len() == 1 && targets.len() == 1 {
            chart = chart_of(&budget, &law, &targets[0], setting, &rows[0]);
        }
    }
    show(&rows, &chart, global)?;
    Ok(done)
}

fn show(rows: &[Row], chart: &str, global: &Global) -> anyhow::Result<()> {
    if global.json {
        terminal::json(&rows)?;
    } else {
        terminal::out(&format!("{}{chart}", summary(rows)))?;
        if let [row] = rows {
            terminal::out(&sensitivity(row))?;
        }
    }
    Ok(())
}

/// What is asked of a class, with what was typed.
fn demand(class: &ClassSpec, args: &Crossover) -> Demand {
    let own = Demand::of(class);
    Demand {
        min_tps: args.min_tps.unwrap_or(own.min_tps),
        max_ttft: args.max_ttft.unwrap_or(own.max_ttft),
        prompt: args.prompt.map_or(own.prompt, f64::from),
        ..own
    }
}

/// The rows of a concrete device.
fn of_device(
    path: &Path,
    classes: &[&ClassSpec],
    targets: &[Target],
    setting: &Setting,
    args: &Crossover,
    global: &Global,
) -> anyhow::Result<()> {
    let model = DeviceModel::read(path)?;
    let class = match (args.class.as_slice(), classes) {
        ([], _) => own_device::growth_class(&model.device.class),
        ([_], [class]) => class,
        _ => return Err(Usage("a device grows as one class does: give one --class".to_owned()).into()),
    };
    let rates = own_device::rates(&model, class).with_context(|| path.display().to_string())?;
    let budget =
        Budget::of_device(&rates, class, history::builtin(), demand(class, args), Some(args.since), setting.today)?;
    let law = ClassLaw::of(setting, &budget)?;
    let rows = targets
        .iter()
        .map(|target| {
            Ok(Row { device: Some(model.device.name.clone()), ..row(class, &budget, &law, target, setting)? })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let chart = match rows.as_slice() {
        [only] => chart_of(&budget, &law, &targets[0], setting, only),
        _ => String::new(),
    };
    show(&rows, &chart, global)
}

/// The chart of one row, a column a month.
fn chart_of(budget: &Budget, law: &ClassLaw, target: &Target, setting: &Setting, row: &Row) -> String {
    let points = curve(budget, law, target, setting.format, &dates(1, 73));
    crossover_chart::draw(&points, row.date.as_ref(), 18)
}

fn forecast(
    gpt_4: &Target,
    setting: &Setting,
    model: &SpeedModel,
    args: &Crossover,
    global: &Global,
) -> anyhow::Result<Outcome> {
    let budgets = class_spec::builtin()
        .iter()
        .map(|class| {
            let budget =
                Budget::of(class, history::builtin(), model, Demand::of(class), Some(args.since), setting.today)?;
            Ok((class.id.clone(), budget))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let found = Forecast::of_the_news(gpt_4, setting, &budgets)?;
    if global.json {
        terminal::json(&found)?;
    } else {
        terminal::out(&found.to_string())?;
    }
    Ok(Outcome::Done)
}

fn summary(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "class",
        "capability",
        "memory and decode (95 %)",
        "with TTFT",
        "binding",
        "first release that did",
        "headroom today",
    ]);
    for row in rows {
        table.add_row([
            row.class.clone(),
            row.capability.clone(),
            row.date
                .as_ref()
                .map_or_else(|| format!("never: {}", row.reason.as_deref().unwrap_or_default()), ToString::to_string),
            row.date_with_ttft.as_ref().map_or_else(|| "never".to_owned(), |date| date.point.to_string()),
            row.binding.to_owned(),
            row.realised
                .as_ref()
                .map_or_else(|| "none yet".to_owned(), |found| format!("{} {}", found.model, found.date)),
            format!("x{}", plain(row.today.headroom, 2)),
        ]);
    }
    let mut remarks: Vec<String> = rows
        .iter()
        .filter(|row| row.date.is_some())
        .filter_map(|row| row.reason.as_ref().map(|reason| format!("{}, {}: {reason}\n", row.class, row.capability)))
        .collect();
    remarks.dedup();
    format!("{table}\n{}", remarks.concat())
}

fn sensitivity(row: &Row) -> String {
    let mut text = "months by which a factor 2 moves the date:\n".to_owned();
    for shift in &row.sensitivity {
        let months = shift.months.map_or_else(|| "no date".to_owned(), |months| format!("{months:+.1}"));
        text += &format!("  {:<22} {months}\n", shift.change);
    }
    text
}
