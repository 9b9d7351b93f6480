//! `densimeter worker` (hidden): the measured child. It speaks the protocol of [`crate::worker`] on its pipes.

use crate::process::interrupt;
use std::io::{BufReader, stdin, stdout};

use super::Outcome;
use crate::cli::{Global, worker::Worker};
use crate::worker::serve::serve;

/// Serves one job.
pub(super) fn run(_args: &Worker, _global: &Global) -> anyhow::Result<Outcome> {
    // A worker looks at its pipe only between two repetitions, which take minutes on a slow board.
    interrupt::end_with_the_parent();
    serve(Box::new(BufReader::new(stdin())), &mut stdout().lock())?;
    Ok(Outcome::Done)
}
