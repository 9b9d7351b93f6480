//! The jail for model-written Python.
//!
//! `scorer → supervisor → gate → init → python`: the first is the caller, the next three are this binary re-executing
//! itself. The *supervisor* watches clock and output and kills; the *gate* gives up root and enters fresh namespaces (it
//! must have a single thread, which the supervisor has not); *init* is process 1 of the PID namespace, puts limits,
//! Landlock and a system-call filter on itself and starts the interpreter. When init ends, the kernel kills every
//! process of the namespace.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub mod gate;
#[cfg_attr(not(unix), path = "sandbox/init_absent.rs")]
pub mod init;
pub mod interpreter;
mod jail_error;
pub mod limits;
pub mod outcome;
pub mod supervisor;

#[cfg(target_os = "linux")]
mod descendants;
// The filter's library knows the calls of 64-bit processors only: elsewhere the jail refuses.
#[cfg(target_os = "linux")]
#[cfg_attr(not(target_pointer_width = "64"), path = "sandbox/filter_absent.rs")]
mod filter;
#[cfg(target_os = "linux")]
mod landlocked;
#[cfg(target_os = "linux")]
mod namespaces;

use interpreter::Interpreter;
pub use jail_error::JailError;
use limits::{Limits, REFERENCE_PROGRAM, Reference, reference_seed};
use outcome::{CodeOutcome, RawOutcome, judge};

/// What holds a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// User, PID, mount, network, IPC and UTS namespaces, Landlock, a system-call filter, limits.
    Namespaces,
    /// Where namespaces are refused: an unprivileged user, Landlock with its signal scope (ABI 6), the system-call
    /// filter, limits; left-over processes are found by ancestry and killed.
    Scoped,
    /// Limits and a process group only: no protection against a hostile program.
    Unconfined,
}

/// How to open a jail.
#[derive(Debug, Clone, Default)]
pub struct JailOptions {
    /// The densimeter binary to re-execute; by default the running one.
    pub executable: Option<PathBuf>,
    /// The Python to use; by default `python3` on `PATH`, then the usual places.
    pub python: Option<PathBuf>,
    /// Only this isolation; by default the strongest that works here.
    pub isolation: Option<Isolation>,
    /// Run without isolation where none works.
    pub allow_unconfined: bool,
}

/// An opened jail: a place and limits to run programs in.
#[derive(Debug, Clone)]
pub struct Jail {
    executable: PathBuf,
    /// The interpreter in use.
    pub interpreter: Interpreter,
    /// Limits of each program, scaled to this host.
    pub limits: Limits,
    /// What the limits are scaled by.
    pub reference: Reference,
    /// What holds the programs.
    pub isolation: Isolation,
    /// The layers that were in force in the reference runs, as reported from inside.
    pub layers: Vec<String>,
}

/// One run of one program.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The verdict.
    pub outcome: CodeOutcome,
    /// Wall-clock seconds of the jailed tree.
    pub wall_seconds: f64,
    /// CPU seconds of the interpreter; only a program that passed reports them.
    pub cpu_seconds: Option<f64>,
}

/// What the supervisor is told on its standard input.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The interpreter.
    pub interpreter: Interpreter,
    /// Limits of the program.
    pub limits: Limits,
    /// What shall hold it.
    pub isolation: Isolation,
    /// The temporary directory of the program; in a mount namespace the supervisor puts a fresh tmpfs there.
    pub work: PathBuf,
    /// Source text.
    pub program: String,
    /// One-time token that only the harness's end may say.
    pub token: String,
    /// Process id of the parent, with whose death this stage dies.
    pub parent: u32,
}

/// Largest program, in bytes.
const LARGEST_PROGRAM: usize = 4 << 20;
/// How long after the program's wall-clock limit the supervisor may take to answer.
const GRACE: Duration = Duration::from_secs(20);
/// Runs of the reference program; the median scales the limits.
const REFERENCE_RUNS: usize = 3;

impl Jail {
    /// Finds the strongest isolation and a Python that work here, and measures the reference.
    ///
    /// # Errors
    /// No isolation works and `allow_unconfined` is off, or no Python is usable; on Windows always.
    pub fn open(options: &JailOptions) -> Result<Self, JailError> {
        if !cfg!(unix) {
            return Err(JailError::NoLimits);
        }
        let executable = match &options.executable {
            Some(path) => path.clone(),
            None => std::env::current_exe().map_err(JailError::Executable)?,
        };
        let mut found = Vec::new();
        let mut unusable = Vec::new();
        for python in Interpreter::candidates(options.python.as_deref()) {
            match Interpreter::describe(&python) {
                Ok(interpreter) if !found.contains(&interpreter) => found.push(interpreter),
                Ok(_) => {}
                Err(reason) => unusable.push(reason),
            }
        }
        if found.is_empty() {
            return Err(JailError::Interpreter(unusable.join("; ")));
        }
        let mut ladder = match options.isolation {
            Some(only) => vec![only],
            None if cfg!(target_os = "linux") => vec![Isolation::Namespaces, Isolation::Scoped],
            None => Vec::new(),
        };
        if options.allow_unconfined {
            ladder.push(Isolation::Unconfined);
        }
        let mut reasons = Vec::new();
        if ladder.is_empty() {
            reasons.push("Landlock and namespaces exist only on Linux".to_owned());
        }
        for isolation in ladder {
            for interpreter in &found {
                match Self::measured(&executable, interpreter, isolation) {
                    Ok(jail) => return Ok(jail),
                    Err(reason) => {
                        reasons.push(format!("{isolation:?} with {}: {reason}", interpreter.executable.display()));
                    }
                }
            }
        }
        Err(JailError::Unavailable(reasons.join("; ")))
    }

    fn measured(executable: &Path, interpreter: &Interpreter, isolation: Isolation) -> Result<Self, String> {
        let mut jail = Self {
            executable: executable.to_owned(),
            interpreter: interpreter.clone(),
            // The slowest believable host, so that the reference itself is not cut off.
            limits: Limits::scaled(f64::MAX, f64::MAX),
            reference: Reference { cpu_seconds: 0.0, wall_seconds: 0.0, runs: 0, scale: 1.0, stretch: 3.0 },
            isolation,
            layers: Vec::new(),
        };
        let program = REFERENCE_PROGRAM.replace("REFERENCE_SEED", &reference_seed().to_string());
        let mut runs = Vec::new();
        for _ in 0..REFERENCE_RUNS {
            let (raw, token) = jail.watch(&program)?;
            match judge(&raw, &token, &jail.limits) {
                (CodeOutcome::Passed, Some(cpu)) => runs.push((cpu, raw.wall_seconds)),
                (CodeOutcome::HostError { reason }, _) => return Err(reason),
                (other, _) => return Err(format!("the reference program ended so: {other}")),
            }
            jail.layers = raw.layers;
        }
        jail.reference = Reference::from_runs(&runs).ok_or("no reference runs")?;
        jail.limits = Limits::scaled(jail.reference.scale, jail.reference.stretch);
        Ok(jail)
    }

    /// Runs one program that asserts its own correctness. Never panics on its account; every failure of the host is
    /// [`CodeOutcome::HostError`].
    #[must_use]
    pub fn run(&self, program: &str) -> Run {
        match self.watch(program) {
            Ok((raw, token)) => {
                let (outcome, cpu_seconds) = judge(&raw, &token, &self.limits);
                Run { outcome, wall_seconds: raw.wall_seconds, cpu_seconds }
            }
            Err(reason) => Run { outcome: CodeOutcome::HostError { reason }, wall_seconds: 0.0, cpu_seconds: None },
        }
    }

    fn watch(&self, program: &str) -> Result<(RawOutcome, String), String> {
        if program.len() > LARGEST_PROGRAM {
            return Err(format!("the program has {} bytes, more than {LARGEST_PROGRAM}", program.len()));
        }
        // Without a mount namespace the directory is a real one, removed when `_folder` goes.
        let (work, _folder) = if self.isolation == Isolation::Namespaces {
            (self.mount_point().to_owned(), None)
        } else {
            let folder = tempfile::TempDir::new().map_err(|error| format!("no temporary directory: {error}"))?;
            (folder.path().to_owned(), Some(folder))
        };
        let token = one_time_token().map_err(|error| format!("no randomness from /dev/urandom: {error}"))?;
        let job = Job {
            interpreter: self.interpreter.clone(),
            limits: self.limits,
            isolation: self.isolation,
            work,
            program: program.to_owned(),
            token: token.clone(),
            parent: std::process::id(),
        };
        let job = serde_json::to_vec(&job).map_err(|error| error.to_string())?;
        let mut child = Command::new(&self.executable)
            .args(["sandbox", "--stage", "supervisor"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", self.executable.display()))?;
        let answer = converse(&mut child, job, Duration::from_secs_f64(self.limits.wall_seconds) + GRACE);
        // The supervisor is gone or useless by now; its death takes init, and with it the namespace.
        let _ = child.kill();
        let _ = child.wait();
        let raw = serde_json::from_slice(&answer?).map_err(|error| format!("the supervisor's answer: {error}"))?;
        Ok((raw, token))
    }

    /// A directory that exists everywhere and that neither the interpreter nor the binary lives below.
    fn mount_point(&self) -> &'static Path {
        let below = |point: &&str| {
            self.executable.starts_with(point) || self.interpreter.read.iter().any(|path| path.starts_with(point))
        };
        let point = ["/tmp", "/var/tmp", "/mnt"].into_iter().find(|point| Path::new(point).is_dir() && !below(point));
        Path::new(point.unwrap_or("/tmp"))
    }
}

fn converse(child: &mut Child, job: Vec<u8>, patience: Duration) -> Result<Vec<u8>, String> {
    let (mut stdin, stdout, stderr) = match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
        (Some(stdin), Some(stdout), Some(stderr)) => (stdin, stdout, stderr),
        _ => return Err("the supervisor has no pipes".to_owned()),
    };
    let (sender, answers) = mpsc::channel();
    std::thread::spawn(move || {
        let mut answer = Vec::new();
        let read = stdout.take(1 << 20).read_to_end(&mut answer);
        let mut said = String::new();
        let _ = stderr.take(4096).read_to_string(&mut said);
        let _ = sender.send(read.map(|_| (answer, said)));
    });
    stdin.write_all(&job).map_err(|error| format!("the supervisor does not listen: {error}"))?;
    drop(stdin);
    match answers.recv_timeout(patience) {
        Ok(Ok((answer, _))) if !answer.is_empty() => Ok(answer),
        Ok(Ok((_, said))) => Err(format!("the supervisor died: {}", said.trim())),
        Ok(Err(error)) => Err(format!("the supervisor cannot be read: {error}")),
        Err(_) => Err("the supervisor did not answer in time".to_owned()),
    }
}

/// 128 bits from the kernel: the one place where randomness must not be reproducible.
fn one_time_token() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
