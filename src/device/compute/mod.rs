//! Two short probes of what the processor can do: reading memory and multiplying.
//!
//! Both are safe Rust that the compiler vectorises for the target it builds for (`-C target-cpu=native` for this machine).
//! They show what plain compiled code reaches, a lower bound of the hardware: no prefetch by hand, no matrix instructions
//! (AMX, SME, `smmla`), and INT8 dot instructions only where the compiler finds them. A debug build shows far less still,
//! which is why [`Build`] stands beside the figures.

mod bandwidth;
mod dot;
mod samples;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::profile::DeviceProfile;
use crate::unit::Bytes;

pub use samples::{Now, Samples};

/// What was measured on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ComputeProbe {
    /// Read bandwidth by number of threads, in bytes per second.
    pub read_bandwidth: Vec<Samples>,
    /// Bytes that all threads together read in one pass: at least four times the last-level caches, or the reason in `notes`.
    pub array: Bytes,
    /// Fused multiply-adds on 32-bit floats held in registers, in operations per second (two per multiply-add).
    pub fp32: Vec<Samples>,
    /// Dot products of 8-bit integers into 32 bits, from first-level cache, in operations per second (two per multiply-add).
    pub int8: Vec<Samples>,
    /// How the probes were compiled.
    pub build: Build,
    /// What limits the figures.
    pub notes: Vec<String>,
    /// Time all probes took, in seconds.
    pub seconds: f64,
}

/// How the probes were compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Build {
    /// Whether debug assertions are on (then the figures say little).
    pub debug: bool,
    /// Vector instruction sets the compiler was allowed to use.
    pub target_features: Vec<String>,
}

impl Build {
    /// How this program was compiled.
    #[must_use]
    pub fn current() -> Self {
        let known = [
            ("sse2", cfg!(target_feature = "sse2")),
            ("avx", cfg!(target_feature = "avx")),
            ("avx2", cfg!(target_feature = "avx2")),
            ("fma", cfg!(target_feature = "fma")),
            ("avx512f", cfg!(target_feature = "avx512f")),
            ("avx512vnni", cfg!(target_feature = "avx512vnni")),
            ("neon", cfg!(target_feature = "neon")),
            ("dotprod", cfg!(target_feature = "dotprod")),
            ("i8mm", cfg!(target_feature = "i8mm")),
            ("sve", cfg!(target_feature = "sve")),
        ];
        let on = known.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.to_owned());
        Self { debug: cfg!(debug_assertions), target_features: on.collect() }
    }
}

/// Runs both probes on the machine that `profile` describes, within about `budget` of wall time.
#[must_use]
pub fn measure(profile: &DeviceProfile, budget: Duration, now: Now<'_>) -> ComputeProbe {
    let begin = now();
    let mut notes = Vec::new();
    let available = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ladder = thread_ladder(available);
    let (array, note) = bandwidth::array_size(profile);
    notes.extend(note);
    // Two thirds for memory, where each pass is long; one third for the multiplications, which settle at once.
    let per_step = budget.mul_f64(0.6) / u32::try_from(ladder.len()).unwrap_or(u32::MAX);
    let read_bandwidth: Vec<Samples> =
        ladder.iter().map(|&threads| bandwidth::measure(array, threads, per_step, now)).collect();
    let ends: Vec<usize> = if available == 1 { vec![1] } else { vec![1, available] };
    let per_kernel = budget.mul_f64(0.25) / u32::try_from(2 * ends.len()).unwrap_or(1);
    let fp32 = ends.iter().map(|&threads| dot::measure(dot::Kernel::Fp32, threads, per_kernel, now)).collect();
    let int8 = ends.iter().map(|&threads| dot::measure(dot::Kernel::Int8, threads, per_kernel, now)).collect();
    let build = Build::current();
    if build.debug {
        notes.push("a debug build: the figures are far below what the machine can do".to_owned());
    }
    if cfg!(target_arch = "x86_64")
        && profile.cpu.simd.iter().any(|flag| flag == "avx2")
        && !cfg!(target_feature = "avx2")
    {
        notes.push("compiled without AVX2, which this processor has: build with -C target-cpu=native".to_owned());
    }
    let seconds = now().saturating_sub(begin).as_secs_f64();
    ComputeProbe { read_bandwidth, array: Bytes::from_bytes(array as u64), fp32, int8, build, notes, seconds }
}

/// 1, 2, 4, … and all.
fn thread_ladder(available: usize) -> Vec<usize> {
    let mut ladder: Vec<usize> =
        std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|n| *n < available).collect();
    ladder.push(available);
    ladder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladders_end_with_all_threads() {
        assert_eq!(thread_ladder(1), [1]);
        assert_eq!(thread_ladder(2), [1, 2]);
        assert_eq!(thread_ladder(6), [1, 2, 4, 6]);
        assert_eq!(thread_ladder(8), [1, 2, 4, 8]);
    }
}
