//! What an evaluating worker has said so far, shown to an observer as it comes.

use crate::eval::event::EvalEvent;
use crate::eval::report::{EvalReport, ShardReport, TaskForecast, TaskReport, TaskShare};
use crate::observer::{Bar, Counted, Observer};
use crate::unit::Seconds;

/// What was said.
#[derive(Default)]
pub(super) struct Heard {
    /// The document without its tasks, once the model was loaded.
    head: Option<Box<EvalReport>>,
    tasks: Vec<TaskReport>,
    shares: Vec<TaskShare>,
    /// Whether some items of a share could not be graded.
    failed: bool,
    missing: Vec<String>,
    /// The worker ended because it was asked to.
    pub(super) stopped: bool,
    /// Items of the task in work.
    pub(super) bar: Option<Box<dyn Bar>>,
}

impl Heard {
    /// Keeps and shows one event.
    pub(super) fn take(&mut self, event: EvalEvent, observer: &dyn Observer) {
        match event {
            EvalEvent::Note { text } => observer.note(&text),
            EvalEvent::Warning { text } => observer.warn(&text),
            EvalEvent::Begun { document } => self.head = Some(document),
            EvalEvent::Foretold { task, items, forecast } => observer.note(&foretold(&task, items, &forecast)),
            EvalEvent::Items { name, of, done } => {
                let bar = observer.bar(&name, Some(of), Counted::Pieces);
                bar.position(done);
                // What the log held already must not count into the rate.
                bar.restart_eta();
                self.bar = Some(bar);
            }
            EvalEvent::Item => {
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
            }
            EvalEvent::ItemsEnd => self.bar = None,
            EvalEvent::Task { report } => self.tasks.push(*report),
            EvalEvent::Share { share, failed } => {
                self.shares.push(*share);
                self.failed |= failed;
            }
            EvalEvent::Missing { reason } => self.missing.push(reason),
            EvalEvent::Stopped => self.stopped = true,
        }
    }

    /// Why something is missing; `None` where nothing is.
    pub(super) fn missing(&self) -> Option<String> {
        (!self.missing.is_empty()).then(|| self.missing.join("; "))
    }

    /// The document with the finished tasks; `None` where the model was not even loaded.
    pub(super) fn document(self) -> Option<EvalReport> {
        Some(self.head?.with_tasks(self.tasks))
    }

    /// The document of a shard, and whether some of its items could not be graded.
    pub(super) fn share(self) -> Option<(ShardReport, bool)> {
        Some((self.head?.with_tasks(self.shares), self.failed))
    }
}

/// Tokens in round figures: of a small run the number, of others thousands.
fn tokens(count: f64) -> String {
    if count < 1000.0 { format!("{count:.0}") } else { format!("{:.0} k", count / 1e3) }
}

/// What a task will take, in a line.
fn foretold(task: &str, items: u64, forecast: &TaskForecast) -> String {
    let written = match forecast.tokens_written_at_most {
        0.0 => String::new(),
        most => format!(", at most {} to write", tokens(most)),
    };
    let time = match forecast.seconds.map(|seconds| (seconds.low, seconds.high)) {
        Some((low, high)) if Seconds::differ(low, high) => {
            format!(": {} if all texts were empty, at most {}", Seconds::from_seconds(low), Seconds::from_seconds(high))
        }
        Some((low, _)) => format!(": about {}", Seconds::from_seconds(low)),
        None => String::new(),
    };
    format!("{task}: {items} items, about {} tokens to read{written}{time}", tokens(forecast.tokens_read))
}
