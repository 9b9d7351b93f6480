//! A whole measurement: how the server is spoken to, how long prompts are, then the rows in shuffled rounds.

use std::sync::Arc;
use std::time::Duration;

use super::address::{Address, ApiKey};
use super::answer::Answer;
use super::cache_check;
use super::cell::Cell;
use super::dialect::Asker;
use super::prompt::{Prompts, SIZED_BY, Sizing};
use super::repetition::Repetition;
use super::report::{ServerInfo, ServerReport};
use super::request_error::RequestError;
use super::row::{Measured, ServerRow};
use crate::bench::plan::{Phase, Shape, StopRule, interleaved};
use crate::bench::warning::Warning;
use crate::meter::clock::{Clock, SystemClock};
use crate::observer::{Counted, Observer};

/// Rows that fail one after another, after which no more are begun.
const FAILURES: u32 = 3;

/// What is asked for.
#[derive(Debug)]
pub struct ServerPlan {
    /// Of whom.
    pub address: Address,
    /// With which key.
    pub key: Option<ApiKey>,
    /// The model's name there.
    pub model: String,
    /// The shapes of a bench.
    pub shapes: Vec<Shape>,
    /// Requests at once: every shape is a row for each.
    pub concurrency: Vec<u32>,
    /// When a row is done.
    pub stop: StopRule,
    /// Seed of prompts and order.
    pub seed: u64,
    /// What one request may take.
    pub timeout: Duration,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The server cannot be spoken to.
    #[error("{address}: {error}; nothing was measured")]
    Unusable {
        /// The address.
        address: String,
        /// Why.
        error: RequestError,
    },
    /// Its count of tokens sizes no prompt.
    #[error("{address}: {why}; nothing was measured")]
    Uncounted {
        /// The address.
        address: String,
        /// Why.
        why: String,
    },
}

/// Measures the rows of a plan.
///
/// # Errors
/// [`ServerError`], before anything is timed. A row that fails later is a row of the report.
pub fn measure(plan: &ServerPlan, run_id: String, observer: &dyn Observer) -> Result<ServerReport, ServerError> {
    let started = jiff::Timestamp::now();
    let address = || plan.address.to_string();
    let unusable = |error| ServerError::Unusable { address: address(), error };
    let mut prompts = Prompts::new(plan.seed);
    let contact = (plan.address.clone(), plan.key.clone());
    let found = Asker::find(contact, &plan.model, plan.timeout, &prompts.of_words(SIZED_BY[0]), observer);
    let (asker, first) = found.map_err(unusable)?;
    let more = vec![prompts.of_words(SIZED_BY[1])];
    let second = Asker::ask_all(&asker, more, 1, observer).map_err(unusable)?.remove(0);
    let sizing = size(&mut prompts, &first, &second);
    let sizing = sizing.map_err(|why| ServerError::Uncounted { address: address(), why })?;
    let cache = cache_check::check(&asker, &first, &mut prompts, observer).map_err(unusable)?;
    let shapes = plan.shapes.iter();
    let cells: Vec<Cell> = shapes
        .flat_map(|shape| plan.concurrency.iter().map(|&concurrency| Cell { shape: *shape, concurrency }))
        .collect();
    let mut session = Session { plan, asker: &asker, prompts, observer, failures: 0, last: None };
    let measured = session.rounds(&cells);
    let rows: Vec<ServerRow> =
        cells.iter().zip(&measured).map(|(cell, measured)| ServerRow::of(cell, &plan.model, measured)).collect();
    let server = ServerInfo {
        url: address(),
        model: plan.model.clone(),
        build: first.fingerprint,
        endpoint: asker.endpoint,
        extras: asker.extras,
        prompts: sizing,
        cache,
    };
    Ok(ServerReport::of(run_id, started, plan.seed, server, rows))
}

/// Sizes the prompts by two answers, and says how.
fn size(prompts: &mut Prompts, first: &Answer, second: &Answer) -> Result<String, String> {
    let Some((few, many)) = first.prompt_tokens().zip(second.prompt_tokens()) else {
        return Ok("random words, one for a token: the server does not count the tokens of a prompt".to_owned());
    };
    let sizing = Sizing::of([few, many])?;
    prompts.size(sizing);
    Ok(format!(
        "random words of {:.3} tokens and {:.1} tokens around them, by the server's count of {} and of {} words",
        sizing.per_word, sizing.around, SIZED_BY[0], SIZED_BY[1]
    ))
}

struct Session<'a> {
    plan: &'a ServerPlan,
    asker: &'a Arc<Asker>,
    prompts: Prompts,
    observer: &'a dyn Observer,
    /// Rows that failed since the last repetition that did not.
    failures: u32,
    /// Why the last of them did.
    last: Option<String>,
}

impl Session<'_> {
    /// Warms every row up and repeats them in shuffled rounds until each has had enough.
    fn rounds(&mut self, cells: &[Cell]) -> Vec<Measured> {
        let mut measured: Vec<Measured> = cells.iter().map(|_| Measured::default()).collect();
        let mut walls = vec![0.0; cells.len()];
        let repetitions = u64::from(self.plan.stop.repetitions) + 1;
        let mut expected = repetitions * cells.len() as u64;
        let bar = self.observer.bar("server", Some(expected), Counted::Pieces);
        let mut live: Vec<usize> = (0..cells.len()).collect();
        let mut round = 0;
        while !live.is_empty() {
            for place in interleaved(live.len(), 1, self.plan.seed.wrapping_add(round)).remove(0) {
                let (cell, row) = (&cells[live[place]], &mut measured[live[place]]);
                if self.observer.interrupted() || self.failures >= FAILURES {
                    live.clear();
                    break;
                }
                bar.message(&said(cell, round));
                let before = walls[live[place]];
                walls[live[place]] = before + self.repeat(cell, row, round == 0);
                row.finish(&self.plan.stop, walls[live[place]]);
                bar.inc(1);
            }
            live.retain(|&at| !measured[at].done && measured[at].error.is_none());
            round += 1;
            // Rows that last until their seconds are full take more rounds than were foreseen.
            expected = expected.max(bar_length(round, repetitions, cells.len(), live.len()));
            bar.length(expected);
        }
        bar.finish();
        if self.failures >= FAILURES {
            for row in measured.iter_mut().filter(|row| row.repetitions.is_empty() && row.error.is_none()) {
                let last = self.last.as_deref().unwrap_or_default();
                let why = format!("not measured: {FAILURES} rows before it failed one after another, the last: {last}");
                row.error = Some(why);
            }
        }
        measured
    }

    /// One repetition, or the warm-up. Returns the wall time in seconds.
    fn repeat(&mut self, cell: &Cell, row: &mut Measured, warmup: bool) -> f64 {
        let clock = SystemClock::new();
        let start = clock.now();
        let prompts = (0..cell.concurrency).map(|_| self.prompts.of_tokens(cell.prompt_tokens())).collect();
        let answers = Asker::ask_all(self.asker, prompts, cell.answer_tokens(), self.observer);
        let wall = (clock.now() - start).as_secs_f64();
        match answers.and_then(|answers| enough(cell, answers)) {
            Ok(answers) => {
                self.failures = 0;
                let repetition = Repetition::new(answers, cell.shape.phase);
                if warmup {
                    row.warmup_ns = Some(repetition.duration_ns());
                } else {
                    row.repetitions.push(repetition);
                }
            }
            // What was measured by then stands, unfinished.
            Err(RequestError::Interrupted) => {}
            Err(error) => {
                self.failures += 1;
                self.last = Some(error.to_string());
                row.error = Some(match cell.concurrency {
                    1 => error.to_string(),
                    several => format!("one of {several} requests at once: {error}"),
                });
            }
        }
        if warmup { 0.0 } else { wall }
    }
}

/// A time between tokens needs two.
fn enough(cell: &Cell, answers: Vec<Answer>) -> Result<Vec<Answer>, RequestError> {
    let short = answers.iter().map(Answer::pieces).find(|pieces| *pieces < 2 && cell.shape.phase == Phase::Decode);
    match short {
        Some(tokens) => Err(RequestError::TooShort { tokens, asked: cell.answer_tokens() }),
        None => Ok(answers),
    }
}

/// Repetitions of all rounds when so many rows are still to be repeated.
fn bar_length(round: u64, repetitions: u64, rows: usize, live: usize) -> u64 {
    if round < repetitions { repetitions * rows as u64 } else { round * rows as u64 + live as u64 }
}

fn said(cell: &Cell, round: u64) -> String {
    let what = if round == 0 { "warm up".to_owned() } else { format!("repetition {round}") };
    format!("{} at {}: {what}", cell.shape, cell.concurrency)
}

impl Measured {
    /// Ends a row that has had enough.
    fn finish(&mut self, stop: &StopRule, wall: f64) {
        let durations: Vec<u64> = self.repetitions.iter().map(Repetition::duration_ns).collect();
        if self.error.is_some() || !stop.satisfied(&durations, wall) {
            return;
        }
        let seconds = durations.iter().sum::<u64>() as f64 / 1e9;
        if durations.len() < stop.repetitions as usize || seconds < stop.min_seconds {
            self.warnings.push(Warning::TimeLimit { limit_s: stop.max_seconds });
        }
        self.done = true;
    }
}
