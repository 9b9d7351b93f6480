//! How much of a span of time is left.

use std::time::Duration;

use super::clock::{Clock, SystemClock};

/// A span of time that began when this was made.
#[derive(Debug)]
pub struct Deadline {
    /// Counts from its own beginning.
    clock: SystemClock,
    limit: Duration,
}

impl Deadline {
    /// A span that begins now.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { clock: SystemClock::new(), limit }
    }

    /// The whole span.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.clock.now())
    }

    /// Waits, at most until the end of the span and while `stop` says no.
    pub fn pause(&self, wait: Duration, stop: &dyn Fn() -> bool) {
        let until = self.left().saturating_sub(wait);
        while self.left() > until && !stop() {
            self.clock.wait(Duration::from_millis(100));
        }
    }
}
