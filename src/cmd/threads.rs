//! `-t auto`: a short ladder of thread counts, each tried in a worker of its own.

use std::path::Path;
use std::time::Duration;

use super::interrupt::interrupted;
use super::measure::worker_command;
use crate::bench::plan::{Phase, Settings, Shape};
use crate::bench::warning::MAX_OTHER_LOAD;
use crate::device::topology;
use crate::report::journal::Trial;
use crate::sysfs::Root;
use crate::worker::host::{HostError, Worker};
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
pub(super) struct Choice {
    /// The count.
    pub(super) threads: u32,
    /// In words, for the report.
    pub(super) rule: String,
}

/// One thread for each fast physical core, without measuring.
pub(super) fn prior() -> Choice {
    let cores = u32::try_from(topology::performance_cores(&Root::system()).len()).unwrap_or(1).max(1);
    Choice { threads: cores, rule: format!("{cores}: one for each fast physical core (not measured)") }
}

/// The counts to try: 1, 2, 4, … up to the fast cores, then all physical cores.
fn rungs() -> Vec<u32> {
    let fast = prior().threads;
    let all = u32::try_from(topology::physical_cores(&Root::system()).len()).unwrap_or(1).max(1);
    let mut rungs: Vec<u32> =
        std::iter::successors(Some(1), |rung| Some(rung * 2)).take_while(|rung| *rung < fast).collect();
    rungs.push(fast);
    if all > fast {
        rungs.push(all);
    }
    rungs
}

/// Seconds that the ladder will take where `trial` was run on the fast cores; speed is taken to grow with the threads.
pub(super) fn ladder_seconds(trial: &Trial) -> f64 {
    let tokens = f64::from(TRY.tokens) * (1 + REPETITIONS) as f64;
    let fast = f64::from(prior().threads);
    rungs().into_iter().map(|rung| trial.load + tokens * trial.decode * (fast / f64::from(rung)).max(1.0)).sum()
}

/// Climbs 1, 2, 4, … up to the fast cores, then all physical cores, and takes the fastest decode.
pub(super) fn ladder(engine: EngineKind, model: &Path, settings: &Settings, seed: u64) -> anyhow::Result<Choice> {
    let mut best: Option<(u32, f64)> = None;
    let mut tried = Vec::new();
    let mut others: f64 = 0.0;
    for threads in rungs() {
        let (speed, disturbed) = attempt(engine, model, &Settings { threads, ..settings.clone() }, seed)?;
        others = others.max(disturbed);
        tried.push(format!("{threads}: {speed:.1}"));
        if best.is_none_or(|(_, fastest)| speed > fastest * WORTH) {
            best = Some((threads, speed));
        }
    }
    let threads = best.map_or_else(|| prior().threads, |(threads, _)| threads);
    Ok(Choice {
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
fn attempt(engine: EngineKind, model: &Path, settings: &Settings, seed: u64) -> Result<(f64, f64), HostError> {
    let job = Job {
        version: VERSION,
        engine,
        model: model.to_owned(),
        work: Work::Bench { shape: TRY, settings: settings.clone(), seed },
    };
    let command = worker_command().map_err(|error| HostError::Failed(error.to_string()))?;
    let mut worker = Worker::start(command, &job)?;
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
