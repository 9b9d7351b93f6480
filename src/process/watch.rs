//! Waiting for a child's end, or bringing it about: in good order where it is given time, by force after that.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use super::group::{interrupt, kill_group};

/// How a child ended.
#[derive(Debug)]
pub(crate) struct Ended<S> {
    /// Its status.
    pub status: ExitStatus,
    /// Why it was told to end; `None` where it ended by itself.
    pub stopped: Option<S>,
}

/// Looks after a child until it has ended.
///
/// `stop` is asked at every look, with the time waited so far, whether the child should end: because it is late, because
/// the user interrupted, because nobody reads it any more. From then on it has `grace`: it is asked to end as a user would,
/// and killed with its group when the time is over. Without any it is killed at the next look. The time waited is that of
/// the pauses; whoever needs it exact brings a clock.
///
/// # Errors
/// When the system cannot tell whether it has ended.
pub(crate) fn watch<S>(
    child: &mut Child,
    every: Duration,
    grace: Duration,
    stop: &mut dyn FnMut(Duration) -> Option<S>,
) -> io::Result<Ended<S>> {
    let mut waited = Duration::ZERO;
    let mut stopped: Option<(S, Duration)> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended { status, stopped: stopped.map(|(why, _)| why) });
        }
        match &stopped {
            None => {
                if let Some(why) = stop(waited) {
                    if !grace.is_zero() {
                        interrupt(child);
                    }
                    stopped = Some((why, waited));
                }
            }
            Some((_, told)) if waited - *told >= grace => kill_group(child),
            Some(_) => {}
        }
        std::thread::sleep(every);
        waited += every;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    const LOOK: Duration = Duration::from_millis(10);

    fn end(script: &str, grace: Duration) -> Ended<&'static str> {
        let mut command = Command::new("sh");
        super::super::group::own_group(&mut command);
        let mut child = command.args(["-c", script]).stdout(Stdio::null()).spawn().unwrap();
        watch(&mut child, LOOK, grace, &mut |waited| (waited > 30 * LOOK).then_some("late")).unwrap()
    }

    #[test]
    fn a_child_ends_by_itself_in_good_order_or_by_force() {
        let signal = |ended: &Ended<_>| std::os::unix::process::ExitStatusExt::signal(&ended.status);
        let alone = end("exit 3", Duration::ZERO);
        assert_eq!((alone.status.code(), alone.stopped), (Some(3), None));
        // Under `nohup … &` the interrupt is ignored, and a shell cannot take that back.
        if end("trap 'exit 7' INT; kill -INT $$", Duration::ZERO).status.code() == Some(7) {
            let told = end("trap 'exit 7' INT; while :; do sleep 0.02; done", 500 * LOOK);
            assert_eq!((told.status.code(), told.stopped), (Some(7), Some("late")));
        }
        let deaf = end("trap '' INT; while :; do sleep 0.02; done", 5 * LOOK);
        assert_eq!((signal(&deaf), deaf.stopped), (Some(9), Some("late")));
        let killed = end("trap 'exit 7' INT; sleep 60", Duration::ZERO);
        assert_eq!((signal(&killed), killed.stopped), (Some(9), Some("late")));
    }
}
