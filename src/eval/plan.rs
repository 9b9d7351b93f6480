//! What an evaluation does, as it travels to the process that does it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::chat::choice::ChatPlan;
use super::schedule::Settings;
use super::shard::Shard;
use super::subset::Subset;
use super::task_spec::AnswerForm;
use super::tasks::answer_form;
use crate::engine::{ContextOptions, FlashAttention};

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
    /// Which tasks are asked in chats, and how; `None` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatPlan>,
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
    /// A task of the user.
    Own {
        /// The task file.
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
    /// Whether texts are written in any leg.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.chat.is_some() || self.legs.iter().any(Leg::writes)
    }

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

    /// The same with the layers that a device took, on which results depend.
    #[must_use]
    pub fn with_layers(&self, n_gpu_layers: u32) -> Self {
        let mut plan = self.clone();
        plan.settings.n_gpu_layers = n_gpu_layers;
        plan
    }

    /// What the engine is asked for: where results must be exact and nothing else was typed, no flash attention.
    #[must_use]
    pub fn context(&self) -> ContextOptions {
        let mut context = self.settings.context.clone();
        if self.settings.exact && context.flash_attention == FlashAttention::Auto {
            without_fused_kernel(&mut context);
        }
        context
    }

    /// The settings under which results are bit-identical to evaluation from scratch.
    #[must_use]
    pub fn exact_settings(&self) -> Settings {
        let mut settings = Settings { exact: true, ..self.settings.clone() };
        settings.context.swa_full = true;
        // Without the fused kernel attention over a long subject would take more memory than a small model has.
        settings.context.n_ubatch = settings.context.n_ubatch.min(EXACT_UBATCH);
        without_fused_kernel(&mut settings.context);
        settings
    }
}

/// Most tokens in a batch of the exact mode: attention over 3 000 tokens of context then takes 7 MB, and not 56, in
/// SmolLM2-135M.
const EXACT_UBATCH: u32 = 64;

/// The sums of llama.cpp's fused kernel depend on where a sequence was cut (SmolLM2-135M, six items of MMLU: 1.442 nats a
/// token with shared prefixes, 1.434 from scratch; without it both are 1.427 to the last bit). Only a quantised value
/// cache cannot do without it.
fn without_fused_kernel(context: &mut ContextOptions) {
    if context.type_v.bits() >= 16.0 {
        context.flash_attention = FlashAttention::Off;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::KvType;

    fn plan(exact: bool, flash_attention: FlashAttention, type_v: KvType) -> EvalPlan {
        let context = ContextOptions { flash_attention, type_v, ..ContextOptions::default() };
        EvalPlan {
            model: String::new(),
            model_sha256: String::new(),
            questions: Questions::Reasoned { file: PathBuf::new() },
            legs: Vec::new(),
            settings: Settings { context, exact, share: true, alone: true, parallel: 1, n_gpu_layers: 0, chat: None },
            chat: None,
            n_gpu_layers: 0,
            noise_items: 0,
            own_speed: false,
            programs: Programs::Left,
            shard: None,
            folder: PathBuf::new(),
            resume: false,
            seed: 0,
        }
    }

    #[test]
    fn exact_results_are_computed_without_the_fused_kernel_where_that_can_be() {
        use FlashAttention::{Auto, Off, On};
        let asked = |exact, attention, type_v| plan(exact, attention, type_v).context().flash_attention;
        assert_eq!(asked(false, Auto, KvType::F16), Auto);
        assert_eq!(asked(true, Auto, KvType::F16), Off);
        assert_eq!(asked(true, On, KvType::F16), On, "what was typed stays");
        assert_eq!(asked(true, Auto, KvType::Q8_0), Auto, "this cache needs it");
        let second_look = |type_v| plan(false, On, type_v).exact_settings().context.flash_attention;
        assert_eq!((second_look(KvType::F16), second_look(KvType::Q8_0)), (Off, On));
    }
}
