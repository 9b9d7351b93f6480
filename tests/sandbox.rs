//! The jail: reference solutions pass, hostile programs are contained and fail.

#![allow(clippy::print_stdout, reason = "counts and times are read with --nocapture")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use assert_cmd::cargo::cargo_bin;
use densimeter::eval::code::{self, HumanEvalRow, MbppRow};
use densimeter::eval::sandbox::{Isolation, Jail, JailOptions};

fn jail(isolation: Option<Isolation>) -> Jail {
    Jail::open(&JailOptions { executable: Some(cargo_bin("densimeter")), isolation, ..JailOptions::default() })
        .expect("this host must be able to isolate")
}

/// The data sets where they are, else a few items of our own.
fn data() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = [std::env::var_os("DENSIMETER_DATA").map(PathBuf::from), Some(root.join("../shared/bench"))];
    places
        .into_iter()
        .flatten()
        .find(|place| place.join("humaneval/test.jsonl").exists() && place.join("mbpp/test.jsonl").exists())
        .unwrap_or_else(|| root.join("tests/fixtures/code"))
}

#[test]
#[cfg(target_os = "linux")]
fn every_reference_solution_passes() {
    let data = data();
    let humaneval: Vec<HumanEvalRow> = code::read_rows(&data.join("humaneval/test.jsonl")).unwrap();
    let mbpp: Vec<MbppRow> = code::read_rows(&data.join("mbpp/test.jsonl")).unwrap();
    let mut tasks = code::humaneval_references(&humaneval);
    tasks.extend(code::mbpp_references(&mbpp));
    assert!(humaneval.len() >= 2 && mbpp.len() >= 2);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let check = code::check_references(&tasks, &jail(None), cores);
    println!("{} HumanEval and {} MBPP reference solutions, {} passed", humaneval.len(), mbpp.len(), check.passed);
    assert!(check.others.is_empty(), "{:?}", check.others);
    assert_eq!(check.passed, tasks.len());
}

/// Wrong solutions must fail: else the test above could not.
#[test]
#[cfg(target_os = "linux")]
fn broken_solutions_fail_with_their_reason() {
    let jail = jail(None);
    for (program, expected) in [
        ("def f(): return 1\nassert f() == 2, 'no'", "failed: assertion 'no'"),
        ("def f(: return 1", "failed: syntax"),
        ("int('x')", "failed: ValueError"),
        ("import sys\nsys.exit(0)\nassert False", "failed: SystemExit"),
        ("x = bytearray(8 << 30)", "limit hit: memory"),
        ("import ctypes\nctypes.string_at(0)", "failed: PermissionError"),
        ("import os\nos.abort()", "failed: signal 6"),
        ("import requests", "failed: ModuleNotFoundError"),
        ("import threading\nassert threading.active_count() == 1", "passed"),
    ] {
        let shown = jail.run(program).outcome.to_string();
        assert!(shown.starts_with(expected), "{program:?}: {shown}, not {expected}");
    }
}

/// Interpreters that run the harness and descend from no densimeter, this test or another one's: what a dead jail has left behind.
fn left_over() -> Vec<String> {
    let mut processes = std::collections::HashMap::new();
    let mut harnesses = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let (name, fields) = stat.rsplit_once(')').unwrap();
        let name = name.split_once('(').unwrap().1;
        let jailer = pid == std::process::id() || name == "densimeter" || name.starts_with("suite-");
        processes.insert(pid, (fields.split_whitespace().nth(1).unwrap().parse::<u32>().unwrap(), jailer));
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains("Runs one untrusted program") {
            harnesses.push((pid, stat));
        }
    }
    let parent = |pid: &u32| processes.get(pid).map(|(parent, _)| *parent);
    let jailed = |pid: u32| {
        std::iter::successors(Some(pid), parent).any(|pid| processes.get(&pid).is_some_and(|(_, jailer)| *jailer))
    };
    harnesses.into_iter().filter(|(pid, _)| !jailed(*pid)).map(|(_, stat)| stat).collect()
}

fn hostile() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile");
    let mut programs: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "py"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    programs.sort();
    programs
}

/// What each must end as; any other failure would mean that it was stopped by luck.
fn expected(name: &str) -> &'static [&'static str] {
    match name {
        "fork_bomb" | "infinite_loop" | "sigalrm_override" | "sleep_past" | "huge_integers" => &["timed out"],
        "socket_connect" | "abstract_socket" | "netlink_socket" => &["failed: forbidden system call"],
        // Its fork may kill it (they share a jail, so that is allowed) before it reaches for init itself.
        "kill_parent" => &["failed: forbidden system call", "failed: signal 9"],
        "read_passwd" | "parent_memory" | "ctypes_system" | "ptrace" | "jumped_over" | "links_out" => {
            &["failed: PermissionError"]
        }
        "write_outside" | "subclass_walk" | "proc_one" => &["failed: assertion"],
        "setuid" => &["failed: PermissionError", "failed: OSError"],
        "output_flood" | "endless_line" => &["limit hit: output"],
        "memory" => &["limit hit: memory"],
        "descriptors" => &["failed: OSError"],
        "threads" => &["failed: RuntimeError"],
        "deep_recursion" => &["failed: signal 11", "limit hit: memory", "timed out"],
        "exit_early" | "success_marker" | "forged_token" => &["failed: exited with 0"],
        "forged_by_hand" => &["failed: IndexError"],
        "patched_assert" | "poisoned_modules" => &["failed: exited with 1", "failed: assertion"],
        other => panic!("no expectation for {other}"),
    }
}

#[cfg(target_os = "linux")]
fn contain_all(isolation: Isolation) {
    let mut jail = jail(Some(isolation));
    // The tests of time limits need not wait for the generous ones.
    jail.limits.cpu_seconds = 2;
    jail.limits.wall_seconds = 8.0;
    let outside = tempfile::TempDir::new_in("/var/tmp").unwrap();
    fs::set_permissions(outside.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let programs = hostile();
    assert_eq!(programs.len(), 31);
    for (name, program) in programs {
        let program =
            program.replace("@OUTSIDE@", outside.path().to_str().unwrap()).replace("@PORT@", &port.to_string());
        let run = jail.run(&program);
        let shown = run.outcome.to_string();
        println!("{isolation:?} {name}: {shown} ({:.2} s)", run.wall_seconds);
        assert_eq!(run.outcome.correct(), Some(false), "{name}: {shown}");
        assert!(expected(name.as_str()).iter().any(|end| shown.starts_with(end)), "{name}: {shown}");
        assert!(run.wall_seconds < 15.0, "{name} took {} s", run.wall_seconds);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "{name} wrote outside");
        for folder in ["/tmp", "/var/tmp", "/dev/shm", "/home", "/usr/local/lib"] {
            assert!(!Path::new(folder).join("densimeter-escaped").exists(), "{name} wrote to {folder}");
        }
        assert!(listener.accept().is_err(), "{name} reached the listener");
        assert_eq!(left_over(), Vec::<String>::new(), "{name} left processes");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn hostile_programs_are_contained_by_namespaces() {
    contain_all(Isolation::Namespaces);
}

#[test]
#[cfg(target_os = "linux")]
fn hostile_programs_are_contained_without_namespaces() {
    contain_all(Isolation::Scoped);
}

/// The protocol for scoring apart from generation: completions in, verdicts out, in order.
#[test]
#[cfg(target_os = "linux")]
fn completions_are_scored_from_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::TempDir::new().unwrap();
    let completions = folder.path().join("completions.jsonl");
    fs::write(
        &completions,
        "{\"id\":\"Own/1\",\"completion\":\"    return None\\n\"}\n{\"task_id\":\"Own/0\",\"completion\":\"    return a + b\\n\"}\n",
    )
    .unwrap();
    let output = assert_cmd::Command::cargo_bin("densimeter")
        .unwrap()
        .args(["sandbox", "--task", "humaneval", "--data"])
        .arg(root.join("tests/fixtures/code"))
        .arg("--score")
        .arg(&completions)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> = lines.iter().map(|line| (line["id"].as_str().unwrap(), line["correct"].as_bool())).collect();
    assert_eq!(seen, [("Own/1", Some(false)), ("Own/0", Some(true))]);
}

#[test]
fn a_python_that_does_not_work_is_an_error_and_no_verdict() {
    let failed = Jail::open(&JailOptions {
        executable: Some(cargo_bin("densimeter")),
        python: Some("/nonexistent/python3".into()),
        ..JailOptions::default()
    });
    assert!(failed.unwrap_err().to_string().contains("/nonexistent/python3"));
}
