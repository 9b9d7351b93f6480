//! A server that sends without end does not bloat us, and Ctrl-C keeps what was measured.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::double::{Act, Double};
use super::{Bench, UNTIMED, command, document, said};

/// Peak resident memory of a process so far, bytes.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

#[test]
fn a_gigabyte_from_eight_streams_takes_no_room() {
    for act in [Act::Gigabyte { lines: false }, Act::Gigabyte { lines: true }, Act::GzipBomb, Act::Repeat] {
        let (bench, server) = (Bench::new(), Double::start(UNTIMED, act.clone()));
        let mut command = command(&bench, &server.url, "-p 0 -n 64 -r 2 --concurrency 8 --json");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = most.max(peak(child.id()).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(most > 1 << 20, "it was not seen at work");
        assert!(most < 150 << 20, "{act:?}: {most} bytes");
    }
}

#[test]
fn an_interrupt_keeps_what_was_measured_even_while_a_server_stalls() {
    // Good for the sizing, the warm-up and one repetition.
    let (bench, server) = (Bench::new(), Double::start(UNTIMED + 2, Act::Stall));
    let mut command = command(&bench, &server.url, "-p 0 -n 4 -r 9 --concurrency 1 --json");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.seen.requests.lock().unwrap().len() < UNTIMED + 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let report = document(&output, 1);
    assert!(said(&output).contains("interrupted; what was measured is kept"), "{}", said(&output));
    let row = &report["results"][0];
    assert_eq!((row["samples_ns"].as_array().unwrap().len(), &row["valid"]), (1, &false.into()), "{row}");
    assert!(super::kinds(row).contains(&"unfinished") && row["tokens_per_second"]["point"].is_f64());
}
