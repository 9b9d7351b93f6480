//! A task of chats: the items of another one, each asked through a chat template.

use std::path::PathBuf;
use std::rc::Rc;

use jiff::civil::Date;
use minijinja::value::Serde;
use serde::Serialize;

use super::choice::ChatPlan;
use super::render::{Renderer, TemplateError};
use super::settings::ChatSettings;
use super::thinking::opened;
use super::tokens::{Specials, text_of};
use crate::engine::Model;
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Reply, Task, Turn};

/// Why chats cannot be held.
#[derive(Debug, thiserror::Error)]
#[error("{}: the chat template {name}, {error}; evaluate without it (--chat off), or mend the file", path.display())]
pub struct ChatError {
    /// The model's file.
    path: PathBuf,
    /// The template's name.
    name: String,
    /// What it did.
    error: TemplateError,
}

/// Chats with one model.
#[derive(Debug)]
pub struct Chat {
    plan: ChatPlan,
    renderer: Renderer,
    bos: String,
    eos: String,
    specials: Specials,
}

/// What a template is told: the variables of `apply_chat_template`.
#[derive(Serialize)]
struct Variables<'a> {
    messages: &'a [Turn],
    tools: Option<()>,
    documents: Option<()>,
    add_generation_prompt: bool,
    bos_token: &'a str,
    eos_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_thinking: Option<bool>,
}

impl Chat {
    /// Makes ready to chat with a model, and tries the template.
    ///
    /// # Errors
    /// [`ChatError`]: the template fails.
    pub fn ready(plan: &ChatPlan, model: &dyn Model) -> Result<Self, ChatError> {
        let wrong = |error| ChatError { path: plan.file.clone(), name: plan.settings.template.clone(), error };
        let day: Date = plan.settings.date.parse().unwrap_or_default();
        let date = move |format: &str| jiff::fmt::strtime::format(format, day.at(0, 0, 0, 0)).unwrap_or_default();
        let chat = Self {
            plan: plan.clone(),
            renderer: Renderer::new(&plan.source, Box::new(date)).map_err(wrong)?,
            bos: text_of(model, model.bos()),
            eos: text_of(model, model.eos()),
            specials: Specials::of(model),
        };
        chat.prompt(vec![Turn::user("1".to_owned())]).map_err(wrong)?;
        Ok(chat)
    }

    /// Whether a task is asked in a chat.
    #[must_use]
    pub fn asks(&self, task: &str) -> bool {
        self.plan.tasks.iter().any(|name| name == task)
    }

    /// What results depend on.
    #[must_use]
    pub fn settings(&self) -> &ChatSettings {
        &self.plan.settings
    }

    /// The prompt of some turns.
    fn prompt(&self, mut turns: Vec<Turn>) -> Result<String, TemplateError> {
        for turn in &mut turns {
            turn.content = self.specials.cut(&turn.content);
        }
        rendered(&self.renderer, &turns, [&self.bos, &self.eos], self.plan.settings.think.given())
    }
}

/// The prompt of some turns by a template, with the special tokens `bos` and `eos`.
///
/// # Errors
/// What the template does wrong.
pub(crate) fn rendered(
    renderer: &Renderer,
    turns: &[Turn],
    [bos, eos]: [&str; 2],
    thinking: Option<bool>,
) -> Result<String, TemplateError> {
    let variables = Variables {
        messages: turns,
        tools: None,
        documents: None,
        add_generation_prompt: true,
        bos_token: bos,
        eos_token: eos,
        enable_thinking: thinking,
    };
    renderer.render(Serde(variables).into())
}

/// A task whose items are asked in chats.
pub struct ChatTask {
    inner: Box<dyn Task>,
    chat: Rc<Chat>,
}

impl ChatTask {
    /// The chat form of a task that has one.
    #[must_use]
    pub fn new(inner: Box<dyn Task>, chat: Rc<Chat>) -> Self {
        Self { inner, chat }
    }
}

impl Task for ChatTask {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn version(&self) -> u32 {
        self.inner.version()
    }

    fn shots(&self) -> u32 {
        self.inner.chat_shots()
    }

    fn len(&self) -> usize {
        self.inner.len()
    }

    fn id(&self, index: usize) -> String {
        self.inner.id(index)
    }

    fn stratum(&self, index: usize) -> String {
        self.inner.stratum(index)
    }

    fn order_seed(&self) -> Option<u64> {
        self.inner.order_seed()
    }

    fn cluster(&self, index: usize) -> Option<String> {
        self.inner.cluster(index)
    }

    fn item(&self, index: usize) -> Item {
        let settings = self.chat.settings();
        let form = self.inner.chat(index).unwrap_or_else(|| ChatForm::of(String::new(), 0));
        let rendered = self.chat.prompt(form.turns);
        let failed = rendered.as_ref().err().map(|error| format!("the chat template: {error}"));
        let prompt = rendered.unwrap_or_default();
        let reply = Reply {
            stops: form.stops,
            max_tokens: form.max_tokens,
            opened: opened(&prompt),
            think_budget: settings.think_budget,
            failed,
        };
        Item { loss_context: prompt.clone(), prompt, ask: Ask::Reply(reply), continuation: String::new() }
    }

    fn gold(&self, index: usize) -> Option<String> {
        self.inner.gold(index)
    }

    fn runs_programs(&self) -> bool {
        self.inner.runs_programs()
    }

    fn chance(&self, index: usize) -> f64 {
        self.inner.chance(index)
    }

    fn chat_protocol(&self) -> &'static str {
        self.inner.chat_protocol()
    }

    fn grade(&self, index: usize, answer: Answer<'_>, code: Option<&dyn CodeScorer>) -> Grade {
        match answer {
            Answer::Text(text) => self.inner.grade_reply(index, text, code),
            Answer::Option(_) => self.inner.grade(index, answer, code),
        }
    }
}
