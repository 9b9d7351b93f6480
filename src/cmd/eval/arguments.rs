//! From what was typed to the plan of an evaluation.

use std::path::PathBuf;

use super::opening::ids;
use crate::cli::bench::Engine;
use crate::cli::eval::Eval;
use crate::cmd::{Usage, bench};
use crate::engine::{ContextOptions, FlashAttention};
use crate::eval::exactness::EXACT;
use crate::eval::plan::{EvalPlan, Leg, Programs, Questions};
use crate::eval::schedule::Settings;
use crate::eval::subset::Subset;
use crate::file::digest::sha256_hex;
use crate::measure::benchmarks::benchmarks;
use crate::measure::memory_need::refuse_what_cannot_load;
use crate::measure::model_file::resolve_all;
use crate::measure::thread_sweep;
use crate::model::catalog::Catalog;
use crate::model::gguf::Header;
use crate::model::resolve::{self, Named};
use crate::observer::Observer;

/// Refuses, before anything is fetched or loaded, a name or a file that is no model and cache types that cannot be had.
pub(super) fn refuse_early(args: &Eval) -> anyhow::Result<()> {
    if args.type_v.bits() < 16.0 && args.flash_attention == FlashAttention::Off {
        return Err(
            Usage(format!("--ctv {} needs flash attention: leave out --fa, or give --fa 1", args.type_v)).into()
        );
    }
    if !(args.n_ubatch as usize).is_multiple_of(EXACT.multiple) {
        let (given, multiple) = (args.n_ubatch, EXACT.multiple);
        let why = "exact results, to which some items are compared, need it";
        return Err(Usage(format!("--ub {given} is no multiple of {multiple}: {why}")).into());
    }
    if args.engine == Engine::Llama
        && let Named::Path(path) = resolve::name(args.model_name(), &Catalog::load()?)?
    {
        Header::read(&path)?;
    }
    Ok(())
}

/// Where the questions come from: benchmarks, a task of the user, or reasoned items of the user.
pub(super) fn questions(args: &Eval, observer: &dyn Observer) -> anyhow::Result<Questions> {
    if let Some(file) = &args.reasoned {
        return Ok(Questions::Reasoned { file: file.clone() });
    }
    if let Some(file) = &args.task_file {
        return Ok(Questions::Own { file: file.clone() });
    }
    Ok(benchmarks(args.data.as_deref(), args.unpinned_data, &args.task, args.offline, observer)?)
}

/// What is asked.
pub(super) fn leg(args: &Eval, seed: u64) -> anyhow::Result<Leg> {
    let subset = match &args.items {
        Some(path) => ids(path)?,
        None if args.full => Subset::Full,
        None => Subset::Limit { items: args.limit, seed },
    };
    Ok(Leg { tasks: args.task.clone(), subset, loss_only: args.loss_only, limit_s: None })
}

/// A model's file and hash.
pub(super) struct Model {
    pub(super) path: PathBuf,
    sha256: String,
}

/// Finds and checks the model; the double needs no file.
pub(super) fn model(args: &Eval, observer: &dyn Observer) -> anyhow::Result<Model> {
    if args.engine == Engine::Mock {
        return Ok(Model { path: PathBuf::from(args.model_name()), sha256: sha256_hex(args.model_name().as_bytes()) });
    }
    let names = [args.model_name().to_owned()];
    let file = resolve_all(&names, args.offline, bench::kind(args.engine), observer)?.remove(0);
    file.must_predict()?;
    refuse_what_cannot_load(&file, args.n_gpu_layers)?;
    Ok(Model { path: file.path, sha256: file.info.sha256 })
}

/// The whole plan.
pub(super) fn plan(
    args: &Eval,
    seed: u64,
    (questions, leg): (Questions, Leg),
    model: &Model,
    folder: PathBuf,
) -> EvalPlan {
    let programs = match (args.leave_code, args.unsafe_no_sandbox) {
        (true, _) => Programs::Left,
        (false, true) => Programs::Anyhow,
        (false, false) => Programs::Jailed,
    };
    EvalPlan {
        model: args.model_name().to_owned(),
        model_sha256: model.sha256.clone(),
        questions,
        legs: vec![leg],
        settings: settings(args),
        chat: None,
        n_gpu_layers: args.n_gpu_layers,
        noise_items: args.noise_items,
        own_speed: !args.no_own_speed,
        programs,
        shard: args.shard,
        folder,
        resume: args.resume,
        seed,
    }
}

fn settings(args: &Eval) -> Settings {
    let context = ContextOptions {
        n_batch: args.n_ubatch.max(2048),
        n_ubatch: args.n_ubatch,
        threads: args.threads.unwrap_or_else(|| thread_sweep::prior().threads),
        flash_attention: args.flash_attention,
        type_k: args.type_k,
        type_v: args.type_v,
        swa_full: args.exact || args.swa_full,
        ..ContextOptions::default()
    };
    let (share, alone) = (!args.no_share, args.n_gpu_layers == 0);
    Settings { context, exact: args.exact, share, alone, parallel: args.parallel, n_gpu_layers: 0, chat: None }
}
