//! The host's side: start a worker in a process of its own, order, listen, bound what it says, end it.

use std::io;
use std::process::Command;
use std::time::Duration;

use super::peer::Peer;
use super::protocol::{Event, Job, Order};

/// Longest line taken from a worker: an event with 100 000 token latencies is about 1 MB.
const LONGEST_LINE: u64 = 16 << 20;

/// Why a worker gave no further event.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The program could not be started.
    #[error("the worker cannot be started: {0}")]
    Start(#[source] io::Error),
    /// The worker said why.
    #[error("{0}")]
    Failed(String),
    /// The process ended without a word: a crash, or somebody killed it.
    #[error("the worker ended early ({status}){}", stderr_tail(said))]
    Died {
        /// How it ended, e.g. `killed by signal 9 (SIGKILL)`.
        status: String,
        /// Its exit code, where it had one.
        code: Option<i32>,
        /// The last lines of its stderr.
        said: String,
    },
    /// No event within the limit; the worker was killed.
    #[error("the worker said nothing {}and was killed", silence(*limit))]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The user interrupted; the worker was killed.
    #[error("interrupted")]
    Interrupted,
    /// What the worker sent is not of the protocol.
    #[error("the worker sent something else than an event: {0}")]
    Garbled(String),
}

fn silence(limit: Duration) -> String {
    // Less than a second is what was left of somebody's budget.
    if limit.as_secs() == 0 { "in the time that was left ".to_owned() } else { format!("for {} s ", limit.as_secs()) }
}

fn stderr_tail(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

/// A running worker. Dropping it kills the process.
pub struct Worker(Peer);

impl Worker {
    /// Starts a worker with `command` (this program's `worker`) and hands it the job.
    ///
    /// # Errors
    /// [`HostError::Start`].
    pub fn start(command: Command, job: &Job) -> Result<Self, HostError> {
        let mut peer = Peer::start(command, LONGEST_LINE)?;
        peer.send(job)?;
        Ok(Self(peer))
    }

    /// The process id of the child.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends an order.
    ///
    /// # Errors
    /// [`HostError::Died`] when nobody reads it.
    pub fn order(&mut self, order: Order) -> Result<(), HostError> {
        self.0.send(&order)
    }

    /// The next event, or `None` where none comes within the time: the worker works on.
    ///
    /// # Errors
    /// Every [`HostError`] but `Start`, `TimedOut` and `Interrupted`. After one the worker is dead.
    pub fn poll(&mut self, wait: Duration) -> Result<Option<Event>, HostError> {
        match self.0.poll(wait)? {
            Some(Event::Failed { error }) => Err(HostError::Failed(error)),
            event => Ok(event),
        }
    }

    /// The next event. A [`Event::Failed`] comes as an error.
    ///
    /// # Errors
    /// Every [`HostError`] but `Start`. After one the worker is dead.
    pub fn next(&mut self, limit: Duration, interrupted: &dyn Fn() -> bool) -> Result<Event, HostError> {
        match self.0.receive(limit, interrupted)? {
            Event::Failed { error } => Err(HostError::Failed(error)),
            event => Ok(event),
        }
    }
}
