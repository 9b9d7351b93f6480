//! A target's shell as a command prefix: a script in, bytes out, both bounded.
//!
//! The scripts are this program's own; what the user wrote in the inventory is quoted into them, and nothing that a
//! remote said ever is.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::address::Address;
use super::inventory::Target;
use super::pipe::{self, Input};
use super::ssh;
use super::transport_error::TransportError;
use crate::process::behind::Behind;
use crate::process::capture::first_bytes;
use crate::process::group::{kill_group, own_group};
use crate::process::shell::quoted;
use crate::sanitize::printable;

/// Bytes of a program's complaints that are kept.
const MOST_SAID: u64 = 16 << 10;

/// What a script says first on a target: what stands before it is the account's, not the script's.
const BEGIN: &str = "densimeter-begins:";

/// How a target is reached.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    program: &'static str,
    prefix: Vec<String>,
    address: Address,
    /// Where a script begins on this machine; elsewhere ssh and adb say.
    begin: Option<PathBuf>,
}

impl Transport {
    /// The way to a target.
    #[must_use]
    pub(crate) fn of(target: &Target) -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        let (program, prefix) = match &target.address {
            // As behind ssh: a folder counts from the home folder, wherever the command was typed.
            Address::Local => return Self { begin: std::env::home_dir(), ..Self::local() },
            Address::Adb { serial } => ("adb", words(&["-s", serial, "shell", "-T", "--"])),
            Address::Ssh(host) => (ssh::PROGRAM, ssh::options(target, host)),
        };
        Self { program, prefix, address: target.address.clone(), begin: None }
    }

    /// This machine's shell.
    #[must_use]
    pub(crate) fn local() -> Self {
        Self { program: "sh", prefix: vec!["-c".to_owned()], address: Address::Local, begin: None }
    }

    /// The command that runs a script on the target.
    #[must_use]
    pub(crate) fn command(&self, script: &str) -> Command {
        let mut command = Command::new(self.program);
        command.args(&self.prefix);
        if let Some(folder) = self.begin.as_ref().filter(|folder| folder.is_dir()) {
            command.current_dir(folder);
        }
        match self.address {
            Address::Local => command.arg(script),
            // The login shell there may be any: it only has to find and quote `sh`.
            Address::Ssh(_) | Address::Adb { .. } => {
                command.arg(format!("exec sh -c {}", quoted(&format!("printf {BEGIN}; {script}"))))
            }
        };
        command
    }

    /// What stands before the words of a script.
    #[must_use]
    pub(crate) const fn mark(&self) -> &'static [u8] {
        match self.address {
            Address::Local => b"",
            Address::Ssh(_) | Address::Adb { .. } => BEGIN.as_bytes(),
        }
    }

    /// Runs a script and takes at most `most` bytes of what it writes.
    ///
    /// # Errors
    /// [`TransportError`].
    pub(crate) fn run(
        &self,
        script: &str,
        most: u64,
        limit: Duration,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, TransportError> {
        let mut out = Vec::new();
        self.stream(script, None, &mut out, most, limit, interrupted)?;
        Ok(out)
    }

    /// Runs a script with a file as its input, and copies at most `most` bytes of what it writes into `out`.
    ///
    /// # Errors
    /// [`TransportError`].
    pub(crate) fn stream(
        &self,
        script: &str,
        input: Option<Input<'_>>,
        out: &mut (dyn Write + Send),
        most: u64,
        limit: Duration,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), TransportError> {
        let start =
            |error: io::Error| TransportError::Start { program: self.program.to_owned(), reason: error.to_string() };
        let mut command = self.command(script);
        own_group(&mut command);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(start)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(start(io::Error::other("its pipes are missing")));
        };
        let ended = AtomicBool::new(false);
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| pipe::take(Behind::new(stdout, self.mark()), out, most));
            let said = threads.spawn(|| first_bytes(stderr, MOST_SAID));
            let writer = input.zip(stdin).map(|(input, pipe)| threads.spawn(|| pipe::feed(input, pipe, &ended)));
            let watched = pipe::watch(&mut child, limit, interrupted, &|| reader.is_finished());
            ended.store(true, Ordering::SeqCst);
            let (status, stopped) = watched.inspect_err(|_| kill_group(&mut child))?;
            let copied = reader.join().map_err(|_| TransportError::Here("its output could not be read".to_owned()))?;
            let fed = writer.map(|writer| writer.join());
            let said = said.join().unwrap_or_default();
            match (copied, stopped) {
                (Err(error), _) => Err(error),
                (_, Some(stopped)) => Err(stopped),
                (Ok(()), None) if status.success() => match fed {
                    Some(Ok(Err(error))) => Err(error),
                    _ => Ok(()),
                },
                (Ok(()), None) => Err(self.explain(status.code(), &String::from_utf8_lossy(&said))),
            }
        })
    }

    /// What a failure of the prefix or of the script means.
    #[must_use]
    pub(crate) fn explain(&self, code: Option<i32>, said: &str) -> TransportError {
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let last = printable(last, 300);
        match self.address {
            Address::Ssh(_) if code == Some(255) => ssh::explain(&self.prefix, said, last),
            Address::Adb { .. } if said.contains("unauthorized") => {
                TransportError::Denied(format!("{last}: allow this computer on the device's screen"))
            }
            Address::Adb { .. }
                if ["not found", "offline", "no devices", "closed", "daemon"].iter().any(|word| {
                    said.lines().any(|line| line.starts_with("error:") || line.starts_with("adb:"))
                        && said.contains(word)
                }) =>
            {
                TransportError::Unreachable(last)
            }
            _ => TransportError::Failed { code, said: last },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_a_script_writes_is_bounded() {
        let run = |script: &str, most| Transport::local().run(script, most, 20 * SECOND, &|| false);
        assert_eq!(run("printf abc", 3).unwrap(), b"abc");
        assert!(matches!(run("printf abcd", 3), Err(TransportError::TooMuch(3))));
        assert!(matches!(run("yes", 1 << 20), Err(TransportError::TooMuch(_))));
        assert!(matches!(run("echo no >&2; exit 3", 9), Err(TransportError::Failed { code: Some(3), .. })));
    }

    #[test]
    fn time_and_the_user_end_a_script() {
        assert!(matches!(
            Transport::local().run("sleep 60", 9, SECOND / 10, &|| false),
            Err(TransportError::TimedOut(_))
        ));
        assert!(matches!(
            Transport::local().run("sleep 60", 9, 20 * SECOND, &|| true),
            Err(TransportError::Interrupted)
        ));
    }

    #[test]
    fn what_ssh_and_adb_say_is_understood() {
        let target = |address: &str| -> Target {
            toml::from_str(&format!("name = \"x\"\naddress = \"{address}\"\nknown_hosts = \"k h\"")).unwrap()
        };
        let ssh = Transport::of(&target("ssh://pi@board:2222"));
        let changed = "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nThe fingerprint for the ED25519 key sent by the \
            remote host is\nSHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE.\nHost key verification failed.";
        let error = ssh.explain(Some(255), changed).to_string();
        assert!(error.contains("SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE,"), "{error}");
        let denied = ssh.explain(Some(255), "pi@board: Permission denied (publickey).");
        assert!(matches!(denied, TransportError::Denied(_)) && !denied.is_transient());
        assert!(ssh.explain(Some(255), "ssh: connect to host board port 2222: Connection refused").is_transient());
        assert!(!ssh.explain(Some(1), "cat: write error: No space left on device").is_transient());
        let adb = Transport::of(&target("adb:R58"));
        assert!(adb.explain(Some(1), "error: device 'R58' not found").is_transient());
        assert!(matches!(adb.explain(Some(1), "error: device unauthorized."), TransportError::Denied(_)));
        let words: Vec<String> =
            adb.command("echo it's").get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        assert_eq!(words, ["-s", "R58", "shell", "-T", "--", r"exec sh -c 'printf densimeter-begins:; echo it'\''s'"]);
        let words = ssh.command("true");
        let words: Vec<_> = words.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        assert!(words.contains(&"StrictHostKeyChecking=yes".to_owned()));
        assert_eq!(
            words[words.len() - 7..],
            ["-p", "2222", "-l", "pi", "--", "board", "exec sh -c 'printf densimeter-begins:; true'"]
        );
    }
}
