//! The steps of the main job: announced as they begin, timed as they end.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cli::bench::Engine;
use crate::cli::run::Run;
use crate::cmd::terminal;
use crate::meter::clock::{Clock, SystemClock};

/// Announces the steps and keeps their times.
pub(super) struct Steps {
    clock: SystemClock,
    quiet: bool,
    current: Option<(&'static str, Duration)>,
    seconds: BTreeMap<String, f64>,
}

impl Steps {
    pub(super) fn new(quiet: bool) -> Self {
        Self { clock: SystemClock::new(), quiet, current: None, seconds: BTreeMap::new() }
    }

    /// Says a line that is no step.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            terminal::note(text);
        }
    }

    /// Ends the step before, and announces and begins this one.
    pub(super) fn begin(&mut self, name: &'static str, what: &str) {
        self.say(&format!("{name}: {what}"));
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

/// The command that measures the same, without paths of this machine.
pub(super) fn command(args: &Run, model: &str, seed: u64) -> String {
    let mut command = format!("densimeter run -m {model}");
    for (typed, flag) in [(args.quick, "--quick"), (args.no_eval, "--no-eval"), (args.no_wait, "--no-wait")] {
        if typed {
            command += " ";
            command += flag;
        }
    }
    if args.engine == Engine::Mock {
        command += " --engine mock";
    }
    format!("{command} --seed {seed}")
}
