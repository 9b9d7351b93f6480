//! A run that ended on its board, but whose report did not come: `fleet collect` takes it, once.

use serde_json::Value;

use super::lab::{Board, Lab, possible, run, said};

const JOB: &str = "command = \"bench\"\nmodel = \"MODEL\"\nattempts = 1\n\
    arguments = [\"--engine\", \"mock\", \"-p\", \"16\", \"-n\", \"0\", \"-r\", \"2\", \"-t\", \"1\", \"--no-wait\"]";

/// What every connection of the board runs from now on: what was asked for, but for what `case` refuses.
fn wrap(board: &Board, case: &str) {
    let script = format!(
        "#!/bin/sh\ncase \"$SSH_ORIGINAL_COMMAND\" in {case} *) exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; esac\n"
    );
    std::fs::write(board.path("wrapper"), script).unwrap();
    run("chmod", &["755", &board.path("wrapper")]);
}

#[test]
fn a_report_that_did_not_come_is_collected_later_and_only_once() {
    if !possible() {
        return;
    }
    let lab = Lab::new();
    let mut board = Board::new(&lab, "board", "");
    let idle = Board::new(&lab, "idle", "");
    let wrapper = board.path("wrapper");
    board.kill();
    board.force(&wrapper);
    // The connection breaks whenever a file of the run is asked for.
    wrap(&board, "*\"cat -- \"*runs/*) exit 255 ;;");
    board.start();
    let targets = [board.target(&lab, "board", "pin = \"0\""), idle.target(&lab, "idle", "")];
    lab.inventory(&JOB.replace("MODEL", &lab.path("small.gguf")), &targets);
    let (code, document, words) = lab.fleet(&["--only", "board"]);
    assert_eq!(code, Some(1), "{words}");
    let failed = lab.row("board");
    assert!(failed["reason"].as_str().unwrap().starts_with("unreachable: "), "{failed:#}");
    assert!(failed["after"].is_object(), "it had measured: {failed:#}");
    let name = document["run_id"].as_str().unwrap();
    let there = board.path(&format!("densimeter files/runs/{name}"));
    let report = std::fs::read(format!("{there}/report.json")).unwrap();

    wrap(&board, "");
    let collect = || {
        let output = lab
            .command(&["fleet", "collect", &lab.path("fleet.toml"), "-o", &lab.path("out"), "--json"])
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), document, said(&output))
    };
    let (code, document, words) = collect();
    assert_eq!(code, Some(0), "the other was never asked for this run: {words}");
    assert!(words.contains("board: collected"), "{words}");
    let row = lab.row("board");
    assert_eq!((&row["state"], &row["reason"]), (&"done".into(), &Value::Null), "{row:#}");
    for kept in ["before", "after", "binary", "cores_seen", "began"] {
        assert_eq!(row[kept], failed[kept], "{kept} is that of the measurement");
    }
    let folder = document["rows"][0]["report"].as_str().unwrap();
    assert_eq!(std::fs::read(format!("{folder}/report.json")).unwrap(), report, "to the byte");
    assert!(!std::path::Path::new(&there).exists(), "the run stays on the board");
    assert!(words.contains(&format!("idle: nothing to collect: it holds no run {name}")), "{words}");
    let record: Value = serde_json::from_slice(&std::fs::read(lab.path("out/fleet.json")).unwrap()).unwrap();
    assert_eq!(record["rows"].as_object().unwrap().keys().collect::<Vec<_>>(), ["board"], "{record:#}");
    let sent = std::path::PathBuf::from(idle.path("densimeter files/bin"));
    assert!(!sent.exists(), "a board without the run is sent nothing");

    let (code, _, words) = collect();
    assert_eq!(code, Some(0), "{words}");
    assert!(!words.contains("board: collected"), "{words}");
    assert_eq!(lab.row("board"), row);

    // The same by `fleet run --resume`: what has ended there is taken, and not measured again.
    wrap(&board, "*\"cat -- \"*runs/*) exit 255 ;;");
    let again = |more: &[&str]| {
        let arguments =
            ["fleet", "run", &lab.path("fleet.toml"), "-o", &lab.path("again"), "--only", "board", "--json"];
        let output = lab.command(&arguments).args(more).output().unwrap();
        let text = std::fs::read_to_string(lab.path("again/fleet.json")).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        (output.status.code(), record, said(&output))
    };
    let (code, record, words) = again(&[]);
    assert_eq!(code, Some(1), "{words}");
    let there = board.path(&format!("densimeter files/runs/{}/report.json", record["run"].as_str().unwrap()));
    let report = std::fs::read(there).unwrap();
    wrap(&board, "");
    let failed = &record["rows"]["board"];
    let (code, record, words) = again(&["--resume"]);
    assert_eq!(code, Some(0), "{words}");
    let row = &record["rows"]["board"];
    assert_eq!((&row["before"], &row["after"]), (&failed["before"], &failed["after"]), "of the measurement: {row:#}");
    let folder = lab.path(&format!("again/{}", row["report"].as_str().unwrap()));
    assert_eq!(std::fs::read(format!("{folder}/report.json")).unwrap(), report, "to the byte");

    let nowhere = lab.path("nowhere");
    let output = lab.command(&["fleet", "collect", &lab.path("fleet.toml"), "-o", &nowhere]).output().unwrap();
    assert!(said(&output).contains("holds no fleet"), "{}", said(&output));
    assert!(!std::path::Path::new(&nowhere).exists());
}
