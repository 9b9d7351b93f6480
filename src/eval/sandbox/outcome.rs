//! What became of one program.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::limits::Limits;

/// The verdict on one program. Only [`CodeOutcome::Passed`] counts as correct;
/// [`CodeOutcome::HostError`] counts neither way, because it says nothing about the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CodeOutcome {
    /// The last assertion returned and the one-time token came back.
    Passed,
    /// The program ended before its last assertion returned.
    Failed {
        /// How it ended.
        #[serde(flatten)]
        failure: Failure,
    },
    /// The program ran longer than it may.
    TimedOut {
        /// Which clock ran out.
        clock: Clock,
        /// Its limit in seconds.
        limit_seconds: f64,
    },
    /// The program asked for more than it may have.
    LimitHit {
        /// Of what.
        limit: Limit,
    },
    /// The host could not run the program.
    HostError {
        /// Why, on one line.
        reason: String,
    },
}

/// How a program ended before its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "snake_case")]
pub enum Failure {
    /// An assertion did not hold.
    Assertion {
        /// The exception's text, at most 300 characters.
        message: String,
    },
    /// Any other exception, `SystemExit` included.
    Exception {
        /// Name of its class.
        class: String,
        /// The exception's text, at most 300 characters.
        message: String,
    },
    /// The source does not compile.
    Syntax {
        /// The compiler's text, at most 300 characters.
        message: String,
    },
    /// The process ended by itself without a verdict.
    Exited {
        /// Its exit status, where known.
        status: Option<i32>,
    },
    /// A signal ended the process.
    Signalled {
        /// Number of the signal.
        signal: i32,
    },
    /// The process made a system call that the jail ends it for (seccomp, `SIGSYS`).
    ForbiddenCall,
}

/// The clock a time limit is taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// CPU time of one process.
    Cpu,
    /// The wall clock.
    Wall,
}

/// A limit other than time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Address space: Python raised `MemoryError`.
    Memory,
    /// Bytes on standard output and standard error.
    Output,
}

impl CodeOutcome {
    /// `Some(true)` passed, `Some(false)` wrong, `None` where the host failed and nothing is known.
    #[must_use]
    pub fn correct(&self) -> Option<bool> {
        match self {
            Self::Passed => Some(true),
            Self::HostError { .. } => None,
            _ => Some(false),
        }
    }
}

impl fmt::Display for CodeOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(f, "passed"),
            Self::Failed { failure } => match failure {
                Failure::Assertion { message } => write!(f, "failed: assertion {message}"),
                Failure::Exception { class, message } => write!(f, "failed: {class} {message}"),
                Failure::Syntax { message } => write!(f, "failed: syntax {message}"),
                Failure::Exited { status: Some(status) } => write!(f, "failed: exited with {status} before the end"),
                Failure::Exited { status: None } => write!(f, "failed: ended without a verdict"),
                Failure::Signalled { signal } => write!(f, "failed: signal {signal}"),
                Failure::ForbiddenCall => write!(f, "failed: forbidden system call"),
            },
            Self::TimedOut { clock: Clock::Cpu, limit_seconds } => write!(f, "timed out: {limit_seconds} CPU seconds"),
            Self::TimedOut { clock: Clock::Wall, limit_seconds } => write!(f, "timed out: {limit_seconds} seconds"),
            Self::LimitHit { limit: Limit::Memory } => write!(f, "limit hit: memory"),
            Self::LimitHit { limit: Limit::Output } => write!(f, "limit hit: output"),
            Self::HostError { reason } => write!(f, "ERROR: {reason}"),
        }
    }
}

/// What the supervisor saw; [`judge`] turns it into an outcome.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RawOutcome {
    /// Why the jail itself failed.
    pub host_error: Option<String>,
    /// The verdict channel, lossily decoded and bounded.
    pub verdict: String,
    /// The wall clock ran out and the tree was killed.
    pub out_of_time: bool,
    /// The output limit was passed and the tree was killed.
    pub out_of_output: bool,
    /// The kernel's out-of-memory killer ran on this host meanwhile.
    pub out_of_memory_killer: bool,
    /// Wall-clock seconds of the tree.
    pub wall_seconds: f64,
    /// Landlock ABI in force, namespaces, system-call filter: what held the program.
    pub layers: Vec<String>,
}

const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;
const SIGSYS: i32 = 31;

/// The outcome, and the CPU seconds of a program that passed.
#[must_use]
pub fn judge(raw: &RawOutcome, token: &str, limits: &Limits) -> (CodeOutcome, Option<f64>) {
    let lines: Vec<&str> = raw.verdict.lines().collect();
    if let Some(cpu) = lines.iter().find_map(|line| line.strip_prefix("pass ")?.strip_prefix(token)?.strip_prefix(' '))
    {
        return (CodeOutcome::Passed, cpu.trim().parse().ok());
    }
    (unpassed(raw, &lines, limits), None)
}

fn unpassed(raw: &RawOutcome, lines: &[&str], limits: &Limits) -> CodeOutcome {
    // Nothing untrusted has run before `ready`: whatever went wrong until then is the host's fault,
    // and whatever is claimed after it cannot make an error of a failure.
    if lines.first() != Some(&"ready") {
        let said = lines.iter().find_map(|line| line.strip_prefix("host "));
        let reason = match (&raw.host_error, said) {
            (Some(reason), _) => reason.clone(),
            (None, Some(said)) => said.to_owned(),
            (None, None) if raw.out_of_time => "the interpreter did not start in time".to_owned(),
            (None, None) => format!("the interpreter did not start: {}", lines.join(" | ")),
        };
        return CodeOutcome::HostError { reason };
    }
    if raw.out_of_output {
        return CodeOutcome::LimitHit { limit: Limit::Output };
    }
    if raw.out_of_time {
        return CodeOutcome::TimedOut { clock: Clock::Wall, limit_seconds: limits.wall_seconds };
    }
    if let Some(reason) = &raw.host_error {
        return CodeOutcome::HostError { reason: reason.clone() };
    }
    if let Some(claim) = lines.iter().find_map(|line| line.strip_prefix("fail ")) {
        let (class, message) = claim.split_once(' ').unwrap_or((claim, ""));
        return exception(class, message.to_owned());
    }
    let number = |key: &str| lines.iter().rev().find_map(|line| line.strip_prefix(key)?.trim().parse::<i32>().ok());
    let cpu = CodeOutcome::TimedOut { clock: Clock::Cpu, limit_seconds: limits.cpu_seconds as f64 };
    let failure = match number("signal ") {
        Some(SIGXCPU) => return cpu,
        Some(SIGKILL) if raw.wall_seconds >= limits.cpu_seconds as f64 => return cpu,
        Some(SIGKILL) if raw.out_of_memory_killer => {
            return CodeOutcome::HostError { reason: "the host ran out of memory during the program".to_owned() };
        }
        Some(SIGSYS) => Failure::ForbiddenCall,
        Some(signal) => Failure::Signalled { signal },
        None => Failure::Exited { status: number("exit ") },
    };
    CodeOutcome::Failed { failure }
}

fn exception(class: &str, message: String) -> CodeOutcome {
    let failure = match class.strip_prefix("compile:") {
        Some("MemoryError") | None if class.ends_with("MemoryError") => {
            return CodeOutcome::LimitHit { limit: Limit::Memory };
        }
        Some(_) => Failure::Syntax { message },
        None if class == "AssertionError" => Failure::Assertion { message },
        None => Failure::Exception { class: class.to_owned(), message },
    };
    CodeOutcome::Failed { failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saw(verdict: &str) -> CodeOutcome {
        let raw = RawOutcome { verdict: verdict.to_owned(), ..RawOutcome::default() };
        judge(&raw, "secret", &Limits::scaled(1.0, 3.0)).0
    }

    #[test]
    fn only_the_token_passes() {
        assert_eq!(saw("ready\npass secret 0.25\nexit 0\n"), CodeOutcome::Passed);
        assert_eq!(saw("ready\npass secre 0.25\nexit 0\n").correct(), Some(false));
        assert_eq!(saw("ready\npass  0.25\nexit 0\n").correct(), Some(false));
        assert_eq!(saw("ready\nexit 0\n"), CodeOutcome::Failed { failure: Failure::Exited { status: Some(0) } });
    }

    #[test]
    fn a_failing_host_is_never_a_wrong_answer() {
        assert_eq!(saw("host cannot set a limit\nexit 1\n").correct(), None);
        assert_eq!(saw("").correct(), None);
    }

    #[test]
    fn a_program_cannot_claim_that_the_host_failed() {
        assert_eq!(saw("ready\nhost it was the machine\nexit 1\n").correct(), Some(false));
    }

    #[test]
    fn ends_are_told_apart() {
        assert_eq!(saw("ready\nfail MemoryError ''\n"), CodeOutcome::LimitHit { limit: Limit::Memory });
        assert!(matches!(saw("ready\nsignal 24\n"), CodeOutcome::TimedOut { clock: Clock::Cpu, .. }));
        assert_eq!(saw("ready\nsignal 31\n"), CodeOutcome::Failed { failure: Failure::ForbiddenCall });
        assert_eq!(
            saw("ready\nfail compile:SyntaxError 'bad'\n"),
            CodeOutcome::Failed { failure: Failure::Syntax { message: "'bad'".to_owned() } }
        );
    }

    #[test]
    fn a_kill_while_the_kernel_was_out_of_memory_is_the_hosts() {
        let raw = RawOutcome {
            verdict: "ready\nsignal 9\n".to_owned(),
            out_of_memory_killer: true,
            wall_seconds: 0.5,
            ..RawOutcome::default()
        };
        assert_eq!(judge(&raw, "secret", &Limits::scaled(1.0, 3.0)).0.correct(), None);
    }
}
