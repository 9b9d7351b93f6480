//! The live table of a fleet: a line for each target on a terminal, a line for each change elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::cmd::progress::{Terminal, TerminalBar};
use crate::cmd::terminal;
use crate::fleet::event::TargetEvent;
use crate::fleet::protocol::Progress;
use crate::fleet::record::{Outcome, Row};
use crate::observer::{Bar, Counted, Observer};

/// The table.
pub(super) struct Table {
    terminal: Terminal,
    bars: BTreeMap<String, TerminalBar>,
    quiet: bool,
    /// What was last said of a target, so that each change is said once.
    said: Mutex<BTreeMap<String, String>>,
}

impl Table {
    /// An empty table for these targets.
    pub(super) fn new(targets: &[String], quiet: bool) -> Self {
        let width = targets.iter().map(String::len).max().unwrap_or(0);
        let terminal = Terminal::of_names(width, quiet);
        let bars = targets.iter().map(|name| (name.clone(), terminal.line(name, Some(0), Counted::Pieces))).collect();
        Self { terminal, bars, quiet, said: Mutex::default() }
    }

    /// Shows a step.
    pub(super) fn show(&self, target: &str, step: &TargetEvent) {
        let Some(bar) = self.bars.get(target) else { return };
        let (state, message, pieces) = match step {
            TargetEvent::Looking => ("looking".to_owned(), String::new(), None),
            TargetEvent::Queued => ("waiting for the line".to_owned(), String::new(), None),
            TargetEvent::Sending { done, of } => ("sending".to_owned(), "bytes".to_owned(), Some((*done, Some(*of)))),
            TargetEvent::Working(progress) => {
                (progress.step.clone(), heat(progress), Some((progress.done, progress.of)))
            }
            TargetEvent::Collecting => ("collecting".to_owned(), String::new(), None),
            TargetEvent::Waiting { seconds, why } => (format!("again in {seconds:.0} s"), why.clone(), None),
        };
        if let Some((done, of)) = pieces {
            bar.show(done, of);
        }
        bar.message(&format!("{state} {message}"));
        if matches!(step, TargetEvent::Waiting { .. }) {
            self.say(target, format!("{state}: {message}"));
        } else if !matches!(step, TargetEvent::Queued) {
            self.say(target, state.split(',').next().unwrap_or_default().to_owned());
        }
    }

    /// Shows how a target ended.
    pub(super) fn end(&self, target: &str, row: &Row) {
        let text = match (row.state, &row.reason) {
            (Outcome::Done, _) => "done".to_owned(),
            (Outcome::Failed, reason) => format!("failed: {}", reason.as_deref().unwrap_or("no reason")),
        };
        if let Some(bar) = self.bars.get(target) {
            bar.end(text.clone(), row.state == Outcome::Done);
        }
        self.say(target, text);
        for warning in &row.warnings {
            self.terminal.note(&format!("{target}: warning: {warning}"));
        }
    }

    fn say(&self, target: &str, text: String) {
        if self.terminal.drawn() || self.quiet {
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.get(target) != Some(&text) {
            terminal::note(&format!("{target}: {text}"));
            said.insert(target.to_owned(), text);
        }
    }
}

fn heat(progress: &Progress) -> String {
    let celsius = progress.celsius.map_or_else(String::new, |celsius| format!("{celsius:.0} °C"));
    let battery = progress.battery_percent.map_or_else(String::new, |percent| format!(" battery {percent:.0} %"));
    celsius + &battery
}
