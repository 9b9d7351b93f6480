//! Drawing the progress of a fetch.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cmd::terminal;
use crate::model::fetch::Progress;

/// A bar with rate and ETA on a terminal; one line per source otherwise; nothing but warnings when quiet.
pub(in crate::cmd) struct Bar {
    bar: ProgressBar,
    drawn: bool,
    quiet: bool,
    verifying: bool,
}

impl Bar {
    pub(in crate::cmd) fn new(quiet: bool) -> Self {
        let drawn = !quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::no_length();
        bar.set_draw_target(if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        bar.set_style(
            ProgressStyle::with_template(
                "{msg} {bar:24} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} ETA {eta}",
            )
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self { bar, drawn, quiet, verifying: false }
    }

    pub(in crate::cmd) fn hear(&mut self, event: Progress<'_>) {
        match event {
            Progress::Trying { file, source } => {
                self.say(&format!("fetching {file} from {source}"));
                self.bar.set_message("fetching");
                self.bar.set_position(0);
                // A resumed part must not count into the rate.
                self.bar.reset_eta();
            }
            Progress::Received { done, total } => {
                if self.bar.position() == 0 && done > 0 {
                    self.bar.reset_eta();
                }
                if let Some(total) = total {
                    self.bar.set_length(total);
                }
                self.bar.set_position(done);
            }
            Progress::Verifying { done, total } => {
                if !self.verifying {
                    self.verifying = true;
                    self.bar.set_message("verifying");
                    self.bar.reset_eta();
                    self.bar.set_length(total);
                }
                self.bar.set_position(done);
            }
            Progress::Warning(text) => self.bar.suspend(|| terminal::note(&format!("warning: {text}"))),
        }
        if !matches!(event, Progress::Verifying { .. }) {
            self.verifying = false;
        }
    }

    fn say(&self, text: &str) {
        if self.drawn {
            self.bar.suspend(|| terminal::note(text));
        } else if !self.quiet {
            terminal::note(text);
        }
    }

    pub(in crate::cmd) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
