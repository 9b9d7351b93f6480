//! ssh as this program calls it, and what its complaints mean.

use std::process::Command;
use std::time::Duration;

use super::address::SshHost;
use super::inventory::Target;
use super::transport_error::{TransportError, said_or_code};
use crate::meter::deadline::Deadline;
use crate::process::capture::capture;
use crate::process::shell::quoted;

/// The system's own.
pub(crate) const PROGRAM: &str = "ssh";

/// Bytes of its words that are searched for a fingerprint.
const MOST_SAID: u64 = 64 << 10;

/// How long it is asked for one.
const ASKED: Duration = Duration::from_secs(20);

/// How often it is looked whether it has answered.
const LOOK: Duration = Duration::from_millis(20);

/// What every connection is made with, to a target and to a jump host alike.
const STRICT: [&str; 14] = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "ControlMaster=no",
    "ControlPath=none",
    "EscapeChar=none",
    QUIET,
];

/// ssh's own, named so that [`VERBOSE`] can take its place.
const QUIET: &str = "LogLevel=INFO";

/// Tells the key that a host shows.
const VERBOSE: &str = "LogLevel=DEBUG1";

/// The words between the program and the command that runs there.
#[must_use]
pub(crate) fn options(target: &Target, host: &SshHost) -> Vec<String> {
    let mut options = strict();
    let mut set = |option: String| options.extend(["-o".to_owned(), option]);
    if let Some(known) = &target.known_hosts {
        set(format!("UserKnownHostsFile=\"{}\"", known.display()));
        set("GlobalKnownHostsFile=none".to_owned());
    }
    if let Some(identity) = &target.identity {
        set("IdentitiesOnly=yes".to_owned());
        options.extend(["-i".to_owned(), identity.display().to_string()]);
    }
    options.extend(through(target, &target.jump));
    options.extend(address(host));
    options
}

fn strict() -> Vec<String> {
    let options = STRICT.iter().flat_map(|option| ["-o", option]);
    std::iter::once("-T").chain(options).map(str::to_owned).collect()
}

fn address(host: &SshHost) -> Vec<String> {
    let port = host.port.map(|port| ["-p".to_owned(), port.to_string()]);
    let user = host.user.clone().map(|user| ["-l".to_owned(), user]);
    let host = ["--".to_owned(), host.host.clone()];
    port.into_iter().flatten().chain(user.into_iter().flatten()).chain(host).collect()
}

/// The way through jump hosts. ssh's own `-J` passes none of the options on: a gate would be believed on sight where the
/// user's configuration says so, or ask at the terminal. A gate may be known, and let us in, as the target is, or as ssh's
/// own configuration says.
fn through(target: &Target, jump: &[SshHost]) -> Vec<String> {
    let Some((gate, before)) = jump.split_last() else { return Vec::new() };
    let mut words = vec![PROGRAM.to_owned()];
    words.extend(strict());
    if let Some(known) = &target.known_hosts {
        let known = known.display();
        words.extend(["-o".to_owned(), format!("UserKnownHostsFile=\"{known}\" ~/.ssh/known_hosts")]);
    }
    if let Some(identity) = &target.identity {
        words.extend(["-i".to_owned(), identity.display().to_string()]);
    }
    words.extend(through(target, before));
    // Where it leads is for the ssh outside to say, which reads % as its own sign in all other words.
    let mut command: Vec<String> = words.iter().map(|word| quoted(&word.replace('%', "%%"))).collect();
    command.push("-W '[%h]:%p'".to_owned());
    command.extend(address(gate).iter().map(|word| quoted(&word.replace('%', "%%"))));
    vec!["-o".to_owned(), format!("ProxyCommand={}", command.join(" "))]
}

/// What it means that ssh itself failed (exit code 255). `last` is the last line of what was said.
#[must_use]
pub(crate) fn explain(prefix: &[String], said: &str, last: String) -> TransportError {
    if said.contains("Host key verification failed") || said.contains("HOST IDENTIFICATION HAS CHANGED") {
        TransportError::HostKey(host_key(prefix, said))
    } else if said.contains("Permission denied") || said.contains("Too many authentication failures") {
        let open = said.contains("UNPROTECTED PRIVATE KEY FILE") || said.contains("bad permissions");
        let key =
            if open { "; ssh passed over the private key, since others may read its file (chmod 600)" } else { "" };
        TransportError::Denied(format!("{last}{key}"))
    } else {
        TransportError::Unreachable(said_or_code(&last, Some(255)))
    }
}

/// The fingerprint that the host shows, and what to do about it.
fn host_key(prefix: &[String], said: &str) -> String {
    let shown = fingerprint(said).or_else(|| {
        // Where no key is known ssh tells the one it was shown only when it is asked to tell all.
        let mut command = Command::new(PROGRAM);
        command.args(prefix.iter().map(|word| word.replace(QUIET, VERBOSE))).arg("exit");
        let deadline = Deadline::new(ASKED);
        let said = capture(command, MOST_SAID, LOOK, &mut |_| deadline.left().is_zero().then_some(())).ok()?.ok()?;
        let said = String::from_utf8_lossy(&said.err);
        // Of several hosts on the way the last one is it: the others let us pass.
        fingerprint(&said[said.rfind("Server host key: ")?..])
    });
    let shown = shown.unwrap_or_else(|| "a key without a fingerprint".to_owned());
    let known = if said.contains("HOST IDENTIFICATION HAS CHANGED") {
        "which is not the one known for it: somebody may stand in between, or the board was set up anew"
    } else {
        "and none is known for it"
    };
    // With jump hosts it may be one on the way.
    let host = whose(said).map_or_else(|| "the host".to_owned(), |name| format!("host {name}"));
    format!(
        "{host} shows {shown}, {known}; compare it on the board itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) before adding it to known_hosts"
    )
}

/// The host whose key was refused, in ssh's words.
fn whose(said: &str) -> Option<&str> {
    let name = said.split_once("host key is known for ").or_else(|| said.split_once("Host key for "))?.1;
    let name = name.split_ascii_whitespace().next()?;
    (name.len() < 256 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".:[]-_%".contains(&b))).then_some(name)
}

/// The first fingerprint in ssh's words.
fn fingerprint(said: &str) -> Option<String> {
    let at = said.find("SHA256:")?;
    let print: String =
        said[at + 7..].chars().take(43).take_while(|c| c.is_ascii_alphanumeric() || "+/".contains(*c)).collect();
    (print.len() == 43).then(|| format!("SHA256:{print}"))
}
