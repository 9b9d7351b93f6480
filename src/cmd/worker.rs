//! `densimeter worker` (hidden): the measured child. It speaks the protocol of [`crate::worker`] on its pipes.

use std::io::{stdin, stdout};

use super::Outcome;
use crate::cli::{Global, worker::Worker};
use crate::worker::serve::serve;

/// Serves one job.
pub(super) fn run(_args: &Worker, _global: &Global) -> anyhow::Result<Outcome> {
    end_with_the_host();
    serve(&mut stdin().lock(), &mut stdout().lock())?;
    Ok(Outcome::Done)
}

/// A worker looks at its pipe only between two repetitions, which take minutes on a slow board: a host that was killed
/// must not leave it computing for nobody. Elsewhere than on Linux the closed pipe ends it a little later.
fn end_with_the_host() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}
