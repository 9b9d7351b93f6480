//! The machine's own speed: what the evaluation is compared with, and what its time is foretold from.

use crate::bench::measurement::Speed;
use crate::bench::plan::{Phase, Settings, Shape};
use crate::bench::runner::Runner;
use crate::engine::{ContextOptions, EngineError, Model};
use crate::eval::report::OwnPrefill;
use crate::meter::clock::Clock;

/// Plain prefill at the depth of a usual few-shot prefix.
const PREFILL: Shape = Shape { phase: Phase::Prefill, tokens: 512, depth: 700 };
/// Plain decode there.
const DECODE: Shape = Shape { phase: Phase::Decode, tokens: 8, depth: 700 };
/// Most repetitions of a measurement.
const REPETITIONS: usize = 3;
/// Seconds after which no further repetition begins: on a slow device one says enough.
const ENOUGH: f64 = 5.0;

/// Speeds of this very process, tokens/s.
pub(super) struct OwnSpeed {
    prefill: Speed,
    decode: Option<Speed>,
}

impl OwnSpeed {
    /// Measures prefill, and decode where texts will be written.
    pub(super) fn measure(
        model: &dyn Model,
        settings: &Settings,
        writes: bool,
        seed: u64,
        clock: &dyn Clock,
    ) -> Result<Option<Self>, EngineError> {
        let speed = |shape: Shape| -> Result<Option<Speed>, EngineError> {
            let mut runner = Runner::open(model, shape, settings, seed, clock)?;
            let begin = clock.now();
            let mut samples: Vec<u64> = Vec::new();
            while samples.is_empty() || (samples.len() < REPETITIONS && (clock.now() - begin).as_secs_f64() < ENOUGH) {
                samples.push(runner.repeat()?.duration_ns);
            }
            Ok(Speed::of(shape.tokens, &samples))
        };
        if u64::from(PREFILL.tokens + PREFILL.depth) > u64::from(model.facts().n_ctx_train) {
            return Ok(None);
        }
        let decode = if writes { speed(DECODE)? } else { None };
        Ok(speed(PREFILL)?.map(|prefill| Self { prefill, decode }))
    }

    /// Median prefill speed, tokens/s.
    pub(super) fn prefill(&self) -> f64 {
        self.prefill.median
    }

    /// Median decode speed, tokens/s, where it was measured.
    pub(super) fn decode(&self) -> Option<f64> {
        self.decode.as_ref().map(|decode| decode.median)
    }

    /// For the document.
    pub(super) fn document(&self) -> OwnPrefill {
        OwnPrefill {
            test: PREFILL.to_string(),
            tokens_per_second: self.prefill.mean.clone(),
            median: self.prefill.median,
        }
    }
}

/// The settings of a bench row in the same context.
pub(super) fn bench_settings(context: &ContextOptions, n_gpu_layers: u32) -> Settings {
    Settings {
        threads: context.threads,
        n_batch: context.n_batch,
        n_ubatch: context.n_ubatch,
        flash_attention: context.flash_attention,
        type_k: context.type_k,
        type_v: context.type_v,
        n_gpu_layers,
        devices: None,
        op_offload: None,
    }
}
