//! One model by the edge family: its scores on the eight cloze tasks to its density.

use super::super::outcome::{Outcome, Usage};
use super::super::terminal;
use super::arguments;
use crate::cli::Global;
use crate::cli::density::Density;
use crate::density::edge::inputs::EdgeInputs;
use crate::density::edge::report::EdgeDensityReport;
use crate::density::edge::size::EdgeSize;
use crate::density::from_scores::ModelSize;
use crate::law::edge::evidence::{Evidence, Mean, TaskEvidence};
use crate::report::text;
use crate::unit::ClozeTask;

/// Runs `density --family edge`.
pub(super) fn run(args: &Density, global: &Global) -> anyhow::Result<Outcome> {
    let others = [
        ("--loss", args.loss.is_some()),
        ("--model", args.model.is_some()),
        ("--all", args.all),
        ("--fit-losses", args.fit_losses.is_some()),
        ("--fit-points", args.fit_points.is_some()),
        ("--d0", args.d0.is_some()),
        ("--reference", args.reference.is_some()),
        ("--releases", args.releases.is_some()),
    ];
    if let Some((option, _)) = others.into_iter().find(|(_, given)| *given) {
        let problem = format!("{option} belongs to the family xiao2025: with --family edge give --scores and --params");
        return Err(Usage(problem).into());
    }
    let scores =
        args.scores.as_deref().ok_or_else(|| Usage("--family edge needs --scores arc_easy=57.7,…".to_owned()))?;
    let (params, active) = arguments::params(args)?;
    if active > params {
        return Err(Usage("--active exceeds --params".to_owned()).into());
    }
    let size = EdgeSize::given(ModelSize { params, active: Some(active), bits: args.bits });
    let inputs = EdgeInputs::shipped(arguments::cost(args)?);
    let report = EdgeDensityReport {
        score_basis: Some("given on the command line".to_owned()),
        ..EdgeDensityReport::of(&inputs, &evidence(args, scores)?, size)
    };
    if global.json {
        terminal::json(&report)?;
    }
    if let Some(reason) = report.reason {
        anyhow::bail!(reason);
    }
    if !global.json {
        terminal::out(&text::density_edge::text(&report))?;
    }
    Ok(Outcome::Done)
}

/// How far a printed score may be off, as a share: half of its last digit, one after the point.
const ROUNDING: f64 = 0.000_51;

/// The scores of `--scores` with the items of `--items` and the bits of `--bpb`.
fn evidence(args: &Density, scores: &str) -> Result<Evidence, Usage> {
    let scores = arguments::pairs::<ClozeTask, f64>("--scores", scores)?;
    if scores.is_empty() {
        return Err(Usage("--scores holds no score: write arc_easy=57.7,arc_challenge=28.3".to_owned()));
    }
    for (task, percent) in &scores {
        if !(0.0..=100.0).contains(percent) {
            return Err(Usage(format!(
                "--scores: the {task} score {percent} is outside 0 to 100 percent (edge family)"
            )));
        }
    }
    if scores.iter().all(|(_, percent)| *percent <= 1.0) && scores.iter().any(|(_, percent)| *percent > 0.0) {
        return Err(Usage(
            "--scores: no score exceeds 1, so they look like fractions: give percent, 0 to 100".to_owned(),
        ));
    }
    let items = arguments::pairs::<ClozeTask, u64>("--items", args.items.as_deref().unwrap_or_default())?;
    let bits = arguments::pairs::<ClozeTask, f64>("--bpb", args.bpb.as_deref().unwrap_or_default())?;
    for (task, _) in items.iter().map(|(task, n)| (task, *n as f64)).chain(bits.iter().map(|(task, b)| (task, *b))) {
        if !scores.iter().any(|(scored, _)| scored == task) {
            return Err(Usage(format!("{task} has no score in --scores")));
        }
    }
    let mut evidence = Evidence::new();
    for (task, percent) in scores {
        let given = items.iter().find(|(of, _)| *of == task).map(|(_, n)| *n);
        let n = given.unwrap_or(task.items());
        if n == 0 {
            return Err(Usage(format!("--items {task}=0: a score needs at least one item")));
        }
        let right = percent / 100.0 * n as f64;
        if given.is_some() && (right - right.round()).abs() > ROUNDING * n as f64 {
            return Err(Usage(format!("--items {task}={n}: no number of right answers of {n} is {percent} %")));
        }
        if let Some((_, bits)) = bits.iter().find(|(of, bits)| *of == task && !(bits.is_finite() && *bits > 0.0)) {
            return Err(Usage(format!("--bpb {task}={bits}: bits per byte are above zero")));
        }
        let bits_per_byte = bits.iter().find(|(of, _)| *of == task).map(|(_, value)| Mean::typical_bits(*value, n));
        evidence.insert(task, TaskEvidence { bits_per_byte, ..TaskEvidence::counted(task, percent / 100.0, n) });
    }
    Ok(evidence)
}
