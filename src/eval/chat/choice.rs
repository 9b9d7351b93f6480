//! Which tasks are asked in a chat, and how.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::settings::{ChatSettings, DATE, FORM, Switch};
use super::template::ChatFile;
use crate::eval::task_spec::AnswerForm;
use crate::eval::tasks::{answer_form, is_further};
use crate::file::digest::sha256_hex;

/// Chats, as they travel to the process that holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatPlan {
    /// The tasks that are asked so; the others are asked without a template.
    pub tasks: Vec<String>,
    /// The file of the template, for what is said of it.
    pub file: PathBuf,
    /// The template.
    pub source: String,
    /// What results depend on.
    pub settings: ChatSettings,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Chats.
    pub chat: Switch,
    /// Thinking.
    pub think: Switch,
    /// Most tokens of a thought.
    pub think_budget: u32,
    /// Only losses, which no chat has.
    pub loss_only: bool,
    /// The user's own task asks for a chat.
    pub own_task: bool,
}

/// Why there is no chat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoChat {
    /// The file has no template.
    #[error("{}: has no chat template (tokenizer.chat_template); take an instruct model, or say --chat off", .0.display())]
    NoTemplate(PathBuf),
    /// A task has no chat form.
    #[error("--chat on: {0} compares the probabilities of whole texts and has no chat form; leave it out of --task")]
    NoForm(String),
    /// Only losses were asked for.
    #[error("--chat on: a reply in a chat has no gold text whose loss could be measured; leave out --loss-only")]
    LossOnly,
}

/// Decides: `on` asks all tasks in a chat. `auto` asks those that are of no protocol of record in a chat where the file is
/// an instruct model's: its template is there and neither the catalogue (`is_base`) nor its name says that it is a base model.
///
/// # Errors
/// [`NoChat`] where `on` cannot be.
pub fn choose(
    asked: &Asked,
    tasks: &[String],
    file: &ChatFile,
    is_base: Option<bool>,
) -> Result<Option<ChatPlan>, NoChat> {
    let on = asked.chat == Switch::On || (asked.chat == Switch::Auto && asked.own_task);
    if asked.chat == Switch::Off || (asked.loss_only && !on) {
        return Ok(None);
    }
    if on && asked.loss_only {
        return Err(NoChat::LossOnly);
    }
    if let Some(task) = tasks.iter().find(|task| on && answer_form(task) == AnswerForm::Cloze) {
        return Err(NoChat::NoForm(task.clone()));
    }
    let Some(template) = &file.template else {
        return if on { Err(NoChat::NoTemplate(file.path.clone())) } else { Ok(None) };
    };
    let instruct = !is_base.unwrap_or(file.is_base);
    let mine = |task: &&String| on || (instruct && is_further(task));
    let tasks: Vec<String> = tasks.iter().filter(mine).cloned().collect();
    if tasks.is_empty() {
        return Ok(None);
    }
    let settings = ChatSettings {
        form: FORM,
        template: template.name.clone(),
        template_sha256: sha256_hex(template.source.as_bytes()),
        think: asked.think,
        think_budget: if template.knows_thinking() && asked.think != Switch::Off { asked.think_budget } else { 0 },
        date: DATE.to_owned(),
    };
    Ok(Some(ChatPlan { tasks, file: file.path.clone(), source: template.source.clone(), settings }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn chosen(asked: Asked, model: &str, is_base: Option<bool>) -> Result<Vec<String>, NoChat> {
        let tasks = ["mmlu", "gsm8k"].map(str::to_owned);
        let plan = choose(&asked, &tasks, &ChatFile::of_double(Path::new(model)), is_base)?;
        Ok(plan.map(|plan| plan.tasks).unwrap_or_default())
    }

    #[test]
    fn the_protocol_of_record_stays_without_a_template_unless_one_is_asked_for() {
        let auto =
            Asked { chat: Switch::Auto, think: Switch::Auto, think_budget: 9, loss_only: false, own_task: false };
        assert_eq!(chosen(auto, "mock:reply=x", None).unwrap(), ["gsm8k"]);
        assert_eq!(chosen(auto, "mock:reply=x", Some(true)).unwrap(), [""; 0], "a base model");
        assert_eq!(chosen(auto, "mock:", None).unwrap(), [""; 0], "no template");
        let on = Asked { chat: Switch::On, ..auto };
        assert_eq!(chosen(on, "mock:reply=x", Some(true)).unwrap(), ["mmlu", "gsm8k"]);
        assert!(matches!(chosen(on, "mock:", None), Err(NoChat::NoTemplate(_))));
        assert_eq!(chosen(Asked { loss_only: true, ..on }, "mock:reply=x", None), Err(NoChat::LossOnly));
        assert_eq!(chosen(Asked { chat: Switch::Off, ..auto }, "mock:reply=x", None).unwrap(), [""; 0]);
    }
}
