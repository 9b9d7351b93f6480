//! `recommend`: what a device should run, and the reverse.

use assert_cmd::Command;
use densimeter::crossover::inputs::Inputs;
use densimeter::device::class_spec;
use densimeter::model::catalog::{Catalog, CatalogEntry};
use densimeter::published::Library;
use densimeter::recommend::limits::Limits;
use densimeter::recommend::machine::Machine;
use densimeter::recommend::need::need;
use densimeter::recommend::picks::Recommendations;
use densimeter::recommend::rank::{Sources, rank};
use densimeter::stat::Bootstrap;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::Value;

const TODAY: Date = date(2026, 11, 26);

struct Shop {
    catalog: Catalog,
    inputs: Inputs<'static>,
}

impl Shop {
    fn open() -> Self {
        let run = Bootstrap { resamples: 50, seed: 42 };
        Self { catalog: Catalog::embedded().unwrap(), inputs: Inputs::of(Library::shipped(), TODAY, run).unwrap() }
    }

    fn ask(&self, machine: &Machine, limits: &Limits) -> Recommendations {
        let here = |_: &CatalogEntry| false;
        rank(machine, limits, Sources { catalog: &self.catalog, inputs: &self.inputs, here: &here }).unwrap()
    }
}

fn machine(ram_gb: f64, bandwidth_gbs: f64, class: &str) -> Machine {
    let text = format!("ram={ram_gb}G,bandwidth={bandwidth_gbs},class={class}");
    Machine::named(&text, &[], TODAY).unwrap().0
}

/// The best capability that surely meets the limits; nothing is the least.
fn best(found: &Recommendations) -> f64 {
    found
        .picks
        .iter()
        .filter(|pick| pick.usable)
        .filter_map(|pick| Some(pick.effective_params.as_ref()?.point))
        .fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_better_device_never_does_less_and_a_stricter_limit_never_more(
        ram in 1.0..128.0_f64,
        bandwidth in 3.0..900.0_f64,
        more in 1.0..3.0_f64,
        class in prop::sample::select(vec!["phone", "sbc", "laptop", "desktop"]),
        min_tps in 1.0..40.0_f64,
        context in 256_u32..16_384,
    ) {
        let shop = Shop::open();
        let found = machine(ram, bandwidth, class);
        let limits = Limits { min_tps, context, max_ttft: Some(30.0), ..Limits::of(found.class) };
        let now = best(&shop.ask(&found, &limits));
        for better in [machine(ram * more, bandwidth, class), machine(ram, bandwidth * more, class)] {
            prop_assert!(best(&shop.ask(&better, &limits)) >= now);
        }
        for stricter in [
            Limits { min_tps: min_tps * more, ..limits.clone() },
            Limits { max_ttft: Some(30.0 / more), ..limits.clone() },
            Limits { context: context * 2, ..limits.clone() },
            Limits { cache_bits: 32.0, ..limits.clone() },
            Limits { prompt: limits.prompt * more, ..limits.clone() },
            Limits { family: Some("qwen".to_owned()), ..limits.clone() },
        ] {
            prop_assert!(best(&shop.ask(&found, &stricter)) <= now, "{stricter:?}");
        }
    }

    #[test]
    fn what_a_model_needs_is_what_makes_it_a_pick(
        which in 0_usize..57,
        min_tps in 1.0..30.0_f64,
        class in prop::sample::select(vec!["phone", "sbc", "laptop", "desktop"]),
    ) {
        let shop = Shop::open();
        let entry = &shop.catalog.entries()[which % shop.catalog.entries().len()];
        let class = class_spec::find(class).unwrap();
        let context = entry.context.unwrap_or(4096).min(4096);
        let limits = Limits { min_tps, context, max_ttft: Some(20.0), ..Limits::of(class) };
        let needs = need(&entry.id, class, &limits, &shop.catalog).unwrap();
        let Some(bandwidth) = needs.bandwidth_gbs else { return Ok(()) };
        let (ram, enough) = (needs.ram_bytes / 1e9, 1.0 + 1e-6);
        let usable = |ram: f64, bandwidth: f64| {
            let found = shop.ask(&machine(ram, bandwidth, &class.id), &limits);
            found.picks.iter().any(|pick| pick.model == entry.id && pick.usable)
        };
        prop_assert!(usable(ram * enough, bandwidth * enough), "{needs:?}");
        prop_assert!(!usable(ram * 0.99, bandwidth * enough), "less memory: {needs:?}");
        // At the least bandwidth of all nothing is said of less.
        prop_assert!(bandwidth < 0.2 || !usable(ram * enough, bandwidth * 0.98), "less bandwidth: {needs:?}");
    }
}

#[test]
fn every_pick_has_a_file_a_receipt_and_ends_in_order() {
    let shop = Shop::open();
    let found = machine(32.0, 200.0, "desktop");
    let asked = shop.ask(&found, &Limits::of(found.class));
    assert!(asked.picks.len() > 20, "{}", asked.picks.len());
    assert_eq!(
        asked.picks.len() + asked.left_out.len(),
        shop.catalog.entries().iter().map(|entry| entry.files.len()).sum::<usize>()
    );
    for pick in &asked.picks {
        let file = shop.catalog.get(&pick.model).and_then(|entry| entry.file(Some(&pick.quantization))).unwrap();
        assert!(file.name == pick.file && !file.sources.is_empty());
        for estimate in [&pick.memory_bytes, &pick.tokens_per_second, &pick.first_token_seconds] {
            assert!(estimate.low.unwrap() <= estimate.point && estimate.point <= estimate.high.unwrap(), "{pick:?}");
        }
        assert_eq!(pick.usable, pick.doubtful.is_empty());
        assert!(!pick.why.is_empty() && !pick.basis.memory.is_empty() && !pick.basis.capability.is_empty());
    }
    // A mixture of experts: all of it in memory, its active share read for a token.
    let of = |id: &str| asked.picks.iter().find(|pick| pick.model == id).unwrap();
    let (mixture, dense) = (of("granite-4.0-h-tiny"), of("qwen3-8b"));
    assert!(mixture.tokens_per_second.point > 3.0 * dense.tokens_per_second.point);
    assert!(mixture.memory_bytes.point > 0.7 * dense.memory_bytes.point);
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("densimeter").unwrap();
    // A home that is not there and no cache: nothing of this machine may matter.
    command.env("HOME", "/nonexistent");
    for name in ["XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
        command.env_remove(name);
    }
    command.arg("recommend").args(args);
    if !args.contains(&"--today") {
        command.args(["--today", "2026-11-26"]);
    }
    command
}

fn told(args: &[&str], code: i32) -> String {
    let output = command(args).assert().code(code).get_output().clone();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn a_board_is_answered_without_a_home_a_network_or_an_engine() {
    let output =
        command(&["--device", "Raspberry Pi 5", "--json", "-q"]).assert().success().get_output().stdout.clone();
    let found: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(found["device"]["name"], "Raspberry Pi 5 8GB");
    let first = &found["picks"][0];
    assert_eq!(first["basis"]["speed"], "same-device");
    assert!(first["tokens_per_second"]["low"].as_f64().unwrap() >= 10.0, "{first}");
    assert!(first["check"].as_str().unwrap().contains(first["model"].as_str().unwrap()));
    assert!(found["left_out"].as_array().unwrap().iter().all(|left| !left["reason"].as_str().unwrap().is_empty()));
    assert!(told(&["--device", "phone", "--md"], 0).starts_with("| model | file |"));
    assert!(told(&["--need", "qwen3-4b", "--device", "laptop"], 0).contains("GB/s of memory bandwidth"));
}

#[test]
fn what_cannot_be_answered_says_why_and_what_to_do() {
    for (args, code, expected) in [
        (&["--device", "Rasberry Pie 5"][..], 2, "nearest: Raspberry Pi 5 8GB"),
        (&["--device", "ram=8G,bandwidth=0"], 2, "no GB/s from 0.001"),
        (&["--device", "sbc", "--context", "9000000"], 4, "--context leaves out 57"),
        (&["--device", "sbc", "--licence", "nobody"], 4, "--licence leaves out 57"),
        (&["--device", "sbc", "--offline"], 4, "--offline leaves out"),
        (&["--device", "sbc", "--memory", "1T"], 2, "in all"),
        (&["--device", "sbc", "--context", "100"], 2, "prompt and answer alone take 768"),
        (&["--device", "ram=8G,bandwidth=20,backend=foo"], 2, "back ends are cpu"),
        (&["--device", "ram=8G,ram=9G,bandwidth=20"], 2, "given twice"),
        (&["--device", "sbc", "--memory", "much"], 2, "no size above zero"),
        (&["--device", "sbc", "--min-tps", "0"], 2, "not a number above zero"),
        (&["--device", "sbc", "--today", "1970-01-01"], 2, "name a later day"),
        (&["--need", "nope"], 2, "no model `nope`"),
    ] {
        let text = told(args, code);
        assert!(text.contains(expected), "{args:?}: {text}");
    }
}

#[test]
fn nothing_of_tomorrow_is_recommended_and_every_pick_shown_is_dated() {
    let output =
        command(&["--device", "laptop", "--json", "-q", "--top", "60"]).assert().success().get_output().stdout.clone();
    let found: Value = serde_json::from_slice(&output).unwrap();
    let of = |id: &str| found["picks"].as_array().unwrap().iter().find(|pick| pick["model"] == id).unwrap().clone();
    assert!(of("llama-2-7b")["best_value_until"]["point"].as_str().unwrap() < "2026-01-01");
    // No published pair goes below two bits.
    assert!(of("bonsai-8b-q1_0")["effective_params"].is_null());
    let before = told(&["--device", "laptop", "--today", "2025-06-01", "--top", "60"], 0);
    assert!(!before.contains("gemma-4"), "{before}");
}

fn densimeter() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("densimeter"))
}

/// The index of the reports is derived, and a basis: whoever asks for a device of a report gets what was timed on it.
#[test]
fn the_reports_of_the_project_are_a_basis() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    // Those of the project alone: a run of one's own may lie beside them.
    let folder = tempfile::tempdir().unwrap();
    for report in super::report::samples() {
        let copy = folder.path().join(report.strip_prefix(root).unwrap());
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(&report, copy).unwrap();
    }
    let file = folder.path().join("index.csv");
    let index = |of: &std::path::Path| densimeter().arg("report").arg(of).arg("--index").arg(&file).output().unwrap();
    let done = index(&folder.path().join("reports"));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let derived = std::fs::read_to_string(&file).unwrap();
    let committed = std::fs::read_to_string(root.join("reports/index.csv")).unwrap();
    assert_eq!(derived, committed, "densimeter report reports --index reports/index.csv");
    // A folder that is not there, or holds no report, costs no table.
    for nothing in ["typo", "reports/amd-epyc/none"] {
        assert!(!index(&folder.path().join(nothing)).status.success());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), committed);
    }
    std::fs::write(&file, "keep").unwrap();
    assert_eq!(index(&folder.path().join("reports")).status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "keep");
    let device = committed.lines().nth(1).expect("a report").split(',').nth(1).unwrap().to_owned();
    let output = densimeter().args(["recommend", "--json", "--device", &device]).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["picks"][0]["basis"]["speed"], "same-device", "{}", found["device"]);
    let source = found["device"]["source"].as_str().unwrap();
    assert!(source.contains("in reports/") && source.contains("timed in reports of it: "), "{source}");
}

/// By its name, or by its report: one device has one answer, in which its own timing comes first.
#[test]
fn a_device_has_one_answer_however_it_is_named() {
    let ask = |device: &str| -> Value {
        let args = ["recommend", "--json", "--quiet", "--today", "2026-11-27", "--top", "60", "--device", device];
        let output = densimeter().args(args).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    };
    for report in super::report::samples() {
        let stored: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
        let name = stored["device"]["cpu"]["name"].as_str().or(stored["device"]["name"].as_str()).unwrap().to_owned();
        let (by_name, by_report) = (ask(&name), ask(report.to_str().unwrap()));
        let speeds = |found: &Value| -> Vec<(String, i64)> {
            let picks = found["picks"].as_array().unwrap().iter();
            picks
                .map(|pick| {
                    let speed = pick["tokens_per_second"]["point"].as_f64().unwrap();
                    (pick["model"].as_str().unwrap().to_owned(), (speed * 10.0).round() as i64)
                })
                .collect()
        };
        assert_eq!(speeds(&by_name), speeds(&by_report), "{name}");
        let rows = stored["bench"]["results"].as_array().unwrap();
        let measured = rows.iter().find(|row| row["test"] == "tg128").unwrap()["median_tokens_per_second"].as_f64();
        let own =
            by_name["picks"].as_array().unwrap().iter().find(|pick| pick["model"] == stored["bench"]["model"]["id"]);
        let foretold = &own.unwrap()["tokens_per_second"];
        let within = foretold["low"].as_f64().unwrap()..=foretold["high"].as_f64().unwrap();
        // It is foretold after a prompt and half an answer, which is a little slower than at the start.
        assert!(within.contains(&(measured.unwrap() * 0.93)), "{name}: {measured:?} {foretold}");
    }
}
