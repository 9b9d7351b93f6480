//! `densimeter eval`: scores and conditional losses of a model on the benchmarks.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::interrupt::{self, interrupted};
use super::{Outcome, Usage, bench, eval_table, terminal, threads};
use crate::bench::measurement::Speed;
use crate::bench::plan::{Phase, Settings as BenchSettings, Shape};
use crate::bench::runner::Runner;
use crate::cli::Global;
use crate::cli::bench::Engine;
use crate::cli::eval::Eval;
use crate::engine::mock::Mock;
use crate::engine::{self, ContextOptions, Model, ModelOptions};
use crate::eval::data::{Benchmarks, sha256_hex};
use crate::eval::journal::Journal;
use crate::eval::record::Record;
use crate::eval::run::{Event, Options, Run, RunError, TaskRun};
use crate::eval::sandbox::{Jail, JailOptions};
use crate::eval::schedule::Settings;
use crate::eval::subset::{Selection, Subset, select};
use crate::eval::summary::{self, Noise};
use crate::eval::task::{self, CodeOutcome, CodeScorer, Task};
use crate::meter::clock::{Clock, SystemClock};
use crate::report::eval::row;
use crate::report::journal::SCHEMA;
use crate::report::store;
use crate::worker::serve;

/// Most bytes of a file with item ids.
const MOST_IDS: u64 = 16 << 20;

/// Runs the command.
pub(super) fn run(args: &Eval, global: &Global) -> anyhow::Result<Outcome> {
    for name in &args.task {
        if !task::NAMES.contains(&name.as_str()) {
            return Err(Usage(format!("'{name}' is not a task ({})", task::NAMES.join(", "))).into());
        }
    }
    interrupt::listen();
    let (engine, path, model_sha256) = match args.engine {
        Engine::Mock => {
            let path = PathBuf::from(&args.model);
            let sha256 = if path.is_file() { file_sha256(&path)? } else { sha256_hex(args.model.as_bytes()) };
            (Box::new(mock(&args.model)) as Box<dyn engine::Engine>, path, sha256)
        }
        Engine::Llama => {
            let kind = bench::kind(args.engine);
            let names = std::slice::from_ref(&args.model);
            let chosen = bench::resolve_all(names, args.offline, kind, global)?.remove(0);
            (serve::engine(kind)?, chosen.path, chosen.about.sha256)
        }
    };
    let options = ModelOptions { n_gpu_layers: args.n_gpu_layers, ..ModelOptions::default() };
    let model = engine.load(&path, &options)?;
    let writes_code = args.task.iter().any(|name| name == "humaneval" || name == "mbpp") && !args.loss_only;
    let scorer = writes_code.then(|| code_scorer(args, global));
    let clock = SystemClock::new();
    let session = Evaluation {
        args,
        global,
        model: &*model,
        engine: &*engine,
        model_sha256,
        code: scorer.as_deref(),
        clock: &clock,
        folder: match &args.out {
            Some(folder) => folder.clone(),
            None => store::state_folder()?,
        },
    };
    session.all()
}

/// The double; `mock:delay=N` makes it take N microseconds a token, so that a run can be interrupted.
fn mock(model: &str) -> Mock {
    match model.strip_prefix("mock:delay=").and_then(|text| text.parse::<u64>().ok()) {
        Some(micros) => Mock::engine().on_tokens(Arc::new(move |tokens| {
            std::thread::sleep(Duration::from_micros(micros * tokens as u64));
        })),
        None => Mock::engine(),
    }
}

fn file_sha256(path: &Path) -> anyhow::Result<String> {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    let mut file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).with_context(|| path.display().to_string())? {
            0 => break,
            n => digest.update(&buffer[..n]),
        }
    }
    Ok(crate::eval::data::hex(&digest.finalize()))
}

/// The jail for model-written programs; where there is none, every program is an ERROR that says why.
fn code_scorer(args: &Eval, global: &Global) -> Box<dyn CodeScorer> {
    struct NoJail(String);
    impl CodeScorer for NoJail {
        fn score(&self, _task: &str, _program: &str) -> CodeOutcome {
            CodeOutcome::Error(self.0.clone())
        }
    }
    let options = JailOptions { allow_unconfined: args.unsafe_no_sandbox, ..JailOptions::default() };
    match Jail::open(&options) {
        Ok(jail) => {
            if !global.quiet {
                terminal::note(&format!("model-written code runs in: {}", jail.layers.join(", ")));
            }
            Box::new(jail)
        }
        Err(error) => Box::new(NoJail(error.to_string())),
    }
}

/// One call of the command.
struct Evaluation<'a> {
    args: &'a Eval,
    global: &'a Global,
    model: &'a dyn Model,
    engine: &'a dyn engine::Engine,
    model_sha256: String,
    code: Option<&'a dyn CodeScorer>,
    clock: &'a SystemClock,
    /// Folder of the item logs.
    folder: PathBuf,
}

impl Evaluation<'_> {
    fn all(&self) -> anyhow::Result<Outcome> {
        let data = self.data()?;
        let subset = self.subset()?;
        let mut tasks = Vec::new();
        let mut matched = 0;
        let mut failed = false;
        for name in task::NAMES.into_iter().filter(|name| self.args.task.iter().any(|asked| asked == name)) {
            let task = task::open(name, &data)?;
            let selection = select(&*task, &subset);
            matched += selection.indices.len();
            if selection.indices.is_empty() {
                continue;
            }
            let (row, some_failed) = self.one(&*task, &selection)?;
            tasks.push(row);
            failed |= some_failed;
        }
        if matched == 0 {
            return Err(Usage("no item was selected: no id of --items is in the data of these tasks".to_owned()).into());
        }
        let own_speed = self.own_speed()?;
        let document = json!({
            "schema": SCHEMA,
            "model": {"id": self.args.model, "sha256": self.model_sha256},
            "engine": self.engine.build(),
            "mock": self.args.engine == Engine::Mock,
            "own_prefill": own_speed,
            "settings": self.settings(self.args.exact),
            "score_unit": "percent",
            "tasks": tasks,
        });
        if self.global.json {
            terminal::json(&document)?;
        } else {
            terminal::out(&eval_table::render(&document))?;
        }
        store::write_json(&self.folder.join("eval.json"), &document)?;
        if !self.global.quiet {
            terminal::note(&format!("item logs: {}", self.folder.display()));
        }
        Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
    }

    /// The speed of plain prefill at the depth of a usual few-shot prefix, in this very process: what sharing is
    /// measured against.
    fn own_speed(&self) -> anyhow::Result<Option<Value>> {
        const SHAPE: Shape = Shape { phase: Phase::Prefill, tokens: 512, depth: 700 };
        if !self.args.own_speed {
            return Ok(None);
        }
        let context = self.settings(self.args.exact).context;
        let settings = bench_settings(&context, self.args.n_gpu_layers);
        let mut runner = Runner::open(self.model, SHAPE, &settings, self.global.seed, self.clock)?;
        runner.repeat()?;
        let samples: Vec<u64> =
            (0..3).map(|_| runner.repeat().map(|sample| sample.duration_ns)).collect::<Result<_, _>>()?;
        Ok(Speed::of(SHAPE.tokens, &samples)
            .map(|speed| json!({ "test": SHAPE.to_string(), "tokens_per_second": speed.mean, "median": speed.median })))
    }

    fn data(&self) -> anyhow::Result<Benchmarks> {
        match &self.args.data {
            Some(folder) if self.args.unpinned_data => Ok(Benchmarks::unpinned(folder)),
            Some(folder) => Ok(Benchmarks::pinned(folder)),
            None => self.cached(),
        }
    }

    #[cfg(feature = "download")]
    fn cached(&self) -> anyhow::Result<Benchmarks> {
        use crate::eval::download::{Hosts, fetch};
        use etcetera::BaseStrategy;
        let folder = etcetera::choose_base_strategy()?.cache_dir().join("densimeter/bench");
        let quiet = self.global.quiet;
        let mut note = |line: &str| {
            if !quiet {
                terminal::note(line);
            }
        };
        fetch(&folder, &self.args.task, &Hosts::from_environment(), &mut note)?;
        Ok(Benchmarks::pinned(folder))
    }

    #[cfg(not(feature = "download"))]
    #[allow(clippy::unused_self)]
    fn cached(&self) -> anyhow::Result<Benchmarks> {
        bail!("this build cannot download; give the folder with the benchmarks with --data")
    }

    fn subset(&self) -> anyhow::Result<Subset> {
        if let Some(path) = &self.args.items {
            let size = std::fs::metadata(path).with_context(|| path.display().to_string())?.len();
            if size > MOST_IDS {
                bail!("{}: {size} bytes is too long for a list of ids, one a line", path.display());
            }
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            let ids = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
            return Ok(Subset::Ids(ids));
        }
        if self.args.full {
            return Ok(Subset::Full);
        }
        Ok(Subset::Limit { items: self.args.limit, seed: self.global.seed })
    }

    fn settings(&self, exact: bool) -> Settings {
        let threads = self.args.threads.unwrap_or_else(|| threads::prior().threads);
        let context = ContextOptions {
            n_batch: self.args.n_ubatch.max(2048),
            n_ubatch: self.args.n_ubatch,
            threads,
            flash_attention: self.args.flash_attention == 1,
            type_k: self.args.type_k,
            type_v: self.args.type_v,
            swa_full: exact || self.args.swa_full,
            ..ContextOptions::default()
        };
        Settings { context, exact, share: !self.args.no_share, parallel: self.args.parallel }
    }

    fn options(&self, exact: bool) -> Options {
        Options {
            settings: self.settings(exact),
            loss_only: self.args.loss_only,
            model_sha256: self.model_sha256.clone(),
            engine: self.engine.build(),
        }
    }

    /// Evaluates one task; the row of the result, and whether some of its items failed.
    fn one(&self, task: &dyn Task, selection: &Selection) -> anyhow::Result<(Value, bool)> {
        let options = self.options(self.args.exact);
        let run = Run { model: self.model, options: &options, clock: &|| self.seconds(), code: self.code };
        let mut journal = Journal::open(&self.folder, &run.key(task, selection), self.args.resume)?;
        let bar = self.progress(task.name());
        let mut observe = |event: &Event<'_>| {
            match event {
                Event::Begin { items, done, .. } => {
                    bar.set_length(*items as u64);
                    bar.set_position(*done as u64);
                    bar.reset_eta();
                }
                Event::Item(_) => bar.inc(1),
            }
            if interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let done = run.task(task, selection, Some(&mut journal), &mut observe);
        bar.finish_and_clear();
        if matches!(done, Err(RunError::Stopped)) {
            bail!(
                "interrupted; the finished items are kept in {}: go on with the same command and -o {} --resume",
                self.folder.display(),
                self.folder.display()
            );
        }
        let done = done?;
        let noise = self.noise(task, selection, &done)?;
        let failed = done.records.iter().any(|record| record.error.is_some());
        Ok((row(task, selection, &done, noise.as_ref(), self.args.loss_only), failed))
    }

    /// Evaluates the first items again in exact mode: what the fast mode's batches do to them.
    fn noise(&self, task: &dyn Task, selection: &Selection, done: &TaskRun) -> anyhow::Result<Option<Noise>> {
        if self.args.exact || self.args.noise_items < 2 {
            return Ok(None);
        }
        let mut options = self.options(true);
        // Texts are not generated again: their noise shows in the loss, and a second writing would double the run.
        options.loss_only = self.args.loss_only || task.name() != "mmlu";
        let sample = Selection {
            indices: selection.indices.iter().copied().take(self.args.noise_items).collect(),
            ..selection.clone()
        };
        let run = Run { model: self.model, options: &options, clock: &|| self.seconds(), code: None };
        let exact = run.task(task, &sample, None, &mut |_| ControlFlow::Continue(()))?;
        let pairs: Vec<(Record, Record)> = done
            .records
            .iter()
            .zip(&exact.records)
            .map(|(fast, exact)| {
                let mut exact = exact.clone();
                if options.loss_only {
                    exact.prediction.clone_from(&fast.prediction);
                    exact.correct = fast.correct;
                }
                (fast.clone(), exact)
            })
            .collect();
        Ok(summary::noise(&pairs.iter().map(|(fast, exact)| (fast, exact)).collect::<Vec<_>>()))
    }

    fn seconds(&self) -> f64 {
        self.clock.now().as_secs_f64()
    }

    fn progress(&self, task: &str) -> ProgressBar {
        let bar = if self.global.quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = ProgressStyle::with_template("{prefix:10} {wide_bar} {pos}/{len} {elapsed} ETA {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.with_prefix(task.to_owned())
    }
}

/// The settings of a bench row in the same context.
fn bench_settings(context: &ContextOptions, n_gpu_layers: u32) -> BenchSettings {
    BenchSettings {
        threads: context.threads,
        n_batch: context.n_batch,
        n_ubatch: context.n_ubatch,
        flash_attention: context.flash_attention,
        type_k: context.type_k,
        type_v: context.type_v,
        n_gpu_layers,
    }
}
