//! A target's shell as a command prefix: a script in, bytes out, both bounded.
//!
//! The scripts are this program's own; what the user wrote in the inventory is quoted into them, and nothing that a
//! remote said ever is.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::address::{Address, SshHost};
use super::inventory::Target;
use super::quote::{printable, quoted};
use crate::meter::clock::{Clock, SystemClock};
use crate::worker::peer::{kill_group, own_group};

/// How often a transfer is looked after.
const LOOK: Duration = Duration::from_millis(20);

/// Bytes of a program's complaints that are kept.
const MOST_SAID: u64 = 16 << 10;

/// Bytes copied at once.
const CHUNK: usize = 64 << 10;

/// Why a script on a target gave nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    /// ssh, adb or sh is not there.
    #[error("{program} cannot be started: {reason}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        reason: String,
    },
    /// The host shows another key than the known one, or none is known.
    #[error("host key refused: {0}")]
    HostKey(String),
    /// The target does not let us in.
    #[error("no access: {0}")]
    Denied(String),
    /// The target is not there, or the connection broke.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The script ended with an exit code.
    #[error("{}", said_or_code(said, *code))]
    Failed {
        /// The exit code.
        code: Option<i32>,
        /// The last of what it said.
        said: String,
    },
    /// More came than was asked for.
    #[error("sent more than the {0} bytes that were asked for; the rest was not read")]
    TooMuch(u64),
    /// What came is not what was asked for.
    #[error("sent something else than asked for: {0}")]
    Garbled(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
    /// Reading or writing here failed.
    #[error("{0}")]
    Here(String),
}

fn said_or_code(said: &str, code: Option<i32>) -> String {
    match (said.is_empty(), code) {
        (false, _) => said.to_owned(),
        (true, Some(code)) => format!("ended with exit code {code} and no word"),
        (true, None) => "was killed".to_owned(),
    }
}

impl TransportError {
    /// Whether another attempt may go better.
    #[must_use]
    pub const fn passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut(_))
    }
}

/// What goes into a script.
pub struct Input<'a> {
    /// The file, placed where reading begins.
    pub file: File,
    /// Bytes per second at most.
    pub bytes_per_s: Option<u64>,
    /// Hears of every piece.
    pub sent: &'a (dyn Fn(u64) + Sync),
}

/// How a target is reached.
#[derive(Debug, Clone)]
pub struct Transport {
    program: &'static str,
    prefix: Vec<String>,
    address: Address,
}

impl Transport {
    /// The way to a target.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        let (program, prefix) = match &target.address {
            Address::Local => return Self::local(),
            Address::Adb { serial } => ("adb", words(&["-s", serial, "shell", "-T", "--"])),
            Address::Ssh(host) => ("ssh", ssh_options(target, host)),
        };
        Self { program, prefix, address: target.address.clone() }
    }

    /// This machine's shell.
    #[must_use]
    pub fn local() -> Self {
        Self { program: "sh", prefix: vec!["-c".to_owned()], address: Address::Local }
    }

    /// The command that runs a script on the target.
    #[must_use]
    pub fn command(&self, script: &str) -> Command {
        let mut command = Command::new(self.program);
        command.args(&self.prefix);
        match self.address {
            Address::Local => command.arg(script),
            // The login shell there may be any: it only has to find and quote `sh`.
            Address::Ssh(_) | Address::Adb { .. } => command.arg(format!("exec sh -c {}", quoted(script))),
        };
        command
    }

    /// Runs a script and takes at most `most` bytes of what it writes.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn run(
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
    pub fn stream(
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
        let (Some(stdout), Some(mut stderr)) = (stdout, stderr) else {
            return Err(start(io::Error::other("its pipes are missing")));
        };
        let ended = AtomicBool::new(false);
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| copy_bounded(stdout, out, most));
            let said = threads.spawn(move || {
                let mut said = Vec::new();
                let _ = (&mut stderr).take(MOST_SAID).read_to_end(&mut said);
                // A program must not block on what nobody reads.
                let _ = io::copy(&mut stderr, &mut io::sink());
                String::from_utf8_lossy(&said).into_owned()
            });
            let writer = input.zip(stdin).map(|(input, pipe)| threads.spawn(|| feed(input, pipe, &ended)));
            let stopped = watch(&mut child, limit, interrupted, &|| reader.is_finished());
            ended.store(true, Ordering::SeqCst);
            let status = child.wait().map_err(|error| TransportError::Here(error.to_string()))?;
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
                (Ok(()), None) => Err(self.explain(status.code(), &said)),
            }
        })
    }

    /// What a failure of the prefix or of the script means.
    #[must_use]
    pub fn explain(&self, code: Option<i32>, said: &str) -> TransportError {
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let last = printable(last, 300);
        match self.address {
            Address::Ssh(_) if code == Some(255) => {
                if said.contains("Host key verification failed") || said.contains("HOST IDENTIFICATION HAS CHANGED") {
                    TransportError::HostKey(self.host_key(said))
                } else if said.contains("Permission denied") || said.contains("Too many authentication failures") {
                    TransportError::Denied(last)
                } else {
                    TransportError::Unreachable(said_or_code(&last, code))
                }
            }
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

    /// The fingerprint that the host shows, and what to do about it.
    fn host_key(&self, said: &str) -> String {
        let shown = fingerprint(said).or_else(|| {
            // Where no key is known ssh tells the one it was shown only when it is asked to tell all.
            let mut command = Command::new(self.program);
            own_group(&mut command);
            let verbose = command.arg("-v").args(&self.prefix).arg("exit").stdin(Stdio::null()).output().ok()?;
            fingerprint(&String::from_utf8_lossy(&verbose.stderr[..verbose.stderr.len().min(MOST_SAID as usize)]))
        });
        let shown = shown.unwrap_or_else(|| "a key without a fingerprint".to_owned());
        let known = if said.contains("HOST IDENTIFICATION HAS CHANGED") {
            "which is not the one known for it: somebody may stand in between, or the board was set up anew"
        } else {
            "and none is known for it"
        };
        format!(
            "the host shows {shown}, {known}; compare it on the board itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) before adding it to known_hosts"
        )
    }
}

/// The first fingerprint in ssh's words.
fn fingerprint(said: &str) -> Option<String> {
    let at = said.find("SHA256:")?;
    let print: String =
        said[at + 7..].chars().take(43).take_while(|c| c.is_ascii_alphanumeric() || "+/".contains(*c)).collect();
    (print.len() == 43).then(|| format!("SHA256:{print}"))
}

fn ssh_options(target: &Target, host: &SshHost) -> Vec<String> {
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
    let path = |path: &PathBuf| path.display().to_string();
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

/// Waits for the child, and kills it past the limit, on the user's word, or once nobody reads it any more.
fn watch(
    child: &mut Child,
    limit: Duration,
    interrupted: &dyn Fn() -> bool,
    deaf: &dyn Fn() -> bool,
) -> Option<TransportError> {
    let clock = SystemClock::new();
    let begin = clock.now();
    loop {
        match child.try_wait() {
            Ok(None) => {}
            _ => return None,
        }
        let stop = if interrupted() {
            Some(TransportError::Interrupted)
        } else if clock.now() - begin > limit {
            Some(TransportError::TimedOut(limit))
        } else {
            None
        };
        // The reader ends before the child only when it had too much, or just before the child's end.
        if stop.is_some() || deaf() {
            clock.wait(LOOK);
            if !matches!(child.try_wait(), Ok(Some(_))) && (stop.is_some() || deaf_for_long(child, &clock)) {
                kill_group(child);
            }
            return stop;
        }
        clock.wait(LOOK);
    }
}

/// A child that closed its output may still have to end in an orderly way.
fn deaf_for_long(child: &mut Child, clock: &SystemClock) -> bool {
    for _ in 0..250 {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return false;
        }
        clock.wait(LOOK);
    }
    true
}

fn copy_bounded(mut from: impl Read, to: &mut (dyn Write + Send), most: u64) -> Result<(), TransportError> {
    let here = |error: io::Error| TransportError::Here(error.to_string());
    let mut left = most;
    let mut piece = vec![0; CHUNK];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(here(error)),
        };
        if read as u64 > left {
            return Err(TransportError::TooMuch(most));
        }
        left -= read as u64;
        to.write_all(&piece[..read]).map_err(here)?;
    }
}

/// Sends a file, not faster than allowed. A pipe that breaks is explained by the other end's words.
fn feed(mut input: Input<'_>, mut pipe: impl Write, ended: &AtomicBool) -> Result<(), TransportError> {
    let clock = SystemClock::new();
    let begin = clock.now();
    let mut sent = 0_u64;
    let mut piece = vec![0; CHUNK];
    while !ended.load(Ordering::SeqCst) {
        let read = input.file.read(&mut piece).map_err(|error| TransportError::Here(error.to_string()))?;
        if read == 0 || pipe.write_all(&piece[..read]).is_err() {
            break;
        }
        sent += read as u64;
        (input.sent)(read as u64);
        if let Some(rate) = input.bytes_per_s.filter(|rate| *rate > 0) {
            let due = Duration::from_secs_f64(sent as f64 / rate as f64);
            let ahead = due.saturating_sub(clock.now() - begin);
            clock.wait(ahead);
        }
    }
    Ok(())
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
    fn a_file_goes_in_no_faster_than_allowed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; 200_000]).unwrap();
        let clock = SystemClock::new();
        let begin = clock.now();
        let input = Input { file: File::open(file.path()).unwrap(), bytes_per_s: Some(400_000), sent: &|_| {} };
        let mut out = Vec::new();
        Transport::local().stream("wc -c", Some(input), &mut out, 100, 20 * SECOND, &|| false).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().trim(), "200000");
        assert!(clock.now() - begin >= SECOND / 2);
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
        assert!(matches!(denied, TransportError::Denied(_)) && !denied.passing());
        assert!(ssh.explain(Some(255), "ssh: connect to host board port 2222: Connection refused").passing());
        assert!(!ssh.explain(Some(1), "cat: write error: No space left on device").passing());
        let adb = Transport::of(&target("adb:R58"));
        assert!(adb.explain(Some(1), "error: device 'R58' not found").passing());
        assert!(matches!(adb.explain(Some(1), "error: device unauthorized."), TransportError::Denied(_)));
        let words: Vec<String> =
            adb.command("echo it's").get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        assert_eq!(words, ["-s", "R58", "shell", "-T", "--", r"exec sh -c 'echo it'\''s'"]);
        let words = ssh.command("true");
        let words: Vec<_> = words.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        assert!(words.contains(&"StrictHostKeyChecking=yes".to_owned()));
        assert_eq!(words[words.len() - 7..], ["-p", "2222", "-l", "pi", "--", "board", "exec sh -c 'true'"]);
    }
}
