//! Writing to the two streams: results to stdout, everything human to stderr.

use std::io::{self, Write};

use serde::Serialize;

/// Writes text to stdout as it is. A reader that went away (`| head`) is not an error.
///
/// # Errors
/// Any other failure to write.
pub(crate) fn out(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

/// Writes one JSON document to stdout.
///
/// # Errors
/// A value that JSON cannot hold, or a failure to write.
pub(crate) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    out(&(serde_json::to_string_pretty(document)? + "\n"))
}

/// Columns of the terminal that stdout is; `None` where it is none.
#[must_use]
pub(crate) fn width() -> Option<u16> {
    let (columns, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(columns.0)
}

/// Writes a line for people to stderr.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a warning on a line of stderr.
pub(crate) fn warning(text: &str) {
    note(&format!("densimeter: warning: {text}"));
}

/// Writes an error chain on one line of stderr.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("densimeter: {}", one_line(error)));
}

/// An error with its causes on one line.
#[must_use]
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    // An error quotes what was typed, or what a file holds.
    crate::sanitize::text(&format!("{error:#}"))
}
