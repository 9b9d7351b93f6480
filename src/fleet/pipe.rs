//! Bytes through a child's pipes: never more than asked for, never faster than allowed, never longer than the limit.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::transport_error::TransportError;
use crate::meter::clock::{Clock, SystemClock};
use crate::meter::deadline::Deadline;
use crate::process;

/// How often a transfer is looked after.
const LOOK: Duration = Duration::from_millis(20);

/// Bytes copied at once.
const CHUNK: usize = 64 << 10;

/// What goes into a script.
pub(crate) struct Input<'a> {
    /// The file, placed where reading begins.
    pub(crate) file: File,
    /// Bytes per second at most.
    pub(crate) bytes_per_s: Option<u64>,
    /// Hears of every piece.
    pub(crate) sent: &'a (dyn Fn(u64) + Sync),
}

/// How long a child that closed its output may take to end in an orderly way.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// Waits for the child, and kills it past the limit, on the user's word, or once nobody reads it any more; why, unless
/// nobody reads it.
///
/// # Errors
/// When the system cannot tell whether it has ended.
pub(crate) fn watch(
    child: &mut Child,
    limit: Duration,
    interrupted: &dyn Fn() -> bool,
    deaf: &dyn Fn() -> bool,
) -> Result<(ExitStatus, Option<TransportError>), TransportError> {
    let deadline = Deadline::new(limit);
    // The reader ends before the child only when it had too much, or just before the child's end.
    let mut unheard: Option<Duration> = None;
    let ended = process::watch::watch(child, LOOK, Duration::ZERO, &mut |waited| {
        if interrupted() {
            Some(Some(TransportError::Interrupted))
        } else if deadline.left().is_zero() {
            Some(Some(TransportError::TimedOut(limit)))
        } else if deaf() {
            (waited - *unheard.get_or_insert(waited) > LAST_MOMENTS).then_some(None)
        } else {
            None
        }
    });
    let ended = ended.map_err(|error| TransportError::Here(error.to_string()))?;
    Ok((ended.status, ended.stopped.flatten()))
}

/// Copies at most `most` bytes; more is an error, and is not read.
///
/// # Errors
/// [`TransportError::TooMuch`], or the reason why it could not be read or kept.
pub(crate) fn take(mut from: impl Read, to: &mut (dyn Write + Send), most: u64) -> Result<(), TransportError> {
    let here = |error: io::Error| TransportError::Here(error.to_string());
    let mut left = most;
    let mut piece = vec![0; CHUNK];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(here(error)),
        };
        if read as u64 > left {
            return Err(TransportError::TooMuch(most));
        }
        left -= read as u64;
        to.write_all(&piece[..read]).map_err(here)?;
    }
}

/// Sends a file, not faster than allowed. A pipe that breaks is explained by the other end's words.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn feed(mut input: Input<'_>, mut pipe: impl Write, ended: &AtomicBool) -> Result<(), TransportError> {
    let clock = SystemClock::new();
    let begin = clock.now();
    let mut sent = 0_u64;
    let rate = input.bytes_per_s.filter(|rate| *rate > 0);
    // A slow line is fed in small pieces: evenly, and with an eye on whether it has ended.
    let size = rate.map_or(CHUNK, |rate| (rate / 10).clamp(1, CHUNK as u64) as usize);
    let mut piece = vec![0; size];
    while !ended.load(Ordering::SeqCst) {
        let read = input.file.read(&mut piece).map_err(|error| TransportError::Here(error.to_string()))?;
        if read == 0 || pipe.write_all(&piece[..read]).is_err() {
            break;
        }
        sent += read as u64;
        (input.sent)(read as u64);
        if let Some(rate) = rate {
            let due = Duration::from_secs_f64(sent as f64 / rate as f64);
            let ahead = due.saturating_sub(clock.now() - begin);
            clock.wait(ahead);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::transport::Transport;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_file_goes_in_no_faster_than_allowed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; 200_000]).unwrap();
        let clock = SystemClock::new();
        let begin = clock.now();
        let input = Input { file: File::open(file.path()).unwrap(), bytes_per_s: Some(400_000), sent: &|_| {} };
        let mut out = Vec::new();
        Transport::local().stream("wc -c", Some(input), &mut out, 100, 20 * SECOND, &|| false).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().trim(), "200000");
        assert!(clock.now() - begin >= SECOND / 2);
    }
}
