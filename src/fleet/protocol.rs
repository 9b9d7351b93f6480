//! What passes between `fleet` and `densimeter agent` on a target: one JSON document a line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::inventory::{Measuring, Pin};
use crate::eval::tasks::all_names;

/// Version of the protocol; both sides must agree.
pub(crate) const VERSION: u32 = 1;

/// Longest line that `fleet` takes from a board.
pub(crate) const LONGEST_LINE: u64 = 1 << 20;

/// Most bytes of one file of a run: the journal of a long bench with every token's time.
pub(crate) const MOST_FILE_BYTES: u64 = 256 << 20;

/// What a board is asked for, in the first line to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// [`VERSION`] of the sender.
    pub(crate) version: u32,
    /// Who asks, for whoever finds the board locked.
    pub(crate) from: String,
    /// What to do.
    pub(crate) work: Work,
}

/// What a board can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Work {
    /// Tell the state, and whether somebody measures.
    State,
    /// Measure, or go on with it.
    Measure(Box<Measure>),
    /// Name the files of a run that came to its end.
    Files {
        /// Its name.
        run: String,
    },
}

/// A measurement on a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// Name of the run.
    pub(crate) run: String,
    /// The command.
    pub(crate) command: Measuring,
    /// Its further arguments.
    pub(crate) arguments: Vec<String>,
    /// The model, below the board's folder; the double's name for an evaluation on it.
    pub(crate) model: String,
    /// The benchmarks, below the board's folder.
    pub(crate) data: Option<String>,
    /// Cores to use.
    pub(crate) pin: Pin,
    /// Seconds to rest after the run before.
    pub(crate) cooldown_s: f64,
    /// Seconds since the fleet's run before on the same machine ended, which may have been in another folder.
    #[serde(default)]
    pub(crate) idle_s: Option<f64>,
}

/// What a board says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The board before the work.
    Before {
        /// Its state.
        state: Box<HostState>,
        /// Notes on the lock: who held it and never gave it back.
        notes: Vec<String>,
    },
    /// Every second while it measures or rests.
    Progress(Progress),
    /// The measurement is over.
    After {
        /// The board's state.
        state: Box<HostState>,
        /// Exit code of the command; `None` when it was killed.
        code: Option<i32>,
        /// Why it failed, in its own words.
        reason: Option<String>,
        /// Lists of cores that the kernel allowed the threads of the measured processes, as seen while they ran.
        cores_seen: Vec<String>,
    },
    /// The files of the run; the last event of it.
    Files {
        /// In the order of their names.
        files: Vec<RunFile>,
    },
    /// Somebody else measures.
    Locked {
        /// Who, since when.
        holder: String,
    },
    /// It cannot be done.
    Failed {
        /// One line.
        error: String,
    },
}

/// How far a measurement is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// What is being done.
    pub(crate) step: String,
    /// Pieces of work done: repetitions and items.
    pub(crate) done: u64,
    /// Pieces that are known to be ahead and done.
    pub(crate) of: Option<u64>,
    /// Hottest sensor of the processor, degrees Celsius.
    pub(crate) celsius: Option<f64>,
    /// Charge of the battery, percent.
    pub(crate) battery_percent: Option<f64>,
}

/// What bears on a measurement and is not in the report of a command.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct HostState {
    /// Version of densimeter there.
    pub(crate) densimeter: String,
    /// CPU level of the binary.
    pub(crate) level: Option<String>,
    /// The board's clock, RFC 3339.
    pub(crate) clock: String,
    /// Bytes free in the fleet's folder.
    pub(crate) free_bytes: Option<u64>,
    /// Hottest sensor of the processor, degrees Celsius.
    pub(crate) celsius: Option<f64>,
    /// Android's thermal status: 0 none, 1 light, 2 moderate, 3 severe, 4 critical, 5 emergency, 6 shutdown.
    pub(crate) thermal_status: Option<u32>,
    /// Charge of the battery, percent.
    pub(crate) battery_percent: Option<f64>,
    /// Temperature of the battery, degrees Celsius.
    pub(crate) battery_celsius: Option<f64>,
    /// Whether a charger is connected.
    pub(crate) charger: Option<bool>,
    /// Whether the screen is on.
    pub(crate) screen_on: Option<bool>,
    /// `oom_score_adj` of this process: a shell's on Android is -950, an app's in the background up to 900.
    pub(crate) oom_score_adj: Option<i32>,
    /// The scheduling group (`/proc/self/cpuset`).
    pub(crate) cpuset: Option<String>,
    /// Cores that the kernel allows this process, as it lists them.
    pub(crate) cores_allowed: Option<String>,
    /// Cores that were asked for.
    pub(crate) cores_asked: Option<String>,
    /// Why a value is absent.
    #[serde(default)]
    pub(crate) reasons: BTreeMap<String, String>,
}

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunFile {
    /// Path below the run's folder.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// Its SHA-256.
    pub(crate) sha256: String,
}

/// The mark that a board leaves in the folder of a run whose command came to its end, with its exit code; it is not fetched.
pub(crate) const ENDED: &str = "ended";

/// Whether a command that ended with this code came to its end: 4 says that some rows failed, which the report tells itself;
/// 3 is an audit's. After any other there is more to do.
#[must_use]
pub(crate) const fn is_end(code: i32) -> bool {
    matches!(code, 0 | 4)
}

/// Every file of a run that is fetched: documents and journals. Pages are drawn anew from them (`densimeter report`), not
/// taken from elsewhere.
pub(crate) fn run_files() -> impl Iterator<Item = String> {
    let evaluation = |folder: &'static str| {
        let logs = all_names().flat_map(move |task| ["jsonl", "key.json"].map(|end| format!("{folder}{task}.{end}")));
        std::iter::once(format!("{folder}eval.json")).chain(logs)
    };
    ["report.json", "run.jsonl"].map(str::to_owned).into_iter().chain(evaluation("")).chain(evaluation("eval/"))
}

impl RunFile {
    /// The file of a run that this is, in this program's own words; `None` for what cannot be one.
    #[must_use]
    pub(crate) fn place(&self) -> Option<String> {
        let own = run_files().find(|own| *own == self.path)?;
        let hash = self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        (hash && self.bytes <= MOST_FILE_BYTES).then_some(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_run_have_a_place() {
        let place = |path: &str, bytes| RunFile { path: path.to_owned(), bytes, sha256: "0".repeat(64) }.place();
        assert_eq!(place("run.jsonl", MOST_FILE_BYTES), Some("run.jsonl".to_owned()));
        for path in ["../report.json", "/report.json", "report.json ", "", "eval", "README.md", "$(id).json"] {
            assert_eq!(place(path, 1), None, "{path:?}");
        }
        assert_eq!(place("report.json", MOST_FILE_BYTES + 1), None);
    }

    #[test]
    fn the_logs_of_every_task_are_fetched() {
        for task in all_names() {
            for file in [format!("{task}.jsonl"), format!("eval/{task}.key.json")] {
                assert!(run_files().any(|own| own == file), "{file}");
            }
        }
        assert_eq!(run_files().count(), 2 + 2 * (1 + 2 * all_names().count()));
    }
}
