//! A child that speaks JSON Lines on its pipes: started, bounded in what it may say, ended.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::behind::Behind;
use super::group::{kill_group, own_group};
use crate::sanitize::printable;

/// Lines of the child's stderr that are kept to explain its end.
const KEPT_LINES: usize = 8;

/// How often the host looks whether it was interrupted.
const LOOK: Duration = Duration::from_millis(50);

/// Why a child gave no further document. The sentences call it what it is to the user: a worker.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The program could not be started.
    #[error("the worker cannot be started: {0}")]
    Start(#[source] io::Error),
    /// It said why.
    #[error("{0}")]
    Failed(String),
    /// The process ended without a word: a crash, or somebody killed it.
    #[error("the worker ended early ({status}){}", stderr_tail(said))]
    Died {
        /// How it ended, e.g. `killed by signal 9 (SIGKILL)`.
        status: String,
        /// Its exit code, where it had one.
        code: Option<i32>,
        /// The last lines of its stderr.
        said: String,
    },
    /// Nothing came within the limit; it was killed.
    #[error("the worker said nothing {}and was killed", silence(*limit))]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The user interrupted; it was killed.
    #[error("interrupted")]
    Interrupted,
    /// What it sent is not of the protocol.
    #[error("the worker sent something else than an event: {0}")]
    Garbled(String),
}

fn silence(limit: Duration) -> String {
    // Less than a second is what was left of somebody's budget.
    if limit.as_secs() == 0 { "in the time that was left ".to_owned() } else { format!("for {} s ", limit.as_secs()) }
}

fn stderr_tail(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

/// A running child. Dropping it kills the process.
pub(crate) struct JsonChild {
    child: Child,
    orders: Option<ChildStdin>,
    lines: Receiver<io::Result<String>>,
    stderr: Arc<Mutex<VecDeque<String>>>,
    /// Whether its stderr is closed.
    silent: Arc<AtomicBool>,
}

impl JsonChild {
    /// Starts `command`, of whose lines none may be longer than `longest` bytes.
    ///
    /// # Errors
    /// [`ChildError::Start`].
    pub(crate) fn start(command: Command, longest: u64) -> Result<Self, ChildError> {
        Self::start_behind(command, longest, b"")
    }

    /// As [`JsonChild::start`], of what the child says behind a mark.
    ///
    /// # Errors
    /// [`ChildError::Start`].
    pub(crate) fn start_behind(mut command: Command, longest: u64, mark: &'static [u8]) -> Result<Self, ChildError> {
        own_group(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(ChildError::Start)?;
        let (Some(orders), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(ChildError::Start(io::Error::other("its pipes are missing")));
        };
        let (stderr, silent) = keep_tail(stderr);
        Ok(Self { child, orders: Some(orders), lines: listen(Behind::new(stdout, mark), longest), stderr, silent })
    }

    /// The process id of the child.
    #[must_use]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends one document as a line.
    ///
    /// # Errors
    /// [`ChildError::Died`] when nobody reads it.
    pub(crate) fn send(&mut self, message: &impl Serialize) -> Result<(), ChildError> {
        let line = serde_json::to_string(message).map_err(|error| ChildError::Garbled(error.to_string()))?;
        let sent = self.orders.as_mut().map(|pipe| writeln!(pipe, "{line}").and_then(|()| pipe.flush()));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(self.end()),
        }
    }

    /// The next document. After an error the child is dead.
    ///
    /// # Errors
    /// Every [`ChildError`] but `Start` and `Failed`.
    pub(crate) fn receive<T: DeserializeOwned>(
        &mut self,
        limit: Duration,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<T, ChildError> {
        let line = self.line(limit, interrupted)?;
        serde_json::from_str(&line).map_err(|error| {
            kill_group(&mut self.child);
            ChildError::Garbled(error.to_string())
        })
    }

    /// The next document, or `None` where none comes within the time: the child lives on. After an error it is dead.
    ///
    /// # Errors
    /// As [`JsonChild::receive`].
    pub(crate) fn poll<T: DeserializeOwned>(&mut self, wait: Duration) -> Result<Option<T>, ChildError> {
        let garbled = |child: &mut Child, error: String| {
            kill_group(child);
            Err(ChildError::Garbled(error))
        };
        match self.lines.recv_timeout(wait) {
            Ok(Ok(line)) => match serde_json::from_str(&line) {
                Ok(document) => Ok(Some(document)),
                Err(error) => garbled(&mut self.child, error.to_string()),
            },
            Ok(Err(error)) => garbled(&mut self.child, error.to_string()),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.end()),
        }
    }

    fn line(&mut self, limit: Duration, interrupted: &dyn Fn() -> bool) -> Result<String, ChildError> {
        let mut waited = Duration::ZERO;
        loop {
            match self.lines.recv_timeout(LOOK) {
                Ok(Ok(line)) => return Ok(line),
                Ok(Err(error)) => {
                    kill_group(&mut self.child);
                    return Err(ChildError::Garbled(error.to_string()));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.end()),
                Err(RecvTimeoutError::Timeout) => {
                    waited += LOOK;
                    let stop = if interrupted() {
                        Some(ChildError::Interrupted)
                    } else if waited >= limit {
                        Some(ChildError::TimedOut { limit })
                    } else {
                        None
                    };
                    if let Some(stop) = stop {
                        kill_group(&mut self.child);
                        return Err(stop);
                    }
                }
            }
        }
    }

    /// How the process ended, once its pipe is closed.
    pub(crate) fn end(&mut self) -> ChildError {
        self.orders = None;
        let ended = self.child.wait();
        let code = ended.as_ref().ok().and_then(ExitStatus::code);
        let status = ended.map_or_else(|error| error.to_string(), describe);
        // Its last words may still be in the pipe; a grandchild that keeps the pipe open must not be waited for.
        for _ in 0..20 {
            if self.silent.load(Ordering::SeqCst) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let said = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        ChildError::Died { status, code, said: said.iter().cloned().collect::<Vec<_>>().join(" | ") }
    }
}

impl Drop for JsonChild {
    fn drop(&mut self) {
        self.orders = None;
        kill_group(&mut self.child);
        let _ = self.child.wait();
    }
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
fn listen(pipe: impl Read + Send + 'static, longest: u64) -> Receiver<io::Result<String>> {
    let (send, receive) = mpsc::sync_channel(64);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            let read = reader.by_ref().take(longest).read_until(b'\n', &mut line);
            let message = match read {
                Ok(0) => return,
                Ok(_) if line.last() != Some(&b'\n') && line.len() as u64 == longest => {
                    Err(io::Error::other(format!("a line of more than {longest} bytes")))
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
fn keep_tail(pipe: impl Read + Send + 'static) -> (Arc<Mutex<VecDeque<String>>>, Arc<AtomicBool>) {
    let kept = Arc::new(Mutex::new(VecDeque::new()));
    let writer = Arc::clone(&kept);
    let closed = Arc::new(AtomicBool::new(false));
    let at_end = Arc::clone(&closed);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            match reader.by_ref().take(4096).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return at_end.store(true, Ordering::SeqCst),
                Ok(_) => {
                    let mut lines = writer.lock().unwrap_or_else(PoisonError::into_inner);
                    if lines.len() == KEPT_LINES {
                        lines.pop_front();
                    }
                    lines.push_back(printable(&String::from_utf8_lossy(&line), line.len()));
                }
            }
        }
    });
    (kept, closed)
}
