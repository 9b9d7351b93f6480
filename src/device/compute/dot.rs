//! Multiply-add throughput: 32-bit floats from registers, 8-bit integers from the first-level cache.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Duration;

use super::samples::{Now, Samples};

/// What is multiplied.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kernel {
    /// 32-bit floats.
    Fp32,
    /// 8-bit integers into 32 bits.
    Int8,
}

/// Ten independent vectors hide the latency of the multiply-add (4 cycles, two a cycle) on every core of today.
const CHAINS: usize = 10;
/// Floats in a vector: the width that the compiler may use.
const LANES: usize = if cfg!(target_feature = "avx512f") {
    16
} else if cfg!(target_feature = "avx") {
    8
} else {
    4
};
/// Elements of the two INT8 arrays: 4 KiB each stays in every first-level cache.
const INT8_LENGTH: usize = 4096;
/// Repetitions inside one call, some ten microseconds.
const ROUNDS: usize = 2000;

impl Kernel {
    /// Operations of one call: two per multiply-add.
    fn operations(self) -> f64 {
        match self {
            Self::Fp32 => (2 * CHAINS * LANES * ROUNDS) as f64,
            Self::Int8 => (2 * INT8_LENGTH * (ROUNDS / 20)) as f64,
        }
    }
}

/// Runs a kernel on `threads` threads at once until the budget is spent; a sample is a twentieth of the budget.
pub(super) fn measure(kernel: Kernel, threads: usize, budget: Duration, now: Now<'_>) -> Samples {
    const SAMPLES: u32 = 20;
    let slice = budget / SAMPLES;
    let barrier = Barrier::new(threads);
    let worker = || {
        let left: Vec<i8> = (0..INT8_LENGTH).map(|i| (i % 127) as i8).collect();
        let right: Vec<i8> = (0..INT8_LENGTH).map(|i| (i % 63) as i8 - 31).collect();
        let call = || match kernel {
            Kernel::Fp32 => {
                black_box(fp32(black_box(0.999), black_box(1e-3)));
            }
            Kernel::Int8 => {
                for _ in 0..ROUNDS / 20 {
                    black_box(int8(black_box(&left), black_box(&right)));
                }
            }
        };
        (0..SAMPLES)
            .map(|_| {
                barrier.wait();
                let start = now();
                let mut calls = 0_u64;
                loop {
                    call();
                    calls += 1;
                    let spent = now().saturating_sub(start);
                    if spent >= slice {
                        return calls as f64 * kernel.operations() / spent.as_secs_f64().max(1e-9);
                    }
                }
            })
            .collect::<Vec<f64>>()
    };
    let rates = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut total = worker();
        for other in others {
            // A worker neither panics nor returns early: the sum runs over all of them.
            for (sum, rate) in total.iter_mut().zip(other.join().unwrap_or_default()) {
                *sum += rate;
            }
        }
        total
    });
    Samples::of(threads, rates)
}

/// Without hardware for it `mul_add` is a slow library call, so plain multiply and add stand in.
#[inline(always)]
fn multiply_add(sum: f32, factor: f32, term: f32) -> f32 {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        sum.mul_add(factor, term)
    } else {
        sum * factor + term
    }
}

#[inline(never)]
fn fp32(factor: f32, term: f32) -> f32 {
    let mut chains = [[1.0_f32; LANES]; CHAINS];
    for (place, lane) in chains.iter_mut().flatten().enumerate() {
        *lane = 1.0 + place as f32 * factor;
    }
    for _ in 0..ROUNDS {
        for chain in &mut chains {
            for lane in chain {
                *lane = multiply_add(*lane, factor, term);
            }
        }
    }
    chains.iter().flatten().sum()
}

#[inline(never)]
fn int8(left: &[i8], right: &[i8]) -> i32 {
    left.iter().zip(right).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dot_product_is_right() {
        assert_eq!(int8(&[127, -128, 3], &[-128, -128, 5]), -16256 + 16384 + 15);
    }

    #[test]
    fn the_chains_converge_to_their_fixed_point() {
        // x ← 0.5 x + 1 ends at 2 in every lane.
        approx::assert_relative_eq!(fp32(0.5, 1.0), (2 * LANES * CHAINS) as f32);
    }
}
