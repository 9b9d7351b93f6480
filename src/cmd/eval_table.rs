//! The eval table of the terminal.

use comfy_table::{Table, presets};

use crate::eval::answered::AnsweredReport;
use crate::eval::instruction_scores::InstructionScores;
use crate::eval::report::{ChatReport, EvalReport, ShardReport};
use crate::eval::summary::Standing;
use crate::report::table::ABSENT;
use crate::stat::Estimate;
use crate::unit::{Benchmark, ClozeTask};

/// What is said of the double's results.
const MOCK: &str = "mock engine: these numbers say nothing about any model\n";

/// What the columns hold of cloze tasks.
const CLOZE: &str =
    "cloze tasks: the score is by the highest log-likelihood a character; bits/byte is the mean over items\n";

/// The rows for people.
pub(super) fn render(document: &EvalReport) -> String {
    let mut table = table(&[
        "task",
        "shots",
        "n",
        "score %",
        "nats/token",
        "bits/byte",
        "tokens",
        "saved",
        "t/s",
        "% of pp512",
        "seconds",
    ]);
    let mut notes = String::new();
    for row in &document.tasks {
        table.add_row([
            row.task.clone(),
            row.shots.to_string(),
            row.n.to_string(),
            estimate(row.score.as_ref(), 1),
            estimate(row.conditional_loss.as_ref(), 4),
            estimate(row.bits_per_byte_mean.as_ref().or(row.bits_per_byte.as_ref()), 4),
            row.tokens_evaluated.to_string(),
            row.tokens_saved.to_string(),
            number(row.tokens_per_second, 0),
            number(row.share_of_own_prefill.map(|share| 100.0 * share), 0),
            number(Some(row.seconds), 1),
        ]);
        let name = &row.task;
        if let (true, Some(Standing::AtChance { p, chance })) = (row.at_chance, &row.standing) {
            notes += &format!(
                "{name}: at chance (p = {p:.3} against guessing {:.1} %): {}\n",
                100.0 * chance,
                at_chance(name)
            );
        }
        if let Some(reason) = &row.score_reason {
            notes += &format!("{name}: no score: {reason}\n");
        }
        if row.failed > 0 {
            notes += &format!("{name}: {} items failed, see \"error\" in the item log\n", row.failed);
        }
        notes += &instructions(name, row.instructions.as_ref());
        notes += &chat(name, row.chat.as_ref());
    }
    if document.tasks.iter().any(|row| row.bits_per_byte_mean.is_some()) {
        notes += CLOZE;
    }
    if let Some(own) = &document.own_prefill {
        notes += &format!(
            "% of pp512: unique tokens per second of the whole task, against {} of this process ({:.0} t/s)\n",
            own.test, own.median
        );
    }
    if document.mock {
        notes += MOCK;
    }
    format!("{table}\n{notes}")
}

/// The scores of answers that were made elsewhere.
pub(super) fn render_answered(document: &AnsweredReport) -> String {
    let mut table = table(&["task", "asked", "answered", "graded", "score %"]);
    let mut notes = String::new();
    for row in &document.tasks {
        table.add_row([
            row.task.clone(),
            row.asked.to_string(),
            row.n.to_string(),
            row.graded.to_string(),
            estimate(row.score.as_ref(), 1),
        ]);
        if let (true, Some(Standing::AtChance { p, chance })) = (row.at_chance, &row.standing) {
            notes += &format!("{}: at chance (p = {p:.3} against guessing {:.1} %)\n", row.task, 100.0 * chance);
        }
        if let Some(reason) = &row.score_reason {
            notes += &format!("{}: no score: {reason}\n", row.task);
        }
        if row.failed > 0 {
            notes += &format!("{}: {} answers could not be graded\n", row.task, row.failed);
        }
        notes += &instructions(&row.task, row.instructions.as_ref());
    }
    format!("{table}\n{notes}")
}

/// A line on instructions, where a task has them.
fn instructions(task: &str, scores: Option<&InstructionScores>) -> String {
    let Some(scores) = scores else { return String::new() };
    format!(
        "{task}: prompts {} % strict, {} loose; {} instructions {} % strict, {} loose\n",
        estimate(Some(&scores.prompt_strict), 1),
        estimate(Some(&scores.prompt_loose), 1),
        scores.instructions,
        estimate(scores.instruction_strict.as_ref(), 1),
        estimate(scores.instruction_loose.as_ref(), 1),
    )
}

/// A line on chats, where a task was asked so.
fn chat(task: &str, chat: Option<&ChatReport>) -> String {
    let Some(ChatReport { protocol, thinking_tokens, thinking_seconds, unfinished_thoughts, .. }) = chat else {
        return String::new();
    };
    let cut = match unfinished_thoughts {
        0 => String::new(),
        some => format!(", {some} without an answer, as the thought did not end"),
    };
    format!("{task}: chat form ({protocol}); thinking {thinking_tokens} tokens, {thinking_seconds:.1} s{cut}\n")
}

/// The rows of a shard, which have no score yet.
pub(super) fn render_share(document: &ShardReport) -> String {
    let mut table = table(&["task", "n", "seconds", "score"]);
    for row in &document.tasks {
        table.add_row([row.task.clone(), row.n.to_string(), number(Some(row.seconds), 1), row.reason.clone()]);
    }
    format!("{table}\n{}", if document.mock { MOCK } else { "" })
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |number| format!("{number:.digits$}"))
}

fn estimate(value: Option<&Estimate>, digits: usize) -> String {
    value.map_or_else(
        || ABSENT.to_owned(),
        |value| {
            let end = |end| number(end, digits);
            format!("{} [{}, {}]", end(Some(value.point)), end(value.low), end(value.high))
        },
    )
}

/// What a score at chance means: the edge family reads the mean of its eight tasks, of which some may be at chance.
fn at_chance(task: &str) -> &'static str {
    if task.parse::<ClozeTask>().is_ok() {
        "alone it tells nothing; the edge family's density reads the mean of all eight"
    } else if task.parse::<Benchmark>().is_ok() {
        "no density can be made from this score"
    } else {
        "it tells nothing of the model"
    }
}
