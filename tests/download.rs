//! Tests of the download and conversion of benchmarks, against a local server with made-up publications.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use densimeter::eval::download::{DownloadError, Hosts, fetch_pinned};

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
    Hosts { berkeley: address.clone(), github: address }
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
    fetch_pinned(folder, &[task.to_owned()], hosts, PINS, &mut |_| {})
}

#[test]
fn publications_convert_to_the_pinned_layout_byte_for_byte() {
    let hosts = serve(publications());
    let folder = tempfile::tempdir().unwrap();
    for task in TASKS {
        fetch(folder.path(), task, &hosts).unwrap();
    }
    for line in PINS.lines() {
        let (expected, path) = line.split_once("  ").unwrap();
        let content = std::fs::read(folder.path().join(path)).unwrap();
        assert_eq!(densimeter::eval::data::sha256_hex(&content), expected, "{path}");
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
                    assert_eq!(densimeter::eval::data::sha256_hex(&content), expected, "{path} left a bad {name}");
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
