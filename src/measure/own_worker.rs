//! The worker of this very program.

use std::io;
use std::process::Command;

/// The command that starts it.
///
/// # Errors
/// Where the program cannot be found.
pub fn own_worker() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("worker");
    Ok(command)
}
