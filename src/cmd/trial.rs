//! A look before the run: how fast the model is here, so that shapes and repetitions fit the time and the ETA is real.

use std::path::Path;
use std::time::Duration;

use super::interrupt::interrupted;
use super::measure::worker_command;
use crate::bench::plan::{Phase, Settings, Shape, StopRule};
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{EngineKind, Event, Job, Order, VERSION, Work};

/// How long a worker may be silent.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Seconds for a token of each phase, and to load the model.
pub(super) struct Trial {
    pub(super) prefill: f64,
    pub(super) decode: f64,
    load: f64,
}

/// What a run may spend on its bench.
pub(super) struct Budget {
    /// Seconds that one row may take, warm-up included.
    row_seconds: f64,
    /// Seconds after which a row is ended with what it has.
    pub(super) max_row_seconds: f64,
    /// Seconds to wait for a cool or quiet machine.
    pub(super) patience: u64,
    /// Depths to decode at.
    depths: &'static [u32],
}

/// `run --quick`: at most 60 s for the whole bench.
pub(super) const QUICK: Budget = Budget { row_seconds: 18.0, max_row_seconds: 20.0, patience: 10, depths: &[0] };

/// `run`: full shapes, and decoding at depth.
pub(super) const FULL: Budget =
    Budget { row_seconds: 900.0, max_row_seconds: 1800.0, patience: 300, depths: &[0, 512] };

/// Runs one short prefill and one short decode.
pub(super) fn run(engine: EngineKind, model: &Path, settings: &Settings, seed: u64) -> Result<Trial, HostError> {
    let time = |shape: Shape| -> Result<(f64, f64), HostError> {
        let work = Work::Bench { shape, settings: settings.clone(), seed };
        let job = Job { version: VERSION, engine, model: model.to_owned(), work };
        let command = worker_command().map_err(|error| HostError::Failed(error.to_string()))?;
        let mut worker = Worker::start(command, &job)?;
        let Event::Ready(ready) = worker.next(PATIENCE, &interrupted)? else {
            return Err(HostError::Garbled("no ready worker".to_owned()));
        };
        worker.order(Order::Repeat)?;
        match worker.next(PATIENCE, &interrupted)? {
            Event::Sample { sample, .. } => {
                Ok((sample.duration_ns as f64 / 1e9 / f64::from(sample.tokens), ready.load_ns as f64 / 1e9))
            }
            other => Err(HostError::Garbled(format!("{other:?}"))),
        }
    };
    let (prefill, load) = time(Shape { phase: Phase::Prefill, tokens: 32, depth: 0 })?;
    let (decode, _) = time(Shape { phase: Phase::Decode, tokens: 4, depth: 0 })?;
    Ok(Trial { prefill, decode, load })
}

impl Budget {
    /// The shapes that fit (warm-up and five repetitions each), when to stop, and the seconds that it will take.
    pub(super) fn plan(&self, trial: &Trial) -> (Vec<Shape>, StopRule, f64) {
        let fit = |sizes: [u32; 4], seconds: f64| {
            sizes.into_iter().find(|size| f64::from(*size) * seconds * 6.0 <= self.row_seconds).unwrap_or(sizes[3])
        };
        let prompt = fit([512, 256, 128, 64], trial.prefill);
        let reply = fit([128, 64, 32, 16], trial.decode);
        let mut shapes = vec![Shape { phase: Phase::Prefill, tokens: prompt, depth: 0 }];
        shapes.extend(self.depths.iter().map(|&depth| Shape { phase: Phase::Decode, tokens: reply, depth }));
        let stop = StopRule {
            repetitions: 5,
            min_seconds: crate::bench::warning::MIN_SECONDS,
            max_seconds: self.max_row_seconds,
        };
        let seconds = shapes
            .iter()
            .map(|shape| {
                let token = if shape.phase == Phase::Prefill { trial.prefill } else { trial.decode };
                let once = f64::from(shape.tokens) * token;
                let fill = f64::from(shape.depth) * trial.prefill;
                let repetitions = (stop.min_seconds / once).ceil().max(5.0);
                trial.load + (once + fill) + (repetitions * (once + fill)).min(self.max_row_seconds)
            })
            .sum();
        (shapes, stop, seconds)
    }

    /// Which shapes were chosen, and why not larger ones.
    pub(super) fn explain(&self, shapes: &[Shape]) -> String {
        let names: Vec<String> = shapes.iter().map(ToString::to_string).collect();
        format!(
            "shapes {}: the largest of llama-bench's defaults that fit {:.0} s a row",
            names.join(", "),
            self.row_seconds
        )
    }
}
