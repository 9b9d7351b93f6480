//! A look before the run: how fast the model is here, so that shapes and repetitions fit the time and the ETA is real.

use std::path::Path;
use std::time::Duration;

use super::error::MeasureError;
use super::journal::Trial;
use super::own_worker::own_worker;
use crate::bench::plan::{Phase, Settings, Shape, StopRule};
use crate::bench::runner::Sample;
use crate::bench::warning::MIN_SECONDS;
use crate::meter::clock::{Clock, SystemClock};
use crate::observer::Observer;
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{EngineKind, Event, Job, Order, VERSION, Work};

/// How long a worker may be silent.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Repetitions of a row, at least.
const REPETITIONS: u32 = crate::bench::warning::MIN_REPETITIONS as u32;

/// Seconds that the wait for a quiet machine takes on a quiet one.
const SETTLED: f64 = 4.0;

/// Seconds after which no further pass of a look begins: on a slow device the look would eat the budget.
const ENOUGH: f64 = 10.0;

/// A pass that took longer than this, seconds, and no less than [`ALIKE`] of the one before is the last: the device is slow,
/// and was not disturbed.
const SHORT_PASS: f64 = 1.0;
const ALIKE: f64 = 0.8;

/// What a run may spend on its bench.
#[derive(Debug)]
pub struct Budget {
    /// Seconds of everything that belongs to the bench, this look and the wait for a quiet machine included.
    pub total: f64,
    /// Seconds to wait for a cool or quiet machine.
    pub patience: u64,
    /// Depths to decode at.
    depths: &'static [u32],
}

/// `run --quick`.
const QUICK: Budget = Budget { total: 60.0, patience: 8, depths: &[0] };

/// `run`: full shapes, and decoding at depth.
const FULL: Budget = Budget { total: 3600.0, patience: 300, depths: &[0, 512] };

/// Seconds for what no term of a budget names: starting processes, ending them, writing the report.
const SLACK: f64 = 2.0;

/// Fewest seconds for a row: less would end it in its first repetition.
const LEAST: f64 = 5.0;

/// What the bench of a run will do.
#[derive(Debug)]
pub struct BenchPlan {
    /// What is timed.
    pub shapes: Vec<Shape>,
    /// When a row is done.
    pub stop: StopRule,
    /// Seconds that it will take.
    pub seconds: f64,
    /// Which shapes were chosen, and why not larger ones.
    pub note: String,
}

/// Passes of each look, where they are short.
const LOOKS: u32 = 3;

/// Runs a few short prefills and decodes. The fastest counts: what else a machine does can only slow it down, and one
/// disturbed pass would choose the shapes and foretell days.
///
/// # Errors
/// A worker that gave up, or the user's Ctrl-C.
pub fn look(
    engine: EngineKind,
    model: &Path,
    settings: &Settings,
    seed: u64,
    observer: &dyn Observer,
) -> Result<Trial, MeasureError> {
    let interrupted = || observer.interrupted();
    let clock = SystemClock::new();
    let begin = clock.now();
    let time = |shape: Shape| -> Result<(f64, f64), MeasureError> {
        let work = Work::Bench { shape, settings: settings.clone(), seed };
        let job = Job { version: VERSION, engine, model: model.to_owned(), work };
        let mut worker = Worker::start(own_worker()?, &job)?;
        let Event::Ready(ready) = worker.next(PATIENCE, &interrupted)? else {
            return Err(HostError::Garbled("no ready worker".to_owned()).into());
        };
        let seconds = |sample: &Sample| sample.duration_ns as f64 / 1e9;
        let tokens = f64::from(shape.tokens);
        let pass = fastest(ready.warmup.as_ref().map(seconds), || -> Result<f64, MeasureError> {
            worker.order(Order::Repeat)?;
            match worker.next(PATIENCE, &interrupted)? {
                Event::Sample { sample, .. } => Ok(seconds(&sample)),
                other => Err(HostError::Garbled(format!("{other:?}")).into()),
            }
        })?;
        Ok((pass / tokens, ready.load_ns as f64 / 1e9))
    };
    let (prefill, load) = time(Shape { phase: Phase::Prefill, tokens: 32, depth: 0 })?;
    let (decode, _) = time(Shape { phase: Phase::Decode, tokens: 4, depth: 0 })?;
    Ok(Trial { prefill, decode, load, spent: (clock.now() - begin).as_secs_f64() })
}

/// The fastest of a warm-up, which only a slow device shall be judged by, and of up to [`LOOKS`] passes behind it.
fn fastest<E>(warmup: Option<f64>, mut pass: impl FnMut() -> Result<f64, E>) -> Result<f64, E> {
    let (mut spent, mut fastest) = (warmup.unwrap_or(0.0), warmup.unwrap_or(f64::INFINITY));
    for _ in 0..LOOKS {
        if fastest.is_finite() && spent > ENOUGH {
            break;
        }
        let seconds = pass()?;
        let slow = seconds > SHORT_PASS && seconds >= ALIKE * fastest;
        spent += seconds;
        fastest = fastest.min(seconds);
        if slow {
            break;
        }
    }
    Ok(fastest)
}

impl Budget {
    /// The budget of a run.
    #[must_use]
    pub const fn of(quick: bool) -> &'static Self {
        if quick { &QUICK } else { &FULL }
    }

    /// When a row is done, before anything is known of the device.
    #[must_use]
    pub fn stop(&self) -> StopRule {
        StopRule { repetitions: REPETITIONS, min_seconds: MIN_SECONDS, max_seconds: self.total }
    }

    /// The largest shapes that fit (warm-up and five repetitions each), when to stop, and how long it will take.
    #[must_use]
    pub fn plan(&self, trial: &Trial) -> BenchPlan {
        let rows = 1 + self.depths.len();
        let fixed = trial.spent + self.patience as f64 + SLACK + rows as f64 * trial.load;
        let row_seconds = ((self.total - fixed) / rows as f64).max(LEAST);
        let deepest = f64::from(self.depths.iter().copied().max().unwrap_or(0)) * trial.prefill;
        let fit = |sizes: [u32; 4], seconds: f64| {
            let passes = f64::from(1 + REPETITIONS);
            let fits = |size: &u32| (f64::from(*size) * seconds + deepest) * passes <= row_seconds;
            sizes.into_iter().find(fits).unwrap_or(sizes[3])
        };
        let prompt = fit([512, 256, 128, 64], trial.prefill);
        let reply = fit([128, 64, 32, 16], trial.decode);
        let mut shapes = vec![Shape { phase: Phase::Prefill, tokens: prompt, depth: 0 }];
        shapes.extend(self.depths.iter().map(|&depth| Shape { phase: Phase::Decode, tokens: reply, depth }));
        let pass = |shape: &Shape| {
            let token = if shape.phase == Phase::Prefill { trial.prefill } else { trial.decode };
            f64::from(shape.tokens) * token + f64::from(shape.depth) * trial.prefill
        };
        let warm_up = shapes.iter().map(pass).fold(0.0, f64::max);
        let stop = StopRule { max_seconds: (row_seconds - warm_up).max(LEAST), ..self.stop() };
        let row = |shape: &Shape| {
            let timed =
                f64::from(shape.tokens) * if shape.phase == Phase::Prefill { trial.prefill } else { trial.decode };
            let repetitions = (stop.min_seconds / timed).ceil().max(f64::from(REPETITIONS));
            trial.load + pass(shape) + (repetitions * pass(shape)).min(stop.max_seconds)
        };
        let seconds = shapes.iter().map(row).sum::<f64>() + SETTLED + SLACK;
        let names: Vec<String> = shapes.iter().map(ToString::to_string).collect();
        let note = format!(
            "shapes {}: the largest, up to llama-bench's defaults, of which a warm-up and {REPETITIONS} repetitions fit {row_seconds:.0} s a row",
            names.join(", ")
        );
        BenchPlan { shapes, stop, seconds, note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(quick: bool, prefill: f64, decode: f64, load: f64, spent: f64) -> (Vec<String>, f64, f64) {
        let plan = Budget::of(quick).plan(&Trial { prefill, decode, load, spent });
        (plan.shapes.iter().map(ToString::to_string).collect(), plan.stop.max_seconds, plan.seconds)
    }

    #[test]
    fn a_fast_device_gets_the_full_shapes_and_a_slow_one_what_fits() {
        assert_eq!(plan(true, 0.002, 0.01, 0.2, 1.0).0, ["pp512", "tg128"]);
        assert_eq!(plan(true, 0.02, 0.1, 1.0, 3.0).0, ["pp128", "tg32"]);
        assert_eq!(plan(false, 0.02, 0.1, 1.0, 3.0).0, ["pp512", "tg128", "tg128 @ d512"]);
    }

    /// What is found where passes take so long, and how many of them were made.
    fn found(warmup: Option<f64>, passes: &[f64]) -> (f64, usize) {
        let mut next = passes.iter();
        let fastest = fastest(warmup, || next.next().copied().ok_or(())).unwrap();
        (fastest, passes.len() - next.len())
    }

    #[test]
    fn a_disturbed_pass_is_repeated_and_a_slow_device_is_not_kept_waiting() {
        // Two passes in three were disturbed by something that took the processors for seconds.
        assert_eq!(found(Some(6.6), &[2.1, 0.15, 0.9]), (0.15, 3));
        assert_eq!(found(None, &[0.2, 0.1, 0.3]), (0.1, 3));
        assert_eq!(found(Some(30.0), &[28.0]), (30.0, 0));
        assert_eq!(found(Some(2.5), &[2.4, 2.4]), (2.4, 1));
        assert_eq!(found(None, &[2.0, 2.1, 2.2]), (2.0, 2));
    }

    #[test]
    fn the_quick_bench_keeps_its_minute_whatever_the_device() {
        for (prefill, decode, load, spent) in
            [(0.002, 0.01, 0.2, 1.0), (0.02, 0.1, 1.0, 3.0), (0.01, 0.05, 4.0, 10.0), (0.05, 0.1, 1.0, 8.0)]
        {
            let (_, most, seconds) = plan(true, prefill, decode, load, spent);
            assert!(spent + seconds <= 60.0, "{seconds} s expected after a look of {spent} s");
            let longest = (64.0 * prefill).max(16.0 * decode);
            assert!(2.0 * (most + longest + load) + spent + 8.0 <= 60.0, "rows of {most} s at most");
        }
    }
}
