//! Workers that are killed, runs that are interrupted, hosts that are killed.
#![cfg(target_os = "linux")]

use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Bench, document, kinds, line, row, samples, timed};

/// Looks again and again until it is so; the limit only keeps a broken program from hanging the tests.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited in vain for {what}");
}

/// State and parent of a process from `/proc/PID/stat`; the name in brackets may hold anything.
fn state(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut rest = text.rsplit_once(')')?.1.split_whitespace();
    Some((rest.next()?.chars().next()?, rest.next()?.parse().ok()?))
}

fn workers_of(host: u32) -> Vec<u32> {
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| state(*pid).is_some_and(|(state, parent)| parent == host && state != 'Z')).collect()
}

fn kill(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// Starts a run whose batches take so long that it can be disturbed.
fn start(bench: &Bench, arguments: &str, delay_ms: u32) -> Child {
    let mut command = bench.command(arguments);
    command.env("DENSIMETER_MOCK_DELAY_MS", delay_ms.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn count(bench: &Bench, kind: &str) -> usize {
    bench.journal().matches(&format!("\"type\":\"{kind}\"")).count()
}

#[test]
fn a_killed_worker_is_one_failed_row() {
    let bench = Bench::new();
    let host = start(&bench, "-p 0 -n 8,9 -r 8 --json", 20);
    until("a repetition of both rows", || (count(&bench, "sample") >= 2).then_some(()));
    let victim = until("a worker", || workers_of(host.id()).first().copied());
    kill(victim, Signal::KILL);
    let report = document(&host.wait_with_output().unwrap(), 4);
    let (failed, whole): (Vec<_>, Vec<_>) =
        timed(&report).into_iter().partition(|row| row["tokens_per_second"].is_null());
    assert_eq!((failed.len(), whole.len()), (1, 1));
    assert!(failed[0]["reason"].as_str().unwrap().contains("SIGKILL"), "{}", failed[0]["reason"]);
    assert_eq!((&failed[0]["valid"], &failed[0]["latency"]), (&serde_json::json!(false), &serde_json::Value::Null));
    assert_eq!(samples(whole[0]).len(), 8);
    // What failed may be tried again; what was measured stays.
    let again = bench.json("-p 0 -n 8,9 -r 8 --resume", 0);
    let name = whole[0]["test"].as_str().unwrap();
    assert_eq!(samples(row(&again, name)), samples(whole[0]));
    assert!(timed(&again).iter().all(|row| samples(row).len() == 8));
}

#[test]
fn a_worker_that_stood_still_says_so() {
    let bench = Bench::new();
    let host = start(&bench, "-p 0 -n 8 -r 3 --json", 100);
    until("a repetition", || (count(&bench, "sample") >= 1).then_some(()));
    let worker = until("a worker", || workers_of(host.id()).first().copied());
    kill(worker, Signal::STOP);
    std::thread::sleep(Duration::from_secs(2));
    kill(worker, Signal::CONT);
    let report = document(&host.wait_with_output().unwrap(), 0);
    let row = timed(&report)[0];
    assert!(kinds(row).contains(&"stood_still") && row["valid"] == false, "{row}");
    let still = row["warnings"].as_array().unwrap().iter().find(|warning| warning["kind"] == "stood_still").unwrap();
    let seconds = still["seconds"].as_f64().unwrap();
    // All of it, but for a beat and what lay between two repetitions.
    assert!(seconds > 1.0, "{still}");
    let undisturbed = Bench::new().json("-p 0 -n 8 -r 3", 0);
    assert!(!kinds(timed(&undisturbed)[0]).contains(&"stood_still"));
}

#[test]
fn an_interrupted_run_keeps_what_it_has_and_says_how_to_go_on() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        interrupt(signal);
    }
}

fn interrupt(signal: Signal) {
    let bench = Bench::new();
    let host = start(&bench, "-p 0 -n 8,9 -r 20 --json", 20);
    let id = host.id();
    until("a repetition", || (count(&bench, "sample") >= 1).then_some(()));
    kill(id, signal);
    let output = host.wait_with_output().unwrap();
    let report = document(&output, 1);
    let said = super::said(&output);
    assert!(said.contains("interrupted") && said.contains("--resume"), "{said}");
    assert!(said.contains(bench.folder().to_str().unwrap()), "{said}");
    let kept: usize = timed(&report).iter().map(|row| samples(row).len()).sum();
    assert_eq!(kept, count(&bench, "sample"));
    assert!(kept >= 1 && timed(&report).iter().all(|row| row["valid"] == false));
    let begun = timed(&report).into_iter().find(|row| !samples(row).is_empty()).unwrap();
    assert!(kinds(begun).contains(&"unfinished"));
    assert!(workers_of(id).is_empty());
    let again = bench.json("-p 0 -n 8,9 -r 20 --resume", 0);
    assert!(timed(&again).iter().all(|row| samples(row).len() == 20 && !kinds(row).contains(&"unfinished")));
}

#[test]
fn a_killed_host_leaves_no_worker_and_a_journal_to_go_on_with() {
    let bench = Bench::new();
    // The warm-up alone would take minutes: the worker must not wait for its end to notice.
    let mut host = start(&bench, "-p 0 -n 8 -r 2", 60_000);
    let worker = until("the worker", || {
        // Between fork and exec it still bears the host's arguments.
        let pid = workers_of(host.id()).first().copied()?;
        let arguments = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        (count(&bench, "gate") == 1 && arguments.ends_with("\0worker\0")).then_some(pid)
    });
    // Time to arm itself, which is the first thing that it does.
    std::thread::sleep(Duration::from_millis(500));
    host.kill().unwrap();
    host.wait().unwrap();
    until("the end of the worker", || state(worker).is_none_or(|(state, _)| state == 'Z').then_some(()));
    let again = bench.json("-p 0 -n 8 -r 2 --resume", 0);
    assert_eq!(samples(row(&again, "tg8")).len(), 2);
}

#[test]
fn one_folder_takes_one_run_at_a_time() {
    let bench = Bench::new();
    let mut host = start(&bench, "-p 0 -n 8 -r 2", 60_000);
    until("the run", || (count(&bench, "run") == 1).then_some(()));
    let refused = line(&bench.run("-p 0 -n 8 -r 2 --resume"), 1);
    assert!(refused.contains("another densimeter is writing") && refused.contains("-o"), "{refused}");
    host.kill().unwrap();
    host.wait().unwrap();
}
