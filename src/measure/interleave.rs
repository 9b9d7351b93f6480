//! Drives the workers of a bench plan: interleaves their repetitions, journals each, keeps going when one fails.

use std::path::PathBuf;
use std::time::Duration;

use super::error::MeasureError;
use super::journal::{Entry, Journal, RunPlan};
use super::own_worker::own_worker;
use crate::bench::fresh_prompt::PAIRS;
use crate::bench::plan::interleaved;
use crate::bench::runner::Sample;
use crate::bench::warning::Warning;
use crate::meter::clock::{Clock, SystemClock};
use crate::meter::deadline::Deadline;
use crate::observer::{Bar, Counted, Observer};
use crate::worker::conditions::Conditions;
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{Event, Job, Order, VERSION, Work};

/// A worker that says nothing for so long is dead: loading from a slow card, or one repetition on a slow board.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Share of the free memory that workers may hold at the same time.
const SHARED_MEMORY: f64 = 0.5;

/// How long the next word of a worker may take.
fn patience(deadline: Option<&Deadline>) -> Duration {
    deadline.map_or(PATIENCE, |deadline| deadline.left().min(PATIENCE))
}

/// What the plan does not say: where the files lie and what the workers may hold.
pub(super) struct Setting<'a> {
    /// Path of every model of the plan.
    pub(super) paths: &'a [PathBuf],
    /// Memory that each row is predicted to take, bytes.
    pub(super) needs: &'a [u64],
    /// Free memory, bytes; `None` where it is not known.
    pub(super) available: Option<u64>,
    /// Whether the first repetitions of a row are followed by such with a prompt of their own.
    pub(super) audit: bool,
    /// When everything must be over; `None` where each row has its own limit only.
    pub(super) deadline: Option<&'a Deadline>,
    /// Who looks on, and may ask for the end.
    pub(super) observer: &'a dyn Observer,
}

/// A row in work.
struct Live {
    row: usize,
    worker: Worker,
    durations: Vec<u64>,
    wall: Duration,
}

impl Live {
    /// Orders a repetition and waits for it.
    fn ordered(
        &mut self,
        order: Order,
        deadline: Option<&Deadline>,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(Sample, Box<Conditions>), HostError> {
        self.worker.order(order)?;
        match self.worker.next(patience(deadline), interrupted)? {
            Event::Sample { sample, conditions } => Ok((sample, conditions)),
            other => Err(HostError::Garbled(format!("{other:?} instead of a sample"))),
        }
    }
}

/// Measures the rows of the plan that `wanted` names.
pub(super) fn measure(
    plan: &RunPlan,
    wanted: &[usize],
    setting: &Setting<'_>,
    journal: &mut Journal,
) -> Result<(), MeasureError> {
    let bar = setting.observer.bar("bench", Some(wanted.len() as u64), Counted::Pieces);
    let order = interleaved(wanted.len(), 1, plan.seed).remove(0);
    let shuffled: Vec<usize> = order.into_iter().map(|place| wanted[place]).collect();
    for block in blocks(&shuffled, setting) {
        if setting.observer.interrupted() {
            break;
        }
        let mut live = Vec::new();
        for row in block {
            if setting.observer.interrupted() {
                break;
            }
            bar.message(&format!("{}: load and warm up", plan.rows[row].shape));
            match begin(plan, row, setting, journal)? {
                Some(started) => live.push(started),
                None => bar.inc(1),
            }
        }
        repeat(plan, live, setting, journal, &*bar)?;
    }
    bar.finish();
    Ok(())
}

/// Splits the rows, in their order, into runs that fit into memory together.
fn blocks(rows: &[usize], setting: &Setting<'_>) -> Vec<Vec<usize>> {
    let budget = setting.available.map_or(0, |bytes| (bytes as f64 * SHARED_MEMORY) as u64);
    let mut blocks: Vec<(u64, Vec<usize>)> = Vec::new();
    for &row in rows {
        let need = setting.needs[row];
        match blocks.last_mut() {
            Some((held, block)) if *held + need <= budget => {
                *held += need;
                block.push(row);
            }
            _ => blocks.push((need, vec![row])),
        }
    }
    blocks.into_iter().map(|(_, block)| block).collect()
}

/// Starts the worker of a row. A failure is journalled and gives `None`.
fn begin(
    plan: &RunPlan,
    row: usize,
    setting: &Setting<'_>,
    journal: &mut Journal,
) -> Result<Option<Live>, MeasureError> {
    let planned = &plan.rows[row];
    let job = Job {
        version: VERSION,
        engine: plan.engine,
        model: setting.paths[planned.model].clone(),
        work: Work::Bench { shape: planned.shape, settings: planned.settings.clone(), seed: plan.seed },
    };
    let interrupted = || setting.observer.interrupted();
    let started = Worker::start(own_worker()?, &job).and_then(|mut worker| {
        match worker.next(patience(setting.deadline), &interrupted)? {
            Event::Ready(ready) => Ok((worker, ready)),
            other => Err(HostError::Garbled(format!("{other:?} instead of being ready"))),
        }
    });
    match started {
        Ok((worker, ready)) => {
            journal.append(&Entry::RowStarted { row, ready })?;
            Ok(Some(Live { row, worker, durations: Vec::new(), wall: Duration::ZERO }))
        }
        Err(HostError::Interrupted) => Ok(None),
        Err(error) => {
            journal.append(&Entry::RowFailed { row, error: error.to_string() })?;
            Ok(None)
        }
    }
}

/// Repeats the live rows in shuffled rounds until each has had enough.
fn repeat(
    plan: &RunPlan,
    mut live: Vec<Live>,
    setting: &Setting<'_>,
    journal: &mut Journal,
    bar: &dyn Bar,
) -> Result<(), MeasureError> {
    let interrupted = || setting.observer.interrupted();
    let deadline = setting.deadline;
    let clock = SystemClock::new();
    let mut round = 0;
    while !live.is_empty() && !interrupted() {
        round += 1;
        let order = interleaved(live.len(), 1, plan.seed.wrapping_add(round)).remove(0);
        let mut ended = Vec::new();
        for place in order {
            if interrupted() {
                break;
            }
            let row = &mut live[place];
            let name = plan.rows[row.row].shape;
            bar.message(&format!("{name}: repetition {}", row.durations.len() + 1));
            let start = clock.now();
            let repeated = row.ordered(Order::Repeat, deadline, &interrupted);
            row.wall += clock.now() - start;
            let step = match repeated {
                Ok((sample, conditions)) => {
                    row.durations.push(sample.duration_ns);
                    journal.append(&Entry::Sample { row: row.row, sample, conditions })?;
                    let done = plan.stop.satisfied(&row.durations, row.wall.as_secs_f64());
                    if setting.audit && !done && row.durations.len() <= PAIRS {
                        let fresh = row.ordered(Order::RepeatFresh, deadline, &interrupted);
                        if let Ok((sample, _)) = &fresh {
                            journal.append(&Entry::FreshSample { row: row.row, sample: sample.clone() })?;
                        }
                        fresh.map(|_| false)
                    } else {
                        Ok(done)
                    }
                }
                Err(error) => Err(error),
            };
            match step {
                Ok(false) => {}
                Ok(true) => {
                    finish(plan, row, &interrupted, journal)?;
                    ended.push(place);
                }
                Err(HostError::Interrupted) => break,
                // The time of the whole is over: the row stands with what it has, and says so.
                Err(HostError::TimedOut { .. }) if deadline.is_some() && !row.durations.is_empty() => {
                    finish(plan, row, &interrupted, journal)?;
                    ended.push(place);
                }
                Err(error) => {
                    journal.append(&Entry::RowFailed { row: row.row, error: error.to_string() })?;
                    ended.push(place);
                }
            }
        }
        bar.inc(ended.len() as u64);
        ended.sort_unstable();
        for place in ended.into_iter().rev() {
            live.swap_remove(place);
        }
    }
    Ok(())
}

/// Ends a row: its memory, and what the run has to say of it.
fn finish(
    plan: &RunPlan,
    row: &mut Live,
    interrupted: &dyn Fn() -> bool,
    journal: &mut Journal,
) -> Result<(), MeasureError> {
    let memory = match row.worker.order(Order::Finish).and_then(|()| row.worker.next(PATIENCE, interrupted)) {
        Ok(Event::Finished { memory }) => Some(memory),
        _ => None,
    };
    let measured = row.durations.iter().sum::<u64>() as f64 / 1e9;
    let short = row.durations.len() < plan.stop.repetitions as usize || measured < plan.stop.min_seconds;
    let warnings = if short { vec![Warning::TimeLimit { limit_s: plan.stop.max_seconds }] } else { Vec::new() };
    journal.append(&Entry::RowDone { row: row.row, memory, warnings })?;
    Ok(())
}
