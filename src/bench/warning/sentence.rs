//! A warning in words, with the way out.

use std::fmt;

use super::Warning;

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
            Self::StoodStill { seconds } => write!(
                f,
                "the measuring process did not run for {seconds:.1} s while the clock did: it was stopped (SIGSTOP, Ctrl-Z, a \
                 debugger) or starved; measure again"
            ),
            Self::Slept { seconds } => {
                write!(
                    f,
                    "the machine slept for {seconds:.0} s in the middle of a repetition: keep it awake, and measure again"
                )
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
            Self::RepeatedFaster { ratio, low } => write!(
                f,
                "a new prompt took {ratio:.2} times (at least {low:.2}) as long as the repeated one: the engine keeps something of \
                 a prompt, and the row's speed is that of its cache"
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
