//! One row of the bench document, and what was found beside its speed.

use serde::{Deserialize, Serialize};

use super::wire::SettingsReport;
use crate::bench::fresh_prompt::FreshPrompts;
use crate::bench::measurement::{Latency, TimeToFirstToken};
use crate::bench::plan::{Phase, Row, Shape};
use crate::bench::warning::Warning;
use crate::engine::{BackendShare, placement};
use crate::meter::energy::EnergyReading;
use crate::stat::Estimate;

/// Reason of a row that was never begun: it is no failure of the row.
pub const UNREACHED: &str = "not measured: the run ended before this row";

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RowReport {
    /// llama-bench's name of the test.
    pub test: String,
    /// Id of the model.
    pub model: String,
    /// `prefill` or `decode`.
    pub phase: Phase,
    /// Tokens timed in one repetition.
    pub tokens: u32,
    /// Tokens in the cache before.
    pub depth: u32,
    /// Threads.
    pub threads: u32,
    /// `-b`, `-ub`, `-fa`, `-ctk`, `-ctv`, `-ngl`.
    pub settings: SettingsReport,
    /// Back end that ran it; several, the busiest first, joined by `+`; null when no worker came up.
    pub backend: Option<String>,
    /// What each back end did of the row's work, by the engine's own scheduler; absent where it does not tell, and in
    /// reports of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Vec<BackendShare>>,
    /// Mean speed in tokens/s; null with `reason`.
    pub tokens_per_second: Option<Estimate>,
    /// Median speed in tokens/s.
    pub median_tokens_per_second: Option<f64>,
    /// Standard deviation of the speeds in tokens/s.
    pub stddev_tokens_per_second: Option<f64>,
    /// Half the 10–90 % range of the speeds over their median.
    pub spread: Option<f64>,
    /// Nanoseconds of every repetition.
    pub samples_ns: Vec<u64>,
    /// Whether a repeated prompt was faster than a new one; absent where nobody looked (`bench --audit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_prompts: Option<FreshPrompts>,
    /// Nanoseconds of the warm-up, which has the row's own shape and is not counted.
    pub warmup_ns: Option<u64>,
    /// Loading the model, nanoseconds.
    pub load_ns: Option<u64>,
    /// Inter-token latency in nanoseconds; null for prefill.
    pub latency: Option<LatencyReport>,
    /// Time to the first token in nanoseconds; null for decode.
    pub ttft: Option<TimeToFirstToken>,
    /// Mean user TTFT over the repetitions, nanoseconds, with its t interval; null for decode.
    #[serde(default)]
    pub first_token: Option<Estimate>,
    /// Memory of the measured process.
    pub memory: MemoryReport,
    /// Energy; null with the reason among the warnings.
    pub energy: Option<EnergyReport>,
    /// Heat and clocks.
    pub thermal: ThermalReport,
    /// Other load, steal and context switches.
    pub load: LoadReport,
    /// Whether the number may be quoted.
    pub valid: bool,
    /// What to know about it.
    pub warnings: Vec<WarningReport>,
    /// Why there is no number.
    pub reason: Option<String>,
}

/// A warning on the wire: the value and its sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WarningReport {
    /// The value.
    #[serde(flatten)]
    pub warning: Warning,
    /// The sentence with the way out.
    pub message: String,
    /// Whether it makes the row invalid.
    pub invalidates: bool,
}

impl From<Warning> for WarningReport {
    fn from(warning: Warning) -> Self {
        Self { message: warning.to_string(), invalidates: warning.invalidates(), warning }
    }
}

/// Inter-token latency in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LatencyReport {
    /// Median.
    pub p50: Option<Estimate>,
    /// 90th percentile.
    pub p90: Option<Estimate>,
    /// 95th percentile.
    pub p95: Option<Estimate>,
    /// 99th percentile.
    pub p99: Option<Estimate>,
    /// Largest.
    pub max: Option<u64>,
    /// MLPerf's headline, the 90th percentile by early stopping: with 99 % confidence it is not larger.
    pub p90_early_stopping: Option<u64>,
    /// Latencies recorded.
    pub count: u64,
    /// Why a percentile is null, e.g. `too few samples`.
    pub reasons: Vec<String>,
    /// `[latency, count]` of every recorded bucket (three significant digits).
    pub histogram: Vec<(u64, u64)>,
}

impl LatencyReport {
    /// The percentiles of a histogram, each null with its reason where there are too few latencies.
    #[must_use]
    pub fn of(latency: &Latency) -> Self {
        let mut reasons = Vec::new();
        let mut at = |name: &str, quantile: f64| match latency.quantile(quantile) {
            Ok(estimate) => Some(estimate),
            Err(why) => {
                reasons.push(format!("{name}: {why}"));
                None
            }
        };
        let [p50, p90, p95, p99] = Latency::QUANTILES.map(|(name, quantile)| at(name, quantile));
        let p90_early_stopping = latency.p90_early_stopping();
        let p90_early_stopping =
            p90_early_stopping.map_err(|why| reasons.push(format!("p90_early_stopping: {why}"))).ok();
        Self {
            p50,
            p90,
            p95,
            p99,
            max: latency.histogram.max(),
            p90_early_stopping,
            count: latency.histogram.len(),
            reasons,
            histogram: latency.histogram.buckets(),
        }
    }
}

/// Memory of the measured process in bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MemoryReport {
    /// The kernel's high-water mark of resident memory (`VmHWM`).
    pub peak_rss: Option<u64>,
    /// Proportional set size at the end.
    pub pss: Option<u64>,
    /// Anonymous memory at the end: what is not the mapped model file.
    pub anonymous: Option<u64>,
    /// The KV cache, computed from the header, the context length and the cache types.
    pub kv_cache: Option<u64>,
    /// Whether `kv_cache` is an upper bound: layers with a sliding window hold less of a long context.
    pub kv_cache_upper_bound: bool,
    /// Why something is null.
    pub reason: Option<String>,
}

/// Energy of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EnergyReport {
    /// Joules per token over the repetitions, idle power included.
    pub joules_per_token: f64,
    /// Joules of all repetitions.
    pub joules: f64,
    /// Mean power in watts.
    pub watts: f64,
    /// Tier, method and scope of the source.
    pub source: EnergyReading,
}

/// Heat and clocks of a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ThermalReport {
    /// Hottest sensor before the first repetition, °C.
    pub start_celsius: Option<f64>,
    /// Hottest sensor after the last, °C.
    pub end_celsius: Option<f64>,
    /// Highest core clock before the first repetition, Hz.
    pub start_hertz: Option<f64>,
    /// Highest core clock after the last, Hz.
    pub end_hertz: Option<f64>,
    /// Whether the processor was held back; null where nothing can tell.
    pub throttled: Option<bool>,
    /// What says so, or why nothing can.
    pub evidence: Option<String>,
}

/// What else ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LoadReport {
    /// Processors that others kept busy, mean over the repetitions.
    pub others_busy_processors: Option<f64>,
    /// Share of time that the hypervisor took.
    pub steal_fraction: Option<f64>,
    /// Voluntary context switches of the measured process.
    pub voluntary_switches: Option<u64>,
    /// Involuntary ones.
    pub involuntary_switches: Option<u64>,
    /// Page faults that went to disk.
    pub major_faults: Option<u64>,
}

impl RowReport {
    /// The back end, with the shares of the work where several had one; `None` when no worker came up.
    #[must_use]
    pub fn ran_on(&self) -> Option<String> {
        let several =
            self.placement.as_ref().map(|shares| placement::sentence(shares)).filter(|said| said.contains(','));
        several.or_else(|| self.backend.clone())
    }

    /// Whether nothing but blindness stands against the row: it may be as good as a valid one, and nobody can say so.
    #[must_use]
    pub fn unwatched(&self) -> bool {
        let mut against = self.warnings.iter().filter(|warning| warning.invalidates).peekable();
        self.tokens_per_second.is_some()
            && against.peek().is_some()
            && against.all(|warning| matches!(warning.warning, Warning::Unwatched { .. }))
    }

    /// The shape of the row.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        Shape { phase: self.phase, tokens: self.tokens, depth: self.depth }
    }
}

/// Bytes of the KV cache of a row; llama.cpp rounds the context up to 256 cells.
#[must_use]
pub fn kv_cache_bytes((keys, values): (u64, u64), row: &Row) -> u64 {
    let cells = u64::from(row.shape.depth + row.shape.tokens).div_ceil(256) * 256;
    let bits = keys as f64 * row.settings.type_k.bits() + values as f64 * row.settings.type_v.bits();
    (cells as f64 * bits / 8.0).round() as u64
}
