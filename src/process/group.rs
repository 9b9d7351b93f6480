//! A child with a process group of its own, so that this program decides its end, and that of all it started.

use std::process::{Child, Command};

/// Ctrl-C goes to the terminal's foreground group: the child stands outside it, so that the host decides its end.
pub(crate) fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // CREATE_NEW_PROCESS_GROUP: such a child does not see the console's Ctrl-C.
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0200);
}

/// Asks a child to end as a user would. Windows has no such message for a program with a group of its own: there it is killed
/// when its time is over.
pub(crate) fn interrupt(child: &Child) {
    #[cfg(not(unix))]
    let _ = child;
    #[cfg(unix)]
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
    }
}

/// Kills a child, and where it was given a group of its own all that it started: a shell's children would keep its pipes.
///
/// Windows has no such groups: there its tree is ended by the system's own `taskkill`, and the child in any case.
pub(crate) fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
    #[cfg(windows)]
    if matches!(child.try_wait(), Ok(None)) {
        let system = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
        let null = std::process::Stdio::null;
        let _ = Command::new(std::path::Path::new(&system).join("System32").join("taskkill.exe"))
            .args(["/T", "/F", "/PID", &child.id().to_string()])
            .stdin(null())
            .stdout(null())
            .stderr(null())
            .status();
    }
    let _ = child.kill();
}
