//! Tests of `crossover` through the public API and the binary.

use assert_cmd::Command;
use densimeter::crossover::crossing::{Crossing, Status};
use densimeter::crossover::device_today::DeviceToday;
use densimeter::crossover::doubt::Change;
use densimeter::crossover::inputs::Inputs;
use densimeter::crossover::plan::{CrossoverPlan, of_classes};
use densimeter::crossover::target::Target;
use densimeter::crossover::verdict::Answer;
use densimeter::density::measured::dated;
use densimeter::device::class_spec::{self, ClassSpec};
use densimeter::device::growth::{Growth, GrowthError, Quantity};
use densimeter::device::history::{self, HistoricDevice};
use densimeter::law::capability::of_scores;
use densimeter::law::densing::DensingLaw;
use densimeter::published::Library;
use densimeter::stat::{Bootstrap, Estimate};
use jiff::civil::{Date, date};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

const TODAY: Date = date(2026, 11, 26);
const RUN: Bootstrap = Bootstrap { resamples: 60, seed: 42 };

/// All that a row says must agree with itself: the rules that a reader takes for granted.
pub(super) fn agrees(row: &Crossing, today: Date) {
    let met = row.met_today.as_ref().unwrap().probability;
    let past = |date: &Option<Estimate<Date>>| date.as_ref().is_some_and(|date| date.point <= today);
    assert_eq!(row.status == Status::Crossed, met >= 0.5, "{row:?}");
    assert_eq!(past(&row.date), met >= 0.5, "{row:?}");
    assert_eq!(row.today.headroom.is_some_and(|headroom| headroom >= 1.0), met >= 0.5, "{row:?}");
    assert_eq!(row.status == Status::Never, row.date.is_none(), "{row:?}");
    assert_eq!(row.date.is_none(), row.reason.is_some(), "{row:?}");
    assert_eq!(row.never.unwrap() > 0.5, row.date.is_none(), "{row:?}");
    // No date is `never`, later than all.
    let point = |date: &Option<Estimate<Date>>| date.as_ref().map_or(Date::MAX, |date| date.point);
    let date = point(&row.date);
    assert!(date >= point(&row.dates.memory).max(point(&row.dates.decode)), "{row:?}");
    assert!(point(&row.date_with_ttft) >= date.max(point(&row.dates.prefill)), "{row:?}");
    let quantiles: Vec<Date> = row.quantiles.iter().map(|found| found.date.unwrap_or(Date::MAX)).collect();
    assert!(quantiles.is_sorted() && quantiles.len() == 7, "{row:?}");
    assert_eq!(quantiles[3], date);
    if let Some(date) = &row.date {
        assert_eq!((date.low, date.high), (row.quantiles[0].date, row.quantiles[6].date));
    }
    for carrier in &row.carriers {
        assert!(carrier.probability <= met + 1e-9 && carrier.released <= today, "{row:?}");
    }
    if let Some(first) = &row.realised {
        assert!(first.probability.unwrap() >= 0.5 && first.date <= today && row.status == Status::Crossed, "{row:?}");
        assert!(date <= first.date, "{row:?}");
    }
    let said = Answer(row).to_string();
    assert_eq!(said.contains("since"), row.status == Status::Crossed, "{said}");
    assert_eq!(said.contains("from"), row.status == Status::Ahead, "{said}");
    assert_eq!(said.contains("first release that did it"), row.realised.is_some(), "{said}");
}

fn rows_of(plan: &CrossoverPlan, inputs: &Inputs<'_>) -> Vec<Crossing> {
    of_classes(plan, inputs).unwrap().crossings
}

fn targets(names: &[&str]) -> Vec<Target> {
    names.iter().map(|name| Target::named(name, Library::shipped()).unwrap()).collect()
}

/// `None` is never, later than every day.
pub(super) fn later(a: &Crossing, b: &Crossing, what: &str) {
    let met = |row: &Crossing| row.met_today.as_ref().unwrap().probability;
    assert!(met(a) <= met(b) + 1e-12, "{what}: {} {} {} {}", a.class, a.capability, met(a), met(b));
    let point = |row: &Crossing| row.date.as_ref().map_or(Date::MAX, |date| date.point);
    assert!(point(a) >= point(b), "{what}: {} {}: {} before {}", a.class, a.capability, point(a), point(b));
}

#[test]
fn rows_agree_with_themselves_and_demands_never_bring_a_date_forward() {
    let inputs = Inputs::of(Library::shipped(), TODAY, RUN).unwrap();
    let levels = targets(&["gpt-3.5", "score=70", "gpt-4", "gpt-4o-mini", "Llama-3-8B"]);
    let usual = CrossoverPlan::usual(class_spec::builtin().iter().collect(), levels);
    let rows = rows_of(&usual, &inputs);
    assert_eq!(rows.len(), 7 * 5);
    rows.iter().for_each(|row| agrees(row, TODAY));
    for of_class in rows.chunks(5) {
        let [easy, _, gpt_4, mini, _] = of_class else { panic!() };
        later(gpt_4, easy, "a higher level");
        later(mini, gpt_4, "a higher level");
    }
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    let mut slower: Option<(f64, Vec<Crossing>)> = None;
    for _ in 0..6 {
        let speed = rng.random_range(2.0_f64..80.0);
        let asked = CrossoverPlan { min_tps: Some(speed), ..usual.clone() };
        let rows = rows_of(&asked, &inputs);
        rows.iter().for_each(|row| agrees(row, TODAY));
        if let Some((other, of_other)) = &slower {
            for (row, of_other) in rows.iter().zip(of_other) {
                if speed > *other {
                    later(row, of_other, "a higher speed")
                } else {
                    later(of_other, row, "a higher speed")
                }
            }
        }
        slower = Some((speed, rows));
    }
    let asked = CrossoverPlan { prompt: Some(4096.0), max_ttft: Some(1.0), ..usual };
    for (row, usual) in rows_of(&asked, &inputs).iter().zip(&rows) {
        agrees(row, TODAY);
        let within = |row: &Crossing| row.date_with_ttft.as_ref().map_or(Date::MAX, |date| date.point);
        assert!(within(row) >= within(usual), "a longer prompt, sooner");
    }
}

#[test]
fn smaller_devices_and_costlier_formats_never_come_first() {
    let inputs = Inputs::of(Library::shipped(), TODAY, RUN).unwrap();
    let phone = class_spec::find("phone").unwrap();
    let spec = |change: &dyn Fn(&mut ClassSpec)| -> &'static ClassSpec {
        let mut class = phone.clone();
        change(&mut class);
        Box::leak(Box::new(class))
    };
    let ask = |class: &'static ClassSpec| {
        let plan = CrossoverPlan::usual(vec![class], targets(&["gpt-3.5", "gpt-4"]));
        let rows = rows_of(&plan, &inputs);
        rows.iter().for_each(|row| agrees(row, TODAY));
        rows
    };
    let usual = ask(phone);
    let worse = [
        ("less usable RAM", spec(&|class| class.usable_ram *= 0.6)),
        ("more memory over file", spec(&|class| class.memory_over_file *= 1.5)),
        // Fewer bits take less memory and time, but the format costs more: asked with the room of the usual one.
        ("a costlier format", spec(&|class| class.quantization = "Q2_K".to_owned())),
    ];
    for (what, class) in worse {
        for (row, usual) in ask(class).iter().zip(&usual) {
            later(row, usual, what);
        }
    }
}

#[test]
fn doubts_move_dates_to_the_side_that_they_should() {
    let inputs = Inputs::of(Library::shipped(), TODAY, RUN).unwrap();
    let plan = CrossoverPlan::usual(vec![class_spec::find("phone").unwrap()], targets(&["gpt-4"]));
    let row = rows_of(&plan, &inputs).remove(0);
    assert_eq!(row.sensitivity.len(), Change::ALL.len());
    let months = |change: Change| {
        row.sensitivity.iter().find(|shift| shift.change == change).and_then(|shift| shift.months).unwrap()
    };
    for change in [Change::HalfSpeed, Change::HalfUsableRam, Change::TwiceLoss, Change::HalfRate] {
        assert!(months(change) >= 0.0, "{change:?} {}", months(change));
    }
    for change in [Change::HalfLoss, Change::TwiceRate, Change::Undamped] {
        assert!(months(change) <= 0.0, "{change:?} {}", months(change));
    }
    assert!(months(Change::PlainOnly) > 0.0, "without its likeliest releases the date is later");
}

#[test]
fn thin_histories_are_typed() {
    let phones: Vec<&HistoricDevice> = history::builtin().iter().filter(|row| row.class == "phone").collect();
    let two = Growth::fit(phones[..2].iter().copied(), Quantity::Ram);
    assert_eq!(two.unwrap_err(), GrowthError::TooFewDevices { found: 2 });
    let one_date: Vec<HistoricDevice> =
        phones.iter().map(|row| HistoricDevice { date: phones[0].date, ..(*row).clone() }).collect();
    assert_eq!(Growth::fit(&one_date, Quantity::Ram).unwrap_err(), GrowthError::OneDate);
}

fn crossover(arguments: &[&str]) -> std::process::Output {
    Command::cargo_bin("densimeter").unwrap().arg("crossover").args(arguments).output().unwrap()
}

fn rows(arguments: &[&str]) -> Value {
    let output = crossover(&[arguments, &["--json", "--today", "2026-11-23", "--resamples", "60"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_class_answers_every_capability() {
    let rows: Vec<Crossing> = serde_json::from_value(rows(&[])).unwrap();
    assert_eq!(rows.len(), 7 * 4);
    rows.iter().for_each(|row| agrees(row, date(2026, 11, 23)));
}

/// Twice the speed is asked of a desktop again and again: each date lies behind the last (they did not before).
#[test]
fn each_doubling_of_the_speed_comes_later() {
    let found: Vec<Crossing> = ["10", "20", "40", "80"]
        .into_iter()
        .map(|tps| rows(&["--class", "desktop", "--capability", "gpt-4", "--min-tps", tps]))
        .map(|rows| serde_json::from_value(rows[0].clone()).unwrap())
        .collect();
    for pair in found.windows(2) {
        later(&pair[1], &pair[0], "twice the speed");
    }
}

#[test]
fn a_report_of_the_superseded_method_is_read_and_says_so() {
    let text = include_str!("../reports/amd-epyc/20261126T073928Z-12297/report.json");
    let report: Value = serde_json::from_str(text).unwrap();
    let crossings: Vec<Crossing> = serde_json::from_value(report["crossover"].clone()).unwrap();
    let today: DeviceToday = serde_json::from_value(report["device"]["today"].clone()).unwrap();
    assert_eq!(serde_json::to_value(&crossings[0].date).unwrap(), report["crossover"][0]["date"]);
    assert_eq!(serde_json::to_value(&crossings[0].curve).unwrap(), report["crossover"][0]["curve"]);
    for row in crossings.iter().chain([&today.gpt_4]) {
        assert!(row.met_today.is_none());
        assert_eq!(Answer(row).to_string().contains("superseded"), row.date.is_some(), "{row:?}");
    }
}

#[test]
fn faster_demands_come_later() {
    let date = |tps: &str| {
        let rows = rows(&["--class", "phone", "--capability", "gpt-3.5", "--min-tps", tps]);
        rows[0]["dates"]["decode"]["point"].as_str().unwrap().to_owned()
    };
    assert!(date("5") < date("20"), "{} {}", date("5"), date("20"));
}

/// "By the end of 2025, a model of only 8B parameters at GPT-4's level", from the news of the preprint, held to the law
/// of all models.
#[test]
fn the_published_forecast_of_8b_by_the_end_of_2025_is_what_the_papers_law_says() {
    let library = Library::shipped();
    let level = library.capabilities.iter().find(|level| level.name == "GPT-4").unwrap();
    let family = &library.family;
    let full = densimeter::law::noise::full_test_sets();
    let gpt_4 = of_scores(family, family.d0_tokens, &level.scores, &full, &library.complete).unwrap();
    let law = DensingLaw::fit(library.densities.iter().map(dated).collect()).unwrap();
    let band = law.forecast(date(2025, 12, 31), 0.95).unwrap();
    let needed = |density: Option<f64>| gpt_4.effective.point.count() / density.unwrap() / 1e9;
    // By the law 3.7 B would do on that day; its band holds 8 B.
    assert!((needed(Some(band.point)) - 3.7).abs() < 0.05, "{}", needed(Some(band.point)));
    assert!(needed(band.high) < 8.0 && 8.0 < needed(band.low), "{} {}", needed(band.high), needed(band.low));
}

#[test]
fn an_earlier_day_knows_no_later_release() {
    for day in [date(2024, 6, 1), date(2025, 6, 1)] {
        let inputs = Inputs::of(Library::shipped(), day, RUN).unwrap();
        let plan = CrossoverPlan::usual(vec![class_spec::find("laptop").unwrap()], targets(&["gpt-3.5"]));
        let row = rows_of(&plan, &inputs).remove(0);
        agrees(&row, day);
        assert!(!row.carriers.is_empty() && row.carriers.iter().all(|carrier| carrier.released <= day), "{row:?}");
        assert!(row.by_published_scores.as_ref().is_none_or(|first| first.date <= day), "{row:?}");
        // Before the first mixture of the list the law has no term for the share of active parameters.
        assert!(row.sensitivity.iter().all(|shift| shift.probability.is_some()));
    }
}

#[test]
fn a_speed_that_no_size_reaches_is_refused_and_one_that_all_reach_does_not_bind() {
    let output = crossover(&["--class", "laptop", "--min-tps", "1e9"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("even a model of 1 MB decodes slower"), "{error}");
    let date = |speed: &str| {
        let output = crossover(&["--class", "laptop", "--min-tps", speed, "--today", "2026-11-26", "--json", "-q"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_ne!(rows[0]["binding"], "decode");
        rows[0]["date"]["point"].as_str().unwrap().to_owned()
    };
    assert_eq!(date("1e-9"), date("1e-6"));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (arguments, code, text) in [
        (["--capability", "gpt-9"], 2, "no capability `gpt-9`"),
        (["--capability", "score=150"], 2, "a percentage, at most 100"),
        (["--capability", "score=99"], 1, "out of the reference curve's reach"),
        (["--class", "toaster"], 2, "no device class `toaster`"),
        (["--min-tps", "0"], 2, "--min-tps must be a number above zero"),
    ] {
        let output = crossover(&arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn a_level_out_of_reach_does_not_hide_the_others_and_none_is_given_twice() {
    let output = crossover(&["--class", "laptop", "--capability", "gpt-4,score=99,GPT-4", "--json"]);
    assert_eq!(output.status.code(), Some(4));
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    let levels: Vec<&str> = rows.as_array().unwrap().iter().filter_map(|row| row["capability"].as_str()).collect();
    assert_eq!(levels, ["gpt-4"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("score=99") && error.contains("out of the reference curve's reach"), "{error}");
}

/// The same phone on its GPU: prefill as published pairs say, so that the first token is in time earlier, and a wider doubt.
#[test]
fn another_processor_of_a_class_prefills_as_published_pairs_say() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let classes = "phone,phone-gpu,phone-npu";
    let args =
        ["crossover", "--class", classes, "--capability", "gpt-3.5", "--today", "2026-11-26", "--json", "--quiet"];
    let output = command.args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let named: Vec<&str> = rows.iter().map(|row| row["class"].as_str().unwrap()).collect();
    assert_eq!(named, ["phone", "phone-gpu", "phone-npu"]);
    let of = |row: usize, key: &str| rows[row]["today"][key].as_f64().unwrap();
    // The CPU's prefill is what binds: the NPU's is 2.53 times faster.
    let faster = of(2, "responsive_params") / of(0, "responsive_params");
    assert!((faster - 2.53).abs() < 0.01, "{faster}");
    assert!(of(1, "responsive_params") > of(2, "responsive_params"));
    // Decode by 1.14 and 0.77.
    assert!(of(1, "runnable_params") > of(0, "runnable_params") && of(0, "runnable_params") > of(2, "runnable_params"));
    let within = |row: usize| rows[row]["date_with_ttft"]["point"].as_str().unwrap();
    assert!(within(1) <= within(2) && within(2) <= within(0), "{} {} {}", within(1), within(2), within(0));
}
