//! Tests of the download and conversion of benchmarks, against a local server with made-up publications.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use densimeter::eval::download::{DownloadError, Hosts, fetch_pinned};
use densimeter::observer::{Bar, Counted, Observer};

mod faults;
mod index;
mod wheel;

/// Pins of what the publications below must become, computed by `tests/fixtures/publications.py`.
const PINS: &str = include_str!("fixtures/publications.sha256");
const TASKS: [&str; 5] = ["mmlu", "bbh", "math", "humaneval", "mbpp"];

/// How the server treats a path.
#[derive(Clone)]
enum Reply {
    Whole(Vec<u8>),
    /// Announces everything, sends half, hangs up.
    Cut(Vec<u8>),
}

/// Serves the replies by path, 404 for all else, until the test process ends.
fn serve(replies: BTreeMap<String, Reply>) -> Hosts {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let path = request.split(' ').nth(1).unwrap();
            let (status, body, send) = match replies.get(path) {
                Some(Reply::Whole(body)) => ("200 OK", body.clone(), body.len()),
                Some(Reply::Cut(body)) => ("200 OK", body.clone(), body.len() / 2),
                None => ("404 Not Found", Vec::new(), 0),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body[..send]);
        }
    });
    hosts(&address)
}

/// This server as every host, and no pip.
fn hosts(address: &str) -> Hosts {
    let index = format!("{address}/simple");
    Hosts { berkeley: address.to_owned(), github: address.to_owned(), index, pip: false }
}

/// Looks on without a word, and asks for the end where a test says so.
struct Quiet(fn() -> bool);

struct NoBar;

impl Bar for NoBar {
    fn length(&self, _: u64) {}
    fn position(&self, _: u64) {}
    fn inc(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn restart_eta(&self) {}
    fn finish(&self) {}
}

impl Observer for Quiet {
    fn note(&self, _: &str) {}
    fn warn(&self, _: &str) {}
    fn bar(&self, _: &str, _: Option<u64>, _: Counted) -> Box<dyn Bar> {
        Box::new(NoBar)
    }
    fn interrupted(&self) -> bool {
        (self.0)()
    }
}

fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn publications() -> BTreeMap<String, Reply> {
    let data = tar(&[
        ("data/test/b_subject_test.csv", "What is \"it\"?,1,2,3,4,B\n"),
        ("data/test/a_subject_test.csv", "\"Two\nlines, \"\"quoted\"\"\",a,\"b, c\",d,é,D\nPlain, x ,y,z,\t,A\n"),
        ("data/dev/b_subject_dev.csv", "Dev b,1,2,3,4,C\n"),
        ("data/dev/a_subject_dev.csv", "Dev a,1,2,3,4,D\n"),
        ("data/auxiliary_train/other.csv", "not,six"),
        ("data/README.txt", "text"),
    ]);
    let problem = |n: u32| {
        format!(
            "{{\n    \"problem\": \"\\u00e9 {n}\",\n    \"level\": \"Level 1\",\n    \"type\": \"T\",\n    \"solution\": \"\\\\boxed{{{n}}}\"\n}}"
        )
    };
    let [two, one, ten, seven, train] = [2, 1, 10, 7, 3].map(problem);
    let math = tar(&[
        ("MATH/test/geometry/7.json", &seven),
        ("MATH/test/algebra/2.json", &two),
        ("MATH/test/algebra/10.json", &ten),
        ("MATH/test/algebra/1.json", &one),
        ("MATH/train/algebra/3.json", &train),
    ]);
    let shots: String = (0..5)
        .map(|i| format!("        {{\n            \"problem\": \"P{i} $\\\\frac{{1}}{{2}}$\",\n            \"solution\": \"S{i}\\n\\\"q\\\" \\\\boxed{{{i}}}\",\n            \"few_shot\": \"1\",\n        }},\n"))
        .collect();
    let utils = format!("import re\n\n\ndef list_fewshot_samples() -> list[dict]:\n    return [\n{shots}    ]\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let row = "{\"task_id\": \"X/0\", \"prompt\": \"def f():\\n\", \"entry_point\": \"f\", \"canonical_solution\": \"    return '\\u00e9'\\n\", \"test\": \"t\"}\n";
    gzip.write_all(row.as_bytes()).unwrap();
    let mbpp: String = [2, 3, 4, 5, 11, 510, 511]
        .iter()
        .map(|i| format!("{{\"text\": \"t{i}\", \"code\": \"a\\r\\nb\", \"task_id\": {i}, \"test_setup_code\": \"\", \"test_list\": [\"x\"], \"challenge_test_list\": []}}\n"))
        .collect();
    let bbh = "/suzgunmirac/BIG-Bench-Hard/main";
    [
        ("/~hendrycks/data.tar".to_owned(), data),
        ("/~hendrycks/MATH.tar".to_owned(), math),
        ("/EleutherAI/lm-evaluation-harness/v0.4.9/lm_eval/tasks/minerva_math/utils.py".to_owned(), utils.into_bytes()),
        ("/openai/human-eval/master/data/HumanEval.jsonl.gz".to_owned(), gzip.finish().unwrap()),
        ("/google-research/google-research/master/mbpp/mbpp.jsonl".to_owned(), mbpp.into_bytes()),
        (format!("{bbh}/cot-prompts/alpha.txt"), b"header\n-----\nAlpha.".to_vec()),
        (format!("{bbh}/cot-prompts/beta.txt"), b"header\n-----\nBeta.\n".to_vec()),
        (
            format!("{bbh}/bbh/alpha.json"),
            b"{\"canary\": \"c\", \"examples\": [{\"input\": \"Q\\u2028x\", \"target\": \"(A)\"}, {\"input\": \"tab\\t\", \"target\": \"No\"}]}".to_vec(),
        ),
        (format!("{bbh}/bbh/beta.json"), b"{\"canary\": \"c\", \"examples\": [{\"input\": \"\\u0001\", \"target\": \"Yes\"}]}".to_vec()),
    ]
    .map(|(path, body)| (path, Reply::Whole(body)))
    .into()
}

fn fetch(folder: &Path, task: &str, hosts: &Hosts) -> Result<(), DownloadError> {
    fetch_pinned(folder, &[task.to_owned()], hosts, PINS, &Quiet(|| false))
}

#[test]
fn publications_convert_to_the_pinned_layout_byte_for_byte() {
    let hosts = serve(publications());
    let folder = tempfile::tempdir().unwrap();
    for task in TASKS {
        fetch(folder.path(), task, &hosts).unwrap();
    }
    for line in PINS.lines().filter(|line| !line.contains("  rc/")) {
        let (expected, path) = line.split_once("  ").unwrap();
        let content = std::fs::read(folder.path().join(path)).unwrap();
        assert_eq!(densimeter::file::digest::sha256_hex(&content), expected, "{path}");
    }
    // Everything is there now: nothing more is asked of any host.
    let nowhere = serve(BTreeMap::new());
    for task in TASKS {
        fetch(folder.path(), task, &nowhere).unwrap();
    }
}

#[test]
fn a_missing_cut_or_changed_publication_leaves_nothing_behind() {
    for (path, reply) in publications() {
        let Reply::Whole(body) = reply else { unreachable!() };
        let task = ["data.tar", "BIG-Bench", "MATH.tar", "human-eval", "mbpp"]
            .iter()
            .position(|part| path.contains(part))
            .map_or("math", |at| TASKS[at]);
        let mut changed = body.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        for fault in [None, Some(Reply::Cut(body)), Some(Reply::Whole(changed))] {
            let mut replies = publications();
            match fault {
                None => replies.remove(&path),
                Some(reply) => replies.insert(path.clone(), reply),
            };
            let folder = tempfile::tempdir().unwrap();
            let error = fetch(folder.path(), task, &serve(replies)).expect_err(&path);
            let text = error.to_string();
            assert!(text.contains("--data") && !text.contains('\n'), "{text}");
            for line in PINS.lines() {
                let (expected, name) = line.split_once("  ").unwrap();
                if let Ok(content) = std::fs::read(folder.path().join(name)) {
                    assert_eq!(densimeter::file::digest::sha256_hex(&content), expected, "{path} left a bad {name}");
                }
            }
        }
    }
}

#[test]
fn another_version_at_the_first_host_of_mbpp_falls_back_to_the_copy() {
    let mut replies = publications();
    let first = "/google-research/google-research/master/mbpp/mbpp.jsonl".to_owned();
    let good = replies.insert(first.clone(), Reply::Whole(b"{}\n".to_vec())).unwrap();
    replies.insert("/deepseek-ai/DeepSeek-Coder/main/Evaluation/MBPP/data/mbpp.jsonl".to_owned(), good);
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path(), "mbpp", &serve(replies)).unwrap();
    assert!(folder.path().join("mbpp/test.jsonl").is_file());
}

/// Names of the variables that point the binary to other hosts.
const MIRRORS: [&str; 3] = ["DENSIMETER_BERKELEY_URL", "DENSIMETER_GITHUB_RAW_URL", "PIP_INDEX_URL"];

/// `eval` on the double, with an empty cache and these hosts.
fn evaluate(cache: &Path, hosts: &Hosts, task: &str, more: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["eval", "--engine", "mock", "-m", "mock:", "--limit", "2", "--loss-only", "--noise-items", "0"]);
    command.args(["--no-own-speed", "--json", "--task", task]).args(more);
    command.arg("-o").arg(cache.join("log").join(task));
    command.env("XDG_CACHE_HOME", cache).env_remove("DENSIMETER_DATA").env_remove("WHEELS");
    // Beside the system's programs the stand-in for pip, which has no wheels unless a test names their folder.
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pip");
    command.env("PATH", format!("{}:{}", stand_in.display(), std::env::var("PATH").unwrap_or_default()));
    command.env(MIRRORS[0], &hosts.berkeley).env(MIRRORS[1], &hosts.github).env(MIRRORS[2], &hosts.index);
    if cache.join("wheels").is_dir() {
        command.env("WHEELS", cache.join("wheels"));
    }
    command.output().unwrap()
}

#[test]
fn the_command_says_in_one_line_what_is_wrong_with_a_host() {
    let mut replies = publications();
    replies.insert("/~hendrycks/data.tar".to_owned(), Reply::Whole(b"<html>moved</html>".to_vec()));
    let hosts = serve(replies);
    for (task, expected) in [("humaneval", "not the pinned"), ("mmlu", "data.tar"), ("bbh", "status 404")] {
        let cache = tempfile::tempdir().unwrap();
        let output = evaluate(cache.path(), &hosts, task, &["--quiet"]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{task}: {message}");
        assert!(message.contains(expected) && message.contains("--data"), "{task}: {message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
        let left = std::fs::read_dir(cache.path().join("densimeter/bench").join(task));
        assert_eq!(left.map_or(0, Iterator::count), 0, "{task}: nothing unchecked stays");
    }
    let cache = tempfile::tempdir().unwrap();
    let output = evaluate(cache.path(), &hosts, "humaneval", &["--offline"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("humaneval/test.jsonl: not found"));
}

/// The published benchmarks in the formats of their hosts, made from the folder of the layout.
fn published(root: &Path) -> BTreeMap<String, Reply> {
    use serde_json::Value;
    let data = densimeter::eval::data::Benchmarks::pinned(root);
    let rows = |name: &str| -> Vec<Value> { data.rows(name).unwrap() };
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for split in ["dev", "test"] {
        let mut subjects: BTreeMap<String, csv::Writer<Vec<u8>>> = BTreeMap::new();
        for row in rows(&format!("mmlu/{split}.jsonl")) {
            let mut record = vec![text(&row, "question")];
            record.extend(row["choices"].as_array().unwrap().iter().map(|choice| choice.as_str().unwrap().to_owned()));
            record.push(text(&row, "answer_letter"));
            let writer = subjects.entry(text(&row, "subject")).or_insert_with(|| csv::Writer::from_writer(Vec::new()));
            writer.write_record(&record).unwrap();
        }
        for (subject, writer) in subjects {
            let content = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            files.insert(format!("data/{split}/{subject}_{split}.csv"), content);
        }
    }
    let archive = |files: &BTreeMap<String, String>| {
        tar(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
    };
    let mut replies = BTreeMap::from([("/~hendrycks/data.tar".to_owned(), archive(&files))]);
    files.clear();
    for row in rows("math/test.jsonl") {
        let problem: BTreeMap<&str, &Value> =
            ["problem", "level", "type", "solution"].into_iter().map(|field| (field, &row[field])).collect();
        files.insert(format!("MATH/test/{}.json", text(&row, "id")), serde_json::to_string_pretty(&problem).unwrap());
    }
    replies.insert("/~hendrycks/MATH.tar".to_owned(), archive(&files));
    let shots: String = rows("math/fewshot.jsonl")
        .iter()
        .map(|shot| {
            format!(
                "        {{\"problem\": {}, \"solution\": {}, \"few_shot\": \"1\"}},\n",
                shot["problem"], shot["solution"]
            )
        })
        .collect();
    replies.insert(
        "/EleutherAI/lm-evaluation-harness/v0.4.9/lm_eval/tasks/minerva_math/utils.py".to_owned(),
        format!("def list_fewshot_samples() -> list[dict]:\n    return [\n{shots}    ]\n").into_bytes(),
    );
    let lines = |rows: Vec<Value>| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines(rows("humaneval/test.jsonl")).as_bytes()).unwrap();
    replies.insert("/openai/human-eval/master/data/HumanEval.jsonl.gz".to_owned(), gzip.finish().unwrap());
    let mbpp = lines([rows("mbpp/prompt.jsonl"), rows("mbpp/test.jsonl")].concat());
    replies.insert("/google-research/google-research/master/mbpp/mbpp.jsonl".to_owned(), mbpp.into_bytes());
    let mut examples: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows("bbh/test.jsonl") {
        let example = serde_json::json!({"input": row["input"], "target": row["target"]});
        examples.entry(text(&row, "task")).or_default().push(example);
    }
    let bbh = "/suzgunmirac/BIG-Bench-Hard/main";
    for (task, examples) in examples {
        let prompt = data.text(&format!("bbh/cot_prompts/{task}.txt")).unwrap();
        replies.insert(format!("{bbh}/cot-prompts/{task}.txt"), prompt.into_bytes());
        let document = serde_json::json!({"canary": "", "examples": examples}).to_string();
        replies.insert(format!("{bbh}/bbh/{task}.json"), document.into_bytes());
    }
    replies.into_iter().map(|(path, body)| (path, Reply::Whole(body))).collect()
}

/// The real content through the real pins: what the hosts publish becomes, byte for byte, what the hashes promise.
#[test]
fn the_published_content_passes_the_pins_on_its_way_through_the_command() {
    let named = std::env::var_os("DENSIMETER_DATA").map(std::path::PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    let Some(root) = named.into_iter().chain([beside]).find(|folder| folder.join("mmlu").is_dir()) else {
        let _ = writeln!(std::io::stderr(), "0 published files served: no benchmark folder (set DENSIMETER_DATA)");
        return;
    };
    let hosts = serve(published(&root));
    let cache = tempfile::tempdir().unwrap();
    for task in TASKS {
        let output = evaluate(cache.path(), &hosts, task, &[]);
        assert!(output.status.success(), "{task}: {}", String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["tasks"][0]["n"], 2, "{task}");
        // A second time everything is there, and no host is asked.
        let nowhere = serve(BTreeMap::new());
        assert!(evaluate(cache.path(), &nowhere, task, &["--resume"]).status.success(), "{task}");
    }
}
