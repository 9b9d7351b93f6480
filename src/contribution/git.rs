//! Git, as a program: called without a terminal, without hooks, and without what another call of it left in the environment.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::capture::capture;
use crate::process::interrupt::interrupted;
use crate::sanitize::printable;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(20);

/// Bytes of its output that are kept.
const MOST: u64 = 1 << 20;

/// Characters of its complaint that are shown.
const SHOWN: usize = 300;

/// Variables by which a call of git steers the ones below it.
const STEERING: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// There is no git.
    #[error("git cannot be started ({0}); install it, or give --dry-run, which only shows what would be offered")]
    Missing(io::Error),
    /// It says no.
    #[error("`git {call}` in {}: {said}", folder.display())]
    Failed {
        /// What it was asked.
        call: String,
        /// Where.
        folder: PathBuf,
        /// What it says.
        said: String,
    },
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// Calls git in a folder and returns what it prints, without the end of the line.
///
/// # Errors
/// [`GitError`].
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<String, GitError> {
    let mut command = Command::new("git");
    // A hook of the user may do anything, such as push.
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false"]);
    command.args(arguments).current_dir(folder);
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    STEERING.iter().for_each(|name| {
        command.env_remove(name);
    });
    let said = capture(command, MOST, EVERY, &mut |_| interrupted().then_some(())).map_err(GitError::Missing)?;
    let Ok(said) = said else { return Err(GitError::Interrupted) };
    if said.status.success() {
        return Ok(String::from_utf8_lossy(&said.out).trim_end().to_owned());
    }
    let complaint = String::from_utf8_lossy(&said.err);
    let complaint = complaint.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    Err(GitError::Failed {
        call: arguments.first().copied().unwrap_or_default().to_owned(),
        folder: folder.to_owned(),
        said: printable(&complaint, SHOWN),
    })
}
