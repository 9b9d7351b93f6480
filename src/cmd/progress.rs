//! The one progress bar: every command that takes a while shows it on stderr, where that is a terminal.

use crate::process::interrupt;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;
use crate::observer::{Bar, Counted, Observer};

/// How often a bar is drawn anew when nothing moves it.
const TICK: Duration = Duration::from_millis(500);

/// The terminal as an observer. Lines that are said while bars are drawn stand above them.
pub(super) struct Terminal {
    bars: MultiProgress,
    quiet: bool,
    drawn: bool,
    /// Columns for the names of bars, so that those of several stand below each other.
    width: usize,
}

impl Terminal {
    /// Stderr; without notes and bars when quiet.
    pub(super) fn new(quiet: bool) -> Self {
        Self::of_names(0, quiet)
    }

    /// The same for bars that stand below each other, the longest of whose names has so many letters.
    pub(super) fn of_names(width: usize, quiet: bool) -> Self {
        let drawn = !quiet && std::io::stderr().is_terminal();
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), quiet, drawn, width }
    }

    /// Whether bars are seen.
    pub(super) const fn drawn(&self) -> bool {
        self.drawn
    }

    /// A bar that can also stay with a last word.
    pub(super) fn line(&self, name: &str, of: Option<u64>, counted: Counted) -> TerminalBar {
        let bar = self.bars.add(of.map_or_else(ProgressBar::no_length, ProgressBar::new));
        let bar = bar.with_prefix(name.to_owned()).with_style(style(self.width, counted, "{elapsed} ETA {eta}"));
        if self.drawn {
            bar.enable_steady_tick(TICK);
        }
        TerminalBar { bar, ended: style(self.width, counted, "") }
    }
}

/// One look for all: name, bar, how far, what is being done.
fn style(width: usize, counted: Counted, time: &str) -> ProgressStyle {
    let done = match counted {
        Counted::Pieces => "{pos}/{len}",
        Counted::Seconds => "{pos}/{len} s",
        Counted::Bytes => "{binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}",
    };
    let name = if width > 0 { format!("{{prefix:{width}}}") } else { "{prefix}".to_owned() };
    let template = format!("{name} {{bar:20}} {done} {time} {{msg}}");
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for Terminal {
    fn note(&self, text: &str) {
        if !self.quiet {
            self.bars.suspend(|| terminal::note(text));
        }
    }

    fn warn(&self, text: &str) {
        self.bars.suspend(|| terminal::warning(text));
    }

    fn bar(&self, name: &str, of: Option<u64>, counted: Counted) -> Box<dyn Bar> {
        Box::new(self.line(name, of, counted))
    }

    fn interrupted(&self) -> bool {
        interrupt::interrupted()
    }
}

/// A bar on the terminal.
pub(super) struct TerminalBar {
    bar: ProgressBar,
    /// How it looks once its work has ended: without an ETA.
    ended: ProgressStyle,
}

impl TerminalBar {
    /// Shows how far it is; begins the ETA anew where that went back or something else is counted now.
    pub(super) fn show(&self, done: u64, of: Option<u64>) {
        if self.bar.position() > done || self.bar.length() != of.or(Some(done)) {
            self.bar.reset_eta();
        }
        self.bar.set_length(of.unwrap_or(done).max(done));
        self.bar.set_position(done);
    }

    /// Leaves the line where it is, with a last word: full, or as far as it came.
    pub(super) fn end(&self, text: String, full: bool) {
        self.bar.set_style(self.ended.clone());
        if full { self.bar.finish_with_message(text) } else { self.bar.abandon_with_message(text) }
    }
}

impl Bar for TerminalBar {
    fn length(&self, of: u64) {
        self.bar.set_length(of);
    }

    fn position(&self, done: u64) {
        self.bar.set_position(done);
    }

    fn inc(&self, by: u64) {
        self.bar.inc(by);
    }

    fn message(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    fn restart_eta(&self) {
        self.bar.reset_eta();
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for TerminalBar {
    /// An error on the way must not leave half a bar above its sentence.
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.finish_and_clear();
        }
    }
}
