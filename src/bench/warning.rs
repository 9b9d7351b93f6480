//! What makes a row doubtful, as values that travel in the report, and the rules that call a row invalid.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Fewest repetitions of a valid row.
pub const MIN_REPETITIONS: usize = 5;
/// Fewest seconds on the clock of a valid row.
pub const MIN_SECONDS: f64 = 10.0;
/// Largest spread (half the range from the 10th to the 90th percentile of the repetitions, over their median) of a valid row.
pub const MAX_SPREAD: f64 = 0.05;
/// Largest share of the machine's time that others may take while a valid row runs.
pub const MAX_OTHER_LOAD: f64 = 0.05;
/// Largest share of time that a hypervisor may steal while a valid row runs.
pub const MAX_STEAL: f64 = 0.02;
/// Loss of speed from the first to the last fifth of a row, beyond which it counts as throttled when the clock fell too.
pub const MAX_DROP: f64 = 0.05;

/// One thing to know about a row or a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// Fewer repetitions than a verdict needs.
    TooFewRepetitions {
        /// Repetitions measured.
        have: usize,
        /// Repetitions needed.
        need: usize,
    },
    /// Less time on the clock than a verdict needs.
    TooShort {
        /// Seconds measured.
        have_s: f64,
        /// Seconds needed.
        need_s: f64,
    },
    /// The repetitions disagree.
    Spread {
        /// Half the 10–90 % range over the median.
        spread: f64,
        /// The limit.
        limit: f64,
    },
    /// The first repetition is an outlier although the row was warmed up.
    SlowFirst {
        /// First repetition over the median of the others.
        ratio: f64,
    },
    /// Some repetitions are outliers by their modified z-score (they are kept).
    Outliers {
        /// How many.
        count: usize,
        /// Out of how many.
        of: usize,
    },
    /// The processor throttled while the row ran.
    Throttled {
        /// What showed it.
        evidence: String,
    },
    /// Other processes used the machine.
    NotQuiet {
        /// Their share of all processor time.
        share: f64,
        /// The limit.
        limit: f64,
    },
    /// The hypervisor gave the processor to others.
    Stolen {
        /// Share of time.
        share: f64,
        /// The limit.
        limit: f64,
    },
    /// The row swapped.
    Swapped {
        /// Major page faults while the row ran.
        major_faults: u64,
    },
    /// The control group's quota was used up, and the row halted until the next period.
    QuotaReached {
        /// Periods in which it was halted.
        throttled: u64,
        /// All periods.
        periods: u64,
    },
    /// Nobody could watch whether others used the machine.
    Unwatched {
        /// Why.
        reason: String,
    },
    /// The device ran on its battery.
    OnBattery,
    /// Energy was not measured.
    EnergyUnavailable {
        /// Why.
        reason: String,
    },
    /// The repetitions did not do the same work: their last logits disagree.
    UnequalWork {
        /// Distinct results.
        distinct: usize,
    },
    /// A repetition did not count the tokens that the row asked for.
    Miscounted {
        /// Tokens that it counted.
        counted: u32,
        /// Tokens of the row.
        asked: u32,
    },
    /// The time of a repetition is not the sum of its tokens' times.
    PartsDisagree {
        /// The repetition, nanoseconds.
        whole_ns: u64,
        /// Its tokens, nanoseconds.
        parts_ns: u64,
    },
    /// The row was ended by its time limit.
    TimeLimit {
        /// The limit in seconds.
        limit_s: f64,
    },
    /// The run ended before the row was done.
    Unfinished {
        /// Repetitions measured by then.
        have: usize,
    },
    /// The engine was built without instructions that this processor has, or the other way round.
    FeatureMismatch {
        /// What differs.
        detail: String,
    },
    /// Layers were asked for a device, and none was there to take them.
    NoDevice {
        /// How many (`-ngl`).
        layers: u32,
    },
    /// The engine's scheduler put the work elsewhere than the settings say.
    Elsewhere {
        /// Layers asked for a device (`-ngl`).
        layers: u32,
        /// Share of the model's layers that this is, the output apart.
        asked: f64,
        /// Share of the layers that ran on devices.
        on_devices: f64,
        /// What ran where, by work.
        ran: String,
    },
    /// An imported row: nothing is known of the machine while it ran.
    NotRecorded {
        /// The program that measured it.
        source: String,
    },
    /// The wait for a cool or quiet machine ended without one.
    GateTimeout {
        /// What was waited for.
        detail: String,
    },
}

impl Warning {
    /// Whether this makes the row's number invalid, rather than only less convenient.
    #[must_use]
    pub const fn invalidates(&self) -> bool {
        matches!(
            self,
            Self::TooFewRepetitions { .. }
                | Self::TooShort { .. }
                | Self::Spread { .. }
                | Self::Throttled { .. }
                | Self::NotQuiet { .. }
                | Self::Stolen { .. }
                | Self::Swapped { .. }
                | Self::QuotaReached { .. }
                | Self::Unwatched { .. }
                | Self::UnequalWork { .. }
                | Self::Miscounted { .. }
                | Self::PartsDisagree { .. }
                | Self::TimeLimit { .. }
                | Self::Unfinished { .. }
                | Self::NotRecorded { .. }
                | Self::Elsewhere { .. }
        )
    }
}

impl fmt::Display for Warning {
    /// One line with the way out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: &f64| format!("{:.1} %", share * 100.0);
        match self {
            Self::TooFewRepetitions { have, need } => {
                write!(f, "{have} of {need} repetitions: measure longer (bench -r {need})")
            }
            Self::TooShort { have_s, need_s } => {
                write!(f, "{have_s:.1} of {need_s:.0} s on the clock: measure longer (bench --min-time {need_s:.0})")
            }
            Self::Spread { spread, limit } => write!(
                f,
                "repetitions spread by ±{} (limit {}): close other programs, or measure longer (bench --min-time)",
                percent(spread),
                percent(limit)
            ),
            Self::SlowFirst { ratio } => {
                write!(
                    f,
                    "the first repetition took {ratio:.2} times the median of the others: caches or clocks were cold"
                )
            }
            Self::Outliers { count, of } => write!(f, "{count} of {of} repetitions are outliers (kept in the data)"),
            Self::Throttled { evidence } => {
                write!(
                    f,
                    "throttled ({evidence}): let the device cool, or report its sustained speed (bench --sustain)"
                )
            }
            Self::NotQuiet { share, limit } => {
                write!(f, "other processes took {} of the machine (limit {})", percent(share), percent(limit))
            }
            Self::Stolen { share, limit } => {
                write!(f, "the hypervisor took {} of the time (limit {})", percent(share), percent(limit))
            }
            Self::Swapped { major_faults } => {
                write!(
                    f,
                    "{major_faults} pages came from disk while the clock ran: the model does not fit in free memory"
                )
            }
            Self::QuotaReached { throttled, periods } => write!(
                f,
                "the control group's quota halted it in {throttled} of {periods} periods: use fewer threads (-t), or raise \
                 the quota"
            ),
            Self::Unwatched { reason } => {
                write!(
                    f,
                    "nobody could watch whether others used the machine: {reason}; run it where /proc/stat is open"
                )
            }
            Self::OnBattery => f.write_str("on battery: plug in the charger, or say that this is meant"),
            Self::EnergyUnavailable { reason } => write!(f, "energy not measured: {reason}"),
            Self::Miscounted { counted, asked } => write!(
                f,
                "a repetition counted {counted} tokens and a row of {asked} was asked for, or a token lacks its time; measure again"
            ),
            Self::PartsDisagree { whole_ns, parts_ns } => write!(
                f,
                "a repetition took {whole_ns} ns and its tokens {parts_ns} ns together; one of the two was changed: measure again"
            ),
            Self::UnequalWork { distinct } => {
                write!(
                    f,
                    "the repetitions ended in {distinct} different predictions: the engine does not repeat its work"
                )
            }
            Self::TimeLimit { limit_s } => write!(f, "ended by the limit of {limit_s:.0} s for a row"),
            Self::Unfinished { have } => {
                write!(
                    f,
                    "the run ended after {have} repetitions of this row: --resume goes on, but for a server, which begins anew"
                )
            }
            Self::NoDevice { layers } => write!(
                f,
                "-ngl {layers}, but no device was there to take a layer: all of it ran on the CPU; `bench --list-devices` shows \
                 what this build can use (cargo build --features vulkan, cuda, metal or opencl)"
            ),
            Self::Elsewhere { layers, asked, on_devices, ran } => write!(
                f,
                "-ngl {layers} asks for {} of the layers on a device, and {} were there ({ran}): the row's label is wrong; \
                 take -dev none, or another -ngl",
                percent(asked),
                percent(on_devices)
            ),
            Self::FeatureMismatch { detail } => f.write_str(detail),
            Self::NotRecorded { source } => {
                write!(
                    f,
                    "{source} does not record other load, heat or stolen time: nothing vouches for a quiet machine"
                )
            }
            Self::GateTimeout { detail } => f.write_str(detail),
        }
    }
}
