//! `bench --url` against a double: a good server of known pace, and every hostile one that we could think of.

use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::{Bench, document, kinds, line, said, samples};
use double::{Act, Double, FIRST_MS, TOKEN_MS};

mod double;
mod hostile;
#[cfg(target_os = "linux")]
mod memory;

/// Requests that find out how the server is spoken to and how long prompts are.
const UNTIMED: usize = 2;

/// `bench --url` against a double, kept in the folder.
fn command(bench: &Bench, url: &str, arguments: &str) -> Command {
    let mut command = bench.bare();
    command.args(["--url", url, "--model", "small", "-o"]).arg(bench.folder());
    if !arguments.contains("--timeout") {
        command.args(["--timeout", "20"]);
    }
    command.args(arguments.split_whitespace()).env_remove("DENSIMETER_API_KEY");
    command
}

fn run(bench: &Bench, url: &str, arguments: &str) -> Output {
    command(bench, url, arguments).output().unwrap()
}

#[test]
fn a_good_server_is_measured_in_the_shape_of_a_bench() {
    let bench = Bench::new();
    let server = Double::start(0, Act::Good);
    let report = document(&run(&bench, &server.url, "-p 40 -n 12 -r 3 --concurrency 1,2 --seed 7 --json"), 0);
    let rows = report["results"].as_array().unwrap();
    let names: Vec<_> =
        rows.iter().map(|row| (row["test"].as_str().unwrap(), row["concurrency"].as_u64().unwrap())).collect();
    assert_eq!(names, [("pp40", 1), ("pp40", 2), ("tg12", 1), ("tg12", 2)]);
    assert_eq!((report["schema"].as_u64(), report["seed"].as_u64()), (Some(1), Some(7)));
    assert_eq!((&report["server"]["build"], &report["engine"]["build"]), (&"b1-double".into(), &"b1-double".into()));
    assert_eq!(report["server"]["endpoint"], "completions");
    assert!(report["device"]["cpu"]["threads"].is_u64() && report["model"]["id"] == "small");
    for row in rows {
        assert_eq!(samples(row).len(), 3, "{row}");
        assert!(
            row["warnings"].as_array().unwrap().iter().all(|warning| {
                ["too_few_repetitions", "too_short", "spread", "outliers", "slow_first", "server_clock"]
                    .contains(&warning["kind"].as_str().unwrap())
            }),
            "{}",
            row["warnings"]
        );
        let at_once = row["concurrency"].as_u64().unwrap();
        let speed = row["tokens_per_second"]["point"].as_f64().unwrap();
        let own = &row["server_timings"];
        if row["phase"] == "prefill" {
            // It waits so long at least; longer on a busy machine.
            assert!(row["first_token"]["point"].as_f64().unwrap() >= FIRST_MS as f64 * 1e6);
            assert!(speed <= at_once as f64 * 40.0 / FIRST_MS as f64 * 1e3);
            assert!(own["ours_over_server"]["point"].as_f64().unwrap() > 1.0, "it cannot come before it was sent");
            assert_eq!(row["usage"]["prompt_tokens"], 40.0, "words and one token more, by its own count");
            assert_eq!(row["ttft"]["count"].as_u64(), Some(3 * at_once));
            assert!(row["latency"].is_null());
        } else {
            assert!(row["ttft"].is_null());
            let stream = row["stream_tokens_per_second"]["point"].as_f64().unwrap();
            // What came late first makes the rest look fast on a busy machine, but not three times as fast.
            assert!(stream <= 3e3 / TOKEN_MS as f64 && speed <= at_once as f64 * stream * 1.001);
            assert_eq!(row["latency"]["count"].as_u64(), Some(3 * at_once * 11));
            assert_eq!((&row["usage"]["completion_tokens"], &row["usage"]["pieces"]), (&12.0.into(), &12.0.into()));
        }
    }
    // The double may still be ending the two before them.
    let at_once = server.seen.at_once.load(Ordering::SeqCst);
    assert!((2..=4).contains(&at_once), "requests of a repetition are under way together: {at_once}");
    let mut prompts = server.prompts();
    let all = prompts.len();
    prompts.sort_unstable();
    prompts.dedup();
    // Two to size them, then a warm-up and three repetitions of one and of two requests for both shapes.
    assert_eq!((prompts.len(), all), (UNTIMED + 4 * 3 * 2, UNTIMED + 4 * 3 * 2), "no prompt is sent twice");
    for (path, key, body) in &*server.seen.requests.lock().unwrap() {
        assert_eq!((path.as_str(), key), ("/v1/completions", &None));
        assert_eq!(
            (&body["stream"], &body["cache_prompt"], &body["ignore_eos"]),
            (&true.into(), &false.into(), &true.into())
        );
        assert_eq!((&body["stream_options"]["include_usage"], &body["model"]), (&true.into(), &"small".into()));
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(bench.folder().join("server.json")).unwrap()).unwrap();
    assert_eq!(kept, report);
}

#[test]
fn a_chat_server_that_knows_no_extras_is_asked_without_them() {
    let bench = Bench::new();
    let server = Double::start(0, Act::StrictChat);
    let report = document(&run(&bench, &server.url, "-p 16 -n 4 -r 1 --concurrency 1 --json"), 0);
    assert_eq!((&report["server"]["endpoint"], &report["server"]["extras"]), (&"chat".into(), &false.into()));
    assert!(report["results"][1]["tokens_per_second"]["point"].is_f64());
}

#[test]
fn the_engine_beside_it_gives_a_ratio_and_says_where_the_time_goes() {
    let bench = Bench::new();
    let server = Double::start(0, Act::Good);
    let mut command = command(&bench, &server.url, "-p 16 -n 8 -r 3 -t 2 --concurrency 1,2 --json --beside");
    let report = document(&command.arg(&bench.model).output().unwrap(), 0);
    let ratios = report["beside"]["ratios"].as_array().unwrap();
    assert_eq!(ratios.len(), 2);
    for (ratio, words) in
        ratios.iter().zip(["to the first token the engine alone needs", "a token the engine alone needs"])
    {
        let (point, expected) = (ratio["server_over_engine"]["point"].as_f64().unwrap(), &ratio["server_over_engine"]);
        // The double needs milliseconds where the mock needs microseconds.
        assert!(
            point < 0.5 && expected["low"].as_f64().unwrap() <= point && point <= expected["high"].as_f64().unwrap()
        );
        assert!(ratio["time"].as_str().unwrap().contains(words), "{ratio}");
    }
    assert!(bench.folder().join("engine/report.json").exists());
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    let server = Double::start(0, Act::Good);
    for (arguments, expected) in [
        ("--url 127.0.0.1:8080 --model a", "begins with http://"),
        ("--url http://me:secret@127.0.0.1/v1 --model a", "no name or password"),
        ("--url http://127.0.0.1/v1?a=b --model a", "not taken"),
        ("--url URL", "--model NAME"),
        ("--url URL --model a b", "one model"),
        ("--url URL --model a -d 16", "-p 0 with -d"),
        ("--url URL --model a -n 1", "-n 2"),
        ("--url URL --model a -t 4", "--beside"),
        ("--url URL --model a -p 0 -n 0", "nothing to time"),
    ] {
        let bench = Bench::new();
        let mut command = bench.bare();
        let text = line(&command.args(arguments.replace("URL", &server.url).split(' ')).output().unwrap(), 2);
        assert!(text.contains(expected) && !text.contains("secret"), "{arguments}: {text}");
    }
    for flags in ["--resume -o x", "--sustain 5", "--csv", "--concurrency 0", "--concurrency 65", "--timeout 0"] {
        let bench = Bench::new();
        let mut command = bench.bare();
        command.args(["--url", &server.url, "--model", "a"]).args(flags.split(' '));
        assert_eq!(command.output().unwrap().status.code(), Some(2), "{flags}");
    }
    assert!(server.seen.requests.lock().unwrap().is_empty());
}

#[test]
fn a_key_is_sent_and_shown_nowhere_and_no_proxy_is_asked() {
    let bench = Bench::new();
    let server = Double::start(3, Act::Unauthorized);
    let mut command = command(&bench, &server.url, "-p 16 -n 0 -r 5 --concurrency 1 --json");
    for proxy in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    let output = command.env("DENSIMETER_API_KEY", "sk-very-secret").output().unwrap();
    let report = document(&output, 1);
    let reason = report["results"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("401") && reason.contains("(key)") && !reason.contains('\u{1b}'), "{reason}");
    assert!(!said(&output).contains("sk-very") && !String::from_utf8_lossy(&output.stdout).contains("sk-very"));
    assert!(!std::fs::read_to_string(bench.folder().join("server.json")).unwrap().contains("sk-very"));
    let requests = server.seen.requests.lock().unwrap();
    assert!(requests.iter().all(|(_, key, _)| key.as_deref() == Some("Bearer sk-very-secret")));
}

#[test]
fn a_run_of_a_server_is_no_report_of_a_device_and_is_not_overwritten() {
    let bench = Bench::new();
    let server = Double::start(0, Act::Good);
    assert_eq!(run(&bench, &server.url, "-p 16 -n 0 -r 1 --concurrency 1").status.code(), Some(0));
    for path in [bench.folder(), bench.folder().join("server.json")] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        let text = line(&command.arg("report").arg(path).output().unwrap(), 1);
        assert!(text.contains("server.json: a bench of a server"), "{text}");
    }
    let again = line(&run(&bench, &server.url, "-p 16 -n 0 -r 1"), 2);
    assert!(again.contains("holds a run already"), "{again}");
}

#[test]
fn markdown_and_the_terminal_show_every_row() {
    let server = Double::start(0, Act::Good);
    for (flags, expected) in [("--md", "| pp16 | 1 |"), ("", "pp16")] {
        let bench = Bench::new();
        let output = run(&bench, &server.url, &format!("-p 16 -n 4 -r 2 --concurrency 1,2 {flags}"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(expected) && text.matches("tg4").count() >= 2, "{text}");
        assert!(text.contains("b1-double") && text.contains("random words"), "{text}");
    }
}

#[test]
fn nobody_there_is_one_line() {
    let bench = Bench::new();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = line(&run(&bench, &format!("http://127.0.0.1:{port}/v1"), "-p 16 -n 0"), 1);
    assert!(text.contains("no answer") && text.contains("nothing was measured"), "{text}");
    assert!(!bench.folder().join("server.json").exists());
}
