//! Tests of `crossover` through the public API and the binary.

use approx::assert_relative_eq;
use assert_cmd::Command;
use densimeter::crossover::crossing::Crossing;
use densimeter::crossover::device_today::DeviceToday;
use densimeter::crossover::inputs::Inputs;
use densimeter::crossover::target::Target;
use densimeter::crossover::verdict::ClassVerdict;
use densimeter::density::measured::dated;
use densimeter::device::growth::{Growth, GrowthError, Quantity};
use densimeter::device::history::{self, HistoricDevice};
use densimeter::law::crossover::{CrossingDate, CrossoverError, Limit, Required, Runnable, cross};
use densimeter::law::crossover_shift::{Change, shift_months};
use densimeter::law::densing::DensingLaw;
use densimeter::law::exponential::Exponential;
use densimeter::published::Library;
use densimeter::stat::Bootstrap;
use jiff::civil::{Date, date};
use serde_json::Value;

const RUN: Bootstrap = Bootstrap { resamples: 2000, seed: 42 };
const DAYS_PER_MONTH: f64 = 365.25 / 12.0;

/// Growth that doubles in so many years.
fn doubling_years(years: f64) -> f64 {
    std::f64::consts::LN_2 / (years * 365.25)
}

/// A law that doubles density every so many months, and hardware of one doubling time, decode-bound.
fn world(densing_months: f64, hardware_years: f64) -> (Runnable, Required) {
    let growth = doubling_years(hardware_years);
    let runnable = Runnable {
        memory: Exponential::exact(1e10_f64.ln(), growth),
        decode: Exponential::exact(3e9_f64.ln(), growth),
        prefill: Exponential::exact(5e8_f64.ln(), growth),
    };
    let required = Required {
        effective_params: 100e9,
        effective_deviation: 0.0,
        format_density: 0.5,
        format_deviation: 0.0,
        active_share: 1.0,
        density: Exponential::exact(0.04_f64.ln(), std::f64::consts::LN_2 / (densing_months * DAYS_PER_MONTH)),
    };
    (runnable, required)
}

fn day(meeting: &CrossingDate) -> f64 {
    meeting.day().unwrap()
}

#[test]
fn the_date_is_the_closed_form() {
    let (runnable, required) = world(3.3, 5.0);
    let found = cross(&runnable, &required, RUN, 0.95).unwrap();
    // Doublings needed over doublings a year: log2(100e9/(0.04·0.5·N)) / (12/3.3 + 1/5).
    let closed = |at_origin: f64| (100e9 / (0.04 * 0.5 * at_origin)).log2() / (12.0 / 3.3 + 0.2) * 365.25;
    assert_relative_eq!(day(&found.memory), closed(1e10), max_relative = 1e-12);
    assert_relative_eq!(day(&found.decode), closed(3e9), max_relative = 1e-12);
    assert_relative_eq!(day(&found.prefill), closed(5e8), max_relative = 1e-12);
    assert_relative_eq!(day(&found.usable), closed(3e9), max_relative = 1e-12);
    assert_eq!(found.binding, Limit::Prefill);
}

#[test]
fn hardware_growth_hardly_matters() {
    let months_per_halving = |years: f64| {
        let (runnable, required) = world(3.3, years);
        shift_months(Change::HalfEfficiency, &runnable, &required).unwrap()
    };
    // Published: 2.97 months a factor 2 at 2.5 years, 3.09 at 4, 3.13 at 5, 3.16 at 6; 6 % between the ends.
    for (years, published) in [(2.5, 2.97), (4.0, 3.09), (5.0, 3.13), (6.0, 3.16)] {
        assert!((months_per_halving(years) - published).abs() < 0.0051, "{years}: {}", months_per_halving(years));
    }
    let closing_change = months_per_halving(6.0) / months_per_halving(2.5) - 1.0;
    assert!((closing_change - 0.06).abs() < 0.005, "{closing_change}");
}

#[test]
fn fixed_price_effective_parameters_double_every_88_days() {
    // Density every 100 days, Moore every 2.1 years (767 days).
    let (runnable, required) = world(100.0 / DAYS_PER_MONTH, 767.0 / 365.25);
    let months = shift_months(Change::HalfEfficiency, &runnable, &required).unwrap();
    assert!((months * DAYS_PER_MONTH - 88.0).abs() < 0.6, "{}", months * DAYS_PER_MONTH);
}

#[test]
fn a_mixture_needs_memory_for_all_and_speed_for_the_active() {
    let (runnable, dense) = world(3.3, 5.0);
    let mixture = Required { active_share: 0.1, ..dense };
    let (dense, mixture) =
        (cross(&runnable, &dense, RUN, 0.95).unwrap(), cross(&runnable, &mixture, RUN, 0.95).unwrap());
    assert_eq!(day(&dense.memory), day(&mixture.memory));
    let earlier = 10f64.log2() / (12.0 / 3.3 + 0.2) * 365.25;
    assert_relative_eq!(day(&dense.decode) - day(&mixture.decode), earlier, max_relative = 1e-9);
}

#[test]
fn lines_that_do_not_approach_never_meet() {
    let (mut runnable, mut required) = world(3.3, 5.0);
    required.density = Exponential::exact(0.04_f64.ln(), 0.0);
    runnable.memory = Exponential::exact(1e9_f64.ln(), 0.0);
    let found = cross(&runnable, &required, RUN, 0.95).unwrap();
    assert!(matches!(found.memory, CrossingDate::Never { .. }) && matches!(found.usable, CrossingDate::Never { .. }));
    required.density = Exponential::exact(0.04_f64.ln(), 1e-9);
    let found = cross(&runnable, &required, RUN, 0.95).unwrap();
    assert!(matches!(found.memory, CrossingDate::Never { reason } if reason.contains("century")), "{found:?}");
}

#[test]
fn a_growth_that_may_be_flat_leaves_the_interval_open() {
    let (runnable, mut required) = world(3.3, 5.0);
    required.density.per_day_variance = required.density.per_day.powi(2);
    let CrossingDate::At(found) = cross(&runnable, &required, RUN, 0.95).unwrap().usable else { panic!() };
    assert!(found.high.is_none() && found.low.is_some(), "{found:?}");
}

#[test]
fn impossible_inputs_are_typed() {
    let (mut runnable, mut required) = world(3.3, 5.0);
    required.effective_params = f64::INFINITY;
    let error = cross(&runnable, &required, RUN, 0.95).unwrap_err();
    assert_eq!(error, CrossoverError::NotPositive { name: "effective parameters", value: f64::INFINITY });
    required.effective_params = 1e9;
    runnable.decode = runnable.decode.times(0.0);
    assert_eq!(cross(&runnable, &required, RUN, 0.95).unwrap_err(), CrossoverError::Unsound { name: "decode" });
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
    let output = crossover(&[arguments, &["--json", "--today", "2026-11-23", "--resamples", "500"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_class_answers_every_capability() {
    let rows = rows(&[]);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 7 * 4);
    for row in rows {
        let status = row["status"].as_str().unwrap();
        assert_eq!(row["date"].is_null(), status == "never", "{row}");
        if status == "never" {
            assert!(row["reason"].is_string(), "{row}");
        } else {
            let (memory, decode) = (&row["dates"]["memory"]["point"], &row["dates"]["decode"]["point"]);
            // ISO dates of four-digit years sort as text.
            let latest = memory.as_str().unwrap().max(decode.as_str().unwrap());
            assert_eq!(row["date"]["point"], latest);
            assert_eq!(row["date"]["point"].as_str().unwrap() <= "2026-11-23", status == "crossed");
        }
        assert!(row["today"]["required_params"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn the_committed_report_is_read_and_written_again() {
    let text = include_str!("../reports/amd-epyc/20261126T073928Z-12297/report.json");
    let report: Value = serde_json::from_str(text).unwrap();
    let crossings: Vec<Crossing> = serde_json::from_value(report["crossover"].clone()).unwrap();
    assert_eq!(serde_json::to_value(&crossings).unwrap(), report["crossover"]);
    let today: DeviceToday = serde_json::from_value(report["device"]["today"].clone()).unwrap();
    assert_eq!(serde_json::to_value(today).unwrap(), report["device"]["today"]);
    // Its sentences on classes are those that its crossings give.
    let said: Vec<String> =
        crossings.iter().filter_map(|row| ClassVerdict::of(row, "server")).map(|verdict| verdict.to_string()).collect();
    let verdicts: Vec<String> = serde_json::from_value(report["verdicts"].clone()).unwrap();
    assert_eq!((said.len(), said.iter().all(|sentence| verdicts.contains(sentence))), (7, true), "{said:?}");
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
/// of all models and to the releases.
#[test]
fn the_published_forecast_of_8b_by_the_end_of_2025_did_not_hold() {
    const BY: Date = date(2025, 12, 31);
    let library = Library::shipped();
    let inputs = Inputs::of(library, date(2026, 11, 23), RUN).unwrap();
    let gpt_4 = Target::named("gpt-4", library).unwrap();
    let law = DensingLaw::fit(library.densities.iter().map(dated).collect()).unwrap();
    let band = law.forecast(BY, 0.95).unwrap();
    let needed = |density: Option<f64>| gpt_4.effective_params.point / density.unwrap() / 1e9;
    // By the law 3.7 B would do on that day; its band holds 8 B.
    assert!((needed(Some(band.point)) - 3.7).abs() < 0.05, "{}", needed(Some(band.point)));
    assert!(needed(band.high) < 8.0 && 8.0 < needed(band.low), "{} {}", needed(band.high), needed(band.low));
    // The tables show Motif-2-12.7B as the smallest at that level by the day; none of 8B (8.03B and 8.2B count as 8B).
    let smallest = inputs
        .releases
        .iter()
        .filter(|model| model.date <= BY && model.effective_params >= gpt_4.effective_params.point)
        .min_by(|a, b| a.total_params.total_cmp(&b.total_params))
        .unwrap();
    assert!(smallest.total_params > 8.5e9, "{smallest:?}");
}

#[test]
fn an_earlier_day_knows_no_later_release() {
    let as_of = |day: &str| {
        let output = crossover(&[
            "--class",
            "laptop",
            "--capability",
            "gpt-3.5",
            "--json",
            "--resamples",
            "500",
            "--today",
            day,
        ]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()[0]["realised"].clone()
    };
    // Nemotron-Nano-v2-9B came out on 2025-08-18.
    assert!(as_of("2025-06-01").is_null());
    assert_eq!(as_of("2025-09-01")["date"], "2025-08-18");
}

#[test]
fn a_speed_beyond_every_size_says_on_which_side() {
    for (speed, expected) in [("1e9", "a model of 1 MB decodes slower"), ("1e-9", "a model of 10 TB decodes faster")] {
        let output = crossover(&["--class", "laptop", "--min-tps", speed]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(error.contains(expected), "{error}");
    }
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

/// What a simulated world is made of: a frontier of known growth below which models come out, and devices that
/// scatter about known lines.
mod simulated {
    use densimeter::law::frontier::Series;
    use densimeter::stat::Line;
    use densimeter::stat::draw::standard_normal;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    const DENSING: f64 = 0.0065;
    const DENSING_ORIGIN: f64 = -3.0;
    const SIMULATIONS: usize = 1000;

    fn fitted(rng: &mut ChaCha8Rng, origin: f64, per_day: f64, devices: usize, scatter: f64) -> Exponential {
        let days: Vec<f64> = (0..devices).map(|_| rng.random_range(-2500.0..1300.0)).collect();
        let values: Vec<f64> = days.iter().map(|day| origin + per_day * day + scatter * standard_normal(rng)).collect();
        Exponential::from_line(&Line::fit(&days, &values).unwrap(), 1.0).unwrap()
    }

    /// Releases: dates at random, ln density below the frontier by an exponential gap of the given mean.
    fn law(rng: &mut ChaCha8Rng, models: usize, gap: f64, seed: u64) -> Option<Exponential> {
        let mut days: Vec<f64> = (0..models).map(|_| rng.random_range(0.0_f64..800.0).floor()).collect();
        days.sort_by(f64::total_cmp);
        let values =
            days.iter().map(|day| DENSING_ORIGIN + DENSING * day + gap * (1.0 - rng.random::<f64>()).ln()).collect();
        let series = Series { days, values };
        let envelope = series.envelope(0..models);
        let line = Line::fit(&envelope.days, &envelope.values).ok()?;
        Exponential::from_envelope(&series, &line, Bootstrap { resamples: 200, seed })
    }

    /// Share of simulations whose interval holds the crossing of the generating lines.
    fn coverage(models: usize, gap: f64) -> (f64, f64) {
        let moore = doubling_years(5.0);
        let (mut held, mut run) = (0, 0);
        let mut rng = ChaCha8Rng::seed_from_u64(2026);
        for seed in 0..SIMULATIONS {
            let runnable = Runnable {
                memory: fitted(&mut rng, 1.2e10_f64.ln(), moore, 30, 0.35),
                decode: fitted(&mut rng, 5e9_f64.ln(), moore, 30, 0.2),
                prefill: fitted(&mut rng, 1e9_f64.ln(), moore, 30, 0.4),
            };
            let Some(density) = law(&mut rng, models, gap, seed as u64) else { continue };
            let demand = 100e9_f64.ln() + 0.1 * standard_normal(&mut rng);
            let required = Required {
                effective_params: demand.exp(),
                effective_deviation: 0.1,
                format_density: 0.5 * (0.1 * standard_normal(&mut rng)).exp(),
                format_deviation: 0.1,
                active_share: 1.0,
                density,
            };
            let truth = (100e9_f64.ln() - 0.5_f64.ln() - DENSING_ORIGIN - 5e9_f64.ln()) / (DENSING + moore);
            let found = cross(&runnable, &required, Bootstrap { resamples: 1000, seed: seed as u64 }, 0.95).unwrap();
            run += 1;
            let CrossingDate::At(found) = found.usable else { continue };
            held +=
                usize::from(found.low.is_some_and(|low| low <= truth) && found.high.is_none_or(|high| truth <= high));
        }
        assert!(run > SIMULATIONS * 9 / 10, "only {run} worlds had a law");
        let share = held as f64 / run as f64;
        (share, (share * (1.0 - share) / run as f64).sqrt())
    }

    #[test]
    fn the_interval_holds_the_crossing_of_the_generating_lines() {
        for (models, gap) in [(50, 1.2), (50, 0.5), (100, 1.2)] {
            let (share, error) = coverage(models, gap);
            assert!(share >= 0.9, "{models} models, mean gap {gap}: {share:.3} ± {error:.3}");
        }
    }
}
