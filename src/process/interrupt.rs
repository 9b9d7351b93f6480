//! Ctrl-C: the first one ends the work in an orderly way, the second one ends the program at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// When the first one came.
static FIRST: Mutex<Option<Timestamp>> = Mutex::new(None);

/// Signals within this time are one request: `timeout` sends its own to the program and then to its group.
const ONE_REQUEST_MS: u64 = 500;

/// Listens from now on; a second call changes nothing.
pub(crate) fn listen() {
    // An error means that a handler is already there.
    let _ = ctrlc::set_handler(|| {
        let now = Timestamp::now();
        let first = *FIRST.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(now);
        let apart = now.as_millisecond().abs_diff(first.as_millisecond());
        if INTERRUPTED.swap(true, Ordering::SeqCst) && apart > ONE_REQUEST_MS {
            std::process::exit(130);
        }
    });
}

/// Whether the user asked for the end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// A parent that was killed must not leave this process computing for nobody. Elsewhere than on Linux the closed pipe
/// ends it a little later.
pub(crate) fn end_with_the_parent() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}
