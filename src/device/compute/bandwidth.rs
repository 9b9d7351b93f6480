//! Read bandwidth of the memory, in the manner of STREAM: long arrays, best of many passes.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::samples::{Now, Samples};
use crate::device::profile::DeviceProfile;

const WORD: usize = size_of::<u64>();

/// Most passes for each number of threads: more tells nothing new.
const MOST_PASSES: usize = 100;

/// Bytes to read in a pass, and a note where the rule could not be kept: four times the last-level caches (STREAM's rule),
/// at least 128 MiB, at most 2 GiB and an eighth of the free memory.
pub(super) fn array_size(profile: &DeviceProfile) -> (usize, Option<String>) {
    const LEAST: u64 = 128 << 20;
    const MOST: u64 = 2 << 30;
    let cache = profile.cpu.last_level_cache.map(|size| size.bytes());
    let wanted = (4 * cache.unwrap_or(64 << 20)).max(LEAST);
    let free = profile.memory.available.map_or(8 * LEAST, |size| size.bytes());
    let limit = profile.memory.group_limit.map_or(free, |size| size.bytes().min(free));
    let bytes = wanted.min(MOST).min(limit / 8).max(1 << 20);
    let note = match cache {
        None => Some("the kernel describes no cache: the array is sized for one of 64 MiB".to_owned()),
        Some(_) if bytes < wanted => Some(
            "the array is smaller than four times the last-level caches: caches may add to the bandwidth".to_owned(),
        ),
        Some(_) => None,
    };
    (usize::try_from(bytes).unwrap_or(1 << 30), note)
}

/// Reads `bytes` with `threads` threads, each its own part, until the budget is spent.
pub(super) fn measure(bytes: usize, threads: usize, budget: Duration, now: Now<'_>) -> Samples {
    let part = bytes / threads / WORD;
    let barrier = Barrier::new(threads);
    let go_on = AtomicBool::new(true);
    let worker = |leads: bool| {
        // Written by the thread that reads it, so that its pages lie in the memory nearest to it.
        let words: Vec<u64> = (0..part as u64).collect();
        let mut begin = None;
        let mut rates = Vec::new();
        loop {
            barrier.wait();
            let start = now();
            black_box(sum(black_box(&words)));
            barrier.wait();
            if leads {
                let end = now();
                let seconds = end.saturating_sub(start).as_secs_f64();
                rates.push((part * threads * WORD) as f64 / seconds.max(1e-9));
                let spent = end.saturating_sub(*begin.get_or_insert(start)) >= budget;
                go_on.store(!spent && rates.len() < MOST_PASSES, Ordering::SeqCst);
            }
            barrier.wait();
            if !go_on.load(Ordering::SeqCst) {
                return rates;
            }
        }
    };
    let rates = std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| worker(false));
        }
        worker(true)
    });
    Samples::of(threads, rates)
}

/// The plainest of loops: every compiler keeps several vectors of sums side by side for it, so that only memory is waited
/// for. (Sums laid out by hand were turned into gathers for AVX-512, at a tenth of the speed.)
#[inline(never)]
fn sum(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum, word| sum.wrapping_add(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read() {
        let n = 1_003_u64;
        assert_eq!(sum(&(0..n).collect::<Vec<u64>>()), n * (n - 1) / 2);
    }
}
