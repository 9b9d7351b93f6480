//! A fetch for an observer: a line for each source, a bar over its bytes.

use super::Progress;
use crate::observer::{Bar, Counted, Observer};

/// Turns the events of a fetch into notes and bars.
pub struct Watched<'a> {
    observer: &'a dyn Observer,
    /// The bar in use, and whether it counts what was received or what was checked.
    bar: Option<(Box<dyn Bar>, Step)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Fetching,
    Verifying,
}

impl<'a> Watched<'a> {
    /// Nothing is drawn before something happens: a file that is there already needs no bar.
    pub fn new(observer: &'a dyn Observer) -> Self {
        Self { observer, bar: None }
    }

    /// Shows one event.
    pub fn hear(&mut self, event: Progress<'_>) {
        match event {
            Progress::Trying { file, source } => {
                self.bar = None;
                self.observer.note(&format!("fetching {file} from {source}"));
            }
            Progress::Received { done, total } => self.show(Step::Fetching, done, total),
            Progress::Verifying { done, total } => self.show(Step::Verifying, done, Some(total)),
            Progress::Warning(text) => self.observer.warn(text),
        }
    }

    fn show(&mut self, step: Step, done: u64, of: Option<u64>) {
        if self.bar.as_ref().is_none_or(|(_, current)| *current != step) {
            let name = if step == Step::Fetching { "fetching" } else { "verifying" };
            let bar = self.observer.bar(name, of, Counted::Bytes);
            bar.position(done);
            // A resumed part must not count into the rate.
            bar.restart_eta();
            self.bar = Some((bar, step));
        }
        if let Some((bar, _)) = &self.bar {
            if let Some(of) = of {
                bar.length(of);
            }
            bar.position(done);
        }
    }
}
