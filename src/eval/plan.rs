//! What an evaluation does, as it travels to the process that does it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::schedule::Settings;
use super::shard::Shard;
use super::subset::Subset;
use super::task_spec::AnswerForm;
use super::tasks::answer_form;

/// Everything that an evaluation is told, but the engine and where the model's file lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvalPlan {
    /// What the document calls the model.
    pub model: String,
    /// SHA-256 of its file: logs of another model are not continued.
    pub model_sha256: String,
    /// Where the questions come from.
    pub questions: Questions,
    /// What is asked, one leg after another on one loaded model.
    pub legs: Vec<Leg>,
    /// How rows are evaluated.
    pub settings: Settings,
    /// Layers on a GPU.
    pub n_gpu_layers: u32,
    /// Items a task evaluated a second time in exact mode, to measure the noise of the fast mode.
    pub noise_items: usize,
    /// Time plain prefill first: what sharing is measured against and the time foretold from.
    pub own_speed: bool,
    /// What becomes of model-written programs.
    pub programs: Programs,
    /// Only one share of the items; `None` for all.
    pub shard: Option<Shard>,
    /// Folder of the item logs, one file a task.
    pub folder: PathBuf,
    /// Continue the logs that are there.
    pub resume: bool,
    /// Seed of what is drawn.
    pub seed: u64,
}

/// Where questions come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Questions {
    /// The benchmarks below a folder.
    Benchmarks {
        /// The folder.
        folder: PathBuf,
        /// Whether its files must be the published ones.
        pinned: bool,
    },
    /// Items with worked reasoning of the user.
    Reasoned {
        /// JSON Lines.
        file: PathBuf,
    },
}

/// Some tasks evaluated alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Names of the tasks.
    pub tasks: Vec<String>,
    /// Which of their items.
    pub subset: Subset,
    /// Only the loss of the gold continuations, no predictions.
    pub loss_only: bool,
    /// Seconds after which no further item begins; `None` for no limit.
    pub limit_s: Option<f64>,
}

/// What becomes of model-written programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programs {
    /// Run in the jail; without one, each is an error that says why.
    Jailed,
    /// Run in the jail, or unconfined where this host offers none.
    Anyhow,
    /// Written and not run.
    Left,
}

impl Leg {
    /// Whether texts are written, which takes time that nobody can foretell.
    #[must_use]
    pub fn writes(&self) -> bool {
        !self.loss_only && self.tasks.iter().any(|name| answer_form(name).is_written())
    }

    /// Whether whole texts are chosen among.
    #[must_use]
    pub fn has_cloze(&self) -> bool {
        self.tasks.iter().any(|name| answer_form(name) == AnswerForm::Cloze)
    }

    /// Whether programs are written.
    #[must_use]
    pub fn writes_programs(&self) -> bool {
        !self.loss_only && self.tasks.iter().any(|name| answer_form(name) == AnswerForm::Program)
    }
}

impl EvalPlan {
    /// The share that is evaluated.
    #[must_use]
    pub fn shard(&self) -> Shard {
        self.shard.unwrap_or(Shard::WHOLE)
    }

    /// Whether some items are evaluated again in exact mode.
    #[must_use]
    pub fn looks_twice(&self) -> bool {
        !self.settings.exact && self.noise_items >= 2 && self.shard().is_whole()
    }

    /// The plan with the flash attention that the engine resolved to; unchanged where it does not tell.
    #[must_use]
    pub fn with_flash_attention(&self, resolved: Option<bool>) -> Self {
        let mut plan = self.clone();
        if let Some(on) = resolved {
            plan.settings.context.flash_attention = on.into();
        }
        plan
    }

    /// The settings under which results are bit-identical to evaluation from scratch.
    #[must_use]
    pub fn exact_settings(&self) -> Settings {
        let mut settings = Settings { exact: true, ..self.settings.clone() };
        settings.context.swa_full = true;
        settings
    }
}
