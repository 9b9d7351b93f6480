//! `bench --audit`: a prompt that is repeated must not be faster than one that the engine has never seen.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use densimeter::bench::fresh_prompt::FreshPrompts;
use densimeter::bench::plan::{Phase, Settings, Shape};
use densimeter::bench::runner::Runner;
use densimeter::bench::warning::Warning;
use densimeter::engine::mock::Mock;
use densimeter::engine::{ContextOptions, Engine, EngineError, Model, ModelFacts, ModelOptions, Session, Slot, Token};
use densimeter::meter::clock::{Clock, VirtualClock};

use super::{Bench, kinds, said, samples, timed};

/// An engine that takes a millisecond for a token, and as long for a whole batch that it has had before, where it caches.
struct Timed<'a> {
    model: &'a dyn Model,
    clock: &'a VirtualClock,
    caches: bool,
}

struct TimedSession<'a> {
    inner: Box<dyn Session + 'a>,
    clock: &'a VirtualClock,
    known: HashSet<Vec<i32>>,
    caches: bool,
}

impl Session for TimedSession<'_> {
    fn decode(&mut self, batch: &[Slot]) -> Result<(), EngineError> {
        let tokens = batch.iter().map(|slot| slot.token.0).collect();
        if self.known.insert(tokens) || !self.caches {
            self.clock.wait(Duration::from_millis(batch.len() as u64));
        } else {
            self.clock.wait(Duration::from_millis(1));
        }
        self.inner.decode(batch)
    }
    fn logits(&self, index: usize) -> &[f32] {
        self.inner.logits(index)
    }
    fn copy_sequence(&mut self, source: u32, target: u32) -> Result<(), EngineError> {
        self.inner.copy_sequence(source, target)
    }
    fn truncate_sequence(&mut self, sequence: u32, from: u32) -> Result<(), EngineError> {
        self.inner.truncate_sequence(sequence, from)
    }
    fn clear(&mut self) {
        self.inner.clear();
    }
    fn flash_attention(&self) -> Option<bool> {
        None
    }
}

impl Model for Timed<'_> {
    fn facts(&self) -> ModelFacts {
        self.model.facts()
    }
    fn tokenize(&self, text: &str) -> Vec<Token> {
        self.model.tokenize(text)
    }
    fn tokenize_special(&self, text: &str) -> Vec<Token> {
        self.model.tokenize_special(text)
    }
    fn bos(&self) -> Token {
        self.model.bos()
    }
    fn eos(&self) -> Token {
        self.model.eos()
    }
    fn is_end(&self, token: Token) -> bool {
        self.model.is_end(token)
    }
    fn piece(&self, token: Token) -> Vec<u8> {
        self.model.piece(token)
    }
    fn shown(&self, token: Token) -> Vec<u8> {
        self.model.shown(token)
    }
    fn session<'model>(&'model self, options: &ContextOptions) -> Result<Box<dyn Session + 'model>, EngineError> {
        let inner = self.model.session(options)?;
        Ok(Box::new(TimedSession { inner, clock: self.clock, known: HashSet::new(), caches: self.caches }))
    }
}

/// What three pairs on such an engine come to.
fn pairs(caches: bool, phase: Phase) -> FreshPrompts {
    let model = Mock::engine().load(Path::new("mock:"), &ModelOptions::default()).unwrap();
    let clock = VirtualClock::default();
    let timed = Timed { model: &*model, clock: &clock, caches };
    let shape = Shape { phase, tokens: 64, depth: 8 };
    let mut runner = Runner::open(&timed, shape, &Settings::with_threads(1), 7, &clock).unwrap();
    let warmup = runner.repeat().unwrap();
    let (mut repeated, mut fresh) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        repeated.push(runner.repeat().unwrap());
        fresh.push(runner.repeat_fresh().unwrap());
    }
    assert!(repeated.iter().all(|sample| sample.check == warmup.check), "the repeated prompt is the old one again");
    let new: HashSet<Token> = fresh.iter().map(|sample| sample.check).collect();
    assert!(new.len() > 1, "each new prompt is another one");
    FreshPrompts::of(&repeated, &fresh).unwrap()
}

#[test]
fn an_engine_that_keeps_prompts_is_found_out_and_an_honest_one_is_not() {
    let caught = pairs(true, Phase::Prefill);
    assert!((caught.time_ratio.point - 64.0).abs() < 1e-9, "{caught:?}");
    assert!(matches!(caught.judge(), Some(Warning::RepeatedFaster { .. })) && caught.judge().unwrap().invalidates());
    for phase in [Phase::Prefill, Phase::Decode] {
        let honest = pairs(false, phase);
        assert!((honest.time_ratio.point - 1.0).abs() < 1e-9 && honest.judge().is_none(), "{honest:?}");
    }
}

#[test]
fn the_command_compares_where_it_is_asked_to_and_counts_no_repetition_of_it() {
    let bench = Bench::new();
    let report = bench.json("-p 16 -n 8 -r 5 --audit", 0);
    for row in timed(&report) {
        assert_eq!(samples(row).len(), 5, "{row}");
        assert_eq!(row["fresh_prompts"]["pairs"], 3, "{row}");
        assert!(
            row["fresh_prompts"]["time_ratio"]["low"].is_f64() && !kinds(row).contains(&"repeated_faster"),
            "{row}"
        );
    }
    let shown = bench.run("-p 16 -n 8 -r 5 --audit --resume");
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains("time with a new prompt over that with the repeated one: pp16 "), "{text}{}", said(&shown));
    let without = Bench::new().json("-p 16 -n 8 -r 2", 0);
    assert!(timed(&without).iter().all(|row| row.get("fresh_prompts").is_none()));
}

#[test]
fn a_journal_in_which_new_prompts_took_longer_makes_the_row_invalid() {
    let bench = Bench::new();
    bench.json("-p 16 -n 0 -r 5 --audit", 0);
    let lines: Vec<String> = bench
        .journal()
        .lines()
        .map(|line| {
            let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
            if entry["type"] == "fresh_sample" {
                entry["sample"]["duration_ns"] = (entry["sample"]["duration_ns"].as_u64().unwrap() * 1000).into();
            }
            entry.to_string() + "\n"
        })
        .collect();
    std::fs::write(bench.folder().join("run.jsonl"), lines.concat()).unwrap();
    let report = bench.json("-p 16 -n 0 -r 5 --audit --resume", 0);
    let row = &timed(&report)[0];
    assert!(kinds(row).contains(&"repeated_faster") && row["valid"] == false, "{row}");
}
