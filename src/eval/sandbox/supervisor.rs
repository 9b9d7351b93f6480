//! The outer stage: watches clock and output, and kills the tree.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::outcome::RawOutcome;
use super::{Isolation, Job};
use crate::meter::{Clock, SystemClock};
use crate::process::group::{kill_group, own_group};

/// The verdict channel is read up to here; a longer one is a program's doing.
const LONGEST_VERDICT: usize = 64 << 10;

/// How long killed processes may take to let go of the pipes on a busy host; less than the scorer waits for an answer.
const SLOWEST_DEATH: Duration = Duration::from_secs(15);

/// How often init is looked at where orphans may outlive it and hold the pipes open.
const LOOK: Duration = Duration::from_millis(50);

/// What the two readers tell the watch.
enum Event {
    TooMuchOutput,
    OutputClosed,
    Verdict(Vec<u8>),
}

/// Runs the job; every failure is in the raw. Must be called first in a fresh, single-threaded process.
#[must_use]
pub fn run(job: &Job) -> RawOutcome {
    match enter(job).and_then(|layers| watch(job, layers)) {
        Ok(raw) => raw,
        Err(reason) => RawOutcome { host_error: Some(reason), ..RawOutcome::default() },
    }
}

#[cfg(target_os = "linux")]
fn enter(job: &Job) -> Result<Vec<String>, String> {
    super::namespaces::prepare_supervisor(job)
}

#[cfg(not(target_os = "linux"))]
fn enter(job: &Job) -> Result<Vec<String>, String> {
    match job.isolation {
        Isolation::Unconfined => Ok(Vec::new()),
        _ => Err("isolation exists only on Linux".to_owned()),
    }
}

fn watch(job: &Job, layers: Vec<String>) -> Result<RawOutcome, String> {
    let clock = SystemClock::new();
    let oom_before = oom_kills();
    let start = clock.now();
    let mut child = start_init(job)?;
    let events = listen(&mut child, job)?;

    let mut raw = RawOutcome { layers, ..RawOutcome::default() };
    let deadline = Duration::from_secs_f64(job.limits.wall_seconds);
    let mut output_open = true;
    let mut verdict = None;
    let mut killed = false;
    while output_open || verdict.is_none() {
        // After a kill the pipes close by themselves, unless a process outlived it.
        let patience = if killed { SLOWEST_DEATH } else { deadline.saturating_sub(clock.now() - start) };
        let orphans = !killed && job.isolation != Isolation::Namespaces;
        match events.recv_timeout(if orphans { patience.min(LOOK) } else { patience }) {
            Ok(Event::OutputClosed) => output_open = false,
            Ok(Event::Verdict(text)) => verdict = Some(text),
            Ok(Event::TooMuchOutput) => {
                raw.out_of_output = true;
                killed = true;
                kill_tree(&mut child);
            }
            Err(_) if killed => return Err("processes of the program outlived their kill".to_owned()),
            Err(_) if orphans && patience > LOOK => {}
            Err(_) => {
                raw.out_of_time = true;
                killed = true;
                kill_tree(&mut child);
            }
        }
        if orphans && !killed && matches!(child.try_wait(), Ok(Some(_))) {
            killed = true;
            kill_tree(&mut child);
        }
    }
    if !killed {
        kill_tree(&mut child);
    }
    raw.wall_seconds = (clock.now() - start).as_secs_f64();
    raw.out_of_memory_killer = oom_kills() != oom_before;
    raw.verdict = String::from_utf8_lossy(&verdict.unwrap_or_default()).into_owned();
    let inside: Vec<&str> = raw.verdict.lines().filter_map(|line| line.strip_prefix("layer ")).collect();
    raw.layers.extend(inside.iter().map(|layer| (*layer).to_owned()));
    raw.verdict = raw.verdict.lines().filter(|line| !line.starts_with("layer ")).collect::<Vec<_>>().join("\n");
    Ok(raw)
}

fn start_init(job: &Job) -> Result<Child, String> {
    let inner = Job {
        interpreter: job.interpreter.clone(),
        limits: job.limits,
        isolation: job.isolation,
        work: job.work.clone(),
        // These two travel by the pipe only.
        program: String::new(),
        token: String::new(),
        parent: std::process::id(),
    };
    let inner = serde_json::to_string(&inner).map_err(|error| error.to_string())?;
    // The link reaches the file itself, also where the unprivileged user cannot walk its path.
    let this = if cfg!(target_os = "linux") {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().map_err(|error| error.to_string())?
    };
    let mut command = Command::new(this);
    let stage = if job.isolation == Isolation::Namespaces { "gate" } else { "init" };
    command
        .args(["sandbox", "--stage", stage, "--job", &inner])
        .env_clear()
        .current_dir(&job.work)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    own_group(&mut command);
    command.spawn().map_err(|error| format!("the inner stage does not start: {error}"))
}

fn listen(child: &mut Child, job: &Job) -> Result<mpsc::Receiver<Event>, String> {
    let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("the inner stage has no pipes".to_owned());
    };
    let mut input = (job.program.len() as u64).to_be_bytes().to_vec();
    input.extend_from_slice(job.program.as_bytes());
    input.extend_from_slice(job.token.as_bytes());
    // A program that ends early does not read its token: not an error.
    std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });

    let (sender, events) = mpsc::channel();
    let output = sender.clone();
    let most = job.limits.output_bytes;
    std::thread::spawn(move || {
        let mut seen = 0_u64;
        let mut block = vec![0_u8; 64 << 10];
        while let Ok(count @ 1..) = stdout.read(&mut block) {
            let before = seen;
            seen += count as u64;
            if before <= most && seen > most {
                let _ = output.send(Event::TooMuchOutput);
            }
        }
        let _ = output.send(Event::OutputClosed);
    });
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut block = vec![0_u8; 4096];
        while let Ok(count @ 1..) = stderr.read(&mut block) {
            let room = LONGEST_VERDICT.saturating_sub(kept.len());
            kept.extend_from_slice(&block[..count.min(room)]);
        }
        let _ = sender.send(Event::Verdict(kept));
    });
    Ok(events)
}

/// Killing init ends a PID namespace with all that is in it; what may outlive it elsewhere is found by ancestry.
fn kill_tree(child: &mut Child) {
    kill_group(child);
    let _ = child.wait();
    #[cfg(target_os = "linux")]
    super::descendants::kill_all();
}

/// Kills by the out-of-memory killer since boot; `None` where the kernel does not count them.
fn oom_kills() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/vmstat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok())
}
