//! Systems without the limits of Unix: nothing is run.

use super::Job;

/// Says why there is no inner stage here.
pub fn run(_job: &Job, mut say: impl FnMut(&str)) {
    say("host limits on a process exist only on Unix");
}
