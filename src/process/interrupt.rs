//! Ctrl-C: the first one ends the work in an orderly way, the second one ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Listens from now on; a second call changes nothing.
pub(crate) fn listen() {
    // An error means that a handler is already there.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
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
