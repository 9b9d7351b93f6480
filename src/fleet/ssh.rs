//! ssh as this program calls it, and what its complaints mean.

use std::path::Path;
use std::process::{Command, Stdio};

use super::address::SshHost;
use super::inventory::Target;
use super::transport::{TransportError, said_or_code};
use crate::worker::peer::own_group;

/// The system's own.
pub const PROGRAM: &str = "ssh";

/// Bytes of its words that are searched for a fingerprint.
const MOST_SAID: usize = 16 << 10;

/// The words between the program and the command that runs there.
#[must_use]
pub fn options(target: &Target, host: &SshHost) -> Vec<String> {
    let mut options: Vec<String> = vec!["-T".to_owned()];
    let mut set = |option: String| options.extend(["-o".to_owned(), option]);
    for option in [
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
    ] {
        set(option.to_owned());
    }
    let path = |path: &Path| path.display().to_string();
    if let Some(known) = &target.known_hosts {
        set(format!("UserKnownHostsFile=\"{}\"", path(known)));
        set("GlobalKnownHostsFile=none".to_owned());
    }
    if let Some(identity) = &target.identity {
        set("IdentitiesOnly=yes".to_owned());
        options.extend(["-i".to_owned(), path(identity)]);
    }
    if !target.jump.is_empty() {
        let jumps: Vec<String> = target.jump.iter().map(ToString::to_string).collect();
        options.extend(["-J".to_owned(), jumps.join(",")]);
    }
    if let Some(port) = host.port {
        options.extend(["-p".to_owned(), port.to_string()]);
    }
    if let Some(user) = &host.user {
        options.extend(["-l".to_owned(), user.clone()]);
    }
    options.extend(["--".to_owned(), host.host.clone()]);
    options
}

/// What it means that ssh itself failed (exit code 255). `last` is the last line of what was said.
#[must_use]
pub fn explain(prefix: &[String], said: &str, last: String) -> TransportError {
    if said.contains("Host key verification failed") || said.contains("HOST IDENTIFICATION HAS CHANGED") {
        TransportError::HostKey(host_key(prefix, said))
    } else if said.contains("Permission denied") || said.contains("Too many authentication failures") {
        TransportError::Denied(last)
    } else {
        TransportError::Unreachable(said_or_code(&last, Some(255)))
    }
}

/// The fingerprint that the host shows, and what to do about it.
fn host_key(prefix: &[String], said: &str) -> String {
    let shown = fingerprint(said).or_else(|| {
        // Where no key is known ssh tells the one it was shown only when it is asked to tell all.
        let mut command = Command::new(PROGRAM);
        own_group(&mut command);
        let verbose = command.arg("-v").args(prefix).arg("exit").stdin(Stdio::null()).output().ok()?;
        fingerprint(&String::from_utf8_lossy(&verbose.stderr[..verbose.stderr.len().min(MOST_SAID)]))
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
