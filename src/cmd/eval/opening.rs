//! What an evaluation needs before the first item: model, jail, data, the items.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::super::{Usage, bench, memory, terminal};
use crate::bounded;
use crate::cli::Global;
use crate::cli::bench::Engine;
use crate::cli::eval::Eval;
use crate::engine::mock::Mock;
use crate::engine::{self, Model, ModelOptions};
use crate::eval::data::{Benchmarks, sha256_hex};
use crate::eval::exactness::EXACT;
use crate::eval::sandbox::{Jail, JailOptions};
use crate::eval::scaling_bench::{self, Reasoned};
use crate::eval::subset::Subset;
use crate::eval::task::{self, CodeOutcome, CodeScorer, Task};
use crate::model::gguf::Header;
use crate::table;
use crate::worker::serve;

/// Most bytes of a file with item ids.
const MOST_IDS: u64 = 16 << 20;

/// A loaded model and what it came from.
pub(super) struct Opened {
    pub(super) engine: Box<dyn engine::Engine>,
    pub(super) model: Box<dyn Model>,
    pub(super) sha256: String,
}

/// Finds, checks and loads the model.
pub(super) fn model(args: &Eval, global: &Global) -> anyhow::Result<Opened> {
    let (engine, path, sha256): (Box<dyn engine::Engine>, _, _) = match args.engine {
        Engine::Mock => (mock(&args.model)?, PathBuf::from(&args.model), sha256_hex(args.model.as_bytes())),
        Engine::Llama => {
            let kind = bench::kind(args.engine);
            let names = std::slice::from_ref(&args.model);
            let chosen = bench::resolve_all(names, args.offline, kind, global)?.remove(0);
            memory::refuse_what_cannot_load(&chosen, args.n_gpu_layers)?;
            (serve::engine(kind)?, chosen.path, chosen.about.sha256)
        }
    };
    let options = ModelOptions { n_gpu_layers: args.n_gpu_layers, ..ModelOptions::default() };
    let model = engine.load(&path, &options)?;
    Ok(Opened { engine, model, sha256 })
}

/// The double; `mock:delay=N` makes it take N microseconds a token, so that a run can be interrupted.
fn mock(model: &str) -> anyhow::Result<Box<dyn engine::Engine>> {
    match model.strip_prefix("mock:delay=").and_then(|text| text.parse::<u64>().ok()) {
        Some(micros) => Ok(Box::new(Mock::engine().on_tokens(Arc::new(move |tokens| {
            std::thread::sleep(Duration::from_micros(micros * tokens as u64));
        })))),
        None => Ok(serve::engine(bench::kind(Engine::Mock))?),
    }
}

/// Gives every program the same outcome, without running it.
struct Unrun(CodeOutcome);

impl CodeScorer for Unrun {
    fn score(&self, _task: &str, _program: &str) -> CodeOutcome {
        self.0.clone()
    }
}

/// What becomes of model-written programs: run in the jail, left for later, or, where there is no jail, an ERROR that
/// says why.
pub(super) fn code_scorer(args: &Eval, global: &Global) -> Option<Box<dyn CodeScorer>> {
    if args.loss_only || !args.task.iter().any(|name| name == "humaneval" || name == "mbpp") {
        return None;
    }
    if args.leave_code {
        return Some(Box::new(Unrun(CodeOutcome::Left)));
    }
    let options = JailOptions { allow_unconfined: args.unsafe_no_sandbox, ..JailOptions::default() };
    Some(match Jail::open(&options) {
        Ok(jail) => {
            if !global.quiet {
                terminal::note(&format!("model-written code runs in: {}", jail.layers.join(", ")));
            }
            Box::new(jail)
        }
        Err(error) => {
            let way_out = "write with --leave-code here and score with `densimeter sandbox --score` elsewhere";
            Box::new(Unrun(CodeOutcome::Error(format!("{error}; {way_out}"))))
        }
    })
}

/// Refuses, before anything is fetched or loaded, a file that is no model and cache types that cannot be had.
pub(super) fn refuse_early(args: &Eval) -> anyhow::Result<()> {
    if args.type_v.bits() < 16.0 && args.flash_attention == 0 {
        return Err(Usage(format!("--ctv {} needs flash attention: add --fa 1", args.type_v)).into());
    }
    if !(args.n_ubatch as usize).is_multiple_of(EXACT.multiple) {
        let (given, multiple) = (args.n_ubatch, EXACT.multiple);
        let why = "exact results, to which some items are compared, need it";
        return Err(Usage(format!("--ub {given} is no multiple of {multiple}: {why}")).into());
    }
    let path = Path::new(&args.model);
    if args.engine == Engine::Llama && path.is_file() {
        Header::read(path)?;
    }
    Ok(())
}

/// Refuses names that are no task's.
pub(in crate::cmd) fn known(names: &[String]) -> Result<(), Usage> {
    match names.iter().find(|name| !task::NAMES.contains(&name.as_str())) {
        Some(name) => Err(Usage(format!("'{name}' is not a task ({})", task::NAMES.join(", ")))),
        None => Ok(()),
    }
}

/// The tasks asked for: benchmarks, or reasoned items of the user.
pub(super) fn tasks(args: &Eval, global: &Global) -> anyhow::Result<Vec<Box<dyn Task>>> {
    if let Some(path) = &args.reasoned {
        let items = scaling_bench::read(&path.display().to_string(), &table::read(path)?)?;
        return Ok(vec![Box::new(Reasoned(items))]);
    }
    let data = data(args, global)?;
    let asked = task::NAMES.into_iter().filter(|name| args.task.iter().any(|asked| asked == name));
    asked.map(|name| Ok(task::open(name, &data)?)).collect()
}

/// The benchmarks: a folder, or the cache, filled where it must be.
fn data(args: &Eval, global: &Global) -> anyhow::Result<Benchmarks> {
    benchmarks(args.data.as_deref(), args.unpinned_data, &args.task, args.offline, global)
}

/// The benchmarks of some tasks: those of a folder, given or in the environment, or of the cache, filled where it must
/// be.
pub(in crate::cmd) fn benchmarks(
    folder: Option<&Path>,
    unpinned: bool,
    tasks: &[String],
    offline: bool,
    global: &Global,
) -> anyhow::Result<Benchmarks> {
    let named = std::env::var_os("DENSIMETER_DATA").map(PathBuf::from);
    match folder.or(named.as_deref()) {
        Some(folder) if unpinned => Ok(Benchmarks::unpinned(folder)),
        Some(folder) => Ok(Benchmarks::pinned(folder)),
        None => cached(tasks, offline, global),
    }
}

#[cfg(feature = "download")]
fn cached(tasks: &[String], offline: bool, global: &Global) -> anyhow::Result<Benchmarks> {
    use crate::eval::download::{Hosts, fetch};
    use etcetera::BaseStrategy;
    let folder = etcetera::choose_base_strategy()?.cache_dir().join("densimeter/bench");
    if offline {
        return Ok(Benchmarks::pinned(folder));
    }
    let mut note = |line: &str| {
        if !global.quiet {
            terminal::note(line);
        }
    };
    fetch(&folder, tasks, &Hosts::from_environment(), &mut note)?;
    Ok(Benchmarks::pinned(folder))
}

#[cfg(not(feature = "download"))]
fn cached(_tasks: &[String], _offline: bool, _global: &Global) -> anyhow::Result<Benchmarks> {
    anyhow::bail!("this build cannot download; give the folder with the benchmarks with --data")
}

/// Which items are asked for.
pub(super) fn subset(args: &Eval, global: &Global) -> anyhow::Result<Subset> {
    match &args.items {
        Some(path) => ids(path),
        None if args.full => Ok(Subset::Full),
        None => Ok(Subset::Limit { items: args.limit, seed: global.seed }),
    }
}

/// The items whose ids stand in a file, one a line.
pub(in crate::cmd) fn ids(path: &Path) -> anyhow::Result<Subset> {
    let text = bounded::text(path, MOST_IDS)?;
    Ok(Subset::Ids(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()))
}
