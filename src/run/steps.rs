//! The steps of the main job: announced as they begin, timed as they end.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::meter::clock::{Clock, SystemClock};
use crate::observer::Observer;

/// Announces the steps and keeps their times.
pub(super) struct Steps<'a> {
    clock: SystemClock,
    observer: &'a dyn Observer,
    current: Option<(&'static str, Duration)>,
    seconds: BTreeMap<String, f64>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self { clock: SystemClock::new(), observer, current: None, seconds: BTreeMap::new() }
    }

    /// Ends the step before, and announces and begins this one.
    pub(super) fn begin(&mut self, name: &'static str, what: &str) {
        self.observer.note(&format!("{name}: {what}"));
        self.begin_silently(name);
    }

    /// The same without a word.
    pub(super) fn begin_silently(&mut self, name: &'static str) {
        self.close();
        self.current = Some((name, self.clock.now()));
    }

    fn close(&mut self) {
        if let Some((name, start)) = self.current.take() {
            self.seconds.insert(name.to_owned(), (self.clock.now() - start).as_secs_f64());
        }
    }

    /// Seconds that each step took.
    pub(super) fn end(mut self) -> BTreeMap<String, f64> {
        self.close();
        self.seconds
    }
}
