//! How many threads decode fastest: a short sweep of counts, each tried in a worker of its own.

use std::path::Path;
use std::time::Duration;

use super::error::MeasureError;
use super::journal::Trial;
use super::own_worker::own_worker;
use crate::bench::plan::{Phase, Settings, Shape};
use crate::bench::warning::MAX_OTHER_LOAD;
use crate::device::topology;
use crate::observer::Observer;
use crate::sysfs::Root;
use crate::worker::host::Worker;
use crate::worker::protocol::{EngineKind, Event, Job, Order, VERSION, Work};

/// Tokens of one try.
const TRY: Shape = Shape { phase: Phase::Decode, tokens: 24, depth: 0 };

/// Repetitions of one try; the best counts, since disturbance only ever slows.
const REPETITIONS: usize = 3;

/// A larger count must be so much faster to be taken: fewer threads leave room for the rest of the machine.
const WORTH: f64 = 1.02;

/// How long one try may be silent.
const PATIENCE: Duration = Duration::from_secs(600);

/// The threads to use and how they were chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadChoice {
    /// The count.
    pub threads: u32,
    /// In words, for the report.
    pub rule: String,
}

/// One thread for each fast physical core, without measuring.
#[must_use]
pub fn prior() -> ThreadChoice {
    let cores = u32::try_from(topology::performance_cores(&Root::system()).len()).unwrap_or(1).max(1);
    ThreadChoice { threads: cores, rule: format!("{cores}: one for each fast physical core (not measured)") }
}

/// The counts to try: 1, 2, 4, … up to the fast cores, then all physical cores.
fn counts() -> Vec<u32> {
    let fast = prior().threads;
    let all = u32::try_from(topology::physical_cores(&Root::system()).len()).unwrap_or(1).max(1);
    let mut counts: Vec<u32> =
        std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count < fast).collect();
    counts.push(fast);
    if all > fast {
        counts.push(all);
    }
    counts
}

/// Seconds that the sweep will take where `trial` was run on the fast cores; speed is taken to grow with the threads.
#[must_use]
pub fn seconds(trial: &Trial) -> f64 {
    let tokens = f64::from(TRY.tokens) * (1 + REPETITIONS) as f64;
    let fast = f64::from(prior().threads);
    counts().into_iter().map(|count| trial.load + tokens * trial.decode * (fast / f64::from(count)).max(1.0)).sum()
}

/// Tries 1, 2, 4, … up to the fast cores, then all physical cores, and takes the fastest decode.
///
/// # Errors
/// A worker that gave up, or the user's Ctrl-C.
pub fn fastest(
    engine: EngineKind,
    model: &Path,
    settings: &Settings,
    seed: u64,
    observer: &dyn Observer,
) -> Result<ThreadChoice, MeasureError> {
    let mut best: Option<(u32, f64)> = None;
    let mut tried = Vec::new();
    let mut others: f64 = 0.0;
    for threads in counts() {
        let settings = Settings { threads, ..settings.clone() };
        let (speed, disturbed) = attempt(engine, model, &settings, seed, observer)?;
        others = others.max(disturbed);
        tried.push(format!("{threads}: {speed:.1}"));
        if best.is_none_or(|(_, fastest)| speed > fastest * WORTH) {
            best = Some((threads, speed));
        }
    }
    let threads = best.map_or_else(|| prior().threads, |(threads, _)| threads);
    Ok(ThreadChoice {
        threads,
        rule: format!(
            "{threads}: more threads gain less than {:.0} % on the ladder (decode tokens/s by threads: {}){}",
            (WORTH - 1.0) * 100.0,
            tried.join(", "),
            if others > MAX_OTHER_LOAD {
                format!("; doubtful: other processes took up to {:.0} % of the machine meanwhile", others * 100.0)
            } else {
                String::new()
            }
        ),
    })
}

/// Tokens per second of the best repetition, and the largest share of the machine that others took beside one.
fn attempt(
    engine: EngineKind,
    model: &Path,
    settings: &Settings,
    seed: u64,
    observer: &dyn Observer,
) -> Result<(f64, f64), MeasureError> {
    let interrupted = || observer.interrupted();
    let job = Job {
        version: VERSION,
        engine,
        model: model.to_owned(),
        work: Work::Bench { shape: TRY, settings: settings.clone(), seed },
    };
    let mut worker = Worker::start(own_worker()?, &job)?;
    worker.next(PATIENCE, &interrupted)?;
    let (mut best, mut others) = (f64::INFINITY, 0.0_f64);
    for _ in 0..REPETITIONS {
        worker.order(Order::Repeat)?;
        if let Event::Sample { sample, conditions } = worker.next(PATIENCE, &interrupted)? {
            best = best.min(sample.duration_ns as f64 / 1e9);
            others = others.max(conditions.load.map_or(0.0, |load| load.others_share()));
        }
    }
    Ok((f64::from(TRY.tokens) / best, others))
}
