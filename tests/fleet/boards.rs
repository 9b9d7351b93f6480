//! What a fleet does when all goes well, and when a board goes away in the middle.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use densimeter::eval::record::Record;
use densimeter::meter::clock::{Clock, SystemClock};
use serde_json::Value;

use super::lab::{Board, Lab, possible, said};

const MINI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bench-mini");

/// A bench of few, short repetitions on the double.
const BENCH: &str = "command = \"bench\"\nmodel = \"MODEL\"\n\
    arguments = [\"--engine\", \"mock\", \"-p\", \"16\", \"-n\", \"4\", \"-r\", \"3\", \"-t\", \"1\", \"--no-wait\"]";

/// An evaluation on the double whose every token takes its time.
fn eval(delay: u32, more: &str) -> String {
    format!(
        "command = \"eval\"\nmodel = \"mock:delay={delay}\"\ndata = \"{MINI}\"\narguments = [\"--engine\", \"mock\", \"--task\", \
         \"mmlu\", \"--full\", \"--unpinned-data\", \"--noise-items\", \"0\", \"--no-own-speed\", \"-t\", \"1\"]\n{more}"
    )
}

fn records(text: &str) -> Vec<Record> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn two_boards_measure_at_once_and_a_dead_one_is_one_failed_row() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let (one, two) = (Board::new(&lab, "one", ""), Board::new(&lab, "two", ""));
    let mut dead = Board::new(&lab, "dead", "");
    dead.kill();
    let targets = [one.target(&lab, "one", "pin = \"0\""), two.target(&lab, "two", ""), dead.target(&lab, "dead", "")];
    lab.inventory(&format!("{}\nattempts = 1", BENCH.replace("MODEL", &lab.path("small.gguf"))), &targets);
    let (code, document, words) = lab.fleet(&[]);
    assert_eq!(code, Some(4), "{words}");
    for name in ["one", "two"] {
        let row = lab.row(name);
        assert_eq!(row["state"], "done", "{row:#}");
        let folder = lab.path(&format!("out/{}", row["report"].as_str().unwrap()));
        let report: Value = serde_json::from_slice(&std::fs::read(format!("{folder}/report.json")).unwrap()).unwrap();
        assert_eq!(report["results"].as_array().unwrap().len(), 3, "prefill, decode and load");
        assert_eq!(report["run_id"], document["run_id"]);
    }
    let pinned = lab.row("one");
    assert_eq!(pinned["before"]["cores_allowed"], "0", "{pinned:#}");
    assert_eq!(pinned["before"]["cores_asked"], "0");
    assert!(pinned["cores_seen"].as_array().unwrap().iter().all(|seen| seen == "0"), "{pinned:#}");
    let row = lab.row("dead");
    assert_eq!(row["state"], "failed");
    assert!(row["reason"].as_str().unwrap().starts_with("unreachable: "), "{row:#}");

    // The run's folder was removed, program and model stay; a second fleet sends neither again.
    let left = |below: &str| std::fs::read_dir(one.path(&format!("densimeter files/{below}"))).unwrap().count();
    assert_eq!((left("runs"), left("models"), left("bin")), (0, 1, 1));

    // The dead board comes back: only it is measured.
    dead.start();
    let before = lab.row("one");
    let (code, _, words) = lab.fleet(&["--resume"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("2 of 3 targets are done already"), "{words}");
    assert_eq!((lab.row("one"), lab.row("dead")["state"].as_str()), (before, Some("done")));

    let status = lab.command(&["fleet", "status", &lab.path("fleet.toml"), "--json"]).output().unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    for row in status["targets"].as_array().unwrap() {
        assert_eq!(row["state"], "free", "{row:#}");
    }
}

#[test]
fn a_board_that_is_cut_off_goes_on_without_losing_or_doubling_an_item() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    lab.inventory(&eval(400, "attempts = 1"), &[board.target(&lab, "board", "")]);
    let inventory = lab.path("fleet.toml");
    let arguments = ["fleet", "run", &inventory, "-o", &lab.path("out"), "--json"];
    let fleet = lab.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let folder = board.path("densimeter files/runs");
    let log = || -> String {
        let runs = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        runs.map(|run| std::fs::read_to_string(run.path().join("mmlu.jsonl")).unwrap_or_default()).collect()
    };
    let begin = SystemClock::new();
    while log().lines().count() < 2 {
        assert!(begin.now() < Duration::from_secs(120), "no item was evaluated");
        std::thread::sleep(Duration::from_millis(50));
    }
    board.kill();
    let cut = fleet.wait_with_output().unwrap();
    assert_eq!(cut.status.code(), Some(1), "{}", said(&cut));
    let row = lab.row("board");
    assert!(row["reason"].as_str().unwrap().contains("unreachable"), "{row:#}");
    // Nobody listens any more: the board ends its work and gives the lock back.
    let begin = SystemClock::new();
    while board.is_measuring() {
        assert!(begin.now() < Duration::from_secs(30), "the board measures for nobody");
        std::thread::sleep(Duration::from_millis(100));
    }
    let first = records(&log());
    assert!(!first.is_empty());

    board.start();
    // What did not come to its end is not taken for done, and stays where it is.
    let collect = lab.command(&["fleet", "collect", &inventory, "-o", &lab.path("out")]).output().unwrap();
    assert_eq!(collect.status.code(), Some(1), "{}", said(&collect));
    assert!(said(&collect).contains("did not come to its end"), "{}", said(&collect));
    assert_eq!((lab.row("board"), records(&log())), (row, first.clone()));

    let (code, document, words) = lab.fleet(&["--resume"]);
    assert_eq!(code, Some(0), "{words}");
    let folder = document["rows"][0]["report"].as_str().unwrap().to_owned();
    let all = records(&std::fs::read_to_string(format!("{folder}/mmlu.jsonl")).unwrap());
    let ids: BTreeSet<&str> = all.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(all[..first.len()], first, "what was measured before the cut stays as it was");
    let report: Value = serde_json::from_slice(&std::fs::read(format!("{folder}/eval.json")).unwrap()).unwrap();
    assert_eq!(report["tasks"][0]["n"].as_u64(), Some(all.len() as u64));
    assert_eq!(ids.len(), all.len(), "an item is there twice");

    // The same evaluation on this machine alone.
    let alone = lab.path("alone");
    let output = lab
        .command(&["eval", "-m", "mock:", "--data", MINI, "--engine", "mock", "--task", "mmlu", "--full"])
        .args(["--unpinned-data", "--noise-items", "0", "--no-own-speed", "-t", "1", "-o", &alone, "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let alone = records(&std::fs::read_to_string(format!("{alone}/mmlu.jsonl")).unwrap());
    let strip = |records: &[Record]| -> BTreeSet<String> {
        let plain = |record: &Record| serde_json::to_string(&Record { key: String::new(), ..record.clone() }).unwrap();
        records.iter().map(plain).collect()
    };
    assert_eq!(strip(&all), strip(&alone));
}

#[test]
fn two_hosts_do_not_measure_on_one_board_at_the_same_time() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let board = Board::new(&lab, "board", "");
    lab.inventory(&eval(5000, "attempts = 1"), &[board.target(&lab, "board", "")]);
    let inventory = lab.path("fleet.toml");
    let mut first = lab
        .command(&["fleet", "run", &inventory, "-o", &lab.path("first")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = SystemClock::new();
    // Held where it stands: on a crowded machine it would come to its end before the others had asked.
    while !board.hold_evaluations() {
        assert!(begin.now() < Duration::from_secs(240), "the first does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (code, _, words) = lab.fleet(&[]);
    let status = lab.command(&["fleet", "status", &inventory, "--json"]).output().unwrap();
    // Nor is a run taken away from under the one who measures.
    std::fs::create_dir(lab.path("second")).unwrap();
    std::fs::copy(lab.path("first/fleet.json"), lab.path("second/fleet.json")).unwrap();
    let collect = lab.command(&["fleet", "collect", &inventory, "-o", &lab.path("second")]).output().unwrap();
    let _ = first.kill();
    let _ = first.wait();
    assert_eq!(code, Some(1), "{words}");
    assert!(lab.row("board")["reason"].as_str().unwrap().starts_with("the board is locked: run "), "{words}");
    assert!(said(&collect).contains("nothing to collect: the board is locked"), "{}", said(&collect));
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["targets"][0]["state"], "measuring", "{status:#}");
}
