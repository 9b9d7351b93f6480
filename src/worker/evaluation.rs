//! The worker's side of an evaluation: the model is loaded once, and every leg of the plan is asked of it.

use std::path::Path;
use std::rc::Rc;

use super::evaluation_host::{EvaluationError, Host, Missing};
use super::evaluation_session::Session;
use super::own_speed::{OwnSpeed, bench_settings};
use crate::bench::warning::Warning;
use crate::engine::{ContextOptions, Engine, EngineError, Model, ModelOptions};
use crate::eval::chat::task::Chat;
use crate::eval::choice::{Choice, choose};
use crate::eval::event::EvalEvent;
use crate::eval::plan::{EvalPlan, Leg};
use crate::eval::programs;
use crate::eval::report::{EvalDocument, EvaluatedModel, SCHEMA, ShardPart};
use crate::eval::texts::short_context;
use crate::meter::clock::Clock;

/// What `--exact` cannot keep.
const INEXACT: &str = "with flash attention --exact is not bit-identical to evaluation from scratch: llama.cpp's fused kernel \
                       sums in another order where a sequence was cut; leave out --fa, and take a value cache of 16 bits or more";

/// llama.cpp rounds contexts up to so many tokens.
const SMALLEST_CONTEXT: u32 = 256;

/// Evaluates a model as a plan says.
///
/// # Errors
/// [`EvaluationError`]. A leg that fails costs only itself where another one gives something.
pub fn evaluate(
    engine: &dyn Engine,
    file: &Path,
    plan: &EvalPlan,
    mock: bool,
    clock: &dyn Clock,
    host: Host<'_>,
) -> Result<(), EvaluationError> {
    // Before the model is loaded, which may take minutes: data that cannot be read are refused at once.
    let mut missing = Missing::default();
    let mut legs: Vec<(&Leg, Choice)> = Vec::new();
    for leg in &plan.legs {
        match choose(&plan.questions, leg) {
            Ok(choice) => {
                if let Some(text) = choice.warning(&leg.subset) {
                    (host.tell)(EvalEvent::Warning { text })?;
                }
                legs.push((leg, choice));
            }
            Err(error) => missing.add(error.to_string()),
        }
    }
    if legs.is_empty() {
        return Err(missing.nothing());
    }
    let mut code = None;
    let runs = |choice: &Choice| choice.tasks.iter().any(|chosen| chosen.runs_programs);
    if legs.iter().any(|(leg, choice)| !leg.loss_only && runs(choice)) {
        let (scorer, text) = programs::scorer(plan.programs);
        if let Some(text) = text {
            (host.tell)(EvalEvent::Note { text })?;
        }
        code = Some(scorer);
    }
    let model = engine.load(file, &ModelOptions::with_layers(plan.n_gpu_layers))?;
    if let Some(text) = short_context(model.facts().n_ctx_train).filter(|_| plan.legs.iter().any(Leg::has_cloze)) {
        (host.tell)(EvalEvent::Warning { text })?;
    }
    let plan = &plan.with_layers(device_layers(engine, plan.n_gpu_layers));
    if plan.n_gpu_layers > plan.settings.n_gpu_layers {
        let text = Warning::NoDevice { layers: plan.n_gpu_layers }.to_string();
        (host.tell)(EvalEvent::Warning { text })?;
    }
    let chat = plan.chat.as_ref().map(|chat| Chat::ready(chat, &*model)).transpose()?.map(Rc::new);
    let own = own_speed(plan, &*model, clock)?;
    let flash_attention = flash_attention(&*model, &plan.context())?;
    if plan.settings.exact && flash_attention == Some(true) {
        (host.tell)(EvalEvent::Warning { text: INEXACT.to_owned() })?;
    }
    let document = EvalDocument {
        schema: SCHEMA,
        model: EvaluatedModel { id: plan.model.clone(), sha256: Some(plan.model_sha256.clone()) },
        engine: engine.build(),
        mock,
        own_prefill: own.as_ref().map(OwnSpeed::document),
        settings: plan.settings.clone(),
        flash_attention,
        seed: plan.seed,
        score_unit: "percent".to_owned(),
        shard: plan.shard.map(|shard| ShardPart { index: shard.index(), of: shard.of() }),
        unknown_ids: legs.iter().flat_map(|(_, choice)| choice.unknown.clone()).collect(),
        tasks: Vec::new(),
        quick: None,
        reason: None,
    };
    (host.tell)(EvalEvent::Begun { document: Box::new(document) })?;
    // Results depend on what the engine chose, and the item logs say so.
    let plan = &plan.with_flash_attention(flash_attention);
    Session { engine, model: &*model, plan, own, code: code.as_deref(), chat, clock, host }.legs(&legs, missing)
}

/// The layers that a device takes: none where there is none.
fn device_layers(engine: &dyn Engine, asked: u32) -> u32 {
    if asked > 0 && engine.accelerators().iter().any(|device| !device.is_cpu()) { asked } else { 0 }
}

/// What the engine makes of the flash attention that is asked for: a context too small for anything else tells.
fn flash_attention(model: &dyn Model, context: &ContextOptions) -> Result<Option<bool>, EngineError> {
    let small = ContextOptions { n_ctx: SMALLEST_CONTEXT, n_seq_max: 1, ..context.clone() };
    Ok(model.session(&small)?.flash_attention())
}

/// Speed of plain prefill in this very process, which sharing is measured against; decode too where texts will be
/// written, for the ETA.
fn own_speed(plan: &EvalPlan, model: &dyn Model, clock: &dyn Clock) -> Result<Option<OwnSpeed>, EngineError> {
    if !plan.own_speed || plan.shard.is_some() {
        return Ok(None);
    }
    let settings = bench_settings(&plan.context(), plan.n_gpu_layers);
    OwnSpeed::measure(model, &settings, plan.writes(), plan.seed, clock)
}
