//! All files of the catalogue on a device, the best first.

use std::cmp::Ordering;

use jiff::civil::Date;

use super::estimates::{Candidate, Costs, Estimators, candidates};
use super::limits::Limits;
use super::machine::Machine;
use super::picks::{BaseScores, Bases, DeviceAsked, LeftOut, Pick, Recommendations};
use super::why::{shares, why};
use crate::crossover::compute::dated;
use crate::crossover::inputs::Inputs;
use crate::crossover::recommendation::{kept, of_half_the_size};
use crate::law::arrival::release::{BILLION, Level, ScoredRelease, years};
use crate::model::catalog::{Catalog, CatalogEntry};
use crate::stat::{Estimate, ProcessError};
use crate::unit::{Benchmark, Params, Scores};

/// Bits of a weight below which no published pair tells what a format costs.
const FEWEST_BITS: f64 = 2.0;

/// What a recommendation rests on.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a function")]
pub struct Sources<'a> {
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The releases, and what formats cost.
    pub inputs: &'a Inputs<'a>,
    /// Whether the file of an entry is in the cache.
    pub here: &'a dyn Fn(&CatalogEntry) -> bool,
}

/// Ranks the files.
///
/// # Errors
/// Measured rows that give no model of speed.
pub fn rank(machine: &Machine, limits: &Limits, sources: Sources<'_>) -> Result<Recommendations, ProcessError> {
    let estimators = Estimators::with(&machine.timed)?;
    let usable = limits.memory.map_or_else(|| machine.usable_bytes(), |bytes| bytes.bytes() as f64);
    let (mut picks, mut left_out) = (Vec::new(), Vec::new());
    for file in candidates(sources.catalog) {
        match judge(&file, machine, limits, usable, sources, &estimators) {
            Ok(pick) => picks.push(pick),
            Err(reason) => {
                left_out.push(LeftOut { model: file.entry.id.clone(), release: file.entry.release.clone(), reason })
            }
        }
    }
    let value = |pick: &Pick| match limits.wanted_for {
        // What the format costs is known for the mean of the five only: no file may win by a score that it lost.
        Some(wanted) => pick.base_scores.of(wanted).unwrap_or(0.0) * pick.kept_share.unwrap_or(0.0),
        None => pick.effective_params.as_ref().map_or(0.0, |found| found.point),
    };
    let best = |a: &Pick, b: &Pick| -> Ordering {
        b.usable.cmp(&a.usable).then(value(b).total_cmp(&value(a))).then(a.file_bytes.total_cmp(&b.file_bytes))
    };
    picks.sort_by(best);
    Ok(Recommendations {
        device: DeviceAsked {
            name: machine.name.clone(),
            class: machine.class.id.clone(),
            ram_bytes: machine.ram_bytes,
            usable_bytes: usable,
            bandwidth_gbs: machine.bandwidth_gbs,
            backend: machine.backend.clone(),
            source: machine.source.clone(),
        },
        limits: limits.clone(),
        more_fit: 0,
        picks,
        left_out,
        today: sources.inputs.today(),
        seed: sources.inputs.run.seed,
    })
}

/// Keeps the first picks, and tells of each until when it stays the best value.
pub fn shorten(found: &mut Recommendations, top: usize, sources: Sources<'_>) {
    found.more_fit = found.picks.len().saturating_sub(top);
    found.picks.truncate(top);
    for pick in &mut found.picks {
        pick.best_value_until = until(pick, sources);
    }
}

/// A file as a pick, or why it is none.
fn judge(
    file: &Candidate<'_>,
    machine: &Machine,
    limits: &Limits,
    usable: f64,
    sources: Sources<'_>,
    estimators: &Estimators,
) -> Result<Pick, String> {
    let entry = file.entry;
    if let Some(reason) = limits.filtered(entry, (sources.here)(entry)) {
        return Err(reason);
    }
    let inputs = sources.inputs;
    if entry.released > inputs.today() {
        return Err(format!("--today: it was released on {}", entry.released()));
    }
    let Ability { level, basis, scored_by } = ability(entry, inputs);
    let base_scores = base_scores(entry, inputs);
    if let Some(wanted) = limits.wanted_for.filter(|wanted| base_scores.of(*wanted).is_none()) {
        return Err(format!("--use: no published score of its base model for {}", wanted.name()));
    }
    let costs = estimators.costs(file, machine, limits).ok_or("no measured row tells of prefill")?;
    if let Some(reason) = refused(&costs, limits, usable) {
        return Err(reason);
    }
    let penalty = inputs.penalty(&file.file.quantisation, file.bits());
    let (level, basis) = if file.bits() < FEWEST_BITS {
        let basis = format!("unknown: no published pair tells what a format of {:.1} bits costs", file.bits());
        (None, basis)
    } else {
        (level, basis)
    };
    let effective_params = level.map(|level| kept(level, penalty, file.params().0));
    let family = &inputs.library.family;
    let percent = |params: f64| family.average.score_percent(Params::from_count(params), family.d0_tokens);
    let shares = shares(&costs, limits, usable);
    let doubtful: Vec<String> =
        shares.iter().filter(|(_, share)| *share > 1.0).map(|(limit, _)| limit.option().to_owned()).collect();
    let why = why(shares[0], &costs, limits, machine, usable);
    let own = machine.own.contains_key(&file.file.quantisation);
    Ok(Pick {
        model: entry.id.clone(),
        file: file.file.name.clone(),
        quantization: file.file.quantisation.clone(),
        file_bytes: file.bytes,
        active_params: file.params().1,
        prompt_params: file.prompt_params(),
        memory_bytes: costs.memory_bytes,
        tokens_per_second: costs.tokens_per_second,
        first_token_seconds: costs.first_token_seconds,
        kept_share: level
            .zip(effective_params.as_ref())
            .map(|(level, found)| percent(found.point) / percent(BILLION * level.ln.exp())),
        score: effective_params.clone().map(|found| found.map(percent)),
        effective_params,
        base_scores,
        usable: doubtful.is_empty(),
        doubtful,
        basis: Bases {
            speed: if own { super::machine::Basis::Own } else { machine.basis },
            memory: memory_basis(file),
            capability: basis,
            scored_by,
        },
        why,
        best_value_until: None,
        check: format!("densimeter run -m {} --quick", entry.id),
    })
}

/// Why a file is none of the picks: a limit that it misses in the middle of its interval.
fn refused(costs: &Costs, limits: &Limits, usable: f64) -> Option<String> {
    let (memory, speed, wait) =
        (costs.memory_bytes.point, costs.tokens_per_second.point, costs.first_token_seconds.point);
    if memory > usable {
        Some(format!("--memory: takes {:.2} GB of the {:.2} GB that a model may take", memory / 1e9, usable / 1e9))
    } else if speed < limits.min_tps {
        Some(format!("--min-tps: {speed:.1} tokens/s, less than {}", limits.min_tps))
    } else {
        let most = limits.max_ttft.filter(|most| wait > *most)?;
        Some(format!("--max-ttft: first token after {wait:.1} s, more than {most}"))
    }
}

fn memory_basis(file: &Candidate<'_>) -> String {
    if file.file.fetched {
        return "size and header of the fetched file".to_owned();
    }
    let size = if file.size_known { "published size" } else { "size of other files of its quantisation" };
    let cache = if file.entry.cache.is_some() { "cache by architecture" } else { "cache of the usual shape" };
    format!("{size}, {cache}")
}

/// What a model is believed to do at 16 bits.
struct Ability {
    level: Option<Level>,
    basis: String,
    scored_by: Option<String>,
}

/// By the scores of its base model; where none are published, what the law expects of a release of its size and day.
fn ability(entry: &CatalogEntry, inputs: &Inputs<'_>) -> Ability {
    let (world, now) = (&inputs.world, years(inputs.today()));
    let scored = world.releases.iter().find(|release| Some(&release.model) == entry.release.as_ref());
    if let Some(release) = scored {
        let level = Level::believed(&world.law, release, now);
        let basis = format!("published scores of {}, less what the format costs", release.model);
        return Ability { level: Some(level), basis, scored_by: Some(release.model.clone()) };
    }
    let (total, active) = (entry.parameters.total.count(), entry.parameters.active.count());
    let unscored = ScoredRelease {
        model: entry.id.clone(),
        family: entry.family.clone(),
        date: entry.released,
        params: total,
        active_share: active / total,
        loops: 1.0,
        level: Level::given(total),
    };
    let smallest = world.releases.iter().map(|release| release.params).fold(f64::INFINITY, f64::min);
    if total < smallest {
        let basis = "unknown: no base scores are published, and the law knows no release so small".to_owned();
        return Ability { level: None, basis, scored_by: None };
    }
    let law = &world.law;
    let deviation = law.event_deviation.hypot(law.true_deviation);
    let level = Level { ln: law.expected(&unscored, unscored.years() - now), deviation };
    let basis =
        "what the law expects of its size and day, less what the format costs: no base scores are published".to_owned();
    Ability { level: Some(level), basis, scored_by: None }
}

fn base_scores(entry: &CatalogEntry, inputs: &Inputs<'_>) -> BaseScores {
    let found = inputs.library.releases.iter().find(|release| Some(&release.model) == entry.release.as_ref());
    let of = |wanted: &[Benchmark]| {
        let scores: &Scores = &found?.scores;
        let all: Option<Vec<f64>> = wanted.iter().map(|benchmark| scores.percent(*benchmark)).collect();
        all.map(|all| all.iter().sum::<f64>() / all.len() as f64)
    };
    BaseScores {
        knowledge: of(&[Benchmark::Mmlu]),
        reasoning: of(&[Benchmark::Bbh, Benchmark::Math]),
        code: of(&[Benchmark::HumanEval, Benchmark::Mbpp]),
    }
}

/// When a release of half its parameters does as much.
fn until(pick: &Pick, sources: Sources<'_>) -> Option<Estimate<Date>> {
    let entry = sources.catalog.get(&pick.model)?;
    let level = ability(entry, sources.inputs).level?;
    dated(&of_half_the_size(&sources.inputs.world, level, entry.parameters.total.count()))
}
