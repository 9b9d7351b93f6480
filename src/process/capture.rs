//! What a program says, as much of it as is wanted.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use super::group::{kill_group, own_group};
use super::watch::watch;

/// What a program that ended by itself said.
#[derive(Debug)]
pub(crate) struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// The first of its output.
    pub out: Vec<u8>,
    /// The first of its error output.
    pub err: Vec<u8>,
}

/// Runs a program without input and keeps the first `most` bytes of either output. It is looked at `every` so often, and
/// killed with all that it started once `stop` has a reason, which then takes the place of what it said.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn capture<S>(
    mut command: Command,
    most: u64,
    every: Duration,
    stop: &mut dyn FnMut(Duration) -> Option<S>,
) -> io::Result<Result<Said, S>> {
    own_group(&mut command);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|threads| {
        let out = threads.spawn(|| out.map_or_else(Vec::new, |pipe| first_bytes(pipe, most)));
        let err = threads.spawn(|| err.map_or_else(Vec::new, |pipe| first_bytes(pipe, most)));
        let ended = watch(&mut child, every, Duration::ZERO, stop).inspect_err(|_| kill_group(&mut child))?;
        let said = |reader: thread::ScopedJoinHandle<'_, Vec<u8>>| reader.join().unwrap_or_default();
        Ok(match ended.stopped {
            Some(why) => Err(why),
            None => Ok(Said { status: ended.status, out: said(out), err: said(err) }),
        })
    })
}

/// The first bytes of what comes; the rest is read and dropped, so that nobody blocks on what is not read.
pub(crate) fn first_bytes(mut from: impl Read, most: u64) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = (&mut from).take(most).read_to_end(&mut said);
    let _ = io::copy(&mut from, &mut io::sink());
    said
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_cut_and_a_program_that_does_not_end_is_ended() {
        let run = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let look = Duration::from_millis(5);
            capture(command, 5, look, &mut |waited| (waited > 1000 * look).then_some("late")).unwrap()
        };
        let said = run("yes no | head -c 100000 >&2; yes | head -c 100000; exit 2").unwrap();
        assert_eq!((said.status.code(), &said.out[..], &said.err[..]), (Some(2), &b"y\ny\ny"[..], &b"no\nno"[..]));
        let mut command = Command::new("sh");
        command.args(["-c", "yes >&2"]);
        let endless = capture(command, 5, Duration::from_millis(5), &mut |_| Some("late")).unwrap();
        assert_eq!(endless.err(), Some("late"));
    }
}
