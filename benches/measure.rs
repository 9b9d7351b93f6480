//! What our own code costs beside the engine: the loop around a token, the histogram, the header, the journal.
//!
//! The loop runs on the deterministic double, whose own work is in the figure too: an upper bound of what `decode` rows
//! carry in their clock.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use densimeter::bench::measurement::Latency;
use densimeter::bench::plan::{Phase, Row, Settings, Shape, StopRule};
use densimeter::bench::runner::{Runner, Sample};
use densimeter::engine::mock::Mock;
use densimeter::engine::{Engine, ModelOptions, Token};
use densimeter::measure::bench_report::BenchReport;
use densimeter::measure::journal::{Entry, Journal, RunModel, RunPlan, SCHEMA};
use densimeter::meter::clock::SystemClock;
use densimeter::model::gguf::Header;
use densimeter::stat::histogram::LatencyHistogram;
use densimeter::sysfs::Root;
use densimeter::worker::monitor::Monitor;
use densimeter::worker::protocol::EngineKind;

#[path = "../tests/models/writer.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod writer;

const DECODE: Shape = Shape { phase: Phase::Decode, tokens: 128, depth: 0 };

fn sample() -> Sample {
    Sample {
        duration_ns: 1_280_000_000,
        token_ns: (0..128).map(|token| 10_000_000 + token * 1_000).collect(),
        first_token: None,
        tokens: 128,
        check: Token(3),
    }
}

fn token_loop(criterion: &mut Criterion) {
    let model = Mock::engine().load("mock:".as_ref(), &ModelOptions::default()).expect("the double loads");
    let clock = SystemClock::new();
    let mut group = criterion.benchmark_group("runner on the double");
    for shape in [DECODE, Shape { phase: Phase::Prefill, tokens: 512, depth: 0 }] {
        let mut runner = Runner::open(&*model, shape, &Settings::with_threads(1), 42, &clock).expect("it opens");
        group.throughput(Throughput::Elements(u64::from(shape.tokens)));
        group.bench_function(shape.to_string(), |bencher| bencher.iter(|| runner.repeat().expect("it decodes")));
    }
    group.finish();
}

fn histogram(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("latency histogram");
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("record 10000", |bencher| {
        bencher.iter(|| {
            let mut histogram = LatencyHistogram::default();
            (0..10_000_u64).for_each(|token| histogram.record(black_box(10_000_000 + token * 997)));
            histogram
        });
    });
    let samples: Vec<Sample> = (0..80).map(|_| sample()).collect();
    let latency = Latency::of(&samples).expect("there are latencies");
    group.bench_function("four percentiles of 10240", |bencher| {
        bencher.iter(|| Latency::QUANTILES.map(|(_, quantile)| black_box(&latency).quantile(quantile).is_ok()));
    });
    group.finish();
}

fn header(criterion: &mut Criterion) {
    // The size of a real header: 49152 tokens, 272 tensors.
    let tokens: Vec<String> = (0..49_152).map(|token| format!("token{token}")).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let mut file = writer::small().texts("tokenizer.ggml.more", &tokens);
    for layer in 0..270 {
        file = file.tensor(&format!("blk.{layer}.more.weight"), &[64], 0, 256);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, file.finish()).expect("it is written");
    criterion.bench_function("header of 49152 tokens and 272 tensors", |bencher| {
        bencher.iter(|| Header::read(black_box(&path)).expect("it is read"));
    });
}

/// The journal of two rows with 40 repetitions each.
fn journal() -> Vec<Entry> {
    let model = RunModel {
        id: "small".to_owned(),
        sha256: "0".repeat(64),
        params: 4160,
        bytes: 2560,
        bits_per_weight: 5.0,
        kv_elements: None,
        kv_upper_bound: false,
    };
    let row = |tokens| Row { model: 0, shape: Shape { tokens, ..DECODE }, settings: Settings::with_threads(2) };
    let plan = RunPlan {
        engine: EngineKind::Mock,
        seed: 42,
        models: vec![model],
        rows: vec![row(128), row(64)],
        stop: StopRule { repetitions: 40, min_seconds: 0.0, max_seconds: 60.0 },
    };
    let mut entries = vec![Entry::Run {
        schema: SCHEMA,
        run_id: "bench".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
        densimeter: "0".to_owned(),
        plan: Box::new(plan),
    }];
    let monitor = Monitor::new(&Root::system(), Arc::new(SystemClock::new()));
    for row in 0..2 {
        let repetition = || Entry::Sample { row, sample: sample(), conditions: Box::new(monitor.start().stop()) };
        entries.extend(std::iter::repeat_with(repetition).take(40));
        entries.push(Entry::RowDone { row, memory: None, warnings: Vec::new() });
    }
    entries
}

fn report(criterion: &mut Criterion) {
    let entries = journal();
    criterion.bench_function("bench report of a journal of 80 repetitions", |bencher| {
        bencher.iter(|| BenchReport::of(black_box(&entries)).expect("there is a run"));
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let lines: Vec<String> = entries.iter().map(|entry| serde_json::to_string(entry).expect("JSON")).collect();
    std::fs::write(&path, lines.join("\n") + "\n").expect("it is written");
    criterion.bench_function("reading that journal", |bencher| {
        bencher.iter(|| Journal::read(black_box(&path)).expect("it is read"));
    });
}

criterion_group!(benches, token_loop, histogram, header, report);
criterion_main!(benches);
