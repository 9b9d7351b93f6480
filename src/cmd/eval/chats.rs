//! Which tasks are asked in chats, and what is said of it.

use super::arguments::Model;
use crate::cli::bench::Engine;
use crate::cli::eval::Eval;
use crate::cmd::Usage;
use crate::eval::chat::choice::{Asked, ChatPlan, NoChat, choose};
use crate::eval::chat::settings::Switch;
use crate::eval::chat::template::ChatFile;
use crate::model::catalog::{Catalog, Kind};
use crate::observer::Observer;

/// The chats of an evaluation; `own_task` says whether the user's own task asks for one.
pub(super) fn chats(
    args: &Eval,
    own_task: bool,
    model: &Model,
    observer: &dyn Observer,
) -> anyhow::Result<Option<ChatPlan>> {
    let asked = Asked {
        chat: args.chat,
        think: args.think,
        think_budget: args.think_budget,
        loss_only: args.loss_only || args.reasoned.is_some(),
        own_task,
    };
    let file = match args.engine {
        Engine::Mock => ChatFile::of_double(&model.path),
        Engine::Llama => ChatFile::read(&model.path)?,
    };
    let is_base = match file.template {
        Some(_) => Catalog::load()?.get(args.model_name()).map(|entry| entry.lineage.kind == Kind::Base),
        None => None,
    };
    let plan = choose(&asked, &args.task, &file, is_base).map_err(refused)?;
    if let Some(plan) = &plan {
        let (tasks, name) = (plan.tasks.join(", "), &plan.settings.template);
        observer.note(&format!("in a chat, by the template {name} of the file: {tasks} (--chat off: base completion)"));
        let knows = file.template.as_ref().is_some_and(|template| template.asks_for_thinking());
        if args.think != Switch::Auto && !knows {
            observer.warn(&format!("the template takes no enable_thinking: --think {} changes nothing", args.think));
        }
    }
    Ok(plan)
}

/// What was typed is at fault, but for a file without a template.
fn refused(error: NoChat) -> anyhow::Error {
    match error {
        NoChat::NoTemplate(_) => error.into(),
        NoChat::NoForm(_) | NoChat::LossOnly => Usage(error.to_string()).into(),
    }
}
