//! The line to a board: narrow, cut for a while, shared by two targets.

use std::process::Stdio;
use std::time::Duration;

use densimeter::meter::clock::{Clock, SystemClock};
use serde_json::Value;

use super::lab::{Board, Lab, possible, said};

const JOB: &str = "command = \"bench\"\nmodel = \"MODEL\"\n\
    arguments = [\"--engine\", \"mock\", \"-p\", \"16\", \"-n\", \"0\", \"-r\", \"1\", \"-t\", \"1\", \"--no-wait\"]";

/// A target that needs no board.
const TARGET: &str = "[[target]]\nname = \"here\"\naddress = \"local\"\n";

fn job(lab: &Lab, attempts: u32) -> String {
    format!("{}\nattempts = {attempts}", JOB.replace("MODEL", &lab.path("small.gguf")))
}

/// Bytes of the binary that a board of this machine is sent.
fn binary_bytes() -> u64 {
    std::fs::metadata(assert_cmd::cargo::cargo_bin!("densimeter")).unwrap().len()
}

fn time(row: &Value, field: &str) -> jiff::Timestamp {
    row[field].as_str().unwrap().parse().unwrap()
}

fn seconds(row: &Value) -> f64 {
    time(row, "ended").duration_since(time(row, "began")).as_secs_f64()
}

#[test]
fn a_board_is_sent_no_more_a_second_than_allowed_and_no_longer_than_its_time() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let (narrow, wide) = (Board::new(&lab, "narrow", ""), Board::new(&lab, "wide", ""));
    let limit = |seconds: u64| format!("bandwidth_bytes_per_s = {}", binary_bytes() / seconds);
    // A line on which the binary alone takes two minutes, and ten seconds for all: a busy machine needs some of them before
    // anything is sent.
    let short = format!("{}\ntime_limit_s = 10", limit(120));
    let targets = |more: &str| [narrow.target(&lab, "narrow", more), wide.target(&lab, "wide", "")];
    lab.inventory(&job(&lab, 3), &targets(&short));
    let begin = SystemClock::new();
    let (code, _, words) = lab.fleet(&[]);
    assert_eq!(code, Some(4), "{words}");
    assert!(begin.now() < Duration::from_secs(60), "the time limit is no limit");
    let row = lab.row("narrow");
    assert!(row["reason"].as_str().unwrap().starts_with("not done within the 10 s"), "{row:#}");
    assert_eq!(row["attempts"], 1, "no time was left for another");
    let bin = std::fs::read_dir(narrow.path("densimeter files/bin")).unwrap().next().unwrap().unwrap().path();
    let part = std::fs::metadata(bin.join("densimeter.part")).unwrap().len();
    assert!(part > 0 && part < binary_bytes() / 2, "{part} bytes of {} in ten seconds of 120", binary_bytes());
    assert_eq!(lab.row("wide")["state"], "done");

    // The rest, by a line on which the whole would take eight seconds.
    lab.inventory(&job(&lab, 1), &targets(&limit(8)));
    let (code, _, words) = lab.fleet(&["--resume"]);
    assert_eq!(code, Some(0), "{words}");
    let row = lab.row("narrow");
    let due = 8.0 * (binary_bytes() - part) as f64 / binary_bytes() as f64;
    assert!(seconds(&row) >= due, "{due} s are the least: {row:#}");
}

#[test]
fn a_board_that_comes_up_late_is_tried_again() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    board.kill();
    lab.inventory(&job(&lab, 6), &[board.target(&lab, "board", "")]);
    let fleet = lab
        .command(&["fleet", "run", &lab.path("fleet.toml"), "-o", &lab.path("out"), "--offline"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    board.start();
    let output = fleet.wait_with_output().unwrap();
    let words = said(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("board: again in 2 s: unreachable: "), "{words}");
    let row = lab.row("board");
    assert!(row["attempts"].as_u64().unwrap() >= 2, "{row:#}");
    assert_eq!((&row["state"], &row["reason"]), (&"done".into(), &Value::Null));
}

#[test]
fn a_mistake_in_the_inventory_is_one_of_usage() {
    let lab = Lab::new();
    for (job, target, said_of_it) in [
        ("command = \"bench\"\nmodel = \"m\"\nargumnts = []", TARGET, "argumnts"),
        ("command = \"bench\"\nmodel = \"m\"", "", "names no [[target]]"),
        ("command = \"bench\"\nmodel = \"m\"\narguments = [\"--limit\", \"3\"]", TARGET, "--limit"),
    ] {
        lab.inventory(job, &[target.to_owned()]);
        let (code, _, words) = lab.fleet(&[]);
        assert_eq!(code, Some(2), "{words}");
        assert!(words.contains("fleet.toml: ") && words.contains(said_of_it), "{words}");
    }
}

#[test]
fn two_targets_of_one_machine_take_turns() {
    let lab = Lab::new();
    let target = |name: &str, more: &str| format!("[[target]]\nname = \"{name}\"\naddress = \"local\"\n{more}");
    // Paths count from the inventory's folder here, and from the home folder there.
    lab.inventory(
        &format!("{}\nattempts = 1", JOB.replace("MODEL", "small.gguf")),
        &[target("one", ""), target("two", "folder = \"another one\"\n")],
    );
    let (code, _, words) = lab.fleet(&[]);
    assert_eq!(code, Some(0), "{words}");
    let (one, two) = (lab.row("one"), lab.row("two"));
    assert!(time(&one, "ended") <= time(&two, "began"), "they measured each other: {one:#} {two:#}");
    for folder in [".densimeter-fleet", "another one"] {
        assert!(std::path::Path::new(&lab.path(folder)).join("bin").is_dir(), "{folder}");
    }
}
