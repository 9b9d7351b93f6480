//! Writing to the two streams: results to stdout, everything human to stderr.

use std::io::{self, Write};

use serde::Serialize;

use crate::unit::seconds::{Seconds, differ};

/// Writes text to stdout as it is. A reader that went away (`| head`) is not an error.
///
/// # Errors
/// Any other failure to write.
pub fn out(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

/// Writes one JSON document to stdout.
///
/// # Errors
/// A value that JSON cannot hold, or a failure to write.
pub fn json(document: &impl Serialize) -> anyhow::Result<()> {
    out(&(serde_json::to_string_pretty(document)? + "\n"))
}

/// Columns of the terminal that stdout is; `None` where it is none.
#[must_use]
pub fn width() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(size.ws_col).filter(|columns| *columns > 0)
}

/// Writes a line for people to stderr.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a warning on a line of stderr.
pub fn warning(text: &str) {
    note(&format!("densimeter: warning: {text}"));
}

/// Writes an error chain on one line of stderr.
pub fn error(error: &anyhow::Error) {
    note(&format!("densimeter: {}", one_line(error)));
}

/// An error with its causes on one line.
#[must_use]
pub fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

/// Seconds in the unit that reads best: `95 s`, `12 min`, `3.4 h`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    Seconds(seconds).to_string()
}

/// Two ends of a time that is not known better: `8 min to 40 min`; one where they hardly differ.
#[must_use]
pub fn durations((low, high): (f64, f64)) -> String {
    if differ((low, high)) { format!("{} to {}", duration(low), duration(high)) } else { duration(high) }
}

#[cfg(test)]
mod tests {
    use super::{duration, durations};

    #[test]
    fn durations_have_a_unit_that_suits_them() {
        assert_eq!([95.4, 720.0, 12_240.0].map(duration), ["95 s", "12 min", "3.4 h"]);
        assert_eq!([(480.0, 2400.0), (80.0, 80.0)].map(durations), ["8 min to 40 min", "80 s"]);
    }
}
