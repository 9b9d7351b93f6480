//! Places for sending files: targets share a line, so that only some are sent files at the same time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::transport_error::TransportError;
use crate::meter::clock::{Clock, SystemClock};

/// A number of places, for which one may have to wait.
#[derive(Debug)]
pub(crate) struct Semaphore {
    free: Mutex<usize>,
    given_back: Condvar,
}

impl Semaphore {
    /// So many places.
    #[must_use]
    pub(crate) fn new(free: usize) -> Self {
        Self { free: Mutex::new(free), given_back: Condvar::new() }
    }

    /// Waits for a place and does the work there.
    ///
    /// # Errors
    /// The work's, or [`TransportError`] where the user or the time ended the wait.
    pub(crate) fn with<T, E: From<TransportError>>(
        &self,
        limit: Duration,
        interrupted: &dyn Fn() -> bool,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let clock = SystemClock::new();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            if interrupted() {
                return Err(TransportError::Interrupted.into());
            }
            if clock.now() >= limit {
                return Err(TransportError::TimedOut(limit).into());
            }
            let waited = self.given_back.wait_timeout(free, Duration::from_millis(200));
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= 1;
        drop(free);
        let done = work();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.given_back.notify_one();
        done
    }
}
