//! `densimeter recommend`.

use std::path::Path;

use super::outcome::{Outcome, Usage};
use super::today::{not_yet, stale, today};
use super::{own_audits, terminal};
use crate::cli::Global;
use crate::cli::recommend::Recommend;
use crate::crossover::inputs::Inputs;
use crate::crossover::plan::growth_class;
use crate::device::class_spec::{self, ClassSpec};
use crate::device::history;
use crate::device::own_speed::OwnSpeed;
use crate::file::run_folder;
use crate::law::arrival::draws::DRAWS;
use crate::measure::device::describe;
use crate::measure::stored_probe::StoredProbe;
use crate::model::cache::Cache;
use crate::model::catalog::{Catalog, CatalogEntry};
use crate::published::Library;
use crate::recommend::asked::size;
use crate::recommend::limits::Limits;
use crate::recommend::machine::Machine;
use crate::recommend::need::{NeedError, need};
use crate::recommend::picks::Recommendations;
use crate::recommend::rank::{Sources, rank, shorten};
use crate::report::text;
use crate::stat::Bootstrap;
use crate::sysfs::Root;
use crate::unit::Bytes;

mod device;
mod verify;

/// Runs the command.
pub(super) fn run(args: &Recommend, global: &Global) -> anyhow::Result<Outcome> {
    let today = today(args.today)?;
    // Without a home there is no cache, and nothing in it.
    let cache = Cache::of_this_user().ok();
    let catalog = Catalog::load()?;
    let catalog = cache.iter().fold(catalog, Catalog::with_fetched);
    if let Some(model) = &args.need {
        return reverse(model, args, &catalog, global);
    }
    let machine = match &args.device {
        Some(text) if text == "here" && !Path::new(text).exists() => device::here(&catalog, args.probe, global)?,
        Some(text) if Path::new(text).exists() => device::stored(Path::new(text), &catalog)?,
        Some(text) => {
            let (found, note) =
                Machine::named(text, history::builtin(), today).map_err(|error| Usage(error.to_string()))?;
            note.iter().filter(|_| !global.quiet).for_each(|note| terminal::note(note));
            found
        }
        None => device::here(&catalog, args.probe, global)?,
    };
    let limits = limits(args, machine.class)?;
    let run = Bootstrap { resamples: DRAWS, seed: global.seed };
    let mut inputs = Inputs::of(Library::shipped(), today, run).map_err(|error| not_yet(args.today, error))?;
    inputs.audits = own_audits::read(&args.audit)?;
    stale(&inputs).iter().for_each(|text| terminal::warning(text));
    let in_cache = |entry: &CatalogEntry| {
        let held = |cache: &Cache| entry.files.iter().any(|file| cache.model_path(&entry.id, &file.name).is_file());
        cache.as_ref().is_some_and(held)
    };
    if limits.memory.is_some_and(|memory| memory.bytes() as f64 > machine.ram_bytes) {
        let all = Bytes::from_bytes(machine.ram_bytes as u64);
        return Err(Usage(format!("--memory: {} has {all} in all", machine.name)).into());
    }
    let sources = Sources { catalog: &catalog, inputs: &inputs, here: &in_cache };
    let mut found = rank(&machine, &limits, sources)?;
    shorten(&mut found, args.top as usize, sources);
    show(&found, args, global)?;
    if args.verify {
        let Some(pick) = found.picks.first() else { return Ok(Outcome::SomeFailed) };
        let Some(speed) = verify::verify(pick, args.offline, global)? else { return Ok(Outcome::SomeFailed) };
        remember(speed, global)?;
    }
    // A list that is empty is an answer, and one that a script must not miss.
    Ok(if found.picks.is_empty() { Outcome::SomeFailed } else { Outcome::Done })
}

/// Keeps a speed, so that every later answer for this machine rests on it.
fn remember(speed: OwnSpeed, global: &Global) -> anyhow::Result<()> {
    let path = run_folder::probe_path()?;
    let profile = describe(&Root::system());
    let known = StoredProbe::read(&path, &profile).or_else(|| StoredProbe::measure(&profile));
    let mut known = known.ok_or_else(|| anyhow::anyhow!("the probe read nothing"))?;
    known.add(speed);
    known.keep(&path)?;
    if !global.quiet {
        terminal::note(&format!("later answers for this device rest on it ({})", path.display()));
    }
    Ok(())
}

fn show(found: &Recommendations, args: &Recommend, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return terminal::json(found);
    }
    if args.md && !found.picks.is_empty() {
        return terminal::out(&text::recommend::markdown(found));
    }
    terminal::out(&text::recommend::cards(found))?;
    if !global.quiet && !found.picks.is_empty() {
        terminal::note(&text::recommend::footnote(found));
    }
    Ok(())
}

fn reverse(model: &str, args: &Recommend, catalog: &Catalog, global: &Global) -> anyhow::Result<Outcome> {
    let class = match &args.device {
        None => growth_class("desktop"),
        Some(id) => class_spec::find(id).map_err(|error| Usage(format!("--need takes a class: {error}")))?,
    };
    let found = need(model, class, &limits(args, class)?, catalog).map_err(|error| match error {
        NeedError::Speed(error) => anyhow::Error::from(error),
        error => Usage(error.to_string()).into(),
    })?;
    if global.json { terminal::json(&found) } else { terminal::out(&text::recommend::need(&found)) }?;
    Ok(if found.bandwidth_gbs.is_some() { Outcome::Done } else { Outcome::SomeFailed })
}

fn limits(args: &Recommend, class: &ClassSpec) -> anyhow::Result<Limits> {
    let own = Limits::of(class);
    let memory = args.memory.as_deref().map(|text| {
        size(text).ok_or_else(|| Usage(format!("--memory: `{text}` is no size above zero such as 6G or 512MiB")))
    });
    let prompt = args.prompt.map_or(own.prompt, f64::from);
    let least = (prompt + own.output) as u32;
    let context = args.context.unwrap_or_else(|| own.context.max(least));
    if context < least {
        return Err(Usage(format!("--context {context}: prompt and answer alone take {least} tokens")).into());
    }
    Ok(Limits {
        min_tps: args.min_tps.unwrap_or(own.min_tps),
        max_ttft: args.max_ttft,
        prompt,
        context,
        cache_bits: args.cache.bits(),
        memory: memory.transpose()?.map(|bytes| Bytes::from_bytes(bytes as u64)),
        licence: args.licence.clone(),
        family: args.family.clone(),
        kind: args.kind.clone(),
        wanted_for: args.wanted_for,
        offline: args.offline,
        ..own
    })
}
