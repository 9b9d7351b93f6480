//! `bench --sustain`: decode without a pause and watch whether the device keeps its speed.

use std::path::Path;
use std::time::Duration;

use super::interrupt::interrupted;
use super::measure::worker_command;
use super::progress::Terminal;
use crate::bench::plan::{Phase, Shape};
use crate::meter::clock::{Clock, SystemClock};
use crate::observer::{Bar, Counted, Observer};
use crate::report::journal::{Entry, Journal, RunPlan};
use crate::report::sustain::SustainReport;
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{Event, Job, Order, VERSION, Work};

/// What is repeated: llama-bench's tg128.
const SHAPE: Shape = Shape { phase: Phase::Decode, tokens: 128, depth: 0 };

/// How long a worker may be silent.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Width and height of the chart in characters.
const CHART: (usize, usize) = (64, 10);

/// Decodes for so many seconds under the settings of the plan's first row, journalling every repetition.
pub(super) fn measure(
    plan: &RunPlan,
    model: &Path,
    seconds: f64,
    quiet: bool,
    journal: &mut Journal,
) -> anyhow::Result<()> {
    let Some(row) = plan.rows.first() else { return Ok(()) };
    let job = Job {
        version: VERSION,
        engine: plan.engine,
        model: model.to_owned(),
        work: Work::Bench { shape: SHAPE, settings: row.settings.clone(), seed: plan.seed },
    };
    let bar = Terminal::new(quiet).bar("sustain", Some(seconds as u64), Counted::Seconds);
    match repeat(&job, seconds, &*bar, journal)? {
        Ok(()) | Err(HostError::Interrupted) => {}
        Err(error) => journal.append(&Entry::SustainFailed { error: error.to_string() })?,
    }
    bar.finish();
    Ok(())
}

/// Orders repetitions until the time is over. The outer error is the journal's, the inner one the worker's.
fn repeat(job: &Job, seconds: f64, bar: &dyn Bar, journal: &mut Journal) -> anyhow::Result<Result<(), HostError>> {
    let started = Worker::start(worker_command()?, job).and_then(|mut worker| {
        worker.next(PATIENCE, &interrupted)?;
        Ok(worker)
    });
    let mut worker = match started {
        Ok(worker) => worker,
        Err(error) => return Ok(Err(error)),
    };
    let clock = SystemClock::new();
    let start = clock.now();
    while !interrupted() {
        let event = worker.order(Order::Repeat).and_then(|()| worker.next(PATIENCE, &interrupted));
        let elapsed_s = (clock.now() - start).as_secs_f64();
        match event {
            Ok(Event::Sample { sample, conditions }) => {
                bar.position(elapsed_s as u64);
                bar.message(&format!("{:.1} t/s", f64::from(sample.tokens) / (sample.duration_ns as f64 / 1e9)));
                journal.append(&Entry::Sustain { elapsed_s, sample, conditions })?;
            }
            Ok(other) => return Ok(Err(HostError::Garbled(format!("{other:?} instead of a sample")))),
            Err(error) => return Ok(Err(error)),
        }
        if elapsed_s >= seconds {
            break;
        }
    }
    Ok(Ok(()))
}

/// The curve of speed over time, drawn in characters, and the verdict under it.
pub(super) fn chart(report: &SustainReport) -> String {
    let (width, height) = CHART;
    let Some(last) = report.points.last() else { return String::new() };
    let fastest = report.points.iter().map(|point| point.tokens_per_second).fold(0.0, f64::max);
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); width];
    for point in &report.points {
        let place = (point.elapsed_s / last.elapsed_s * (width - 1) as f64).round() as usize;
        columns[place.min(width - 1)].push(point.tokens_per_second);
    }
    let mut text = String::new();
    for line in (1..=height).rev() {
        let level = fastest * line as f64 / height as f64;
        let half = fastest / height as f64 / 2.0;
        let marks: String = columns
            .iter()
            .map(|speeds| {
                let mean = speeds.iter().sum::<f64>() / speeds.len() as f64;
                if !speeds.is_empty() && (mean - level).abs() <= half { '*' } else { ' ' }
            })
            .collect();
        text += &format!("{level:8.1} |{}\n", marks.trim_end());
    }
    text += &format!("{:>8} +{}\n{:>10}0 s{:>w$.0} s\n", "t/s", "-".repeat(width), "", last.elapsed_s, w = width - 5);
    text + &format!("{}\n", report.verdict())
}
