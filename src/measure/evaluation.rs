//! An evaluation in a process of its own: a crash of the engine costs only the evaluation.

use std::path::Path;
use std::time::Duration;

use super::error::MeasureError;
use super::heard::Heard;
use super::own_worker::untimed_worker;
use crate::eval::plan::EvalPlan;
use crate::eval::report::{EvalReport, ShardReport};
use crate::file::run_folder;
use crate::meter::clock::{Clock, SystemClock};
use crate::observer::Observer;
use crate::unit::Seconds;
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{EngineKind, Event, Job, Order, VERSION, Work};

/// Name of the document beside the item logs.
pub const DOCUMENT: &str = "eval.json";

/// How often the user's Ctrl-C and the time are looked after.
const LOOK: Duration = Duration::from_millis(50);

/// How far an evaluation may go.
#[derive(Debug, Clone, Copy, Default)]
pub struct EvalLimits {
    /// Time of the whole; `None` for no limit.
    pub total: Option<Duration>,
    /// How long it may take to end once it was told to; `None` as long as the item in work takes.
    pub grace: Option<Duration>,
    /// Keep the tasks that were finished where others failed; the document says why these are missing.
    pub partial: bool,
}

/// Why an evaluation gave no document. The item logs hold what was finished.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The user asked for the end.
    #[error("interrupted; what it had finished is kept")]
    Interrupted,
    /// Its time was over.
    #[error("the evaluation took longer than {} and was ended", Seconds::from_seconds(.0.as_secs_f64()))]
    TooLong(Duration),
    /// Some tasks failed.
    #[error("{0}")]
    Missing(String),
    /// The worker failed, or died.
    #[error(transparent)]
    Worker(#[from] HostError),
    /// Something before or after it.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}

/// Evaluates all items of a plan: scores and losses of a model. The document also lies beside the item logs.
///
/// # Errors
/// [`EvaluationError`].
pub fn evaluate(
    plan: &EvalPlan,
    engine: EngineKind,
    model: &Path,
    limits: &EvalLimits,
    observer: &dyn Observer,
) -> Result<EvalReport, EvaluationError> {
    let (heard, end) = listen(plan, engine, model, limits, observer)?;
    let missing = end.err().or_else(|| heard.missing().map(EvaluationError::Missing));
    let Some(mut document) = heard.document() else { return Err(missing.unwrap_or_else(silent)) };
    match missing {
        None => {
            keep(plan, &document, observer)?;
            Ok(document)
        }
        Some(EvaluationError::Interrupted) => Err(EvaluationError::Interrupted),
        // Of a worker that died nobody knows what it did last: its document is none, its item logs stay.
        Some(EvaluationError::Worker(error)) => Err(EvaluationError::Worker(error)),
        Some(why) if limits.partial && !document.tasks.is_empty() => {
            document.reason = Some(why.to_string());
            Ok(document)
        }
        Some(why) => Err(why),
    }
}

/// Evaluates one share of the items; tells too whether some of them could not be graded.
///
/// # Errors
/// [`EvaluationError`].
pub fn evaluate_share(
    plan: &EvalPlan,
    engine: EngineKind,
    model: &Path,
    limits: &EvalLimits,
    observer: &dyn Observer,
) -> Result<(ShardReport, bool), EvaluationError> {
    let (heard, end) = listen(plan, engine, model, limits, observer)?;
    end?;
    if let Some(reason) = heard.missing() {
        return Err(EvaluationError::Missing(reason));
    }
    let (document, failed) = heard.share().ok_or_else(silent)?;
    keep(plan, &document, observer)?;
    Ok((document, failed))
}

fn silent() -> EvaluationError {
    HostError::Garbled("no document of the evaluation".to_owned()).into()
}

fn keep(plan: &EvalPlan, document: &impl serde::Serialize, observer: &dyn Observer) -> Result<(), MeasureError> {
    run_folder::write_json(&plan.folder.join(DOCUMENT), document)?;
    observer.note(&format!("item logs: {}", plan.folder.display()));
    Ok(())
}

/// Everything that the worker said, and how it ended.
fn listen(
    plan: &EvalPlan,
    engine: EngineKind,
    model: &Path,
    limits: &EvalLimits,
    observer: &dyn Observer,
) -> Result<(Heard, Result<(), EvaluationError>), MeasureError> {
    let work = Work::Evaluate { plan: Box::new(plan.clone()) };
    let job = Job { version: VERSION, engine, model: model.to_owned(), work };
    let mut worker = Worker::start(untimed_worker()?, &job)?;
    let mut heard = Heard::default();
    let end = follow(&mut worker, limits, observer, &mut heard);
    heard.bar = None;
    Ok((heard, end))
}

/// Listens until the worker has ended. The first Ctrl-C, or the end of the time, asks it to finish the item in work.
fn follow(
    worker: &mut Worker,
    limits: &EvalLimits,
    observer: &dyn Observer,
    heard: &mut Heard,
) -> Result<(), EvaluationError> {
    let clock = SystemClock::new();
    let mut told: Option<(Duration, EvaluationError)> = None;
    let mut finished = false;
    loop {
        let now = clock.now();
        match &told {
            None => {
                let why = if observer.interrupted() {
                    Some(EvaluationError::Interrupted)
                } else {
                    limits.total.filter(|total| now > *total).map(EvaluationError::TooLong)
                };
                if let Some(why) = why {
                    // A worker that is gone by now says so below.
                    let _ = worker.order(Order::Finish);
                    told = Some((now, why));
                }
            }
            Some((then, _)) if limits.grace.is_some_and(|grace| now - *then > grace) => break,
            Some(_) => {}
        }
        match worker.poll(LOOK) {
            Ok(None) => {}
            Ok(Some(Event::Evaluation { step })) => heard.take(step, observer),
            Ok(Some(Event::Finished { .. })) => {
                finished = true;
                break;
            }
            Ok(Some(other)) => return Err(HostError::Garbled(format!("{other:?} in an evaluation")).into()),
            // How it ended matters only where nobody asked it to end.
            Err(error) => return Err(told.map_or_else(|| error.into(), |(_, why)| why)),
        }
    }
    // A worker that was told late may have come to its end all the same.
    match told {
        Some((_, why)) if heard.stopped || !finished => Err(why),
        _ => Ok(()),
    }
}
