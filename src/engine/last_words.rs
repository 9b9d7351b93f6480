//! What the engine said last, kept to explain a failure: it reports through `tracing`, and its errors say little themselves.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span;

use super::{fused_attention, scheduler};
use crate::sanitize::printable;

/// Characters of a line that are kept: they may be a model file's own.
const LONGEST: usize = 1000;

/// Lines that are kept.
const KEPT_LINES: usize = 16;

/// The last warnings and errors.
#[derive(Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<VecDeque<String>>>);

impl LastWords {
    /// Listens from now on. Another subscriber (a library user's own) keeps its place; then failures are explained less
    /// well.
    pub(super) fn listen() -> Self {
        let last_words = Self::default();
        let _ = tracing::subscriber::set_global_default(Listener(last_words.clone()));
        last_words
    }

    /// What was said since the last call, as one line.
    pub(super) fn explain(&self, otherwise: &str) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said: Vec<String> = kept.drain(..).filter(|line| !line.is_empty()).collect();
        if said.is_empty() { otherwise.to_owned() } else { said.join("; ") }
    }

    fn keep(&self, line: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(printable(line, LONGEST));
    }
}

/// Where the crate that passes the engine's lines on speaks for itself: it finds the scheduler's pieces of lines odd.
const ITS_OWN: &str = "llama_cpp_2::log";

/// Keeps what is said at warning level or above; of the chatter below, only what attention came to and where the work went
/// is heard.
struct Listener(LastWords);

impl tracing::Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::INFO
            || (*metadata.level() == tracing::Level::DEBUG && scheduler::tracing())
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target() == ITS_OWN {
            return;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        fused_attention::hear(&message.0);
        scheduler::hear(&message.0);
        if *event.metadata().level() <= tracing::Level::WARN {
            self.0.keep(&message.0);
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Takes the message out of a tracing event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_warnings_are_told_once() {
        let words = LastWords::default();
        tracing::subscriber::with_default(Listener(words.clone()), || {
            tracing::info!("chatter");
            for number in 0..20 {
                tracing::warn!("line {number}");
            }
        });
        let said = words.explain("nothing");
        assert!(said.starts_with("line 4; line 5") && said.ends_with("line 19"), "{said}");
        assert_eq!(words.explain("nothing"), "nothing");
    }
}
