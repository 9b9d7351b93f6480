//! The target's side: take the lock, start the measuring command, tell how it goes, end it when nobody listens any more.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::inventory::is_name;
use super::lock::Lock;
use super::progress::RunProgress;
use super::protocol::{ENDED, Event, HostState, Measure, Progress, Request, RunFile, VERSION, Work, is_end, run_files};
use super::upload::Upload;
use super::{cores, host_state};
use crate::meter::clock::{Clock, SystemClock};
use crate::meter::thermal::ThermalMeter;
use crate::process::watch::watch;
use crate::sysfs::Root;

/// How often progress is told. Each time costs some milliseconds of one core beside the measurement.
const TELL: Duration = Duration::from_secs(2);

/// How often the command is looked after.
const LOOK: Duration = Duration::from_millis(100);

/// How long the command may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// How long a held lock is waited for: somebody may only be asking, or be about to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// When the last run on this board ended: seconds since 1970.
const LAST_END: &str = "last-end";

/// Why an agent can do nothing.
#[derive(Debug, thiserror::Error)]
enum AgentError {
    #[error("the request cannot be read: {0}")]
    Request(#[from] serde_json::Error),
    #[error("the host speaks protocol {0}, this board {VERSION}: use the same densimeter on both sides")]
    Version(u32),
    #[error("'{0}' is not the name of a run")]
    Name(String),
    #[error("cores {cores}: {error}")]
    Cores { cores: String, error: std::io::Error },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the host is gone")]
    Gone,
    #[error("the run did not come to its end there; `fleet run --resume` goes on with it")]
    CutOff,
}

/// The agent.
struct Agent<'a> {
    events: &'a mut dyn Write,
    /// The fleet's folder.
    folder: &'a Path,
    /// This program.
    program: PathBuf,
    root: Root,
    clock: SystemClock,
    /// Set when the host's end of the pipe is closed.
    gone: Arc<AtomicBool>,
}

/// Serves one request of `orders` in a folder; a failure is an event too.
///
/// # Errors
/// Only when not even the failure could be sent.
pub(crate) fn serve(
    mut orders: Box<dyn BufRead + Send>,
    events: &mut dyn Write,
    folder: &Path,
    program: PathBuf,
) -> std::io::Result<()> {
    let mut line = String::new();
    std::io::Read::take(&mut orders, super::protocol::LONGEST_LINE).read_line(&mut line)?;
    let gone = Arc::new(AtomicBool::new(false));
    let listener = Arc::clone(&gone);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut orders, &mut std::io::sink());
        listener.store(true, Ordering::SeqCst);
    });
    let mut agent = Agent { events, folder, program, root: Root::system(), clock: SystemClock::new(), gone };
    match agent.work(&line) {
        Ok(()) => Ok(()),
        Err(error) => agent.send(&Event::Failed { error: error.to_string() }),
    }
}

impl Agent<'_> {
    fn send(&mut self, event: &Event) -> std::io::Result<()> {
        let line = serde_json::to_string(event).map_err(std::io::Error::other)?;
        writeln!(self.events, "{line}")?;
        self.events.flush()
    }

    fn work(&mut self, line: &str) -> Result<(), AgentError> {
        let request: Request = serde_json::from_str(line)?;
        if request.version != VERSION {
            return Err(AgentError::Version(request.version));
        }
        match request.work {
            Work::State => match Lock::quietly(self.folder)? {
                Err(holder) => Ok(self.send(&Event::Locked { holder })?),
                Ok(lock) => {
                    let state = Box::new(host_state::read(&self.root, self.folder, None));
                    // Given back before the last word: whoever has heard it may end this process at once.
                    drop(lock);
                    Ok(self.send(&Event::Before { state, notes: Vec::new() })?)
                }
            },
            // Under the lock too: a run that is still at work is not to be taken, and removed, half done.
            Work::Files { run } => {
                let Some(lock) = self.patiently(Lock::quietly)? else { return Ok(()) };
                if !self.run_folder(&run)?.join(ENDED).is_file() {
                    return Err(AgentError::CutOff);
                }
                let files = self.files(&run)?;
                drop(lock);
                Ok(self.send(&Event::Files { files })?)
            }
            Work::Measure(measure) => {
                let lock = self.patiently(|folder| Lock::take(folder, &request.from, &measure.run))?;
                let Some((lock, note)) = lock else { return Ok(()) };
                let files = self.measure(&measure, note)?;
                drop(lock);
                Ok(self.send(&Event::Files { files })?)
            }
        }
    }

    /// Takes the lock, or tells who holds it.
    fn patiently<L>(
        &mut self,
        take: impl Fn(&Path) -> std::io::Result<Result<L, String>>,
    ) -> Result<Option<L>, AgentError> {
        let begin = self.clock.now();
        loop {
            match take(self.folder)? {
                Ok(lock) => return Ok(Some(lock)),
                Err(holder) if self.clock.now() - begin >= PATIENCE => {
                    self.send(&Event::Locked { holder })?;
                    return Ok(None);
                }
                Err(_) => self.clock.wait(LOOK),
            }
        }
    }

    fn measure(&mut self, measure: &Measure, note: Option<String>) -> Result<Vec<RunFile>, AgentError> {
        let run = self.run_folder(&measure.run)?;
        // At once: whoever asks for this run meanwhile is to hear that it is at work, not that there is none.
        std::fs::create_dir_all(&run)?;
        self.rest(measure)?;
        let asked = cores::wished(&measure.pin, &self.root);
        if let Some(cores) = &asked {
            cores::keep_to(cores).map_err(|error| AgentError::Cores { cores: cores::listed(cores), error })?;
        }
        let before = host_state::read(&self.root, self.folder, asked.as_deref());
        self.send(&Event::Before { state: Box::new(before), notes: note.into_iter().collect() })?;
        let reason_file = self.folder.join("reason");
        let _ = std::fs::remove_file(&reason_file);
        let mut command = self.command(measure, &run, &reason_file)?;
        let _ = std::fs::remove_file(run.join(ENDED));
        let child = command.spawn()?;
        let attended = self.attend(child, &run, asked.is_some());
        let _ = std::fs::write(self.folder.join(LAST_END), jiff::Timestamp::now().as_second().to_string());
        let (code, cores_seen) = attended?;
        if let Some(code) = code.filter(|code| is_end(*code)) {
            std::fs::write(run.join(ENDED), code.to_string())?;
        }
        let reason = std::fs::read_to_string(&reason_file).ok().filter(|text| !text.is_empty());
        let after: HostState = host_state::read(&self.root, self.folder, asked.as_deref());
        let cores_seen = cores_seen.into_iter().collect();
        self.send(&Event::After { state: Box::new(after), code, reason, cores_seen })?;
        self.files(&measure.run)
    }

    fn run_folder(&self, run: &str) -> Result<PathBuf, AgentError> {
        if is_name(run) { Ok(self.folder.join("runs").join(run)) } else { Err(AgentError::Name(run.to_owned())) }
    }

    fn command(&self, measure: &Measure, run: &Path, reason: &Path) -> std::io::Result<Command> {
        let mut command = Command::new(&self.program);
        let output = run.display().to_string();
        command.args(measure.command.words(&measure.arguments, &measure.model, &output, measure.data.as_deref()));
        command.arg("--reason-file").arg(reason).args(["--json", "--quiet", "--offline"]);
        // The commands take --resume for an empty folder too, but a first run should not need to.
        if std::fs::read_dir(run)?.next().is_some() {
            command.arg("--resume");
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    }

    /// Waits until the board has had its rest since the last run. A clock that was set meanwhile cannot make it longer
    /// than asked for.
    fn rest(&mut self, measure: &Measure) -> Result<(), AgentError> {
        let last = std::fs::read_to_string(self.folder.join(LAST_END)).ok().and_then(|text| text.trim().parse().ok());
        let here = last.map(|last: i64| jiff::Timestamp::now().as_second().saturating_sub(last).max(0) as f64);
        let Some(since) = here.into_iter().chain(measure.idle_s).reduce(f64::min) else { return Ok(()) };
        let rest = Duration::from_secs_f64((measure.cooldown_s - since).clamp(0.0, measure.cooldown_s));
        let begin = self.clock.now();
        let mut told: Option<Duration> = None;
        while self.clock.now() - begin < rest {
            if self.gone.load(Ordering::SeqCst) {
                return Err(AgentError::Gone);
            }
            if told.is_none_or(|told| self.clock.now() - told >= TELL) {
                told = Some(self.clock.now());
                let left = rest.saturating_sub(self.clock.now() - begin).as_secs();
                let progress = Progress { step: format!("resting, {left} s more"), ..self.heat() };
                self.send(&Event::Progress(progress))?;
            }
            self.clock.wait(LOOK);
        }
        Ok(())
    }

    fn heat(&self) -> Progress {
        let hottest = ThermalMeter::new(self.root.clone()).hottest().ok();
        Progress { celsius: hottest.map(|sensor| sensor.celsius.degrees()), ..Progress::default() }
    }

    /// Looks after the command until it ends; the exit code, and the lists of cores that its threads were allowed.
    fn attend(
        &mut self,
        mut child: Child,
        run: &Path,
        pinned: bool,
    ) -> Result<(Option<i32>, BTreeSet<String>), AgentError> {
        let mut progress = RunProgress::default();
        let mut seen = BTreeSet::new();
        let mut told: Option<Duration> = None;
        let id = child.id();
        let ended = watch(&mut child, LOOK, GRACE, &mut |_| {
            if self.gone.load(Ordering::SeqCst) {
                return Some(AgentError::Gone);
            }
            let now = self.clock.now();
            if told.is_some_and(|told| now - told < TELL) {
                return None;
            }
            told = Some(now);
            if pinned {
                seen.extend(cores::allowed_below(&self.root, id));
            }
            let (done, of) = progress.look(run);
            let progress = Progress { step: "measuring".to_owned(), done, of, ..self.heat() };
            self.send(&Event::Progress(progress)).err().map(AgentError::from)
        })?;
        ended.stopped.map_or(Ok((ended.status.code(), seen)), Err)
    }

    /// The files of a run with their hashes.
    fn files(&self, run: &str) -> Result<Vec<RunFile>, AgentError> {
        let folder = self.run_folder(run)?;
        let mut files = Vec::new();
        for name in run_files() {
            let path = folder.join(&name);
            if path.is_file() {
                let file = Upload::of(&path, name, false)?;
                files.push(RunFile { path: file.place, bytes: file.bytes, sha256: file.sha256 });
            }
        }
        Ok(files)
    }
}
