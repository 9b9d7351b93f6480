//! An evaluation at work: leg after leg, task after task, item after item.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use super::evaluation_host::{EvaluationError, Host, Missing};
use super::own_speed::OwnSpeed;
use crate::engine::{Engine, Model};
use crate::eval::chat::settings::ChatSettings;
use crate::eval::chat::task::{Chat, ChatTask};
use crate::eval::choice::{Choice, ChoiceError, Chosen};
use crate::eval::event::EvalEvent;
use crate::eval::forecast::forecast;
use crate::eval::journal::{Journal, JournalError, Key};
use crate::eval::noise::{self, Noise};
use crate::eval::plan::{EvalPlan, Leg};
use crate::eval::report::{SecondsRange, TaskForecast, TaskReport, TaskShare};
use crate::eval::run::{Event, Options, Run, RunError, TaskRun};
use crate::eval::subset::{Selection, logged};
use crate::eval::task::{CodeScorer, Task};
use crate::eval::task_row::{Extra, row};
use crate::meter::clock::Clock;

/// How long a log may stay locked, seconds.
const LOCK_PATIENCE: f64 = 2.0;

/// How often it is tried.
const LOCK_LOOK: Duration = Duration::from_millis(50);

/// Why a leg ended before its end.
pub(super) enum Halt {
    /// The host asked for it, or the leg's time was over.
    Stopped,
    /// It failed.
    Failed(String),
    Pipe(io::Error),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

impl From<ChoiceError> for Halt {
    fn from(error: ChoiceError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<RunError> for Halt {
    fn from(error: RunError) -> Self {
        if matches!(error, RunError::Stopped) { Self::Stopped } else { Self::Failed(error.to_string()) }
    }
}

/// An evaluation at work.
pub(super) struct Session<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) model: &'a dyn Model,
    pub(super) plan: &'a EvalPlan,
    pub(super) own: Option<OwnSpeed>,
    pub(super) code: Option<&'a dyn CodeScorer>,
    pub(super) chat: Option<Rc<Chat>>,
    pub(super) clock: &'a dyn Clock,
    pub(super) host: Host<'a>,
}

impl Session<'_> {
    pub(super) fn legs(&self, legs: &[(&Leg, Choice)], mut missing: Missing) -> Result<(), EvaluationError> {
        // What everything will take is told before anything begins.
        let mut forecasts = Vec::new();
        for (leg, choice) in legs {
            for chosen in &choice.tasks {
                let task = self.open(&chosen.name)?;
                forecasts.push(self.forecast(&*task, &chosen.selection, leg)?);
            }
        }
        let mut forecasts = forecasts.into_iter();
        let mut done = 0;
        for (leg, choice) in legs {
            let begin = self.seconds();
            let mine: Vec<TaskForecast> = forecasts.by_ref().take(choice.tasks.len()).collect();
            match self.leg(leg, choice, mine, begin, &mut done) {
                Ok(()) => {}
                Err(Halt::Stopped) => match leg.limit_s {
                    Some(limit) if !(self.host.stop)() => {
                        missing.add(format!("the evaluation took longer than {limit:.0} s and was ended"));
                    }
                    _ => return Ok((self.host.tell)(EvalEvent::Stopped)?),
                },
                Err(Halt::Failed(reason)) => missing.add(reason),
                Err(Halt::Pipe(error)) => return Err(error.into()),
            }
        }
        if done == 0 {
            return Err(missing.nothing());
        }
        for reason in missing.0 {
            (self.host.tell)(EvalEvent::Missing { reason })?;
        }
        Ok(())
    }

    /// A task as it is asked.
    fn open(&self, name: &str) -> Result<Box<dyn Task>, ChoiceError> {
        let task = self.plan.questions.open(name)?;
        Ok(match &self.chat {
            Some(chat) if chat.asks(name) => Box::new(ChatTask::new(task, Rc::clone(chat))),
            _ => task,
        })
    }

    /// How the chats of a task are held, where it is asked so.
    pub(super) fn chats(&self, task: &dyn Task) -> Option<&ChatSettings> {
        self.chat.as_deref().filter(|chat| chat.asks(task.name())).map(Chat::settings)
    }

    fn leg(
        &self,
        leg: &Leg,
        choice: &Choice,
        forecasts: Vec<TaskForecast>,
        begin: f64,
        done: &mut usize,
    ) -> Result<(), Halt> {
        let over = || (self.host.stop)() || leg.limit_s.is_some_and(|limit| self.seconds() - begin > limit);
        for (Chosen { name, selection, .. }, forecast) in choice.tasks.iter().zip(forecasts) {
            let task = self.open(name)?;
            let run = self.task(&*task, selection, leg, &over)?;
            let event = if self.plan.shard().is_whole() {
                EvalEvent::Task { report: Box::new(self.row(&*task, selection, &run, leg, forecast, &over)?) }
            } else {
                let failed = run.records.iter().any(|record| record.error.is_some());
                EvalEvent::Share { share: Box::new(share(&*task, &run)), failed }
            };
            (self.host.tell)(event)?;
            *done += 1;
        }
        Ok(())
    }

    /// What a task will take.
    fn forecast(&self, task: &dyn Task, selection: &Selection, leg: &Leg) -> io::Result<TaskForecast> {
        let settings = &self.plan.settings;
        let work = |selection: &Selection, loss_only| forecast(self.model, task, selection, loss_only, settings);
        let mut forecast = work(selection, leg.loss_only);
        if self.plan.looks_twice() && self.chats(task).is_none() {
            // What is certainly read of it.
            forecast.tokens_read += work(&noise::stages(selection, self.plan.noise_items)[0], true).tokens_read;
        }
        let seconds = self.own.as_ref().map(|own| forecast.seconds(own.prefill(), own.decode()));
        let told = TaskForecast {
            tokens_read: forecast.tokens_read,
            tokens_written_at_most: forecast.tokens_written_at_most,
            seconds: seconds.map(|(low, high)| SecondsRange { low, high }),
        };
        let (task, items) = (task.name().to_owned(), forecast.items as u64);
        (self.host.tell)(EvalEvent::Foretold { task, items, forecast: told.clone() })?;
        Ok(told)
    }

    pub(super) fn options(&self, exact: bool, loss_only: bool) -> Options {
        let plan = self.plan;
        Options {
            settings: if exact { plan.exact_settings() } else { plan.settings.clone() },
            loss_only,
            model_sha256: plan.model_sha256.clone(),
            engine: self.engine.build(),
        }
    }

    /// Evaluates one task.
    fn task(
        &self,
        task: &dyn Task,
        selection: &Selection,
        leg: &Leg,
        over: &dyn Fn() -> bool,
    ) -> Result<TaskRun, Halt> {
        let mut options = self.options(false, leg.loss_only);
        options.settings.chat = self.chats(task).cloned();
        let run = Run { model: self.model, options: &options, clock: &|| self.seconds(), code: self.code };
        // A share's log is of its selection: it is known how many items belong to it.
        let whole = self.plan.shard().is_whole();
        let logged = if whole { logged(task, selection) } else { Cow::Borrowed(selection) };
        let mut journal = self.log(&run.key(task, &logged)).map_err(RunError::from)?;
        let mut broken = None;
        let mut observe = |event: &Event<'_>| {
            let event = match event {
                Event::Begin { items, done, .. } => {
                    EvalEvent::Items { name: task.name().to_owned(), of: *items as u64, done: *done as u64 }
                }
                Event::Item(_) => EvalEvent::Item,
            };
            broken = (self.host.tell)(event).err();
            if broken.is_some() || over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let done = run.share(task, selection, self.plan.shard(), Some(&mut journal), &mut observe);
        if let Some(error) = broken {
            return Err(error.into());
        }
        (self.host.tell)(EvalEvent::ItemsEnd)?;
        Ok(done?)
    }

    /// The log of a task. A worker whose host was killed ends a moment after it, and lets its log go then.
    fn log(&self, key: &Key) -> Result<Journal, JournalError> {
        let begin = self.seconds();
        loop {
            match Journal::open(&self.plan.folder, key, self.plan.resume) {
                Err(JournalError::Locked(_)) if self.seconds() - begin < LOCK_PATIENCE => self.clock.wait(LOCK_LOOK),
                log => return log,
            }
        }
    }

    fn row(
        &self,
        task: &dyn Task,
        selection: &Selection,
        done: &TaskRun,
        leg: &Leg,
        forecast: TaskForecast,
        over: &dyn Fn() -> bool,
    ) -> Result<TaskReport, Halt> {
        let row = |noise: Option<&Noise>| {
            let extra = Extra {
                model_sha256: &self.plan.model_sha256,
                noise,
                loss_only: leg.loss_only,
                own_prefill: self.own.as_ref().map(OwnSpeed::prefill),
                forecast: forecast.clone(),
                chat: self.chats(task),
            };
            row(task, selection, done, extra)
        };
        let plain = row(None);
        let noise = self.second_look(task, selection, (done, &plain), leg, over)?;
        Ok(noise.map_or(plain, |noise| row(Some(&noise))))
    }

    pub(super) fn seconds(&self) -> f64 {
        self.clock.now().as_secs_f64()
    }
}

/// A share of the items has no score of its own: which they are follows from the blocks, not from chance.
fn share(task: &dyn Task, done: &TaskRun) -> TaskShare {
    TaskShare {
        task: task.name().to_owned(),
        n: done.records.len() as u64,
        seconds: done.seconds,
        score: None,
        conditional_loss: None,
        bits_per_byte: None,
        reason: "one shard: merge them with `densimeter fleet collect`".to_owned(),
    }
}
