//! The rows of the eval document: what the records of a task say, with intervals.

use super::chat::settings::ChatSettings;
use super::control::{Controlled, controlled};
use super::instruction_scores::InstructionScores;
use super::noise::{self, Noise};
use super::record::Record;
use super::report::{ChatReport, TaskForecast, TaskReport};
use super::run::TaskRun;
use super::scaling_bench::REASONED;
use super::subset::Selection;
use super::summary::{self, Observed, Standing};
use super::task::Task;
use super::task_spec::AnswerForm;
use super::tasks::answer_form;
use crate::law::reference::LossKind;
use crate::stat::Estimate;

fn percent(estimate: Estimate) -> Estimate {
    estimate.map(|fraction| 100.0 * fraction)
}

/// Tokens of a right text over its bytes, its leading space not among them.
fn tokens_per_byte(record: &Record) -> f64 {
    f64::from(record.continuation_tokens) / (f64::from(record.continuation_bytes) - 1.0).max(1.0)
}

/// What a row says beside its items.
#[derive(Debug)]
pub struct Extra<'a> {
    /// SHA-256 of the model's file.
    pub model_sha256: &'a str,
    /// Deviation from the exact mode, where it was measured.
    pub noise: Option<&'a Noise>,
    /// No predictions were asked for.
    pub loss_only: bool,
    /// The machine's own prefill speed in tokens/s, where it was measured.
    pub own_prefill: Option<f64>,
    /// What was foretold.
    pub forecast: TaskForecast,
    /// How its chats were held, where it was asked so.
    pub chat: Option<&'a ChatSettings>,
}

/// The chats of a task.
fn chats(task: &dyn Task, settings: &ChatSettings, records: &[Record]) -> ChatReport {
    ChatReport {
        protocol: task.chat_protocol().to_owned(),
        settings: settings.clone(),
        thinking_tokens: records.iter().filter_map(|record| record.thinking_tokens).map(u64::from).sum(),
        // Not `sum`: that of no floats is −0.
        thinking_seconds: records.iter().filter_map(|record| record.thinking_seconds).fold(0.0, |sum, part| sum + part),
        unfinished_thoughts: records.iter().filter(|record| record.thinking_ended == Some(false)).count() as u64,
    }
}

/// One task of the document.
#[must_use]
pub fn row(task: &dyn Task, selection: &Selection, done: &TaskRun, extra: Extra<'_>) -> TaskReport {
    let Extra { model_sha256, noise, loss_only, own_prefill, forecast, chat } = extra;
    let clusters: Vec<Option<String>> = selection.indices.iter().map(|&index| task.cluster(index)).collect();
    let observed: Vec<Observed<'_>> = done
        .records
        .iter()
        .zip(&selection.indices)
        .zip(&clusters)
        .map(|((record, &index), cluster)| Observed { record, cluster: cluster.as_deref(), chance: task.chance(index) })
        .collect();
    let widen = |estimate: Estimate, by: &dyn Fn(&Noise) -> Option<f64>| match noise.and_then(by) {
        Some(by) if by > 0.0 => noise::widen(estimate, by),
        _ => estimate,
    };
    let widen_score = |score: Estimate| percent(summary::within_unit(widen(score, &|noise| noise.widening_score)));
    let score = summary::score(&observed);
    let loss = summary::loss(&observed);
    let bytes: f64 = done.records.iter().map(|record| f64::from(record.continuation_bytes)).sum();
    let tokens: f64 = done.records.iter().map(|record| f64::from(record.continuation_tokens)).sum();
    let score_reason = if score.is_some() {
        None
    } else if loss_only {
        Some("only losses were asked for".to_owned())
    } else if done.records.iter().all(|record| record.error.is_none()) {
        Some("the programs were left to be run elsewhere (densimeter sandbox --score)".to_owned())
    } else {
        let first = done.records.iter().find_map(|record| record.error.as_deref());
        Some(first.unwrap_or("no item was graded").to_owned())
    };
    let failed = done.records.iter().filter(|record| record.error.is_some()).count();
    let work = &done.work;
    let per_second = |tokens: u64, seconds: f64| (seconds > 0.0).then(|| tokens as f64 / seconds);
    // Where all records were there already, nothing was read and no speed was measured.
    let unique = per_second(work.tokens_unique, done.seconds).filter(|_| work.tokens_unique > 0);
    let at_chance = score.as_ref().is_some_and(|score| matches!(score.standing, Standing::AtChance { .. }));
    let cloze = answer_form(task.name()) == AnswerForm::Cloze;
    let score_percent = score.as_ref().map(|score| widen_score(score.micro.clone()));
    let tokens_per_byte = done.records.iter().map(tokens_per_byte).sum::<f64>() / done.records.len().max(1) as f64;
    let widen_bits = |mean: Estimate| {
        widen(mean, &|noise| Some(noise.widening_nats_per_token * tokens_per_byte / std::f64::consts::LN_2))
    };
    TaskReport {
        task: task.name().to_owned(),
        version: task.version(),
        shots: task.shots(),
        n: done.records.len() as u64,
        failed: failed as u64,
        chat: chat.map(|settings| chats(task, settings, &done.records)),
        selection: selection.clone(),
        score: score_percent.clone(),
        score_average: "micro".to_owned(),
        score_macro: score.as_ref().and_then(|score| score.macro_average.clone()).map(widen_score),
        score_reason,
        instructions: InstructionScores::of(&done.records),
        graded: score.as_ref().map_or(0, |score| score.n as u64),
        at_chance,
        standing: score.as_ref().map(|score| score.standing.clone()),
        conditional_loss: loss
            .as_ref()
            .map(|loss| widen(loss.nats_per_token.clone(), &|noise| Some(noise.widening_nats_per_token))),
        conditional_loss_unit: "nats per token".to_owned(),
        conditional_loss_kind: if task.name() == REASONED { LossKind::Reasoning } else { LossKind::DatasetGold },
        bits_per_byte: loss.as_ref().map(|loss| {
            widen(loss.bits_per_byte.clone(), &|noise| {
                Some(noise.widening_nats_per_token * tokens / bytes / std::f64::consts::LN_2)
            })
        }),
        accuracy_per_char: score_percent.filter(|_| cloze),
        bits_per_byte_mean: summary::mean_bits_per_byte(&done.records).map(widen_bits),
        bits_per_byte_controlled: controlled(task.name(), model_sha256, &done.records)
            .map(|control| Controlled { mean: control.mean.map(widen_bits), ..control }),
        loss_reason: loss.is_none().then(|| match chat {
            Some(_) => "a reply in a chat has no gold text".to_owned(),
            None => "fewer than two items have a loss".to_owned(),
        }),
        engine_noise: noise.cloned(),
        tokens_evaluated: work.tokens_evaluated,
        tokens_saved: work.tokens_saved,
        tokens_unique: work.tokens_unique,
        tokens_per_second: per_second(work.tokens_evaluated, work.decode_seconds),
        unique_tokens_per_second: unique,
        share_of_own_prefill: unique.zip(own_prefill).map(|(unique, own)| unique / own),
        forecast,
        decode_seconds: work.decode_seconds,
        seconds: done.seconds,
        resumed: done.resumed as u64,
    }
}
