//! Parts of the main job in processes of their own: a crash of one is a null with its reason, and the rest goes on.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::interrupt::interrupted;
use crate::meter::clock::{Clock, SystemClock};

/// How often the part is looked after.
const LOOK: Duration = Duration::from_millis(50);

/// Largest document taken from a part.
const LARGEST: u64 = 64 << 20;

/// Runs `densimeter ARGUMENTS --json` and takes its document, or the reason why there is none.
///
/// The part's progress goes straight to the terminal. Past the limit (seconds), or when the user interrupts, it is told
/// to end and keeps what it has.
pub(super) fn json(arguments: &[&str], limit: f64) -> Result<Value, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .args(arguments)
        .arg("--json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`densimeter {}` cannot be started: {error}", arguments[0]))?;
    let mut pipe = child.stdout.take().ok_or("its output is missing")?.take(LARGEST);
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let clock = SystemClock::new();
    let start = clock.now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if interrupted() => {
                let _ = child.wait();
                return Err("interrupted".to_owned());
            }
            None if (clock.now() - start).as_secs_f64() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`densimeter {}` took longer than {limit:.0} s and was ended", arguments[0]));
            }
            None => clock.wait(LOOK),
        }
    };
    let text =
        reader.join().map_err(|_| "its output could not be read".to_owned())?.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|_| {
        format!("`densimeter {}` ended with {status} and no document (see its message above)", arguments[0])
    })
}
