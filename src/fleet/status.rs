//! Asking a target how it is, without sending it anything.

use std::time::Duration;

use super::agent_session::{agent_script, clean};
use super::facts::{Facts, gather_facts};
use super::inventory::{Inventory, Target};
use super::program::Program;
use super::protocol::{Event, HostState, LONGEST_LINE, Request, VERSION, Work};
use super::transport::Transport;
use super::transport_error::TransportError;
use crate::process::child::JsonChild;
use crate::process::shell::quoted;
use crate::sanitize::printable;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// What a target is doing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// Nobody measures there.
    Free(Box<HostState>),
    /// Somebody measures there.
    Busy(String),
    /// It was never sent the binary that it would be sent now; what it does, only that one could tell.
    Bare,
    /// There is no binary to send it.
    NoProgram(String),
    /// Its binary does not do what it should.
    Silent(String),
}

/// Asks a target.
///
/// # Errors
/// [`TransportError`] when it cannot be reached.
pub(crate) fn status(
    target: &Target,
    inventory: &Inventory,
    from: &str,
    interrupted: &dyn Fn() -> bool,
) -> Result<(Facts, Answer), TransportError> {
    let transport = Transport::of(target);
    let folder = Inventory::folder(target);
    let facts = gather_facts(&transport, &folder, ANSWER, interrupted)?;
    let upload = match Program::choose(target, inventory, &facts).and_then(|program| program.upload()) {
        Ok(upload) => upload,
        Err(error) => return Ok((facts, Answer::NoProgram(error.to_string()))),
    };
    let there = format!("cd -- {} && test -x {} && echo there || echo bare", quoted(&folder), quoted(&upload.place));
    if transport.run(&there, 64, ANSWER, interrupted)?.trim_ascii() != b"there" {
        return Ok((facts, Answer::Bare));
    }
    let silent = |error: crate::process::child::ChildError| Answer::Silent(printable(&error.to_string(), 200));
    let script = agent_script(&folder, &upload.place);
    let answer =
        JsonChild::start_behind(transport.command(&script), LONGEST_LINE, transport.mark()).and_then(|mut child| {
            child.send(&Request { version: VERSION, from: from.to_owned(), work: Work::State })?;
            child.receive::<Event>(ANSWER, interrupted)
        });
    let answer = match answer {
        Ok(Event::Before { state, .. }) => Answer::Free(Box::new(clean(*state))),
        Ok(Event::Locked { holder }) => Answer::Busy(printable(&holder, 200)),
        Ok(Event::Failed { error }) => Answer::Silent(printable(&error, 200)),
        Ok(_) => Answer::Silent("another event than its state".to_owned()),
        Err(error) => silent(error),
    };
    Ok((facts, answer))
}
