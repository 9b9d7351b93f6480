//! Whoever looks on while something is measured: hears notes and warnings, sees how far it is, may ask for the end.
//!
//! The domain layers speak to an [`Observer`] and know nothing of terminals; `cmd` has the one that draws.

/// What a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Rows, items, reports.
    Pieces,
    /// Whole seconds.
    Seconds,
    /// Bytes, shown with their rate.
    Bytes,
}

/// Hears what happens during long work.
pub trait Observer: Sync {
    /// Something to know for people; left out by `--quiet`.
    fn note(&self, text: &str);

    /// Something that must be heard of, `--quiet` or not.
    fn warn(&self, text: &str);

    /// Begins to show how far something is, of how much where that is known. Dropping the bar takes it away.
    fn bar(&self, name: &str, of: Option<u64>, counted: Counted) -> Box<dyn Bar>;

    /// Whether the user asked for the end: what was measured is to be kept, and nothing more begun.
    fn interrupted(&self) -> bool {
        false
    }
}

/// How far something is.
pub trait Bar: Send + Sync {
    /// So much there is altogether.
    fn length(&self, of: u64);

    /// So much is done.
    fn position(&self, done: u64);

    /// So much more is done.
    fn inc(&self, by: u64);

    /// What is being done.
    fn message(&self, text: &str);

    /// What was done so far came from an earlier run: it must not count into the rate.
    fn restart_eta(&self);

    /// Takes the bar away.
    fn finish(&self);
}
