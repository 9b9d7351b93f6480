//! The worker's side: read a job, do it, say what happened. Nothing here may print but the events.

use std::cell::RefCell;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::evaluation;
use super::evaluation_host::{EvaluationError, Host};
use super::monitor::Monitor;
use super::protocol::{EngineKind, Event, Job, Order, Ready, VERSION, Work};
use crate::bench::plan::{Settings, Shape};
use crate::bench::runner::{self, Runner, Sample};
use crate::engine::mock::Mock;
use crate::engine::placement::CPU;
use crate::engine::{Accelerator, BackendShare, Engine, Model, ModelOptions};
use crate::eval::divergence::{self, DivergenceError};
use crate::meter::clock::{Clock, SystemClock};
use crate::sysfs::Root;

/// Why a worker ended early; the host sees it as [`Event::Failed`].
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The host's line is not of this protocol.
    #[error("the job cannot be read: {0}")]
    Job(#[from] serde_json::Error),
    /// Another version of densimeter on the other side.
    #[error("the host speaks protocol {0}, this worker {VERSION}: use the same densimeter on both sides")]
    Version(u32),
    /// The engine's reason.
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    /// The pipe broke: the host is gone.
    #[error("the host is gone: {0}")]
    Pipe(#[from] std::io::Error),
    /// A block of distributions.
    #[error(transparent)]
    Divergence(#[from] DivergenceError),
    /// An evaluation gave nothing.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// This build lacks the engine.
    #[error("this build has no llama.cpp: build densimeter with its default features")]
    NoEngine,
}

/// The engine of a kind.
///
/// # Errors
/// [`WorkerError::NoEngine`] for llama.cpp in a build without it.
pub fn engine(kind: EngineKind) -> Result<Box<dyn Engine>, WorkerError> {
    match kind {
        EngineKind::Mock => Ok(Box::new(mock())),
        #[cfg(feature = "llama")]
        EngineKind::Llama => Ok(Box::new(crate::engine::llama::Llama)),
        #[cfg(not(feature = "llama"))]
        EngineKind::Llama => Err(WorkerError::NoEngine),
    }
}

/// The engine for a model: the double reads from the model `mock:delay=N` that each token takes N microseconds, so that
/// an evaluation can be interrupted.
fn engine_for(kind: EngineKind, model: &Path) -> Result<Box<dyn Engine>, WorkerError> {
    let delay = model.to_str().and_then(|name| name.strip_prefix("mock:delay=")).and_then(|text| text.parse().ok());
    match (kind, delay.map(Duration::from_micros)) {
        (EngineKind::Mock, Some(delay)) => Ok(Box::new(Mock::engine().on_tokens(Arc::new(move |tokens| {
            std::thread::sleep(delay * u32::try_from(tokens).unwrap_or(u32::MAX));
        })))),
        _ => engine(kind),
    }
}

/// The double. `DENSIMETER_MOCK_DELAY_MS` makes each of its batches take so many milliseconds, so that a run can be
/// interrupted or a worker killed while it measures; no other engine looks at it.
fn mock() -> Mock {
    let delay = std::env::var("DENSIMETER_MOCK_DELAY_MS").ok().and_then(|text| text.parse().ok());
    match delay.map(Duration::from_millis) {
        Some(delay) => Mock::engine().on_tokens(Arc::new(move |_| std::thread::sleep(delay))),
        None => Mock::engine(),
    }
}

/// Serves one job from `orders` to `events`; a failure is an event too.
///
/// # Errors
/// Only when not even the failure could be sent.
pub fn serve(orders: Box<dyn BufRead + Send>, events: &mut dyn Write) -> std::io::Result<()> {
    match work(orders, events) {
        Ok(()) => Ok(()),
        Err(error) => send(events, &Event::Failed { error: error.to_string() }),
    }
}

fn send(events: &mut dyn Write, event: &Event) -> std::io::Result<()> {
    let line = serde_json::to_string(event).map_err(std::io::Error::other)?;
    writeln!(events, "{line}")?;
    events.flush()
}

fn work(mut orders: Box<dyn BufRead + Send>, events: &mut dyn Write) -> Result<(), WorkerError> {
    let mut line = String::new();
    orders.read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    if job.version != VERSION {
        return Err(WorkerError::Version(job.version));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let monitor = Monitor::new(&Root::system(), Arc::clone(&clock));
    let engine = engine_for(job.engine, &job.model)?;
    match job.work {
        Work::Quantize(order) => engine.quantize(&order)?,
        Work::Bench { shape, settings, seed } => {
            let options = settings.model_options();
            let start = clock.now();
            let model = engine.load(&job.model, &options)?;
            let loaded = Loaded {
                load_ns: nanos(clock.now() - start),
                backend: backend(&*engine, &options),
                engine: &*engine,
                model: &*model,
                clock: &*clock,
                monitor: &monitor,
            };
            bench(&loaded, shape, &settings, seed, &mut *orders, events)?;
        }
        Work::Divergence { order, n_gpu_layers } => {
            let model = engine.load(&job.model, &ModelOptions::with_layers(n_gpu_layers))?;
            send(events, &Event::Block(Box::new(divergence::run(&*model, &order)?)))?;
        }
        Work::Evaluate { plan } => {
            let over = heard_in_the_background(orders);
            let out = RefCell::new(&mut *events);
            let tell = |step| send(&mut **out.borrow_mut(), &Event::Evaluation { step });
            let host = Host { tell: &tell, stop: &|| over.load(Ordering::SeqCst) };
            evaluation::evaluate(&*engine, &job.model, &plan, job.engine == EngineKind::Mock, &*clock, host)?;
        }
    }
    send(events, &Event::Finished { memory: monitor.memory() })?;
    Ok(())
}

/// Whether the host asked for the end, or is gone: an evaluation computes for minutes and cannot wait for its orders.
fn heard_in_the_background(mut orders: Box<dyn BufRead + Send>) -> Arc<AtomicBool> {
    let over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&over);
    std::thread::spawn(move || {
        let mut line = String::new();
        // Whatever comes, it is the end: nothing else can be ordered of an evaluation.
        let _ = orders.read_line(&mut line);
        told.store(true, Ordering::SeqCst);
    });
    over
}

/// A loaded model and what times and watches it.
struct Loaded<'a> {
    engine: &'a dyn Engine,
    model: &'a dyn Model,
    clock: &'a dyn Clock,
    monitor: &'a Monitor,
    backend: String,
    load_ns: u64,
}

impl Loaded<'_> {
    fn ready(
        &self,
        runner: &Runner<'_>,
        placement: Option<Vec<BackendShare>>,
        context_ns: u64,
        warmup: Sample,
    ) -> Ready {
        Ready {
            build: self.engine.build(),
            facts: self.model.facts(),
            backend: self.backend.clone(),
            placement,
            flash_attention: runner.flash_attention(),
            load_ns: self.load_ns,
            context_ns,
            warmup: Some(warmup),
        }
    }
}

fn bench(
    loaded: &Loaded<'_>,
    shape: Shape,
    settings: &Settings,
    seed: u64,
    orders: &mut dyn BufRead,
    events: &mut dyn Write,
) -> Result<(), WorkerError> {
    let placement = runner::placement(loaded.model, shape, settings)?;
    let start = loaded.clock.now();
    let mut runner = Runner::open(loaded.model, shape, settings, seed, loaded.clock)?;
    let context_ns = nanos(loaded.clock.now() - start);
    let warmup = runner.repeat()?;
    send(events, &Event::Ready(Box::new(loaded.ready(&runner, placement, context_ns, warmup))))?;
    loop {
        let mut line = String::new();
        // The host is gone at the end of the orders: nobody is left to measure for.
        if orders.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let fresh = match serde_json::from_str(&line)? {
            Order::Repeat => false,
            Order::RepeatFresh => true,
            Order::Finish => return Ok(()),
        };
        let session = loaded.monitor.start();
        let sample = if fresh { runner.repeat_fresh() } else { runner.repeat() }?;
        let conditions = Box::new(session.stop());
        send(events, &Event::Sample { sample, conditions })?;
    }
}

/// The back end that is asked to compute: that of the first device that may take layers when there are any, else the CPU.
fn backend(engine: &dyn Engine, options: &ModelOptions) -> String {
    let devices = engine.accelerators();
    let may = |device: &&Accelerator| options.devices.as_ref().is_none_or(|names| names.contains(&device.name));
    let first = devices.iter().filter(|device| !device.is_cpu()).find(may);
    first.filter(|_| options.n_gpu_layers > 0).map_or_else(|| CPU.to_owned(), |device| device.backend.clone())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
