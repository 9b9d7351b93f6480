//! Another program in the place of this one.

use std::process::Command;

/// Goes over to another program; comes back only with the reason why it cannot be started.
#[cfg(unix)]
pub(crate) fn go_over(command: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

/// Goes over to another program, which here is to wait for it and to end as it did; comes back only with the reason why
/// it cannot be started.
#[cfg(not(unix))]
pub(crate) fn go_over(command: &mut Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
