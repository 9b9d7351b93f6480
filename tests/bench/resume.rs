//! The journal: what is in it is not measured again.

use std::io::Write;

use densimeter::bench::warning::Warning;
use densimeter::device::DeviceRecord;
use densimeter::measure::bench_report::BenchReport;
use densimeter::measure::journal::{Entry, Journal};

use super::{Bench, line, timed};

#[test]
fn a_finished_run_is_not_measured_again() {
    let bench = Bench::new();
    let first = bench.json("-p 16 -n 8 -r 2", 0);
    let again = bench.json("-p 16 -n 8 -r 2 --resume", 0);
    assert_eq!(timed(&first), timed(&again));
    assert_eq!((&first["run_id"], &first["started"]), (&again["run_id"], &again["started"]));
    let kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bench.folder().join("report.json")).unwrap()).unwrap();
    assert_eq!(kept, again, "the file and stdout are one document");
}

#[test]
fn a_folder_in_use_needs_resume_and_the_same_plan() {
    let bench = Bench::new();
    bench.json("-p 16 -n 0 -r 1", 0);
    let journal = bench.journal();
    let refused = line(&bench.run("-p 16 -n 0 -r 1"), 2);
    assert!(refused.contains("holds a run already") && refused.contains("--resume"), "{refused}");
    for other in ["-p 32 -n 0 -r 1", "-p 16 -n 0 -r 2", "-p 16 -n 0 -r 1 --seed 1", "-p 16 -n 0 -r 1 -ub 8"] {
        let refused = line(&bench.run(&format!("{other} --resume")), 2);
        assert!(refused.contains("holds another run"), "{refused}");
    }
    assert_eq!(bench.journal(), journal, "a refusal writes nothing");
}

#[test]
fn a_torn_last_line_is_measured_anew_and_a_bad_one_inside_is_refused() {
    let bench = Bench::new();
    let first = bench.json("-p 16 -n 8 -r 2", 0);
    let path = bench.folder().join("run.jsonl");
    let whole = bench.journal();
    let lines: Vec<&str> = whole.lines().collect();
    assert!(lines.last().unwrap().contains("row_done"));
    let cut = whole.trim_end().len() - 10;
    std::fs::write(&path, &whole[..cut]).unwrap();
    let again = bench.json("-p 16 -n 8 -r 2 --resume", 0);
    let same = timed(&first).iter().zip(timed(&again)).filter(|(before, after)| **before == *after).count();
    assert_eq!(same, 1, "the row that was done is kept, the torn one is measured anew");
    assert!(timed(&again).iter().all(|row| row["samples_ns"].as_array().unwrap().len() == 2));

    std::fs::write(&path, format!("{}\nnonsense\n{}\n", lines[0], lines[1])).unwrap();
    let refused = line(&bench.run("-p 16 -n 8 -r 2 --resume"), 1);
    assert!(refused.contains("run.jsonl: line 2 is not a journal entry"), "{refused}");
}

#[test]
fn auto_threads_are_those_of_the_run_that_goes_on() {
    let bench = Bench::new();
    let command = |arguments: &str| {
        let mut command = bench.bare();
        command.arg("-m").arg(&bench.model).arg("-o").arg(bench.folder()).args(arguments.split_whitespace());
        command.output().unwrap()
    };
    let first = super::document(&command("-p 16 -n 0 -r 1 -t 1,auto --json"), 0);
    // As if the ladder had ended elsewhere: a new one could not be relied on to end there again.
    let path = bench.folder().join("run.jsonl");
    let threads = timed(&first)[1]["threads"].to_string();
    let journal = bench.journal();
    let (head, rest) = journal.split_once('\n').unwrap();
    let at = head.rfind(&format!("\"threads\":{threads}")).unwrap();
    let head = format!("{}\"threads\":97{}", &head[..at], &head[at + 10 + threads.len()..]);
    let mut file = std::fs::File::create(&path).unwrap();
    write!(file, "{head}\n{rest}").unwrap();
    let again = super::document(&command("-p 16 -n 0 -r 1 -t 1,auto --json --resume"), 0);
    assert_eq!(timed(&again)[1]["threads"], 97);
    assert_eq!(timed(&again)[1]["samples_ns"], timed(&first)[1]["samples_ns"]);
    assert_eq!(again["threads_rule"], first["threads_rule"]);
}

#[test]
fn the_gate_and_the_engines_build_become_warnings_of_the_rows() {
    let bench = Bench::new();
    bench.json("-p 16 -n 0 -r 1", 0);
    let mut entries = Journal::read(&bench.folder().join("run.jsonl")).unwrap();
    for entry in &mut entries {
        match entry {
            Entry::Gate { gate } => gate.satisfied = Some(false),
            Entry::Device { profile } => {
                if let DeviceRecord::Probed(device) = &mut **profile {
                    device.profile.cpu.simd = vec!["asimd".to_owned(), "asimddp".to_owned()];
                }
            }
            Entry::RowStarted { ready, .. } => ready.build.features = vec!["NEON".to_owned(), "SVE".to_owned()],
            _ => {}
        }
    }
    let report = BenchReport::of(&entries).unwrap();
    let warnings: Vec<&Warning> = report.results[0].warnings.iter().map(|warning| &warning.warning).collect();
    let text: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    let mismatch = |words: &[&str]| {
        warnings.iter().any(|warning| {
            matches!(warning, Warning::FeatureMismatch { detail } if words.iter().all(|word| detail.contains(word)))
        })
    };
    assert!(mismatch(&["DOTPROD", "built without"]) && mismatch(&["SVE", "lacks"]), "{text:?}");
    assert!(warnings.iter().any(|warning| matches!(warning, Warning::GateTimeout { .. })), "{text:?}");
}
