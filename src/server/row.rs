//! A row of the document: a shape at a concurrency, through the server. Names and meanings are those of a bench.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::cell::Cell;
use super::doubt::{Doubt, DoubtReport, MAX_TOGETHER, TOLERANCE};
use super::repetition::{Repetition, disagreement, generated};
use super::summary::{TimingsReport, UsageReport};
use crate::bench::measurement::{Latency, Speed, judge, mean_of};
use crate::bench::plan::Phase;
use crate::bench::runner::Sample;
use crate::bench::warning::Warning;
use crate::engine::Token;
use crate::measure::bench_report::LatencyReport;
use crate::measure::bench_report::UNREACHED;
use crate::stat::{self, Estimate};

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerRow {
    /// llama-bench's name of the test.
    pub test: String,
    /// The model as the server was asked for it.
    pub model: String,
    /// `prefill`: to the first token. `decode`: from the first to the last.
    pub phase: Phase,
    /// Tokens of one request that were asked for.
    pub tokens: u32,
    /// Tokens of the prompt before a decode; 0 for the shortest prompt.
    pub depth: u32,
    /// Requests at once.
    pub concurrency: u32,
    /// Mean speed of all requests together in tokens/s; null with `reason`. Prefill: tokens of the prompts over the time to
    /// the last of the first tokens.
    pub tokens_per_second: Option<Estimate>,
    /// Median of the same.
    pub median_tokens_per_second: Option<f64>,
    /// Standard deviation of the same.
    pub stddev_tokens_per_second: Option<f64>,
    /// Half the 10–90 % range of the speeds over their median.
    pub spread: Option<f64>,
    /// Speed of every repetition in tokens/s.
    pub samples_tokens_per_second: Vec<f64>,
    /// Mean speed of one stream in tokens/s; null for prefill.
    pub stream_tokens_per_second: Option<Estimate>,
    /// Nanoseconds of every repetition.
    pub samples_ns: Vec<u64>,
    /// Nanoseconds of the warm-up, which has the row's own shape and is not counted.
    pub warmup_ns: Option<u64>,
    /// Time between two pieces of text in nanoseconds; null for prefill.
    pub latency: Option<LatencyReport>,
    /// Time from the request to the first text in nanoseconds; null for decode.
    pub ttft: Option<LatencyReport>,
    /// Mean of the same with its t interval.
    pub first_token: Option<Estimate>,
    /// Tokens; null where nothing was measured.
    pub usage: Option<UsageReport>,
    /// The server's own clock; null where it does not tell.
    pub server_timings: Option<TimingsReport>,
    /// Whether the number may be quoted.
    pub valid: bool,
    /// What to know about it.
    pub warnings: Vec<DoubtReport>,
    /// Why there is no number.
    pub reason: Option<String>,
}

/// What was measured of a cell.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) repetitions: Vec<Repetition>,
    pub(crate) warmup_ns: Option<u64>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) done: bool,
    pub(crate) error: Option<String>,
}

impl ServerRow {
    /// The row of a cell.
    pub(crate) fn of(cell: &Cell, model: &str, measured: &Measured) -> Self {
        let phase = cell.shape.phase;
        let samples_ns = measured.repetitions.iter().map(Repetition::duration_ns).collect();
        // Of a row that failed the repetitions are kept and nothing is derived, as in a bench.
        let counted = if measured.error.is_some() { &[][..] } else { &measured.repetitions };
        let answers: Vec<&Answer> = counted.iter().flat_map(|repetition| &repetition.answers).collect();
        let speeds: Option<Vec<f64>> = counted.iter().map(Repetition::speed).collect();
        let speed = speeds.clone().and_then(Speed::of_speeds);
        let warnings = if counted.is_empty() { Vec::new() } else { warnings(cell, measured, &answers) };
        let mut reason = measured.error.clone().or_else(|| counted.is_empty().then(|| UNREACHED.to_owned()));
        if reason.is_none() && speed.is_none() {
            reason = Some(match speeds {
                None => "the server does not count the tokens of a prompt (usage.prompt_tokens)".to_owned(),
                Some(_) => "all tokens came at the same moment: no speed can be told".to_owned(),
            });
        }
        let of_phase = |wanted: Phase| phase == wanted && !answers.is_empty();
        let gaps = of_phase(Phase::Decode).then(|| answers.iter().flat_map(|answer| answer.gaps_ns()).collect());
        let first: Option<Vec<u64>> =
            of_phase(Phase::Prefill).then(|| answers.iter().map(|answer| answer.first_ns()).collect());
        let streams = || mean(counted.iter().flat_map(Repetition::stream_speeds).collect());
        Self {
            test: cell.shape.to_string(),
            model: model.to_owned(),
            phase,
            tokens: cell.shape.tokens,
            depth: cell.shape.depth,
            concurrency: cell.concurrency,
            median_tokens_per_second: speed.as_ref().map(|speed| speed.median),
            stddev_tokens_per_second: speed.as_ref().and_then(|speed| speed.deviation),
            spread: speed.as_ref().and_then(|speed| speed.spread),
            tokens_per_second: speed.map(|speed| speed.mean),
            samples_tokens_per_second: speeds.filter(|_| reason.is_none()).unwrap_or_default(),
            stream_tokens_per_second: if of_phase(Phase::Decode) { streams() } else { None },
            samples_ns,
            warmup_ns: measured.warmup_ns,
            latency: gaps.and_then(percentiles),
            first_token: first.as_ref().and_then(|first| mean(first.iter().map(|ns| *ns as f64).collect())),
            ttft: first.and_then(percentiles),
            usage: (!answers.is_empty()).then(|| UsageReport::of(&answers)),
            server_timings: TimingsReport::of(&answers, phase),
            valid: reason.is_none() && measured.done && !warnings.iter().any(Doubt::invalidates),
            warnings: warnings.into_iter().map(DoubtReport::from).collect(),
            reason,
        }
    }
}

fn mean(values: Vec<f64>) -> Option<Estimate> {
    Some(mean_of(&stat::Sample::new(values).ok()?))
}

/// Times as the sample of a bench, whose percentiles and judgements they share.
fn sample(duration_ns: u64, token_ns: Vec<u64>) -> Sample {
    // Random prompts have different answers: there is no last token that all must agree in.
    Sample { duration_ns, token_ns, first_token: None, tokens: 0, check: Token(0) }
}

fn percentiles(nanos: Vec<u64>) -> Option<LatencyReport> {
    Latency::of(&[sample(0, nanos)]).map(|latency| LatencyReport::of(&latency))
}

fn warnings(cell: &Cell, measured: &Measured, answers: &[&Answer]) -> Vec<Doubt> {
    let samples: Vec<Sample> =
        measured.repetitions.iter().map(|repetition| sample(repetition.duration_ns(), Vec::new())).collect();
    let mut warnings: Vec<Doubt> = judge(&samples).into_iter().map(Doubt::from).collect();
    if !measured.done {
        warnings.push(Warning::Unfinished { have: samples.len() }.into());
    }
    warnings.extend(measured.warnings.iter().cloned().map(Doubt::from));
    warnings.extend(counts(cell, answers));
    warnings.extend(prompts(cell, answers));
    let gaps: usize = answers.iter().map(|answer| answer.pieces_ns.len().saturating_sub(1)).sum();
    let together: usize = answers.iter().map(|answer| answer.together()).sum();
    let share = together as f64 / gaps.max(1) as f64;
    if share > MAX_TOGETHER {
        warnings.push(Doubt::Together { share, limit: MAX_TOGETHER });
    }
    let clocks = TimingsReport::of(answers, cell.shape.phase);
    if let Some((ratio, what)) = clocks.and_then(|clocks| Some((clocks.ours_over_server?.point, clocks.compared)))
        && cell.concurrency == 1
        && (ratio - 1.0).abs() > TOLERANCE
    {
        warnings.push(Doubt::ServerClock { ratio, what });
    }
    warnings
}

/// The tokens of the answers.
fn counts(cell: &Cell, answers: &[&Answer]) -> Vec<Doubt> {
    let mut warnings = Vec::new();
    let told: Option<Vec<u64>> = answers.iter().map(|answer| answer.completion_tokens()).collect();
    match told {
        None => {
            warnings.push(Doubt::NotCounted { instead: "a piece of text counts as a token of the answer".to_owned() })
        }
        Some(told) => {
            let shares = answers.iter().zip(&told).map(|(answer, told)| disagreement(answer.pieces(), *told));
            let share = shares.fold(0.0, f64::max);
            if share > 0.0 {
                let came = answers.iter().map(|answer| answer.pieces()).sum();
                let told = told.iter().fold(0_u64, |sum, told| sum.saturating_add(*told));
                warnings.push(Doubt::TokenCount { came, told, share });
            }
        }
    }
    let asked = cell.answer_tokens();
    let lengths = || answers.iter().map(|answer| generated(answer));
    if let Some(came) = lengths().min().filter(|came| *came < u64::from(asked)) {
        warnings.push(Doubt::StoppedEarly { asked, came });
    }
    if let Some(came) = lengths().max().filter(|came| *came > u64::from(asked)) {
        warnings.push(Doubt::WentOn { asked, came });
    }
    warnings
}

/// The tokens of the prompts.
fn prompts(cell: &Cell, answers: &[&Answer]) -> Vec<Doubt> {
    let mut warnings = Vec::new();
    let asked = cell.prompt_tokens();
    let exact = cell.shape.phase == Phase::Prefill || cell.shape.depth > 0;
    if let Some(told) = UsageReport::of(answers).prompt_tokens
        && exact
        && (told / f64::from(asked) - 1.0).abs() > TOLERANCE
    {
        warnings.push(Doubt::PromptLength { asked, told });
    }
    let cached = |answer: &&Answer| {
        let (cached, whole) = (answer.cached_tokens()?, answer.prompt_tokens()?);
        Some((cached, cached as f64 / whole.max(1) as f64))
    };
    let most = answers.iter().filter_map(cached).max_by(|a, b| a.1.total_cmp(&b.1));
    // Behind a short prompt nothing of it is timed.
    if let Some((tokens, share)) = most.filter(|(tokens, _)| *tokens > 0 && exact) {
        warnings.push(Doubt::Cached { tokens, share });
    }
    warnings
}
