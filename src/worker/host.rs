//! The host's side: start a worker in a process of its own, order, listen, bound what it says, end it.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::protocol::{Event, Job, Order};

/// Longest line taken from a worker: an event with 100 000 token latencies is about 1 MB.
const LONGEST_LINE: u64 = 16 << 20;

/// Lines of the worker's stderr that are kept to explain its end.
const KEPT_LINES: usize = 8;

/// How often the host looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(50);

/// Why a worker gave no further event.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The program could not be started.
    #[error("the worker cannot be started: {0}")]
    Start(#[source] io::Error),
    /// The worker said why.
    #[error("{0}")]
    Failed(String),
    /// The process ended without a word: a crash, or somebody killed it.
    #[error("the worker ended early ({status}){}", stderr_tail(said))]
    Died {
        /// How it ended, e.g. `killed by signal 9 (SIGKILL)`.
        status: String,
        /// The last lines of its stderr.
        said: String,
    },
    /// No event within the limit; the worker was killed.
    #[error("the worker said nothing for {} s and was killed", limit.as_secs())]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The user interrupted; the worker was killed.
    #[error("interrupted")]
    Interrupted,
    /// What the worker sent is not of the protocol.
    #[error("the worker sent something else than an event: {0}")]
    Garbled(String),
}

fn stderr_tail(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

/// A running worker. Dropping it kills the process.
pub struct Worker {
    child: Child,
    orders: Option<ChildStdin>,
    lines: Receiver<io::Result<String>>,
    stderr: Arc<Mutex<VecDeque<String>>>,
}

impl Worker {
    /// Starts a worker with `command` (this program's `worker`, perhaps behind ssh or adb) and hands it the job.
    ///
    /// # Errors
    /// [`HostError::Start`].
    pub fn start(mut command: Command, job: &Job) -> Result<Self, HostError> {
        own_group(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(HostError::Start)?;
        let (Some(orders), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(HostError::Start(io::Error::other("its pipes are missing")));
        };
        let mut worker = Self { child, orders: Some(orders), lines: listen(stdout), stderr: keep_tail(stderr) };
        worker.send(job)?;
        Ok(worker)
    }

    /// The process id of the child.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends an order.
    ///
    /// # Errors
    /// [`HostError::Died`] when nobody reads it.
    pub fn order(&mut self, order: Order) -> Result<(), HostError> {
        self.send(&order)
    }

    fn send(&mut self, message: &impl serde::Serialize) -> Result<(), HostError> {
        let line = serde_json::to_string(message).map_err(|error| HostError::Garbled(error.to_string()))?;
        let sent = self.orders.as_mut().map(|pipe| writeln!(pipe, "{line}").and_then(|()| pipe.flush()));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(self.end_of()),
        }
    }

    /// The next event. A [`Event::Failed`] comes as an error.
    ///
    /// # Errors
    /// Every [`HostError`] but `Start`. After one the worker is dead.
    pub fn next(&mut self, limit: Duration, interrupted: &dyn Fn() -> bool) -> Result<Event, HostError> {
        let mut waited = Duration::ZERO;
        let line = loop {
            match self.lines.recv_timeout(LOOK) {
                Ok(Ok(line)) => break line,
                Ok(Err(error)) => {
                    let _ = self.child.kill();
                    return Err(HostError::Garbled(error.to_string()));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.end_of()),
                Err(RecvTimeoutError::Timeout) => {
                    waited += LOOK;
                    let stop = if interrupted() {
                        Some(HostError::Interrupted)
                    } else if waited >= limit {
                        Some(HostError::TimedOut { limit })
                    } else {
                        None
                    };
                    if let Some(stop) = stop {
                        let _ = self.child.kill();
                        return Err(stop);
                    }
                }
            }
        };
        match serde_json::from_str(&line) {
            Ok(Event::Failed { error }) => Err(HostError::Failed(error)),
            Ok(event) => Ok(event),
            Err(error) => {
                let _ = self.child.kill();
                Err(HostError::Garbled(error.to_string()))
            }
        }
    }

    /// How the process ended, once its pipe is closed.
    fn end_of(&mut self) -> HostError {
        self.orders = None;
        let status = self.child.wait().map_or_else(|error| error.to_string(), describe);
        let said = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        HostError::Died { status, said: said.iter().cloned().collect::<Vec<_>>().join(" | ") }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ctrl-C goes to the terminal's foreground group: the child stands outside it, so that the host decides its end.
pub fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => " (SIGILL: the engine was built for another processor)",
            6 => " (SIGABRT)",
            9 => " (SIGKILL: by somebody, or by the kernel for want of memory)",
            11 => " (SIGSEGV)",
            _ => "",
        };
        return format!("killed by signal {signal}{name}");
    }
    status.code().map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"))
}

/// Reads lines in a thread, each bounded; the channel closes with the pipe.
fn listen(pipe: impl Read + Send + 'static) -> Receiver<io::Result<String>> {
    let (send, receive) = mpsc::sync_channel(64);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            let message = match read {
                Ok(0) => return,
                Ok(_) if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST_LINE => {
                    Err(io::Error::other(format!("a line of more than {LONGEST_LINE} bytes")))
                }
                // A torn last line is no event: the end of the process explains it.
                Ok(_) if line.last() != Some(&b'\n') => return,
                Ok(_) => String::from_utf8(line).map_err(io::Error::other),
                Err(error) => Err(error),
            };
            let last = message.is_err();
            if send.send(message).is_err() || last {
                return;
            }
        }
    });
    receive
}

/// Keeps the last lines of a stream.
fn keep_tail(pipe: impl Read + Send + 'static) -> Arc<Mutex<VecDeque<String>>> {
    let kept = Arc::new(Mutex::new(VecDeque::new()));
    let writer = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            match reader.by_ref().take(4096).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let mut lines = writer.lock().unwrap_or_else(PoisonError::into_inner);
                    if lines.len() == KEPT_LINES {
                        lines.pop_front();
                    }
                    lines.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
                }
            }
        }
    });
    kept
}
