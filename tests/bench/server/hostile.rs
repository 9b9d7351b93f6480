//! Servers that are wrong: each is one row with the reason, or one line before anything is timed, and soon.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::double::{Act, Double};
use super::{Bench, UNTIMED, command, document, kinds, line};

/// What no answer comes of, and a part of the sentence that says so.
fn broken() -> Vec<(Act, &'static str)> {
    vec![
        (Act::Status(500, "{\"error\":{\"message\":\"the model fell over\"}}"), "answered 500: the model fell over"),
        (Act::Status(503, "{\"error\":\"loading\"}"), "answered 503: loading"),
        (Act::Status(404, "no such model"), "answered 404: no such model"),
        (Act::Unauthorized, "answered 401"),
        (Act::Redirect("http://192.0.2.1/v1/completions".to_owned()), "points to http://192.0.2.1/v1/completions"),
        (Act::Html, "sent text/html instead of a stream"),
        (Act::Document, "sent application/json instead of a stream"),
        (Act::CloseBeforeHead, "no answer"),
        (Act::HeadWithoutEnd, "no answer"),
        (Act::Gigabyte { lines: false }, "a line of more than 262144 bytes"),
        (Act::Gigabyte { lines: true }, "bytes for this answer"),
        (Act::GzipBomb, "a line of more than 262144 bytes"),
        (Act::Stall, "took longer than 2 s"),
        (Act::Trickle, "took longer than 2 s"),
        (Act::Cut, "cut off after 1 pieces"),
        (Act::NotJson, "no chunk of a completion"),
        (Act::NotUtf8, "not UTF-8 (line 1)"),
        (Act::WrongTypes, "no chunk of a completion"),
        (Act::ErrorInStream, "broke off with an error: out of slots"),
        (Act::Repeat, "does not stop (max_tokens is"),
        (Act::Empty, "holds no text"),
    ]
}

/// No time that a busy machine may not take: what it forbids is a client that waits for the server's end.
const PATIENCE: Duration = Duration::from_secs(25);

#[test]
#[expect(clippy::disallowed_methods, reason = "that it ends at all is the claim")]
fn a_server_that_turns_wrong_is_one_failed_row() {
    for (act, expected) in broken() {
        let (bench, server) = (Bench::new(), Double::start(UNTIMED, act.clone()));
        let begun = Instant::now();
        let mut command = command(&bench, &server.url, "-p 0 -n 6 -r 2 --concurrency 1 --timeout 2 --json");
        let report = document(&command.output().unwrap(), 1);
        assert!(begun.elapsed() < PATIENCE, "{act:?}");
        let row = &report["results"][0];
        let reason = row["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(expected), "{act:?}: {reason}");
        assert!(row["tokens_per_second"].is_null() && row["valid"] == false && row["latency"].is_null(), "{act:?}");
        let taken = server.seen.bytes.load(std::sync::atomic::Ordering::SeqCst);
        assert!(taken < 32 << 20, "{act:?}: {taken} bytes were taken");
    }
}

#[test]
fn a_server_that_is_wrong_from_the_first_is_one_line() {
    for (act, expected) in broken() {
        let (bench, server) = (Bench::new(), Double::start(0, act.clone()));
        let mut command = command(&bench, &server.url, "-p 16 -n 6 -r 2 --concurrency 1,8 --timeout 2");
        let text = line(&command.output().unwrap(), 1);
        assert!(text.contains(expected) && text.contains("nothing was measured"), "{act:?}: {text}");
        assert!(text.chars().count() < 600 && !text.contains('\u{1b}'), "{act:?}: {text}");
        assert!(!bench.folder().join("server.json").exists());
    }
}

#[test]
fn numbers_that_cannot_be_vouched_for_are_invalid() {
    for (act, kind, invalid) in [
        (Act::Several(4), "token_count", true),
        (Act::Lies(10), "token_count", true),
        (Act::Lies(u64::MAX / 1000), "token_count", true),
        (Act::Burst, "together", true),
        (Act::Early(5), "stopped_early", false),
    ] {
        let (bench, server) = (Bench::new(), Double::start(UNTIMED, act.clone()));
        let mut command = command(&bench, &server.url, "-p 0 -n 8 -r 2 --concurrency 1 --json");
        let output = command.output().unwrap();
        let report = document(&output, output.status.code().unwrap());
        let row = &report["results"][0];
        assert!(row["valid"] == false && kinds(row).contains(&kind), "{act:?}: {row}");
        let warning = row["warnings"].as_array().unwrap().iter().find(|warning| warning["kind"] == kind).unwrap();
        assert_eq!(warning["invalidates"], invalid, "{warning}");
        // Whatever it claims, no more tokens are counted than came: 7 gaps of 6 ms, seen three times as fast at most.
        if let Some(speed) = row["tokens_per_second"]["point"].as_f64().filter(|_| act != Act::Burst) {
            assert!(speed <= 3e3 / super::TOKEN_MS as f64, "{act:?}: {speed}");
        }
    }
}

#[test]
fn a_cache_and_missing_counts_are_found() {
    let bench = Bench::new();
    let server = Double::start(UNTIMED, Act::Cached);
    let report = document(&command(&bench, &server.url, "-p 16 -n 0 -r 2 --concurrency 1 --json").output().unwrap(), 0);
    assert!(kinds(&report["results"][0]).contains(&"cached"), "{}", report["results"][0]);
    assert_eq!(report["results"][0]["valid"], false);

    let bench = Bench::new();
    let server = Double::start(0, Act::Uncounted);
    let report = document(&command(&bench, &server.url, "-p 16 -n 6 -r 2 --concurrency 1 --json").output().unwrap(), 0);
    let (prefill, decode) = (&report["results"][0], &report["results"][1]);
    assert!(prefill["reason"].as_str().unwrap().contains("does not count"), "{prefill}");
    assert!(prefill["first_token"]["point"].is_f64(), "the time to the first token needs no count");
    assert!(decode["tokens_per_second"]["point"].is_f64() && kinds(decode).contains(&"not_counted"), "{decode}");
}

#[test]
fn three_failures_end_it_and_the_rest_says_so() {
    let (bench, server) = (Bench::new(), Double::start(UNTIMED, Act::Status(500, "no")));
    let report = document(&command(&bench, &server.url, "-p 16 -n 4 -r 2 --json").output().unwrap(), 1);
    let reasons: Vec<_> =
        report["results"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect();
    assert_eq!(reasons.iter().filter(|reason| reason.contains("answered 500")).count(), 8, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|reason| reason.contains("3 rows before it failed")).count(), 5, "{reasons:?}");
}

#[test]
fn where_a_redirect_points_nobody_is_asked() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let to = format!("http://{}/v1/completions", elsewhere.local_addr().unwrap());
    let (bench, server) = (Bench::new(), Double::start(0, Act::Redirect(to)));
    let text = line(&command(&bench, &server.url, "-p 16 -n 0").output().unwrap(), 1);
    assert!(text.contains("only the address given is contacted"), "{text}");
    assert!(elsewhere.accept().is_err(), "nobody came");
}
