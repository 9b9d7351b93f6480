//! What makes a row doubtful, as values that travel in the report, and the rules that call a row invalid.

use serde::{Deserialize, Serialize};

mod sentence;

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
    /// The measuring process did not run for some time: it was stopped, or starved.
    StoodStill {
        /// How long, seconds, in all repetitions.
        seconds: f64,
    },
    /// The machine slept between the beginning and the end of a repetition.
    Slept {
        /// How long, seconds, in all repetitions.
        seconds: f64,
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
    /// A repeated prompt was faster than one of its own: something is kept of it.
    RepeatedFaster {
        /// Time with a new prompt over that with the repeated one.
        ratio: f64,
        /// Lower end of its 95 % interval.
        low: f64,
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
                | Self::StoodStill { .. }
                | Self::Slept { .. }
                | Self::Swapped { .. }
                | Self::QuotaReached { .. }
                | Self::Unwatched { .. }
                | Self::UnequalWork { .. }
                | Self::Miscounted { .. }
                | Self::PartsDisagree { .. }
                | Self::RepeatedFaster { .. }
                | Self::TimeLimit { .. }
                | Self::Unfinished { .. }
                | Self::NotRecorded { .. }
                | Self::Elsewhere { .. }
        )
    }
}
