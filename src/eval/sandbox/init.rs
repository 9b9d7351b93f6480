//! The inner stage: limits and rules on itself, then the interpreter, whose end it reports.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Isolation, Job};

const HARNESS: &str = include_str!("harness.py");

/// Tasks of the jail's own user that are not the program's: the supervisor with its threads, and this process.
const OWN_TASKS: u64 = 8;

/// Runs the interpreter on the inherited pipes. `say` writes lines to the verdict channel: `layer …` for each layer
/// in force, `host …` for a failure before the interpreter starts, `exit N` or `signal N` at the end.
pub fn run(job: &Job, mut say: impl FnMut(&str)) {
    match confine(job, &mut say).and_then(|()| interpret(job)) {
        Ok(end) => say(&end),
        Err(reason) => say(&format!("host {}", reason.replace('\n', " "))),
    }
}

fn confine(job: &Job, say: &mut impl FnMut(&str)) -> Result<(), String> {
    #[cfg(target_os = "linux")]
    {
        // The jail goes first when memory runs out, not the scorer or a neighbour.
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
            .map_err(|error| format!("cannot tie the jail to its supervisor: {error}"))?;
    }
    limit(job)?;
    #[cfg(target_os = "linux")]
    if job.isolation != Isolation::Unconfined {
        rustix::thread::set_no_new_privs(true).map_err(|error| format!("no_new_privs: {error}"))?;
        say(&super::landlocked::restrict(job)?);
        say(&super::filter::install()?);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = say;
    Ok(())
}

fn limit(job: &Job) -> Result<(), String> {
    let set = |resource: Resource, name: &str, soft: u64, hard: u64| {
        setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) })
            .map_err(|error| format!("cannot limit {name} to {soft}: {error}"))
    };
    let limits = &job.limits;
    set(Resource::Core, "core dumps", 0, 0)?;
    set(Resource::Cpu, "CPU seconds", limits.cpu_seconds, limits.cpu_seconds + 2)?;
    set(Resource::Fsize, "file size", limits.file_bytes, limits.file_bytes)?;
    set(Resource::Nofile, "open files", limits.open_files, limits.open_files)?;
    // macOS takes the call and then fails every allocation, or refuses it: there only the unconfined mode exists.
    if cfg!(target_os = "linux") {
        set(Resource::As, "memory", limits.memory_bytes, limits.memory_bytes)?;
    }
    if let Some(tasks) = task_limit(job) {
        set(Resource::Nproc, "processes", tasks, tasks)?;
    }
    Ok(())
}

/// In a user namespace the count starts at the jail; elsewhere it runs over all tasks of the user.
fn task_limit(job: &Job) -> Option<u64> {
    let own = job.limits.processes + OWN_TASKS;
    match job.isolation {
        Isolation::Namespaces => Some(own),
        #[cfg(target_os = "linux")]
        Isolation::Scoped => Some(own + super::descendants::tasks_of_user()),
        _ => None,
    }
}

fn interpret(job: &Job) -> Result<String, String> {
    let status = Command::new(&job.interpreter.executable)
        .args(["-s", "-S", "-B", "-X", "utf8", "-c", HARNESS])
        .env_clear()
        // A verdict must not depend on the order of a set.
        .env("PYTHONHASHSEED", "0")
        .env("HOME", &job.work)
        .env("TMPDIR", &job.work)
        .current_dir(&job.work)
        .status()
        .map_err(|error| format!("{} does not start: {error}", job.interpreter.executable.display()))?;
    Ok(match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "exit 255".to_owned(),
    })
}
