//! How an audit is to be done: plain values, whoever asks for it.

use std::path::PathBuf;

use super::error::AuditError;
use crate::eval::plan::{Programs, Questions};
use crate::eval::subset::Subset;
use crate::law::audit::Kind;
use crate::law::density::Workload;
use crate::measure::benchmarks::benchmarks;
use crate::observer::Observer;
use crate::stat::Bootstrap;
use crate::worker::protocol::EngineKind;

/// How verdicts are reached, of files as of published pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The density that the record's own verdict is about.
    pub by: Kind,
    /// A density ratio within 1 ± this is no change.
    pub margin: f64,
    /// A loss ratio within 1 ± this is no change.
    pub loss_margin: f64,
    /// Resamples and the seed of everything that is drawn.
    pub bootstrap: Bootstrap,
    /// The request that the density by time is about.
    pub workload: Workload,
}

/// Whether texts are written, or only losses measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Where the original's score on the cheapest task is above chance.
    WhereAboveChance,
    /// Whatever that score is.
    Always,
    /// Losses only.
    Never,
}

/// An audit of model files.
#[derive(Debug, Clone)]
pub(crate) struct AuditPlan {
    /// How verdicts are reached.
    pub rules: Rules,
    /// The engine.
    pub engine: EngineKind,
    /// Folder with the benchmarks; `None` for that of the environment, or the cache.
    pub data: Option<PathBuf>,
    /// Take the data as they are, without comparing them with the published ones.
    pub unpinned_data: bool,
    /// A task of the user instead of benchmarks.
    pub task_file: Option<PathBuf>,
    /// The tasks.
    pub tasks: Vec<String>,
    /// Which items of them.
    pub subset: Subset,
    /// Look after every twentieth of the items and stop as soon as the verdict is sure.
    pub sequential: bool,
    /// Whether texts are written.
    pub answers: Answers,
    /// A family of curves of losses, which gives densities from losses.
    pub reference: Option<PathBuf>,
    /// Take models that are not known to stem from one another.
    pub unrelated: bool,
    /// Tokens at which whole distributions are compared; 0 for none.
    pub kl_tokens: usize,
    /// Time the models, for the density by time.
    pub timed: bool,
    /// Threads; `None` for one a fast core.
    pub threads: Option<u32>,
    /// Folder of the item logs, which a second audit takes up.
    pub folder: PathBuf,
    /// What becomes of programs that a model wrote.
    pub programs: Programs,
    /// Use only what is already in the cache.
    pub offline: bool,
}

impl AuditPlan {
    /// Where the items come from: a task of the user, or benchmarks, fetched where they must be.
    ///
    /// # Errors
    /// Benchmarks that cannot be had.
    pub(super) fn questions(&self, observer: &dyn Observer) -> Result<Questions, AuditError> {
        if let Some(file) = &self.task_file {
            return Ok(Questions::Own { file: file.clone() });
        }
        Ok(benchmarks(self.data.as_deref(), self.unpinned_data, &self.tasks, self.offline, observer)?)
    }
}
