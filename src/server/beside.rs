//! The same file in our engine: the ratio server ÷ engine, and where the time between them goes.

use serde::{Deserialize, Serialize};

use super::row::ServerRow;
use crate::bench::measurement::LEVEL;
use crate::bench::plan::Phase;
use crate::measure::bench_report::{BenchReport, RowReport};
use crate::stat::difference::Difference;
use crate::stat::{Estimate, Sample};

/// The bench of the file, and the comparisons that it allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The bench of our engine, measured after the server's rows while the server was idle.
    pub bench: BenchReport,
    /// Rows of one request at a time, each against the fastest row of the same shape.
    pub ratios: Vec<Ratio>,
    /// Rows that have no partner or no number, and why.
    pub missing: Vec<String>,
}

/// One shape by both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// llama-bench's name of the test.
    pub test: String,
    /// `prefill` or `decode`.
    pub phase: Phase,
    /// Tokens/s through the server.
    pub server: f64,
    /// Tokens/s of the engine.
    pub engine: f64,
    /// Server ÷ engine, of geometric means; the interval is Welch's on logarithms of repetitions.
    pub server_over_engine: Estimate,
    /// Where the time goes, in one sentence.
    pub time: String,
}

impl Beside {
    /// Compares.
    #[must_use]
    pub fn of(rows: &[ServerRow], bench: BenchReport) -> Self {
        let (mut ratios, mut missing) = (Vec::new(), Vec::new());
        for row in rows.iter().filter(|row| row.concurrency == 1) {
            let speed = |row: &RowReport| row.tokens_per_second.as_ref().map_or(0.0, |speed| speed.point);
            let partners = bench.results.iter().filter(|other| other.phase == row.phase && other.test == row.test);
            let partner = partners.max_by(|a, b| speed(a).total_cmp(&speed(b)));
            match partner.and_then(|partner| Ratio::of(row, partner)) {
                Some(ratio) => ratios.push(ratio),
                None => missing.push(format!("{}: a ratio needs two repetitions by both", row.test)),
            }
        }
        Self { bench, ratios, missing }
    }
}

impl Ratio {
    fn of(row: &ServerRow, engine: &RowReport) -> Option<Self> {
        let engine_speeds = engine.samples_ns.iter().map(|ns| f64::from(engine.tokens) / (*ns as f64 / 1e9)).collect();
        let engine_speeds = Sample::new(engine_speeds).ok().filter(|_| engine.reason.is_none())?;
        let server_speeds = Sample::new(row.samples_tokens_per_second.clone()).ok()?;
        let ratio = Difference::of_logs(&engine_speeds, &server_speeds)?.estimate(LEVEL).map(f64::exp);
        let time = match row.phase {
            Phase::Prefill => first_token(row, &engine_speeds)?,
            Phase::Decode => one_token(row, &engine_speeds)?,
        };
        Some(Self {
            test: row.test.clone(),
            phase: row.phase,
            server: server_speeds.mean(),
            engine: engine_speeds.mean(),
            server_over_engine: ratio,
            time,
        })
    }
}

/// The parts of the time to the first token, milliseconds.
fn first_token(row: &ServerRow, engine: &Sample) -> Option<String> {
    let all = row.first_token.as_ref()?.point / 1e6;
    // The engine's time for the prompt as long as it really was.
    let tokens = row.usage.as_ref()?.prompt_tokens?;
    let alone = tokens / engine.mean() * 1e3;
    let told = row.server_timings.as_ref().and_then(|timings| timings.prompt_ms);
    Some(match told {
        Some(server) => format!(
            "of {all:.1} ms to the first token the engine alone needs {alone:.1}, the server's prefill {} and connection, \
             template, tokens and stream {}",
            signed(server - alone),
            signed(all - server)
        ),
        None => format!(
            "of {all:.1} ms to the first token the engine alone needs {alone:.1}, the server {}; it does not tell for what",
            signed(all - alone)
        ),
    })
}

/// The parts of the time of one token, milliseconds.
fn one_token(row: &ServerRow, engine: &Sample) -> Option<String> {
    let all = 1e3 / row.stream_tokens_per_second.as_ref()?.point;
    let alone = 1e3 / engine.mean();
    Some(match row.server_timings.as_ref().and_then(super::summary::TimingsReport::token_ms) {
        Some(server) => format!(
            "of {all:.3} ms a token the engine alone needs {alone:.3}, the server's sampling, slots and threads {}, the \
             stream {}",
            signed3(server - alone),
            signed3(all - server)
        ),
        None => format!(
            "of {all:.3} ms a token the engine alone needs {alone:.3}, the server {}; it does not tell for what",
            signed3(all - alone)
        ),
    })
}

fn signed(ms: f64) -> String {
    if ms < 0.0 { format!("{:.1} less", -ms) } else { format!("{ms:.1} more") }
}

fn signed3(ms: f64) -> String {
    if ms < 0.0 { format!("{:.3} less", -ms) } else { format!("{ms:.3} more") }
}
