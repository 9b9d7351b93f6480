//! What the server itself says, over the requests of a row: tokens counted, and its own clock.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::wire::Timings;
use crate::bench::measurement::mean_of;
use crate::bench::plan::Phase;
use crate::stat::{Estimate, Sample};

/// Tokens of the requests of a row, as the server counts them and as they came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageReport {
    /// Requests timed.
    pub requests: usize,
    /// Tokens of a prompt by the server, median; null where it does not tell.
    pub prompt_tokens: Option<f64>,
    /// Tokens of an answer by the server, median; null where it does not tell.
    pub completion_tokens: Option<f64>,
    /// Pieces with text of an answer, median.
    pub pieces: Option<f64>,
    /// Pieces without text, all requests together: beginnings, ends, usage.
    pub empty_pieces: u64,
    /// Most prompt tokens that came from a cache; null where the server does not tell.
    pub cached_tokens: Option<u64>,
    /// Why answers ended, each once, e.g. `length`.
    pub finish: Vec<String>,
}

impl UsageReport {
    /// Over some answers.
    pub(super) fn of(answers: &[&Answer]) -> Self {
        let mut finish: Vec<String> = answers.iter().filter_map(|answer| answer.finish.clone()).collect();
        finish.sort_unstable();
        finish.dedup();
        let whole = |of: fn(&Answer) -> Option<u64>| median(answers.iter().map(|answer| Some(of(answer)? as f64)));
        Self {
            requests: answers.len(),
            prompt_tokens: whole(Answer::prompt_tokens),
            completion_tokens: whole(Answer::completion_tokens),
            pieces: whole(|answer| Some(answer.pieces())),
            empty_pieces: answers.iter().map(|answer| answer.empty).sum(),
            cached_tokens: answers.iter().filter_map(|answer| answer.cached_tokens()).max(),
            finish,
        }
    }
}

/// The server's own clock (`timings` of llama-server), medians of the requests of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimingsReport {
    /// Milliseconds of the prompt.
    pub prompt_ms: Option<f64>,
    /// Tokens of the prompt that it computed.
    pub prompt_n: Option<f64>,
    /// Its speed for the prompt in tokens/s.
    pub prompt_per_second: Option<f64>,
    /// Milliseconds of the answer.
    pub predicted_ms: Option<f64>,
    /// Tokens of the answer.
    pub predicted_n: Option<f64>,
    /// Its speed for the answer in tokens/s.
    pub predicted_per_second: Option<f64>,
    /// Ours over the server's, mean of the requests with its t interval: the time to the first token over `prompt_ms`, or
    /// from the first token to the last over `predicted_ms`. Null where the server does not tell.
    pub ours_over_server: Option<Estimate>,
    /// What is compared.
    pub compared: String,
}

impl TimingsReport {
    /// Over some answers; `None` where the server tells nothing.
    pub(super) fn of(answers: &[&Answer], phase: Phase) -> Option<Self> {
        let told: Vec<&Timings> = answers.iter().filter_map(|answer| answer.timings.as_ref()).collect();
        if told.is_empty() {
            return None;
        }
        let of = |pick: fn(&Timings) -> Option<f64>| median(told.iter().map(|timings| pick(timings)));
        let ratio = |answer: &&Answer| {
            let timings = answer.timings.as_ref()?;
            let (ours_ns, server_ms) = match phase {
                Phase::Prefill => (answer.first_ns(), timings.prompt_ms?),
                Phase::Decode => (answer.stream_ns(), timings.predicted_ms?),
            };
            (server_ms > 0.0).then(|| ours_ns as f64 / 1e6 / server_ms)
        };
        let ratios: Option<Vec<f64>> = answers.iter().map(ratio).collect();
        Some(Self {
            prompt_ms: of(|timings| timings.prompt_ms),
            prompt_n: of(|timings| Some(timings.prompt_n? as f64)),
            prompt_per_second: of(|timings| timings.prompt_per_second),
            predicted_ms: of(|timings| timings.predicted_ms),
            predicted_n: of(|timings| Some(timings.predicted_n? as f64)),
            predicted_per_second: of(|timings| timings.predicted_per_second),
            ours_over_server: ratios.and_then(|ratios| Some(mean_of(&Sample::new(ratios).ok()?))),
            compared: match phase {
                Phase::Prefill => "the time to the first token over prompt_ms",
                Phase::Decode => "the time from the first token to the last over predicted_ms",
            }
            .to_owned(),
        })
    }

    /// Milliseconds of one token of the answer: the first belongs to the prompt.
    pub(super) fn token_ms(&self) -> Option<f64> {
        let steps = self.predicted_n? - 1.0;
        (steps >= 1.0).then_some(self.predicted_ms? / steps)
    }
}

/// The median of numbers that are all known and finite.
fn median(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    Some(Sample::new(values.collect::<Option<Vec<_>>>()?).ok()?.median())
}
