//! `densimeter crossover`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::outcome::{Outcome, Usage};
use super::today::{not_yet, stale, today};
use super::{own_audits, terminal};
use crate::cli::Global;
use crate::cli::crossover::Crossover;
use crate::crossover::error::CrossingError;
use crate::crossover::inputs::Inputs;
use crate::crossover::plan::{Crossings, CrossoverPlan, Device, growth_class, of_classes, of_device};
use crate::crossover::target::{Target, TargetError};
use crate::crossover::verdict::{CAVEAT, EDGE_CAVEAT};
use crate::density::reference_family::DensityFamily;
use crate::device::class_spec::{self, ClassSpec};
use crate::law::arrival::own_loss::OwnLoss;
use crate::published::Library;
use crate::report::text;
use crate::stat::Bootstrap;
use known_device::KnownDevice;

mod known_device;

/// Rows of the chart.
const CHART_ROWS: usize = 18;

/// Runs the command.
pub(super) fn run(args: &Crossover, global: &Global) -> anyhow::Result<Outcome> {
    let today = today(args.today)?;
    for (flag, value) in
        [("--min-tps", args.min_tps), ("--max-ttft", args.max_ttft), ("--prompt", args.prompt.map(f64::from))]
    {
        if value.is_some_and(|value| !(value.is_finite() && value > 0.0)) {
            return Err(Usage(format!("{flag} must be a number above zero")).into());
        }
    }
    let classes = classes(args)?;
    let run = Bootstrap { resamples: args.resamples as usize, seed: global.seed };
    let library = Library::shipped();
    let edge = args.family == DensityFamily::Edge;
    if edge && args.sensitivity {
        return Err(Usage("--sensitivity doubts the paper's family: leave it out with --family edge".to_owned()).into());
    }
    let inputs = if edge { Inputs::edge(library, today, run) } else { Inputs::of(library, today, run) };
    let mut inputs = inputs.map_err(|error| not_yet(args.today, error))?;
    inputs.audits = audits(&args.audit, &classes)?;
    stale(&inputs).iter().for_each(|text| terminal::warning(text));
    let (targets, out_of_reach) = targets(args, library)?;
    for reason in &out_of_reach {
        terminal::warning(reason);
    }
    let plan = CrossoverPlan {
        sensitivity: args.sensitivity,
        min_tps: args.min_tps,
        max_ttft: args.max_ttft,
        prompt: args.prompt.map(f64::from),
        since: args.since,
        ..CrossoverPlan::usual(classes, targets)
    };
    let found = match &args.device {
        Some(path) => {
            let known = KnownDevice::of(path)?;
            let class = match (args.class.as_slice(), plan.classes.as_slice()) {
                ([], _) => growth_class(known.class()),
                ([_], [class]) => class,
                _ => return Err(Usage("a device grows as one class does: give one --class".to_owned()).into()),
            };
            let rates = known.rates(class).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
            of_device(&Device { name: known.name(), rates: &rates, class }, &plan, &inputs)?
        }
        None => of_classes(&plan, &inputs)?,
    };
    show(&found, global)?;
    Ok(if out_of_reach.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
}

/// The user's own audits; of those that count for nothing it is said why.
fn audits(paths: &[PathBuf], classes: &[&ClassSpec]) -> anyhow::Result<Vec<OwnLoss>> {
    let losses = own_audits::read(paths)?;
    for other in losses.iter().filter(|loss| !classes.iter().any(|class| loss.is_of(class.bits_per_weight))) {
        let asked: BTreeSet<String> =
            classes.iter().map(|class| format!("{} ({} bits)", class.quantization, class.bits_per_weight)).collect();
        let asked = asked.into_iter().collect::<Vec<_>>().join(", ");
        terminal::warning(&format!(
            "an audit of {:.2} bits a weight says nothing of the formats asked: {asked}",
            other.bits
        ));
    }
    Ok(losses)
}

fn classes(args: &Crossover) -> anyhow::Result<Vec<&'static ClassSpec>> {
    if args.class.is_empty() {
        return Ok(class_spec::builtin().iter().collect());
    }
    args.class.iter().map(|id| class_spec::find_any(id).map_err(|error| Usage(error.to_string()).into())).collect()
}

/// The levels that are asked for, and why some of them have no date.
fn targets(args: &Crossover, library: &Library) -> anyhow::Result<(Vec<Target>, Vec<String>)> {
    match args.family {
        DensityFamily::Xiao2025 => Target::all(&args.capability, library).map_err(usage),
        DensityFamily::Edge => match Target::edge(&args.capability, library) {
            Ok(targets) => Ok((targets, Vec::new())),
            Err(CrossingError::Target(error)) => Err(usage(error)),
            Err(error) => Err(error.into()),
        },
    }
}

/// A name that is no capability is a mistake in what was typed; one that is out of reach is not.
fn usage(error: TargetError) -> anyhow::Error {
    if error.is_no_name() { Usage(error.to_string()).into() } else { error.into() }
}

fn show(found: &Crossings, global: &Global) -> anyhow::Result<()> {
    if !global.quiet {
        for note in &found.notes {
            terminal::note(note);
        }
    }
    let rows = &found.crossings;
    if global.json {
        return terminal::json(rows);
    }
    terminal::out(&text::crossover::table(rows))?;
    if let [row] = rows.as_slice() {
        terminal::out(&text::crossover::chart(&found.curve, row.date.as_ref(), CHART_ROWS))?;
    }
    for row in rows.iter().filter(|row| !row.sensitivity.is_empty()) {
        terminal::out(&text::crossover::sensitivity(row))?;
    }
    if !global.quiet {
        let edge = rows.iter().any(|row| row.family == DensityFamily::Edge);
        terminal::note(if edge { EDGE_CAVEAT } else { CAVEAT });
    }
    Ok(())
}
