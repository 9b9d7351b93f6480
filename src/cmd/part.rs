//! Parts of the main job in processes of their own: a crash of one is a null with its reason, and the rest goes on.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::meter::clock::{Clock, SystemClock};
use crate::process::group::own_group;
use crate::process::interrupt::interrupted;

/// How often the part is looked after.
const LOOK: Duration = Duration::from_millis(50);

/// How long a part may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// Why there is no document of a part that the user ended.
const KEPT: &str = "interrupted; what it had finished is kept";

/// Largest document taken from a part.
const LARGEST: u64 = 64 << 20;

/// Runs `densimeter ARGUMENTS --json` and takes its document, or the reason why there is none.
///
/// The part's progress goes straight to the terminal. Past the limit (seconds), or when the user interrupts, it is told
/// to end and keeps what it has.
pub(super) fn json(arguments: &[&str], limit: f64) -> Result<Value, String> {
    let name = arguments[0];
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let reason = folder.path().join("reason");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(arguments).arg("--json").arg("--reason-file").arg(&reason);
    // Ctrl-C reaches the terminal's whole group: outside it, the part hears of it once, and from here.
    own_group(&mut command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`densimeter {name}` cannot be started: {error}"))?;
    let mut pipe = child.stdout.take().ok_or("its output is missing")?.take(LARGEST);
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let late = || format!("`densimeter {name}` took longer than {limit:.0} s and was ended");
    let clock = SystemClock::new();
    let start = clock.now();
    let mut told: Option<(Duration, String)> = None;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        let now = clock.now() - start;
        match &told {
            None if interrupted() || now.as_secs_f64() > limit => {
                end(&child);
                told = Some((now, if interrupted() { KEPT.to_owned() } else { late() }));
            }
            Some((then, _)) if now - *then > GRACE => {
                let _ = child.kill();
            }
            _ => {}
        }
        clock.wait(LOOK);
    };
    let text = reader.join().map_err(|_| "its output could not be read")?.map_err(|error| error.to_string())?;
    if let Some((_, why)) = told {
        return Err(why);
    }
    serde_json::from_str(&text).map_err(|_| match std::fs::read_to_string(&reason) {
        Ok(said) if !said.is_empty() => said,
        _ => format!("`densimeter {name}` ended with {status} and no document"),
    })
}

/// Asks the part to end as a user would.
fn end(child: &Child) {
    #[cfg(unix)]
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
    }
}
