//! What is said between this machine and `densimeter agent` on a target, from the request to the list of files.

use std::time::Duration;

use super::event::TargetEvent;
use super::facts::Facts;
use super::program::Program;
use super::protocol::{Event, HostState, LONGEST_LINE, Progress, Request, RunFile, VERSION, Work};
use super::record::Row;
use super::target_error::TargetError;
use super::transport::Transport;
use super::transport_error::TransportError;
use super::upload::Upload;
use crate::meter::deadline::Deadline;
use crate::process::child::{ChildError, JsonChild};
use crate::process::shell::quoted;
use crate::sanitize::printable;

/// A board that says nothing for so long is gone: it tells its progress every other second, but hashes its files in one go.
const SILENCE: Duration = Duration::from_secs(600);

/// How a board's work ended.
pub(super) struct Answer {
    /// The files of the run.
    pub(super) files: Vec<RunFile>,
    /// Exit code of the command.
    pub(super) code: Option<i32>,
    /// Its last words.
    pub(super) said: Option<String>,
}

/// Talking to a board.
pub(super) struct AgentSession<'a> {
    /// The way to the target.
    pub(super) transport: &'a Transport,
    /// The fleet's folder there.
    pub(super) folder: &'a str,
    /// Who asks.
    pub(super) from: &'a str,
    /// The target's time.
    pub(super) deadline: &'a Deadline,
    /// Whether the user interrupted.
    pub(super) interrupted: &'a dyn Fn() -> bool,
    /// Hears of the board's progress.
    pub(super) tell: &'a (dyn Fn(TargetEvent) + Sync),
}

impl AgentSession<'_> {
    /// Lets the board work until it names the files of the run.
    pub(super) fn run(
        &self,
        work: Work,
        upload: &Upload,
        program: &Program,
        facts: &Facts,
        row: &mut Row,
    ) -> Result<Answer, TargetError> {
        let script = agent_script(self.folder, &upload.place);
        let mut child = JsonChild::start_behind(self.transport.command(&script), LONGEST_LINE, self.transport.mark())
            .map_err(|error| TargetError::Agent(error.to_string()))?;
        let died = |error: ChildError| self.died(error, program, facts);
        child.send(&Request { version: VERSION, from: self.from.to_owned(), work }).map_err(died)?;
        let mut code = None;
        let mut said = None;
        let (mut before, mut after) = (false, false);
        let twice = |event: &str| Err(TransportError::Garbled(format!("a second event '{event}'")).into());
        loop {
            let left = self.deadline.left();
            if left.is_zero() {
                return Err(TransportError::TimedOut(left).into());
            }
            match child.receive::<Event>(SILENCE.min(left), self.interrupted).map_err(died)? {
                // What a board can add to the row is bounded.
                Event::Before { .. } if std::mem::replace(&mut before, true) => return twice("before"),
                Event::After { .. } if std::mem::replace(&mut after, true) => return twice("after"),
                Event::Before { state, notes } => {
                    row.before = Some(clean(*state));
                    row.warnings.extend(notes.iter().take(4).map(|note| printable(note, 300)));
                }
                Event::Progress(progress) => {
                    let step = printable(&progress.step, 40);
                    (self.tell)(TargetEvent::Working(Progress { step, ..progress }));
                }
                Event::After { state, code: ended, reason, cores_seen } => {
                    row.after = Some(clean(*state));
                    row.cores_seen = cores_seen.iter().take(16).map(|list| printable(list, 100)).collect();
                    (code, said) = (ended, reason.map(|text| printable(&text, 400)));
                }
                Event::Files { files } => return Ok(Answer { files, code, said }),
                Event::Locked { holder } => return Err(TargetError::Locked(printable(&holder, 200))),
                Event::Failed { error } => return Err(TargetError::Agent(printable(&error, 400))),
            }
        }
    }

    /// What the end of the board's program means.
    fn died(&self, error: ChildError, program: &Program, facts: &Facts) -> TargetError {
        match error {
            ChildError::Died { status, code: None, .. } => {
                TargetError::Agent(format!("the binary {} there was {status}", program.name()))
            }
            ChildError::Died { code: Some(255), said, .. } if said.is_empty() => {
                let why = format!(
                    "the connection broke, or the binary {} was killed there; ssh says neither",
                    program.name()
                );
                TransportError::Unreachable(why).into()
            }
            ChildError::Died { code, said, .. } => match self.transport.explain(code, &said) {
                TransportError::Failed { code: code @ Some(126 | 127), said } => TargetError::Agent(format!(
                    "the binary {} ({}) does not start on this {} machine: {}",
                    program.name(),
                    program.machine(),
                    facts.machine,
                    if said.is_empty() { format!("exit code {}", code.unwrap_or_default()) } else { said }
                )),
                error => error.into(),
            },
            ChildError::Interrupted => TransportError::Interrupted.into(),
            ChildError::TimedOut { limit } => TransportError::TimedOut(limit).into(),
            ChildError::Garbled(what) => TransportError::Garbled(printable(&what, 200)).into(),
            ChildError::Start(_) | ChildError::Failed(_) => TargetError::Agent(error.to_string()),
        }
    }
}

/// The script that starts the board's side.
#[must_use]
pub(crate) fn agent_script(folder: &str, program: &str) -> String {
    format!("cd -- {} && exec ./{} agent", quoted(folder), quoted(program))
}

/// A state with nothing in its words that a terminal would obey.
#[must_use]
pub(crate) fn clean(state: HostState) -> HostState {
    let words = |text: Option<String>| text.map(|text| printable(&text, 100));
    HostState {
        densimeter: printable(&state.densimeter, 40),
        level: words(state.level),
        clock: printable(&state.clock, 40),
        cpuset: words(state.cpuset),
        cores_allowed: words(state.cores_allowed),
        cores_asked: words(state.cores_asked),
        reasons: state
            .reasons
            .into_iter()
            .take(32)
            .map(|(name, why)| (printable(&name, 40), printable(&why, 200)))
            .collect(),
        ..state
    }
}
