//! One target from the first look to the report in the store, again where the connection broke.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::agent_session::{AgentSession, Answer};
use super::event::TargetEvent;
use super::facts::{Facts, gather_facts};
use super::fetch::Fetch;
use super::inventory::{Inventory, Target};
use super::program::Program;
use super::protocol::{ENDED, Measure, RunFile, Work, is_end};
use super::record::Row;
use super::semaphore::Semaphore;
use super::target_error::TargetError;
use super::transport::Transport;
use super::transport_error::{TransportError, said_or_code};
use super::upload::{Line, Upload};
use crate::meter::clock::{Clock, SystemClock};
use crate::meter::deadline::Deadline;
use crate::process::shell::quoted;
use crate::sanitize::printable;

mod retry;

/// Seconds by which clocks may differ without a word.
const CLOCKS_AGREE: i64 = 60;

/// How long removing a run may take.
const TIDYING: Duration = Duration::from_secs(60);

/// What a target has of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    None,
    Begun,
    Ended,
}

/// What all target runs of a fleet share.
pub(crate) struct Fleet<'a> {
    /// The inventory.
    pub(crate) inventory: &'a Inventory,
    /// Name of the run.
    pub(crate) run: &'a str,
    /// The fleet's folder here.
    pub(crate) store: &'a Path,
    /// The model, where it is a file.
    pub(crate) model: Option<Upload>,
    /// The benchmarks.
    pub(crate) data: Vec<Upload>,
    /// How many are sent files at the same time.
    pub(crate) senders: Semaphore,
    /// Who asks.
    pub(crate) from: String,
    /// Whether the user interrupted.
    pub(crate) interrupted: &'a (dyn Fn() -> bool + Sync),
}

/// What came of collecting a target's run.
pub(crate) enum Collected {
    /// Its report is in the store.
    Taken(Row),
    /// The target was reached and holds no such run.
    Absent,
    /// It could not be fetched; the row says why.
    Lost(Row),
}

/// The run of one target.
pub(crate) struct TargetRun<'a> {
    fleet: &'a Fleet<'a>,
    target: &'a Target,
    transport: Transport,
    folder: String,
    deadline: Deadline,
    /// Since when the machine has been idle, where this fleet measured on it before.
    idle: Option<&'a SystemClock>,
    /// What was noted of the target when its run was begun earlier.
    earlier: Option<Row>,
    tell: &'a (dyn Fn(TargetEvent) + Sync),
}

impl<'a> TargetRun<'a> {
    /// The run of a target; `tell` hears of its steps.
    #[must_use]
    pub(crate) fn new(fleet: &'a Fleet<'a>, target: &'a Target, tell: &'a (dyn Fn(TargetEvent) + Sync)) -> Self {
        Self {
            fleet,
            target,
            transport: Transport::of(target),
            folder: Inventory::folder(target),
            deadline: Deadline::new(Duration::from_secs_f64(
                target.time_limit_s.unwrap_or(fleet.inventory.job.time_limit_s),
            )),
            idle: None,
            earlier: None,
            tell,
        }
    }

    /// The same on a machine that has been idle since `idle` began, for a run that was begun `earlier`.
    #[must_use]
    pub(crate) fn after(self, idle: Option<&'a SystemClock>, earlier: Option<Row>) -> Self {
        Self { idle, earlier, ..self }
    }

    /// Looks at the target, sends what it lacks, lets it measure, and takes the report. A run that came to its end there
    /// when nobody listened is only taken.
    #[must_use]
    pub(crate) fn run(&self) -> Row {
        self.again_and_again(Self::attempt).0
    }

    /// Takes the report of a run that ended when nobody listened. What was noted of the target while it measured stays
    /// in its row.
    #[must_use]
    pub(crate) fn collect(&self) -> Collected {
        match self.again_and_again(Self::fetch) {
            (row, None) => Collected::Taken(row),
            (_, Some(TargetError::NoRun(_))) => Collected::Absent,
            (row, Some(_)) => Collected::Lost(row),
        }
    }

    fn look(&self) -> Result<Facts, TransportError> {
        (self.tell)(TargetEvent::Looking);
        gather_facts(&self.transport, &self.folder, self.deadline.left(), self.fleet.interrupted)
    }

    fn attempt(&self, row: &mut Row) -> Result<PathBuf, TargetError> {
        let facts = self.look()?;
        if self.there()? == There::Ended {
            return self.fetch_from(&facts, row);
        }
        row.clock_ahead_s = facts.clock_ahead_s;
        if let Some(ahead) = facts.clock_ahead_s.filter(|ahead| ahead.abs() > CLOCKS_AGREE) {
            let (by, way) = (ahead.unsigned_abs(), if ahead > 0 { "ahead" } else { "behind" });
            row.warnings.push(format!(
                "the board's clock is {} {way}: dates inside its report are wrong; those in {} are this machine's",
                span(by),
                super::record::FILE
            ));
        }
        let (program, upload) = self.program(&facts)?;
        row.binary = Some((program.name(), upload.sha256.clone()));
        row.warnings.extend(program.note.clone());
        let uploads = std::iter::once(&upload).chain(&self.fleet.model).chain(&self.fleet.data);
        self.send(uploads, &facts)?;
        let Answer { files, code, said } = self.session().run(self.measure(), &upload, &program, &facts, row)?;
        let told = row.before.as_ref().and_then(|state| state.level.clone());
        if let (Some(name), Some(level)) = (program.level(), told)
            && name != level
        {
            row.warnings.push(format!("the binary {} is of level {level}, not of the one in its name", program.name()));
        }
        if !code.is_some_and(is_end) {
            return Err(TargetError::Agent(said.unwrap_or_else(|| said_or_code("", code))));
        }
        if code == Some(4) {
            row.warnings.push("some rows of the report failed; it says which and why".to_owned());
        }
        self.take(&files)
    }

    /// Takes a finished run that is still on the target.
    fn fetch(&self, row: &mut Row) -> Result<PathBuf, TargetError> {
        let facts = self.look()?;
        match self.there()? {
            There::None => Err(TargetError::NoRun(self.fleet.run.to_owned())),
            // Where it is not known to have ended, the board says whether somebody is still at work on it.
            There::Begun | There::Ended => self.fetch_from(&facts, row),
        }
    }

    fn fetch_from(&self, facts: &Facts, row: &mut Row) -> Result<PathBuf, TargetError> {
        // This very run may have measured it, before the connection broke.
        if let (None, Some(earlier)) = (&row.before, &self.earlier) {
            *row = Row { attempts: row.attempts, ..earlier.clone() };
        }
        // It may be another one than the run's: `make dist` was called in between.
        let (program, upload) = self.program(facts)?;
        self.send(std::iter::once(&upload), facts)?;
        let work = Work::Files { run: self.fleet.run.to_owned() };
        let Answer { files, .. } = self.session().run(work, &upload, &program, facts, row)?;
        self.take(&files)
    }

    /// What the target has of the run.
    fn there(&self) -> Result<There, TransportError> {
        let script = format!(
            "cd -- {} && if [ -e {place}/{ENDED} ]; then echo ended; elif [ -e {place} ]; then echo begun; else echo none; fi",
            quoted(&self.folder),
            place = quoted(&self.place()),
        );
        let answer = self.transport.run(&script, 64, self.deadline.left(), self.fleet.interrupted)?;
        Ok(match answer.trim_ascii() {
            b"ended" => There::Ended,
            b"begun" => There::Begun,
            _ => There::None,
        })
    }

    fn program(&self, facts: &Facts) -> Result<(Program, Upload), TargetError> {
        let program = Program::choose(self.target, self.fleet.inventory, facts)?;
        let upload = program.upload()?;
        Ok((program, upload))
    }

    /// The run's folder, below the fleet's.
    fn place(&self) -> String {
        format!("runs/{}", self.fleet.run)
    }

    fn session(&self) -> AgentSession<'_> {
        AgentSession {
            transport: &self.transport,
            folder: &self.folder,
            from: &self.fleet.from,
            deadline: &self.deadline,
            interrupted: self.fleet.interrupted,
            tell: self.tell,
        }
    }

    fn take(&self, files: &[RunFile]) -> Result<PathBuf, TargetError> {
        (self.tell)(TargetEvent::Collecting);
        let fetch = Fetch {
            transport: &self.transport,
            folder: &self.folder,
            run: self.fleet.run,
            command: self.fleet.inventory.job.command,
            model_sha256: self.fleet.model.as_ref().map(|model| model.sha256.as_str()),
            deadline: &self.deadline,
            interrupted: self.fleet.interrupted,
        };
        let place = fetch.take(files, &self.fleet.store.join(&self.target.name))?;
        Ok(place.strip_prefix(self.fleet.store).map_or(place.clone(), Path::to_owned))
    }

    /// Removes the run from the target, once its row is noted here; says why it could not be.
    #[must_use]
    pub(crate) fn tidy(&self) -> Option<String> {
        let remove = format!("cd -- {} && rm -rf -- {}", quoted(&self.folder), quoted(&self.place()));
        let done = self.transport.run(&remove, 4096, TIDYING, self.fleet.interrupted);
        done.err().map(|error| {
            let error = printable(&error.to_string(), 300);
            format!("the run's folder on the board could not be removed: {error}")
        })
    }

    fn send<'p>(&self, uploads: impl Iterator<Item = &'p Upload>, facts: &Facts) -> Result<(), TargetError> {
        (self.tell)(TargetEvent::Queued);
        self.fleet.senders.with(self.deadline.left(), self.fleet.interrupted, || {
            for upload in uploads {
                let line = Line {
                    transport: &self.transport,
                    folder: &self.folder,
                    bytes_per_s: self.target.bandwidth_bytes_per_s,
                    free_bytes: facts.free_bytes,
                    deadline: &self.deadline,
                    interrupted: self.fleet.interrupted,
                };
                let done = Mutex::new(0_u64);
                upload.send(&line, &|bytes| {
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    *done += bytes;
                    (self.tell)(TargetEvent::Sending { done: *done, of: upload.bytes });
                })?;
            }
            Ok(())
        })
    }

    fn measure(&self) -> Work {
        let job = &self.fleet.inventory.job;
        Work::Measure(Box::new(Measure {
            run: self.fleet.run.to_owned(),
            command: job.command,
            arguments: job.arguments.clone(),
            model: self.fleet.model.as_ref().map_or_else(|| job.model.clone(), |model| model.place.clone()),
            data: (!self.fleet.data.is_empty()).then(|| "data".to_owned()),
            pin: self.target.pin.clone(),
            cooldown_s: self.target.cooldown_s.unwrap_or(job.cooldown_s),
            idle_s: self.idle.map(|clock| clock.now().as_secs_f64()),
        }))
    }
}

/// Seconds in the unit that reads best.
fn span(seconds: u64) -> String {
    match seconds {
        0..=180 => format!("{seconds} s"),
        181..=10_800 => format!("{} min", seconds / 60),
        10_801..=259_200 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
