//! Chat form: templates against Python's jinja2, tokens, thoughts, and what keeps its scores apart.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use densimeter::eval::chat::render::{Renderer, TemplateError};
use densimeter::eval::chat::template::ChatFile;
use densimeter::eval::merge::{MergeError, merge};
use densimeter::eval::record::Record;
use serde::Deserialize;
use serde_json::Value;

use super::{densimeter, fixture};
use crate::models::writer::Writer;

/// A template, its variables, and what jinja2 made of them (`make.py` beside the file).
#[derive(Deserialize)]
struct Case {
    name: String,
    template: String,
    context: minijinja::Value,
    expected: Option<String>,
}

/// The day of `make.py`.
fn renderer(template: &str) -> Result<Renderer, TemplateError> {
    let day = jiff::civil::datetime(2026, 3, 5, 7, 8, 9, 0);
    Renderer::new(template, Box::new(move |format| jiff::fmt::strtime::format(format, day).unwrap()))
}

#[test]
fn templates_are_rendered_as_python_renders_them() {
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(fixture("chat/cases.json")).unwrap()).unwrap();
    assert!(cases.len() >= 50, "{} cases", cases.len());
    for case in cases {
        let text = renderer(&case.template).and_then(|renderer| renderer.render(case.context));
        match case.expected {
            Some(expected) => assert_eq!(text.as_ref(), Ok(&expected), "{}", case.name),
            None => assert!(text.is_err(), "{}: {text:?}", case.name),
        }
    }
}

#[test]
fn of_several_templates_default_is_taken_and_without_it_the_first_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    let taken = |writer: Writer| {
        std::fs::write(&path, writer.finish()).unwrap();
        ChatFile::read(&path).unwrap().template.map(|template| (template.name, template.source))
    };
    let named = Writer::default()
        .text("general.architecture", "llama")
        .text("tokenizer.chat_template.tool_use", "tools")
        .text("tokenizer.chat_template.rag", "documents");
    assert_eq!(taken(named.clone()), Some(("rag".to_owned(), "documents".to_owned())));
    let both = named.text("tokenizer.chat_template", "plain");
    assert_eq!(taken(both), Some(("default".to_owned(), "plain".to_owned())));
    assert_eq!(taken(Writer::default().text("general.architecture", "llama")), None);
}

#[test]
fn a_hostile_template_ends_in_one_line() {
    let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}";
    let doubling =
        "{% set ns = namespace(x='x') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";
    let recursion = "{% macro f() %}{{ f() }}{% endmacro %}\n{{ f() }}";
    let writes = "{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}";
    let json = "{% set ns = namespace(x=['x' * 9999]) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | tojson }}";
    for template in [endless, doubling, recursion, writes, json, "{{ nothing.more }}", "{{ 1 / 0 }}"] {
        let error = renderer(template).and_then(|renderer| renderer.render(minijinja::Value::UNDEFINED)).unwrap_err();
        assert!(!error.to_string().contains('\n') && error.to_string().len() < 400, "{error}");
    }
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(renderer(&format!("{{{{ {deep} }}}}")).is_err());
    assert!(matches!(renderer(&"x".repeat(2 << 20)), Err(TemplateError::TooLarge(_))));
    let Err(TemplateError::Line { line, reason }) = renderer("a\n{% if x %}\n{% endfor %}") else { panic!() };
    assert_eq!(line, 3, "{reason}");
    let raised = renderer("a\n{{ raise_exception('no\nsystem') }}").unwrap();
    let error = raised.render(minijinja::Value::UNDEFINED).unwrap_err();
    assert_eq!(error.to_string(), "line 2: no system");
}

/// A run of the double that replies with this text.
fn chat(reply: &str, arguments: &[&str]) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let model = format!("mock:reply={reply}");
    let mut command = densimeter();
    command.args(["-m", &model, "--no-own-speed", "--full", "-o"]).arg(folder.path()).args(arguments);
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    (serde_json::from_slice(&output.stdout).unwrap(), stderr)
}

fn row<'a>(document: &'a Value, task: &str) -> &'a Value {
    document["tasks"].as_array().unwrap().iter().find(|row| row["task"] == task).unwrap()
}

#[test]
fn a_reply_is_graded_without_its_thought() {
    let mini = std::fs::read_to_string(fixture("bench-mini/mmlu/test.jsonl")).unwrap();
    let golds: Vec<Value> = mini.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seconds = golds.iter().filter(|row| row["answer"] == 1).count() as f64;
    let share = 100.0 * seconds / golds.len() as f64;
    let point = |document: &Value| row(document, "mmlu")["score"]["point"].as_f64().unwrap();
    let (plain, _) = chat("Well.\nAnswer: B", &["--chat", "on", "--task", "mmlu"]);
    assert!((point(&plain) - share).abs() < 1e-9, "{plain}");
    assert_eq!(row(&plain, "mmlu")["chat"]["thinking_tokens"], 0);
    assert_eq!(row(&plain, "mmlu")["shots"], 0);
    // The thought answers otherwise, and is not graded.
    let thinking = "<think>\nAnswer: A\n</think>\n\nAnswer: B";
    for think in ["auto", "on"] {
        let (document, _) = chat(thinking, &["--chat", "on", "--task", "mmlu", "--think", think]);
        assert!((point(&document) - share).abs() < 1e-9, "{think}: {document}");
        assert!(row(&document, "mmlu")["chat"]["thinking_tokens"].as_u64().unwrap() > 20 * golds.len() as u64 / 2);
        assert_eq!(row(&document, "mmlu")["chat"]["unfinished_thoughts"], 0);
    }
    // A budget that ends within the thought leaves no answer.
    let arguments = ["--chat", "on", "--task", "mmlu", "--think-budget", "12"];
    let (cut, _) = chat(thinking, &arguments);
    assert_eq!(point(&cut), 0.0);
    assert_eq!(row(&cut, "mmlu")["chat"]["unfinished_thoughts"].as_u64().unwrap() as usize, golds.len());
    assert_eq!(row(&cut, "mmlu")["chat"]["thinking_tokens"].as_u64().unwrap() as usize, 12 * golds.len());
}

#[test]
fn auto_leaves_the_protocol_of_densities_alone() {
    let (document, stderr) = chat("x", &["--task", "mmlu,math"]);
    assert!(document["tasks"].as_array().unwrap().iter().all(|row| row.get("chat").is_none()), "{document}");
    assert!(!stderr.contains("chat"), "{stderr}");
    let (document, _) = chat("x", &["--task", "mmlu,bbh,math,humaneval,mbpp", "--chat", "on", "--leave-code"]);
    for row in document["tasks"].as_array().unwrap() {
        assert!(row["chat"]["protocol"].as_str().unwrap().contains(':'), "{row}");
        assert!(row["conditional_loss"].is_null() && row["loss_reason"].as_str().unwrap().contains("chat"), "{row}");
    }
}

#[test]
fn what_cannot_be_a_chat_is_refused_in_one_line() {
    let refused = |arguments: &[&str], code: i32, what: &str| {
        let output = densimeter().args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(what), "{stderr}");
    };
    refused(&["-m", "mock:", "--task", "mmlu", "--chat", "on"], 1, "no chat template");
    refused(&["-m", "mock:reply=x", "--task", "mmlu", "--chat", "on", "--loss-only"], 2, "--loss-only");
    refused(&["-m", "mock:reply=x", "--task", "piqa", "--chat", "on"], 2, "piqa");
}

#[test]
fn a_log_of_chats_is_no_log_of_base_completion() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = densimeter();
        command.args(["-m", "mock:reply=Answer: B", "--task", "math", "--no-own-speed", "-o"]);
        command.arg(folder.path()).args(arguments).output().unwrap()
    };
    assert!(run(&["--chat", "on"]).status.success());
    for other in [&["--resume"][..], &["--resume", "--chat", "on", "--think-budget", "7"]] {
        let output = run(other);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && stderr.contains("results of another run"), "{stderr}");
    }
    assert!(run(&["--resume", "--chat", "on"]).status.success());
}

/// What a fleet or an array of jobs shares out and puts together.
#[test]
fn shards_of_chats_are_put_together_and_never_with_base_completion() {
    let folder = tempfile::tempdir().unwrap();
    let shard = |name: &str, share: &str, chat: &str| {
        let out = folder.path().join(name);
        let mut command = densimeter();
        command.args(["-m", "mock:reply=Answer: B", "--task", "math", "--full", "--no-own-speed"]);
        command.args(["--chat", chat, "--shard", share, "-o"]).arg(&out);
        assert!(command.output().unwrap().status.success(), "{name}");
        out
    };
    let [first, second] = [shard("first", "0/2", "on"), shard("second", "1/2", "on")];
    let merged = merge(&[first.clone(), second], "math").unwrap();
    let data = std::fs::read_to_string(fixture("bench-mini/math/test.jsonl")).unwrap();
    assert_eq!(merged.records.len(), data.lines().count());
    assert!(merged.records.iter().all(|record| record.chat == Some(true)));
    let plain = shard("plain", "1/2", "off");
    assert!(matches!(merge(&[first, plain], "math"), Err(MergeError::OtherKey { .. })));
}

/// Killed again and again, a run of chats ends with every item once.
#[test]
fn a_killed_run_of_chats_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |folder: &Path| -> Command {
        let mut command = densimeter();
        command.env("DENSIMETER_MOCK_DELAY_MS", "3");
        command.args(["-m", "mock:reply=<think>hm, hm</think>The answer is 7", "--task", "math,mmlu", "--full"]);
        command.args(["--chat", "on", "--parallel", "3", "--no-own-speed", "--resume", "-o"]).arg(folder);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    for wait in [300, 500, 700] {
        let mut child = run(folder.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(run(folder.path()).status().unwrap().success());
    for task in ["math", "mmlu"] {
        let log = std::fs::read_to_string(folder.path().join(task).with_extension("jsonl")).unwrap();
        let records: Vec<Record> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let data = std::fs::read_to_string(fixture("bench-mini").join(task).join("test.jsonl")).unwrap();
        assert_eq!((ids.len(), records.len()), (data.lines().count(), data.lines().count()), "{task}");
        for record in &records {
            assert_eq!(record.thinking.as_deref(), Some("hm, hm"));
            assert_eq!(
                (record.completion.as_deref(), record.finish.as_deref()),
                (Some("The answer is 7"), Some("end"))
            );
            assert_eq!(
                (record.chat, record.thinking_tokens, record.thinking_ended),
                (Some(true), Some(21), Some(true))
            );
        }
    }
}
