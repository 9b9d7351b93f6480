//! A child with a process group of its own, so that this program decides its end, and that of all it started.

use std::process::{Child, Command};

/// Ctrl-C goes to the terminal's foreground group: the child stands outside it, so that the host decides its end.
pub(crate) fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Asks a child to end as a user would.
pub(crate) fn interrupt(child: &Child) {
    #[cfg(unix)]
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
    }
}

/// Kills a child, and where it was given a group of its own all that it started: a shell's children would keep its pipes.
pub(crate) fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}
