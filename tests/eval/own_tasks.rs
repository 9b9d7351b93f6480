//! Tasks of the user: the samples of the documentation, faults with their lines, logs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The samples and their graders.
const SAMPLES: [(&str, &str); 7] = [
    ("capitals", "exact"),
    ("manual", "choice"),
    ("invoices", "number"),
    ("dates", "regex"),
    ("colours", "contains"),
    ("contacts", "json-schema"),
    ("functions", "python"),
];

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/own-tasks")
}

fn eval(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["eval", "--json", "--task-file"]).arg(file);
    command
}

fn mock(file: &Path) -> Command {
    let mut command = eval(file);
    command.args(["-m", "mock:", "--engine", "mock", "--no-own-speed"]);
    command
}

fn document(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn every_sample_is_in_the_documentation_and_runs() {
    let page = std::fs::read_to_string(samples().parent().unwrap().join("own-tasks.md")).unwrap();
    let mut files: Vec<String> = std::fs::read_dir(samples())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    files.sort();
    let mut known: Vec<String> = SAMPLES.iter().map(|(name, _)| format!("{name}.toml")).collect();
    known.sort();
    assert_eq!(files, known);
    for (name, grader) in SAMPLES {
        assert!(
            page.contains(&format!("| `{grader}` |")) && page.contains(&format!("(own-tasks/{name}.toml)")),
            "{name}"
        );
        let folder = tempfile::tempdir().unwrap();
        let mut command = mock(&samples().join(format!("{name}.toml")));
        if grader == "json-schema" && cfg!(not(feature = "json-schema")) {
            let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
            assert!(said.contains("contacts.schema.json: this build has no grader json-schema"), "{said}");
            continue;
        }
        let output = command.arg("--leave-code").arg("-o").arg(folder.path()).output().unwrap();
        let document = document(&output);
        assert_eq!(output.status.code(), Some(0), "{name}: {document}");
        let row = &document["tasks"][0];
        assert_eq!(row["task"], name);
        let log = std::fs::read_to_string(folder.path().join(format!("{name}.jsonl"))).unwrap();
        assert_eq!(log.lines().count() as u64, row["n"].as_u64().unwrap(), "{name}");
        assert_eq!(row["graded"] == row["n"], grader != "python", "{name}: {row}");
        assert_eq!(row["shots"], if name == "capitals" { 2 } else { 0 });
    }
}

#[test]
fn the_answers_of_the_samples_are_right_and_wrong_ones_are_not() {
    let here = |grader: &str| grader != "json-schema" || cfg!(feature = "json-schema");
    for (name, grader) in SAMPLES.into_iter().filter(|(_, grader)| here(grader)) {
        let answers = samples().join(format!("{name}.answers.jsonl"));
        let graded = |answers: &Path| {
            let output =
                eval(&samples().join(format!("{name}.toml"))).arg("--responses").arg(answers).output().unwrap();
            (document(&output)["tasks"][0].clone(), output)
        };
        let (row, output) = graded(&answers);
        // A host without a jail says so, and calls no program wrong.
        if grader == "python" && row["failed"].as_u64() > Some(0) {
            assert_eq!((output.status.code(), &row["score"]), (Some(4), &Value::Null));
            continue;
        }
        assert_eq!(output.status.code(), Some(0), "{name}: {row}");
        assert_eq!((&row["score"]["point"], &row["missing"]), (&100.0.into(), &0.into()), "{name}: {row}");
        let folder = tempfile::tempdir().unwrap();
        let wrong = folder.path().join("wrong.jsonl");
        let lines = std::fs::read_to_string(&answers).unwrap();
        let wrong_lines = lines.lines().map(|line| {
            let id = serde_json::from_str::<Value>(line).unwrap()["id"].clone();
            serde_json::json!({"id": id, "response": "Z 7 no"}).to_string() + "\n"
        });
        std::fs::write(&wrong, wrong_lines.collect::<String>()).unwrap();
        assert_eq!(graded(&wrong).0["score"]["point"], 0.0, "{name}");
    }
}

/// Writes a task and its items, and gives what the command says of them.
fn said(task: &str, items: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, task).unwrap();
    std::fs::write(folder.path().join("items.jsonl"), items).unwrap();
    let output = mock(&file).arg("-o").arg(folder.path().join("out")).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn faults_are_told_with_their_lines() {
    let task = "name = \"own\"\nitems = \"items.jsonl\"\nprompt = \"{q}\"\ngrader = \"exact\"\n";
    let good = "{\"q\": \"a\", \"answer\": \"b\"}\n";
    assert_eq!(said(task, &good.repeat(2)).0, Some(0));
    for (change, line, what) in [
        (("\"exact\"", "\"exactly\""), 4, "exactly"),
        (("\"own\"", "\"Own!\""), 1, "small letters"),
        (("\"own\"", "\"mmlu\""), 1, "benchmark"),
        (("{q}", "{q"), 3, "without its }"),
        (("\"exact\"", "\"choice\""), 4, "needs `choices`"),
        (("\"exact\"", "\"exact\"\nmax-tokens = 0"), 5, "max-tokens"),
        (("\"exact\"", "\"exact\"\nextract = \"(\""), 5, "extract"),
        (("\"exact\"", "\"exact\"\ntolerance = 0.1"), 4, "takes no `tolerance`"),
        (("\"exact\"", "\"exact\"\nstop = [\"x\"]"), 5, "stop"),
        (("\"exact\"", "\"exact\"\nstops = [\"\"]"), 5, "a stop is empty"),
        (("\"exact\"", "\"exact\"\nextract = \"(?=a)\""), 5, "look-around"),
        (("items.jsonl", "/etc/passwd"), 2, "below the folder"),
        (("items.jsonl", "../items.jsonl"), 2, "below the folder"),
        (("name =", "name"), 1, ""),
    ] {
        let (code, text) = said(&task.replace(change.0, change.1), good);
        assert_eq!(code, Some(1), "{change:?}: {text}");
        assert_eq!(text.trim_end().lines().count(), 1, "{change:?}: {text}");
        assert!(text.contains(&format!("own.toml:{line}:")) && text.contains(what), "{change:?}: {text}");
    }
    for (items, line, what) in [
        ("{\"q\": \"a\", \"answer\": \"b\"}\n{\"q\": \"a\"}\n", 2, "no field \"answer\""),
        ("{\"answer\": \"b\"}\n", 1, "no field \"q\", which the prompt names"),
        ("\n[1]\n", 2, "no JSON object"),
        (
            "{\"id\": 1, \"q\": \"a\", \"answer\": \"b\"}\n{\"id\": \"1\", \"q\": \"a\", \"answer\": \"b\"}\n",
            2,
            "line 1",
        ),
        ("{\"q\": \"a\", \"answer\": {}}\n", 1, "no text"),
        ("{\"id\": {\"a\": 1}, \"q\": \"a\", \"answer\": \"b\"}\n", 1, "neither a text nor a number"),
        ("{\"id\": \"\", \"q\": \"a\", \"answer\": \"b\"}\n", 1, "neither a text nor a number"),
    ] {
        let (code, text) = said(task, items);
        assert_eq!(code, Some(1), "{items}: {text}");
        assert!(text.contains(&format!("items.jsonl:{line}:")) && text.contains(what), "{items}: {text}");
    }
    assert!(said(task, "").1.contains("no rows"));
    let contains = said(&task.replace("exact", "contains"), "{\"q\": \"a\", \"answer\": \"\"}\n").1;
    assert!(contains.contains("items.jsonl:1:") && contains.contains("stands in every answer"), "{contains}");
    assert!(said(&task.replace("items.jsonl", "none.jsonl"), good).1.contains("none.jsonl"));
}

#[test]
fn a_log_goes_on_until_the_gold_changes_and_shards_share_the_items() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(
        &file,
        "name = \"own\"\nitems = \"i.jsonl\"\nprompt = \"{q}\"\ngrader = \"exact\"\nmax-tokens = 4\n",
    )
    .unwrap();
    let items = |gold: &str| {
        let line = |at: u32| format!("{{\"q\": \"what is {at}?\", \"answer\": \"{gold}\"}}\n");
        std::fs::write(folder.path().join("i.jsonl"), (0..70).map(line).collect::<String>()).unwrap();
    };
    items("a");
    let out = folder.path().join("out");
    let run = |extra: &[&str], out: &Path| mock(&file).args(["--full", "-o"]).arg(out).args(extra).output().unwrap();
    assert_eq!(document(&run(&[], &out))["tasks"][0]["n"], 70);
    let again = document(&run(&["--resume"], &out));
    assert_eq!(again["tasks"][0]["resumed"], 70);
    let shares: u64 = ["0/2", "1/2"]
        .iter()
        .map(|shard| {
            let out = folder.path().join(shard.replace('/', "-"));
            document(&run(&["--shard", shard], &out))["tasks"][0]["n"].as_u64().unwrap()
        })
        .sum();
    assert_eq!(shares, 70);
    items("b");
    let refused = run(&["--resume"], &out);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("own"));
}
