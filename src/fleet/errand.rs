//! One target from the first look to the report in the store, again where the connection broke.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::gather::{GatherError, Gathering};
use super::inventory::{Inventory, Target};
use super::look::{self, Facts};
use super::program::{self, Program};
use super::protocol::{Event, LONGEST_LINE, Measure, Piece, Progress, Request, State, VERSION, Work};
use super::push::{Line, Parcel};
use super::quote::{printable, quoted};
use super::record::{Outcome, Row};
use super::state::doubts;
use super::transport::{Transport, TransportError};
use crate::meter::clock::{Clock, SystemClock};
use crate::worker::host::HostError;
use crate::worker::peer::Peer;

/// A board that says nothing for so long is gone: it tells its progress every other second, but hashes its files in one go.
const SILENCE: Duration = Duration::from_secs(600);

/// Seconds of the first wait between two attempts; each later one is twice as long.
const FIRST_WAIT: f64 = 2.0;

/// Seconds of the longest one.
const LONGEST_WAIT: f64 = 60.0;

/// Seconds by which clocks may differ without a word.
const CLOCKS_AGREE: i64 = 60;

/// What happens on a target.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Looking what it is.
    Looking,
    /// Waiting until another target has been sent its files.
    Queued,
    /// Being sent a file.
    Sending {
        /// Bytes that are there.
        done: u64,
        /// Bytes of the file.
        of: u64,
    },
    /// The board at work.
    Working(Progress),
    /// Its files come.
    Collecting,
    /// Waiting before another attempt.
    Waiting {
        /// Seconds.
        seconds: f64,
        /// Why the last one failed.
        why: String,
    },
}

/// A number of places, for which one may have to wait.
#[derive(Debug)]
pub struct Places {
    free: Mutex<usize>,
    given_back: Condvar,
}

impl Places {
    /// So many places.
    #[must_use]
    pub fn new(free: usize) -> Self {
        Self { free: Mutex::new(free), given_back: Condvar::new() }
    }

    fn with<T>(&self, interrupted: &dyn Fn() -> bool, work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            if interrupted() {
                return Err(TransportError::Interrupted.into());
            }
            let waited = self.given_back.wait_timeout(free, Duration::from_millis(200));
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= 1;
        drop(free);
        let done = work();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.given_back.notify_one();
        done
    }
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Transport(#[from] TransportError),
    #[error("the board is locked: {0} is at work there")]
    Locked(String),
    #[error("{0}")]
    Board(String),
    #[error("{0}")]
    Gather(#[from] GatherError),
    #[error("{0}")]
    Program(#[from] program::ProgramError),
    #[error("not done within the {0} s of its time limit; `fleet run --resume` goes on with it")]
    TooLong(f64),
}

impl Trouble {
    fn passing(&self) -> bool {
        match self {
            Self::Transport(error) | Self::Gather(GatherError::Transport(error)) => error.passing(),
            // After a broken connection the board's old process may need a moment to notice.
            Self::Locked(_) => true,
            _ => false,
        }
    }
}

/// How a board's work ended.
struct Answer {
    /// The files of the run.
    files: Vec<Piece>,
    /// Exit code of the command.
    code: Option<i32>,
    /// Its last words.
    said: Option<String>,
}

/// What all errands of a fleet share.
pub struct Fleet<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// Name of the run.
    pub run: &'a str,
    /// The fleet's folder here.
    pub store: &'a Path,
    /// The model, where it is a file.
    pub model: Option<Parcel>,
    /// The benchmarks.
    pub data: Vec<Parcel>,
    /// Places for sending files.
    pub places: Places,
    /// Who asks.
    pub from: String,
    /// Whether the user interrupted.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
}

/// One target's errand.
pub struct Errand<'a> {
    fleet: &'a Fleet<'a>,
    target: &'a Target,
    transport: Transport,
    folder: String,
    clock: SystemClock,
    limit_s: f64,
    tell: &'a (dyn Fn(Step) + Sync),
}

impl<'a> Errand<'a> {
    /// The errand of a target; `tell` hears of its steps.
    #[must_use]
    pub fn new(fleet: &'a Fleet<'a>, target: &'a Target, tell: &'a (dyn Fn(Step) + Sync)) -> Self {
        Self {
            fleet,
            target,
            transport: Transport::of(target),
            folder: Inventory::folder(target),
            clock: SystemClock::new(),
            limit_s: target.time_limit_s.unwrap_or(fleet.inventory.job.time_limit_s),
            tell,
        }
    }

    /// Looks at the target, sends what it lacks, lets it measure, and takes the report.
    #[must_use]
    pub fn run(&self) -> Row {
        self.again_and_again(Self::attempt)
    }

    /// Takes the report of a run that ended when nobody listened.
    #[must_use]
    pub fn collect(&self) -> Row {
        self.again_and_again(Self::fetch)
    }

    fn again_and_again(&self, attempt: fn(&Self, &mut Row) -> Result<PathBuf, Trouble>) -> Row {
        let mut row = Row::begin(self.target.address.to_string());
        let mut wait = FIRST_WAIT;
        loop {
            row.attempts += 1;
            match attempt(self, &mut row) {
                Ok(report) => {
                    row.report = Some(report);
                    row.state = Outcome::Done;
                    row.reason = None;
                    break;
                }
                Err(trouble) => {
                    row.reason = Some(printable(&trouble.to_string(), 500));
                    let last = row.attempts >= self.fleet.inventory.job.attempts;
                    if last || !trouble.passing() || (self.fleet.interrupted)() || self.left().is_zero() {
                        break;
                    }
                    (self.tell)(Step::Waiting { seconds: wait, why: row.reason.clone().unwrap_or_default() });
                    self.pause(Duration::from_secs_f64(wait));
                    wait = (2.0 * wait).min(LONGEST_WAIT);
                }
            }
        }
        if let Some(before) = &row.before {
            row.warnings.extend(doubts(before, row.after.as_ref(), &row.cores_seen));
        }
        row.warnings.dedup();
        row.ended = jiff::Timestamp::now();
        row
    }

    fn left(&self) -> Duration {
        // A clock counts from its own beginning.
        Duration::from_secs_f64(self.limit_s).saturating_sub(self.clock.now())
    }

    fn pause(&self, wait: Duration) {
        let begin = self.clock.now();
        while self.clock.now() - begin < wait && !(self.fleet.interrupted)() {
            self.clock.wait(Duration::from_millis(100));
        }
    }

    fn attempt(&self, row: &mut Row) -> Result<PathBuf, Trouble> {
        (self.tell)(Step::Looking);
        let now = jiff::Timestamp::now().as_second();
        let facts = look::look(&self.transport, &self.folder, now, self.fleet.interrupted)?;
        row.warnings.clear();
        row.clock_ahead_s = facts.clock_ahead_s;
        if let Some(ahead) = facts.clock_ahead_s.filter(|ahead| ahead.abs() > CLOCKS_AGREE) {
            let (by, way) = (ahead.unsigned_abs(), if ahead > 0 { "ahead" } else { "behind" });
            row.warnings.push(format!(
                "the board's clock is {} {way}: dates inside its report are wrong; those in {} are this machine's",
                span(by),
                super::record::FILE
            ));
        }
        let program = Program::choose(self.target, self.fleet.inventory, &facts)?;
        row.warnings.extend(program.note.clone());
        let parcel = program.parcel()?;
        row.binary = Some((program.name(), parcel.sha256.clone()));
        self.send(&parcel, &facts)?;
        let Answer { files, code, said } = self.converse(self.measure(), &parcel, &program, &facts, row)?;
        // 3 is an audit's; 4 says that some rows failed, which the report tells itself.
        if !matches!(code, Some(0 | 4)) {
            return Err(Trouble::Board(said.unwrap_or_else(|| "the command failed".to_owned())));
        }
        if code == Some(4) {
            row.warnings.push("some rows of the report failed; it says which and why".to_owned());
        }
        self.take(&files, row)
    }

    /// Takes a finished run that is still on the target.
    fn fetch(&self, row: &mut Row) -> Result<PathBuf, Trouble> {
        (self.tell)(Step::Looking);
        let facts =
            look::look(&self.transport, &self.folder, jiff::Timestamp::now().as_second(), self.fleet.interrupted)?;
        let program = Program::choose(self.target, self.fleet.inventory, &facts)?;
        let parcel = program.parcel()?;
        row.binary = Some((program.name(), parcel.sha256.clone()));
        let work = Work::Files { run: self.fleet.run.to_owned() };
        let Answer { files, .. } = self.converse(work, &parcel, &program, &facts, row)?;
        if files.is_empty() {
            return Err(Trouble::Board(format!("it holds no run {}", self.fleet.run)));
        }
        self.take(&files, row)
    }

    fn take(&self, files: &[Piece], row: &mut Row) -> Result<PathBuf, Trouble> {
        (self.tell)(Step::Collecting);
        let gathering = Gathering {
            transport: &self.transport,
            folder: &self.folder,
            run: self.fleet.run,
            command: self.fleet.inventory.job.command,
            model_sha256: self.fleet.model.as_ref().map(|model| model.sha256.as_str()),
            limit: self.left(),
            interrupted: self.fleet.interrupted,
        };
        let place = gathering.take(files, &self.fleet.store.join(&self.target.name))?;
        let remove =
            format!("cd -- {} && rm -rf -- {}", quoted(&self.folder), quoted(&format!("runs/{}", self.fleet.run)));
        if let Err(error) = self.transport.run(&remove, 4096, self.left(), self.fleet.interrupted) {
            row.warnings.push(format!("the run's folder on the board could not be removed: {error}"));
        }
        Ok(place.strip_prefix(self.fleet.store).map_or(place.clone(), Path::to_owned))
    }

    fn send(&self, program: &Parcel, facts: &Facts) -> Result<(), Trouble> {
        let line = Line {
            transport: &self.transport,
            folder: &self.folder,
            bytes_per_s: self.target.bandwidth_bytes_per_s,
            free_bytes: facts.free_bytes,
            limit: self.left(),
            interrupted: self.fleet.interrupted,
        };
        (self.tell)(Step::Queued);
        self.fleet.places.with(self.fleet.interrupted, || {
            for parcel in std::iter::once(program).chain(&self.fleet.model).chain(&self.fleet.data) {
                let done = Mutex::new(0_u64);
                parcel.push(&line, &|bytes| {
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    *done += bytes;
                    (self.tell)(Step::Sending { done: *done, of: parcel.bytes });
                })?;
            }
            Ok(())
        })
    }

    fn request(&self, work: Work) -> Request {
        Request { version: VERSION, from: self.fleet.from.clone(), work }
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
        }))
    }

    /// Lets the board work until it names the files of the run.
    fn converse(
        &self,
        work: Work,
        parcel: &Parcel,
        program: &Program,
        facts: &Facts,
        row: &mut Row,
    ) -> Result<Answer, Trouble> {
        let script = board_script(&self.folder, &parcel.place);
        let mut peer = Peer::start(self.transport.command(&script), LONGEST_LINE)
            .map_err(|error| Trouble::Board(error.to_string()))?;
        let died = |error: HostError| self.died(error, program, facts);
        peer.send(&self.request(work)).map_err(died)?;
        let mut code = None;
        let mut said = None;
        loop {
            let left = self.left();
            if left.is_zero() {
                return Err(Trouble::TooLong(self.limit_s));
            }
            let event = match peer.receive::<Event>(SILENCE.min(left), self.fleet.interrupted) {
                Err(HostError::TimedOut { .. }) if self.left().is_zero() => return Err(Trouble::TooLong(self.limit_s)),
                event => event.map_err(died)?,
            };
            match event {
                Event::Before { state, notes } => {
                    row.before = Some(clean(*state));
                    row.warnings.extend(notes.iter().take(4).map(|note| printable(note, 300)));
                }
                Event::Progress(progress) => {
                    let step = printable(&progress.step, 40);
                    (self.tell)(Step::Working(Progress { step, ..progress }));
                }
                Event::After { state, code: ended, reason, cores_seen } => {
                    row.after = Some(clean(*state));
                    row.cores_seen = cores_seen.iter().take(16).map(|list| printable(list, 100)).collect();
                    (code, said) = (ended, reason.map(|text| printable(&text, 400)));
                }
                Event::Files { files } => return Ok(Answer { files, code, said }),
                Event::Locked { holder } => return Err(Trouble::Locked(printable(&holder, 200))),
                Event::Failed { error } => return Err(Trouble::Board(printable(&error, 400))),
            }
        }
    }

    /// What the end of the board's program means.
    fn died(&self, error: HostError, program: &Program, facts: &Facts) -> Trouble {
        match error {
            HostError::Died { code, said, .. } => match self.transport.explain(code, &said) {
                TransportError::Failed { code: code @ Some(126 | 127), said } => Trouble::Board(format!(
                    "the binary {} ({}) does not start on this {} machine: {}",
                    program.name(),
                    program.machine(),
                    facts.machine,
                    if said.is_empty() { format!("exit code {}", code.unwrap_or_default()) } else { said }
                )),
                error => error.into(),
            },
            HostError::Interrupted => TransportError::Interrupted.into(),
            HostError::TimedOut { limit } => TransportError::TimedOut(limit).into(),
            HostError::Garbled(what) => TransportError::Garbled(printable(&what, 200)).into(),
            HostError::Start(_) | HostError::Failed(_) => Trouble::Board(error.to_string()),
        }
    }
}

/// The script that starts the board's side.
#[must_use]
pub fn board_script(folder: &str, program: &str) -> String {
    format!("cd -- {} && exec ./{} board", quoted(folder), quoted(program))
}

/// A state with nothing in its words that a terminal would obey.
#[must_use]
pub fn clean(state: State) -> State {
    let words = |text: Option<String>| text.map(|text| printable(&text, 100));
    State {
        densimeter: printable(&state.densimeter, 40),
        level: words(state.level),
        clock: printable(&state.clock, 40),
        cpuset: words(state.cpuset),
        cores_allowed: words(state.cores_allowed),
        cores_asked: words(state.cores_asked),
        reasons: state
            .reasons
            .into_iter()
            .take(32)
            .map(|(name, why)| (printable(&name, 40), printable(&why, 200)))
            .collect(),
        ..state
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
