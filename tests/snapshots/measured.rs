//! Documents of commands that look at a machine or run the engine: probe, bench, eval, audit, calibrate.

use super::{Home, hold, repository};
use crate::models::writer::small;
use crate::probe;

#[test]
fn probe_of_synthetic_machines() {
    let machines = [
        ("probe-raspberry-pi-5", probe::raspberry_pi_5()),
        ("probe-phone", probe::phone()),
        ("probe-laptop", probe::laptop()),
        ("probe-desktop", probe::desktop()),
        ("probe-cloud", probe::cloud()),
        ("probe-empty", probe::tree(&[])),
    ];
    let home = Home::new();
    for (name, tree) in machines {
        let document = home.json(&["probe", "--root", tree.path().to_str().unwrap()], 0);
        // The processor that the program was built for, and the engine in it, if there is one.
        hold(name, &document, &["device/cpu/architecture", "engine"]);
    }
}

/// What a bench measures. Counts, settings, sizes and the names of everything stay.
const BENCH: [&str; 17] = [
    "run_id",
    "started",
    "device",
    "valid",
    "results/*/valid",
    "results/*/warnings",
    "results/*/tokens_per_second/point|low|high|method",
    "results/*/median_tokens_per_second|stddev_tokens_per_second|spread|warmup_ns|load_ns",
    "results/*/samples_ns/*",
    "results/*/latency/p50|p90|p95|p99|p90_early_stopping/point|low|high|method",
    "results/*/latency/max|histogram",
    "results/*/ttft/*",
    "results/*/first_token/point|low|high|method",
    "results/*/memory/peak_rss|pss|anonymous",
    "results/*/energy",
    "results/*/thermal",
    "results/*/load",
];

#[test]
fn bench() {
    let home = Home::new();
    std::fs::write(home.path("small.gguf"), small().finish()).unwrap();
    let model = home.path("small.gguf");
    let cases: [(&str, &str); 3] = [
        ("bench", "-p 64,128 -n 16 -r 3"),
        ("bench-sweep", "-p 0 -n 16 -d 0,64 -r 2 -ctk f16,q8_0 -fa 1"),
        ("bench-beyond-context", "-p 64,4096 -n 0 -r 2"),
    ];
    for (name, arguments) in cases {
        let folder = home.path(name);
        let fixed = ["bench", "--engine", "mock", "--no-wait", "-t", "2", "-m", &model, "-o", &folder];
        let arguments: Vec<&str> = fixed.into_iter().chain(arguments.split(' ')).collect();
        hold(name, &home.json(&arguments, 0), &BENCH);
    }
    let mut refused = home.command(&["bench", "--engine", "mock", "--no-wait", "-t", "2", "-m", &model, "-r", "2"]);
    refused.args(["-p", "64,4000000", "-n", "0", "-o", &home.path("refused")]);
    let output = refused.env("DENSIMETER_TEST_FREE_MEMORY", "600000000").output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    hold("bench-refused-row", &home.anonymous(serde_json::from_slice(&output.stdout).unwrap()), &BENCH);
    hold("bench-devices", &home.json(&["bench", "--engine", "mock", "--list-devices"], 0), &[]);
}

/// What an evaluation times.
const EVAL: [&str; 3] = [
    "own_prefill",
    "tasks/*/seconds|decode_seconds|tokens_per_second|unique_tokens_per_second|share_of_own_prefill",
    "tasks/*/forecast/seconds",
];

#[test]
fn eval() {
    let home = Home::new();
    let data = repository("tests/fixtures/bench-mini").display().to_string();
    let reasoned = repository("tests/fixtures/scaling_bench_small.jsonl").display().to_string();
    let ids = home.path("ids.txt");
    std::fs::write(&ids, "small_sums/test/3\nsmall_sums/test/1\nsmall_sums/test/99\n").unwrap();
    let mut cases: Vec<(&str, Vec<&str>)> = vec![
        ("eval", vec!["--full"]),
        ("eval-limited", vec!["--limit", "20", "--seed", "7", "--task", "mmlu,bbh"]),
        ("eval-losses", vec!["--loss-only", "--task", "bbh,math", "--noise-items", "0"]),
        ("eval-exact", vec!["--exact", "--task", "mmlu", "-fa", "1", "-ctk", "q8_0"]),
        ("eval-items", vec!["--items", &ids, "--task", "mmlu"]),
        ("eval-shard", vec!["--shard", "1/3", "--task", "mmlu,math"]),
        ("eval-code-left", vec!["--leave-code", "--task", "humaneval"]),
    ];
    for (_, arguments) in &mut cases {
        arguments.extend(["--data", &data, "--unpinned-data"]);
    }
    cases.push(("eval-reasoned", vec!["--loss-only", "--reasoned", &reasoned]));
    for (name, arguments) in cases {
        let out = home.path(name);
        let fixed = ["eval", "--engine", "mock", "-m", "mock:", "-t", "2", "-o", &out];
        hold(name, &home.json(&[&fixed[..], &arguments].concat(), 0), &EVAL);
    }
}

#[test]
fn audit() {
    let home = Home::new();
    let table = |name: &str| repository("models").join(name).display().to_string();
    hold("audit-pairs", &home.json(&["audit", "--pairs", &table("compression.csv")], 3), &[]);
    // The first pairs of the table: its whole document is long, and is one family of tests either way.
    let pairs = std::fs::read_to_string(table("compression_pairs.csv")).unwrap();
    let first: String = pairs.lines().take(21).map(|line| format!("{line}\n")).collect();
    std::fs::write(home.path("pairs.csv"), first).unwrap();
    hold("audit-pairs-scores", &home.json(&["audit", "--pairs", &home.path("pairs.csv")], 3), &[]);
    let data = repository("tests/fixtures/bench-mini").display().to_string();
    let cases: [(&str, &[&str], i32); 4] = [
        ("audit", &["mock:", "mock:sharp=1.3", "mock:", "--kl-tokens", "200"], 3),
        ("audit-sequential", &["mock:", "mock:sharp=1.3", "mock:sharp=1.0001", "--sequential", "--kl-tokens", "0"], 3),
        ("audit-memory", &["mock:", "mock:sharp=1.02", "--by", "memory", "--task", "bbh,mmlu", "--kl-tokens", "0"], 0),
        ("audit-losses", &["mock:", "mock:sharp=1.05", "--loss-only", "--limit", "10", "--seed", "7"], 3),
    ];
    for (name, arguments, code) in cases {
        let out = home.path(name);
        let fixed = ["--engine", "mock", "--data", &data, "--unpinned-data", "-o", &out, "-t", "1", "--no-speed"];
        hold(name, &home.json(&[&["audit"], arguments, &fixed].concat(), code), &[]);
    }
}

#[test]
fn calibrate() {
    let home = Home::new();
    let model = |name: &str, layers: u32| {
        let layer = |writer: crate::models::writer::Writer, layer: u32| {
            writer.tensor(&format!("blk.{layer}.ffn_up.weight"), &[64, 128], 0, 64 * 128 * 4)
        };
        std::fs::write(home.path(name), (0..layers).fold(small(), layer).finish()).unwrap();
        home.path(name)
    };
    let (one, two, out) = (model("one.gguf", 2), model("two.gguf", 8), home.path("own.json"));
    let files = ["devices", "calibrate", "--as-is", "-m", &one, "-m", &two, "-o", &out];
    let fixed = ["--engine", "mock", "--no-probe", "--no-wait", "-t", "1", "-r", "2"];
    let document = home.json(&[&files[..], &fixed[..]].concat(), 0);
    let measured = [
        "device",
        "measured",
        "timings/*/seconds",
        "peaks/*/peak_bytes",
        "k1|k2|decode|prefill|overhead_bytes|reasons|warnings",
    ];
    hold("devices-calibrate", &document, &measured);
}
