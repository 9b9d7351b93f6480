//! `bench --sustain`: decode without a pause and watch whether the device keeps its speed.

use std::path::Path;
use std::time::Duration;

use super::error::MeasureError;
use super::journal::{Entry, Journal, RunPlan};
use super::own_worker::own_worker;
use crate::bench::plan::{Phase, Shape};
use crate::meter::clock::{Clock, SystemClock};
use crate::observer::{Bar, Counted, Observer};
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{Event, Job, Order, VERSION, Work};

/// What is repeated: llama-bench's tg128.
const SHAPE: Shape = Shape { phase: Phase::Decode, tokens: 128, depth: 0 };

/// How long a worker may be silent.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Decodes for so many seconds under the settings of the plan's first row, journalling every repetition.
pub(super) fn measure(
    plan: &RunPlan,
    model: &Path,
    seconds: f64,
    observer: &dyn Observer,
    journal: &mut Journal,
) -> Result<(), MeasureError> {
    let Some(row) = plan.rows.first() else { return Ok(()) };
    let job = Job {
        version: VERSION,
        engine: plan.engine,
        model: model.to_owned(),
        work: Work::Bench { shape: SHAPE, settings: row.settings.clone(), seed: plan.seed },
    };
    let bar = observer.bar("sustain", Some(seconds as u64), Counted::Seconds);
    match repeat(&job, seconds, (observer, &*bar), journal)? {
        Ok(()) | Err(HostError::Interrupted) => {}
        Err(error) => journal.append(&Entry::SustainFailed { error: error.to_string() })?,
    }
    bar.finish();
    Ok(())
}

/// Orders repetitions until the time is over. The outer error is the journal's, the inner one the worker's.
fn repeat(
    job: &Job,
    seconds: f64,
    (observer, bar): (&dyn Observer, &dyn Bar),
    journal: &mut Journal,
) -> Result<Result<(), HostError>, MeasureError> {
    let interrupted = || observer.interrupted();
    let started = Worker::start(own_worker()?, job).and_then(|mut worker| {
        worker.next(PATIENCE, &interrupted)?;
        Ok(worker)
    });
    let mut worker = match started {
        Ok(worker) => worker,
        Err(error) => return Ok(Err(error)),
    };
    let clock = SystemClock::new();
    let start = clock.now();
    while !interrupted() {
        let event = worker.order(Order::Repeat).and_then(|()| worker.next(PATIENCE, &interrupted));
        let elapsed_s = (clock.now() - start).as_secs_f64();
        match event {
            Ok(Event::Sample { sample, conditions }) => {
                bar.position(elapsed_s as u64);
                bar.message(&format!("{:.1} t/s", f64::from(sample.tokens) / (sample.duration_ns as f64 / 1e9)));
                journal.append(&Entry::Sustain { elapsed_s, sample, conditions })?;
            }
            Ok(other) => return Ok(Err(HostError::Garbled(format!("{other:?} instead of a sample")))),
            Err(error) => return Ok(Err(error)),
        }
        if elapsed_s >= seconds {
            break;
        }
    }
    Ok(Ok(()))
}
