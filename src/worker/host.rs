//! The host's side: start a worker in a process of its own, order, listen, bound what it says, end it.

use std::process::Command;
use std::time::Duration;

use super::protocol::{Event, Job, Order};
pub use crate::process::child::ChildError as HostError;
use crate::process::child::JsonChild;

/// Longest line taken from a worker: an event with 100 000 token latencies is about 1 MB.
const LONGEST_LINE: u64 = 16 << 20;

/// A running worker. Dropping it kills the process.
pub struct Worker(JsonChild);

impl Worker {
    /// Starts a worker with `command` (this program's `worker`) and hands it the job.
    ///
    /// # Errors
    /// [`HostError::Start`].
    pub fn start(command: Command, job: &Job) -> Result<Self, HostError> {
        let mut child = JsonChild::start(command, LONGEST_LINE)?;
        child.send(job)?;
        Ok(Self(child))
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
