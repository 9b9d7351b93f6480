//! A density ratio from losses, through a curve that the user fitted to losses of the same kind.

use std::collections::BTreeSet;
use std::path::Path;

use super::pairing::{Paired, PairedLoss};
use crate::law::audit_loss::{SizedLoss, compare_through};
use crate::law::evidence::Evidence;
use crate::law::family::ReferenceFamily;
use crate::law::reference::{LossKind, LossUnit, ReferenceCurve};
use crate::stat::Bootstrap;
use crate::stat::paired::PairedCost;
use crate::table;
use crate::unit::Benchmark;

/// Evidence on ln(effective parameters, compressed over original), or why the curve cannot be used.
pub(super) fn evidence(
    path: &Path,
    paired: &Paired,
    tokenizer: Option<&str>,
    bootstrap: Bootstrap,
) -> Result<Evidence, String> {
    let named = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let text = table::read(path).map_err(|error| error.to_string())?;
    let family = ReferenceFamily::parse(&text).map_err(|error| named(&error))?;
    fits(&family, tokenizer).map_err(|problem| named(&problem))?;
    let curve = curve(&family, paired).map_err(|problem| named(&problem))?;
    let tasks = paired
        .losses
        .iter()
        .map(|(_, losses)| losses.iter().map(|loss| sized(loss, family.average.unit)).collect::<Option<Vec<_>>>())
        .collect::<Option<Vec<_>>>()
        .ok_or("the two models cut the texts into other tokens, so losses per token cannot be compared")?;
    let ln_size = |loss: f64| match curve.loss.params(loss, family.d0_tokens) {
        Ok(params) => params.count().ln(),
        // Below the floor even the largest model does not reach.
        Err(_) => f64::INFINITY,
    };
    compare_through(&tasks, &ln_size, bootstrap).map_err(|error| error.to_string())
}

fn fits(family: &ReferenceFamily, tokenizer: Option<&str>) -> Result<(), String> {
    if family.average.kind != LossKind::DatasetGold {
        return Err(format!(
            "the curve is of losses over {} text, the audit's are over the data sets' gold text: two different quantities",
            family.average.kind
        ));
    }
    match (&family.tokenizer, family.average.unit) {
        (Some(own), _) if Some(own.as_str()) != tokenizer => Err(format!(
            "the curve is of the tokenizer {own}, the original has {}",
            tokenizer.unwrap_or("none that it names")
        )),
        (None, LossUnit::NatsPerToken) => Err(format!(
            "a curve of losses per token must name its tokenizer (tokenizer = \"{}\")",
            tokenizer.unwrap_or("model/rules")
        )),
        _ => Ok(()),
    }
}

/// The curve of the one task, or that of the average where all five were measured.
fn curve(family: &ReferenceFamily, paired: &Paired) -> Result<ReferenceCurve, String> {
    match &paired.losses[..] {
        [(task, _)] => {
            let curve = task.parse().ok().and_then(|benchmark: Benchmark| family.benchmark(benchmark).copied());
            curve.ok_or(format!("it has no curve for {task}"))
        }
        tasks if tasks.iter().map(|(task, _)| task.as_str()).eq(all_five()) => Ok(family.average),
        _ => Err("its average is that of all five tasks; audit all five, or one that it has a curve for".to_owned()),
    }
}

/// The names of the five benchmarks, in the order of the paired tasks.
fn all_five() -> impl Iterator<Item = &'static str> {
    BTreeSet::from(Benchmark::ALL.map(Benchmark::name)).into_iter()
}

fn sized(loss: &PairedLoss, unit: LossUnit) -> Option<SizedLoss> {
    match unit {
        LossUnit::BitsPerByte => Some(SizedLoss { cost: loss.bits, size: loss.bytes }),
        LossUnit::NatsPerToken => {
            let nats = |bits: f64| bits * std::f64::consts::LN_2;
            let cost = PairedCost { before: nats(loss.bits.before), after: nats(loss.bits.after) };
            Some(SizedLoss { cost, size: loss.tokens? })
        }
    }
}
