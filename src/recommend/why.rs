//! What binds a pick, in a sentence.

use super::estimates::Costs;
use super::limits::Limits;
use super::machine::Machine;
use crate::unit::{Bytes, plain};

/// Share of the tightest limit below which none can be said to bind.
const ROOM: f64 = 0.5;
/// Share of the theoretical bandwidth from which on memory is what decode waits for (measured devices reach 0.64 to 0.85).
const SATURATED: f64 = 0.6;

/// The limits with what a file takes of them at the pessimistic end, the tightest first: shares above 1 are not met.
pub(super) fn shares(costs: &Costs, limits: &Limits, usable: f64) -> [(Limit, f64); 3] {
    let slowest = costs.tokens_per_second.low.unwrap_or(0.0);
    let longest = costs.first_token_seconds.high.unwrap_or(f64::INFINITY);
    let largest = costs.memory_bytes.high.unwrap_or(f64::INFINITY);
    let mut found = [
        (Limit::Memory, largest / usable),
        (Limit::Decode, limits.min_tps / slowest),
        (Limit::Prefill, limits.max_ttft.map_or(0.0, |most| longest / most)),
    ];
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// What a model may take.
    Memory,
    /// Tokens per second.
    Decode,
    /// Seconds to the first token.
    Prefill,
}

impl Limit {
    /// The option that sets it.
    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::Memory => "--memory",
            Self::Decode => "--min-tps",
            Self::Prefill => "--max-ttft",
        }
    }
}

/// The sentence about the tightest limit.
pub(super) fn why(
    (tightest, share): (Limit, f64),
    costs: &Costs,
    limits: &Limits,
    machine: &Machine,
    usable: f64,
) -> String {
    let percent = plain(100.0 * share, 0);
    if share < ROOM {
        return format!("no limit binds: at worst {percent} % of what is allowed, so a larger model would fit too");
    }
    match tightest {
        Limit::Memory => format!(
            "memory binds: at worst {percent} % of the {} that a model may take here; a faster processor changes nothing",
            Bytes::from_bytes(usable as u64)
        ),
        Limit::Decode => {
            let used = 100.0 * costs.bandwidth_share;
            let (used, all) = (plain(used, 0), plain(machine.bandwidth_gbs, 0));
            let read = format!("decode binds: it reads {used} % of the {all} GB/s of this memory");
            if costs.bandwidth_share >= SATURATED {
                format!("{read}; a faster processor with the same memory gains little")
            } else {
                format!("{read}, so the processor holds it back as well")
            }
        }
        Limit::Prefill => format!(
            "the wait for the first token binds: at worst {percent} % of the {} s allowed; faster arithmetic or a shorter prompt helps, more memory does not",
            plain(limits.max_ttft.unwrap_or(0.0), 1)
        ),
    }
}
