//! Tests of `density` through the public API and the binary.

use approx::assert_relative_eq;
use assert_cmd::Command;
use densimeter::density::comparison::ComparisonReport;
use densimeter::density::report::DensityReport;
use densimeter::law::capability::{of_loss, of_scores};
use densimeter::law::family::ReferenceFamily;
use densimeter::law::fit::{LossPoint, Resampling, ScorePoint, loss_step, performance_step};
use densimeter::law::impute::{ImputeError, five_mean};
use densimeter::law::noise::full_test_sets;
use densimeter::law::reference::{ConditionalLoss, LossKind, LossUnit, ReferenceError};
use densimeter::published::releases::ReleaseKind;
use densimeter::published::{Library, reference_points, shipped};
use densimeter::stat::least_squares::{Linear, t_quantile};
use densimeter::stat::proportion::{Alternative, binomial_test, clopper_pearson, wilson};
use densimeter::stat::rank::spearman;
use densimeter::unit::{Benchmark, Params, Scores};
use serde_json::Value;

const NO_RESAMPLING: Resampling = Resampling { resamples: 0, seed: 1 };

fn oracle() -> Value {
    serde_json::from_str(include_str!("fixtures/density_oracle.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn family() -> ReferenceFamily {
    Library::shipped().family.clone()
}

fn complete() -> Vec<Scores> {
    let releases = Library::shipped().releases.iter();
    releases.filter(|r| r.kind != ReleaseKind::Instruct && r.scores.five_mean().is_some()).map(|r| r.scores).collect()
}

fn density() -> Command {
    let mut command = Command::cargo_bin("densimeter").unwrap();
    command.arg("density");
    command
}

fn json(arguments: &[&str]) -> Value {
    let output = density().args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn proportions_agree_with_scipy_and_statsmodels() {
    let oracle = oracle();
    for case in oracle["wilson"].as_array().unwrap() {
        let [k, n, level, low, high] = numbers(case)[..] else { panic!() };
        let ours = wilson(k as u64, n as u64, level).unwrap();
        assert_relative_eq!(ours.low.unwrap(), low, epsilon = 1e-9);
        assert_relative_eq!(ours.high.unwrap(), high, epsilon = 1e-9);
    }
    for case in oracle["clopper_pearson"].as_array().unwrap() {
        let [k, n, level, low, high] = numbers(case)[..] else { panic!() };
        let ours = clopper_pearson(k as u64, n as u64, level).unwrap();
        assert_relative_eq!(ours.low.unwrap(), low, epsilon = 1e-6);
        assert_relative_eq!(ours.high.unwrap(), high, epsilon = 1e-6);
    }
    for case in oracle["binomial_test"].as_array().unwrap() {
        let [k, n, null, greater, less, two_sided] = numbers(case)[..] else { panic!() };
        for (alternative, expected) in
            [(Alternative::Greater, greater), (Alternative::Less, less), (Alternative::TwoSided, two_sided)]
        {
            let ours = binomial_test(k as u64, n as u64, null, alternative).unwrap();
            assert!(
                (ours - expected).abs() < 1e-6,
                "{k} of {n} against {null}, {alternative:?}: {ours} for {expected}"
            );
        }
    }
}

#[test]
fn ranks_quantiles_and_linear_fits_agree_with_scipy_and_statsmodels() {
    let oracle = oracle();
    for case in oracle["spearman"].as_array().unwrap() {
        let ours = spearman(&numbers(&case[0]), &numbers(&case[1])).unwrap();
        assert_relative_eq!(ours, case[2].as_f64().unwrap(), epsilon = 1e-12);
    }
    for case in oracle["t_quantile"].as_array().unwrap() {
        let [level, df, expected] = numbers(case)[..] else { panic!() };
        assert_relative_eq!(t_quantile(level, df as usize), expected, epsilon = 1e-6);
    }
    let case = &oracle["ols"];
    let x: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
    let fit = Linear::fit(&x, &numbers(&case["y"])).unwrap();
    for (i, (coefficient, error)) in numbers(&case["coefficients"]).iter().zip(numbers(&case["se"])).enumerate() {
        assert_relative_eq!(fit.coefficients[i], *coefficient, epsilon = 1e-9);
        assert_relative_eq!(fit.standard_error(i), error, epsilon = 1e-9);
    }
    let (predicted, se) = fit.predict(&numbers(&case["new"]));
    assert_relative_eq!(predicted, case["predicted"].as_f64().unwrap(), epsilon = 1e-9);
    assert_relative_eq!(se, case["se_obs"].as_f64().unwrap(), epsilon = 1e-9);
    assert_relative_eq!(fit.leave_one_out_rmse, case["loo_rmse"].as_f64().unwrap(), epsilon = 1e-9);
    for (ours, theirs) in fit.leave_one_out_t.iter().zip(numbers(&case["loo_t"])) {
        assert_relative_eq!(*ours, theirs, epsilon = 1e-9);
    }
}

fn points(benchmark: &str) -> Vec<ScorePoint> {
    let rows = reference_points::scores("performance_points.csv", shipped::PERFORMANCE_POINTS).unwrap();
    rows.into_iter()
        .filter(|r| r.benchmark == benchmark && !r.held_out)
        .map(|r| ScorePoint { loss: r.loss, percent: r.percent })
        .collect()
}

#[test]
fn performance_fits_agree_with_scipy() {
    let oracle = oracle();
    for (benchmark, case) in oracle["score_fit"].as_object().unwrap() {
        let fitted = performance_step(&points(benchmark), true, NO_RESAMPLING).unwrap();
        for (ours, theirs) in fitted.fit.parameters.iter().zip(numbers(&case["parameters"])) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-6);
        }
        assert_relative_eq!(fitted.fit.residual_sd, case["s"].as_f64().unwrap(), max_relative = 1e-6);
        for (i, theirs) in numbers(&case["se"]).into_iter().enumerate() {
            assert_relative_eq!(fitted.fit.standard_error(i).unwrap(), theirs, max_relative = 1e-6);
        }
    }
}

#[test]
fn the_papers_performance_curves_come_back_from_its_points() {
    let family = family();
    for benchmark in ["mmlu", "bbh", "math", "mbpp", "humaneval", "average"] {
        let drawn = match benchmark.parse::<Benchmark>() {
            Ok(benchmark) => *family.benchmark(benchmark).unwrap(),
            Err(_) => family.average,
        };
        let points = points(benchmark);
        let fitted = performance_step(&points, true, NO_RESAMPLING).unwrap();
        for point in &points {
            let difference = fitted.law.score_percent(point.loss) - drawn.score.score_percent(point.loss);
            // The scatter of the points is 1.2 to 4.6 points; the curve itself comes back far closer.
            assert!(difference.abs() < 0.05, "{benchmark} at {}: {difference}", point.loss);
        }
    }
}

#[test]
fn the_loss_fit_agrees_with_scipy_and_warns_that_its_exponents_are_not_identified() {
    let rows = reference_points::losses("reference_losses.csv", shipped::REFERENCE_LOSSES).unwrap();
    let points: Vec<LossPoint> = rows
        .into_iter()
        .filter(|r| r.benchmark == "mmlu")
        .map(|r| LossPoint { params: r.params, tokens: r.tokens, loss: r.loss })
        .collect();
    let fitted = loss_step(&points, Resampling { resamples: 40, seed: 7 }).unwrap();
    let oracle = oracle();
    assert_relative_eq!(
        fitted.fit.residual_squares,
        oracle["loss_fit_mmlu"]["rss"].as_f64().unwrap(),
        max_relative = 1e-6
    );
    for (ours, theirs) in fitted.fit.parameters.iter().zip(numbers(&oracle["loss_fit_mmlu"]["parameters"])) {
        assert_relative_eq!(*ours, theirs, max_relative = 1e-6);
    }
    for (i, theirs) in numbers(&oracle["loss_fit_mmlu"]["se"]).into_iter().enumerate() {
        assert_relative_eq!(fitted.fit.standard_error(i).unwrap(), theirs, max_relative = 1e-6);
    }
    assert!(fitted.warnings.iter().any(|w| w.contains("alpha and beta cannot be told apart")), "{:?}", fitted.warnings);
}

#[test]
fn losses_of_crossed_designs_identify_both_exponents() {
    let family = family();
    let law = family.average.loss;
    let mut points = Vec::new();
    for (i, params) in [1e7, 1e8, 1e9, 1e10].into_iter().enumerate() {
        for (j, tokens) in [1e9, 1e10, 1e11, 1e12].into_iter().enumerate() {
            let ripple = 1.0 + 1e-5 * ((i * 7 + j * 3) % 5) as f64;
            points.push(LossPoint { params, tokens, loss: law.loss(Params::from_count(params), tokens) * ripple });
        }
    }
    let fitted = loss_step(&points, NO_RESAMPLING).unwrap();
    assert_relative_eq!(fitted.law.alpha, law.alpha, max_relative = 0.01);
    assert_relative_eq!(fitted.law.beta, law.beta, max_relative = 0.01);
}

#[test]
fn out_of_range_names_the_bound_and_the_distance() {
    let average = family().average;
    let low = average.effective_params(10.0, 5e12).unwrap_err();
    assert!(matches!(low, ReferenceError::ScoreAtOrBelowFloor { .. }));
    assert!(low.to_string().ends_with("d = 10.781 % of the curve, by 0.781 points"), "{low}");
    let high = family().benchmark(Benchmark::Mmlu).unwrap().effective_params(99.95, 5e12).unwrap_err();
    assert!(matches!(high, ReferenceError::ScoreAtOrAboveCeiling { .. }), "{high}");
    let floor = average.loss.floor(5e12);
    let loss = ConditionalLoss { value: floor * 0.9, kind: LossKind::Reasoning, unit: LossUnit::NatsPerToken };
    let below = average.effective_params_of_loss(loss, 5e12).unwrap_err();
    assert!(matches!(below, ReferenceError::LossAtOrBelowFloor { .. }), "{below}");
    for (kind, unit) in [(LossKind::DatasetGold, LossUnit::NatsPerToken), (LossKind::Reasoning, LossUnit::BitsPerByte)]
    {
        assert!(of_loss(&average, 5e12, ConditionalLoss { value: 0.2, kind, unit }, 0.0).is_err());
    }
}

#[test]
fn a_model_at_chance_has_no_density() {
    let scores = Scores::from_percent([Some(26.0), None, None, None, None]).unwrap();
    let mut items = full_test_sets();
    items[0] = 570;
    let error = of_scores(&family(), 5e12, &scores, &items, &complete()).unwrap_err();
    assert!(matches!(error, ImputeError::Reference(ReferenceError::AtChance { items: 570, .. })), "{error}");
    let arguments = ["--scores", "mmlu=26.0", "--items", "mmlu=570", "--params", "134.5e6", "--json"];
    let output = density().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(record["density"].is_null() && record["reason"].as_str().unwrap().contains("chance"), "{record}");
}

#[test]
fn imputed_means_cover_left_out_releases() {
    let releases = complete();
    let (mut covered, mut tried) = (0_usize, 0);
    for known in [vec![0], vec![0, 1, 2], vec![0, 3, 4], vec![0, 1, 2, 4]] {
        for (i, release) in releases.iter().enumerate() {
            let others: Vec<Scores> =
                releases.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, scores)| *scores).collect();
            let kept = Benchmark::ALL.map(|b| release.percent(b).filter(|_| known.contains(&(b as usize))));
            let mean = five_mean(&Scores::from_percent(kept).unwrap(), &others).unwrap();
            let half = t_quantile(0.95, mean.degrees_of_freedom.unwrap()) * mean.prediction_sd;
            tried += 1;
            covered += usize::from((mean.percent - release.five_mean().unwrap()).abs() <= half);
        }
    }
    let coverage = covered as f64 / f64::from(tried);
    assert!((0.92..=0.98).contains(&coverage), "{coverage}");
}

#[test]
fn the_interval_covers_the_true_size_under_counting_and_evaluator_noise() {
    use densimeter::law::noise::evaluator_sd;
    use rand::{RngExt, SeedableRng};
    use statrs::distribution::{ContinuousCDF, Normal};

    let (family, items) = (family(), full_test_sets());
    let truth = [45.7, 38.1, 3.3, 12.8, 20.8];
    let true_size = family.average.effective_params(truth.iter().sum::<f64>() / 5.0, 5e12).unwrap().count();
    let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(11);
    let normal = Normal::standard();
    let rounds = 1000;
    let mut covered = 0;
    for _ in 0..rounds {
        let seen = Benchmark::ALL.map(|b| {
            let shifted = truth[b as usize] + evaluator_sd(b) * normal.inverse_cdf(rng.random_range(1e-12..1.0));
            let n = items[b as usize];
            let correct = (0..n).filter(|_| rng.random_range(0.0..100.0) < shifted).count();
            Some(100.0 * correct as f64 / n as f64)
        });
        let found = of_scores(&family, 5e12, &Scores::from_percent(seen).unwrap(), &items, &[]).unwrap().effective;
        let low = found.low.is_none_or(|n| n.count() <= true_size);
        let high = found.high.is_none_or(|n| true_size <= n.count());
        covered += u32::from(low && high);
    }
    let coverage = f64::from(covered) / f64::from(rounds);
    // Three binomial standard errors of 1000 rounds around 95 %, and the upper side open to the shrinkage.
    assert!((0.93..=0.98).contains(&coverage), "{coverage}");
}

#[test]
fn the_papers_densities_come_back_from_published_scores() {
    for (model, figure) in [
        ("Llama-7B", 0.0324),
        ("Llama-13B", 0.0402),
        ("TinyLlama-1.1B", 0.0797),
        ("Llama-3-70B", 0.7345),
        ("Gemma-3-27B", 2.0274),
    ] {
        let record = json(&["--model", model]);
        let ratio = record["density"]["point"].as_f64().unwrap() / figure;
        assert!((ratio - 1.0).abs() <= 0.06, "{model}: {ratio}");
    }
    let all = json(&["--all"]);
    let comparison = &all["comparison"];
    assert_eq!(comparison["n"], 28);
    assert!(comparison["median_abs_ln_ratio"].as_f64().unwrap() <= 0.21, "{comparison}");
    assert!(comparison["spearman"].as_f64().unwrap() >= 0.97, "{comparison}");
    let outliers = all["outliers"].as_array().unwrap();
    let gemma = outliers.iter().find(|o| o["model"] == "Gemma-7B").unwrap();
    assert!(gemma["explanation"].as_str().unwrap().contains("re-run"), "{gemma}");
}

#[test]
fn documents_are_read_as_they_are_written() {
    let given = json(&["--scores", "mmlu=45.3,math=3.3,humaneval=12.8", "--params", "7.3e9", "--bits", "4"]);
    let loss = json(&["--loss", "0.2", "--loss-kind", "reasoning", "--params", "1e9"]);
    for document in [given, loss, json(&["--model", "Llama-3-70B"])] {
        let read: DensityReport = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), document);
    }
    let all = json(&["--all"]);
    let read: ComparisonReport = serde_json::from_value(all.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), all);
}

#[test]
fn the_record_has_the_shape_of_the_contract() {
    let record = json(&["--scores", "mmlu=45.3,math=3.3,humaneval=12.8,mbpp=20.8", "--params", "7.3e9", "--bits", "4"]);
    assert_eq!(record["imputed"], serde_json::json!(["bbh"]));
    assert_eq!(record["reference"], "xiao2025/average");
    assert_eq!(record["d0_tokens"], 5e12);
    for key in ["effective_params", "density", "density_by_time", "density_by_memory"] {
        let estimate = &record[key];
        let (low, point) = (estimate["low"].as_f64().unwrap(), estimate["point"].as_f64().unwrap());
        assert!(low < point && point < estimate["high"].as_f64().unwrap() && estimate["level"] == 0.95, "{key}");
    }
    let by_params = record["density"]["point"].as_f64().unwrap();
    assert_relative_eq!(record["density_by_memory"]["point"].as_f64().unwrap(), 4.0 * by_params, max_relative = 1e-9);
    assert!(record["per_benchmark"]["point"].is_null());
}

#[test]
fn bad_input_is_a_usage_error_that_names_it() {
    for (arguments, expected) in [
        (vec!["--scores", "mmlu=0.45,bbh=0.3", "--params", "7e9"], "fraction"),
        (vec!["--scores", "mmlu=NaN", "--params", "7e9"], "not a finite number"),
        (vec!["--scores", "gsm8k=40", "--params", "7e9"], "gsm8k"),
        (vec!["--scores", "mmlu=45,mmlu=46", "--params", "7e9"], "twice"),
        (vec!["--scores", "mmlu=45"], "--params"),
        (vec!["--scores", "mmlu=45", "--params", "0"], "--params"),
        (vec!["--scores", "mmlu=45", "--params", "7"], "write 7e9"),
        (vec!["--scores", "", "--params", "7e9"], "holds no score"),
        (vec!["--model", "Lama-7B"], "no release is called `Lama-7B`"),
    ] {
        let output = density().args(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn reasoned_items_lead_to_a_density_by_their_loss() {
    let folder = tempfile::tempdir().unwrap();
    let items = folder.path().join("items.jsonl");
    std::fs::write(&items, include_str!("fixtures/scaling_bench_small.jsonl")).unwrap();
    let eval = |extra: &[&str]| {
        let mut command = Command::cargo_bin("densimeter").unwrap();
        command.args(["eval", "--engine", "mock", "-m", "mock:", "--json", "-o"]).arg(folder.path());
        command.arg("--reasoned").arg(&items).args(extra).output().unwrap()
    };
    let output = eval(&["--loss-only"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let task = &document["tasks"][0];
    assert_eq!((&task["task"], &task["n"]), (&serde_json::json!("reasoned"), &serde_json::json!(3)));
    assert_eq!(task["conditional_loss_kind"], "reasoning");
    assert!(task["conditional_loss"]["point"].as_f64().unwrap() > 0.0);
    assert_eq!(eval(&[]).status.code(), Some(2), "there is nothing to predict");
    // The average curve at L = 0.2, D0 = 5e12, computed by hand from the shipped coefficients.
    let loss = ["--loss", "0.2", "--loss-kind", "reasoning", "--params", "1e9"];
    let density = json(&loss);
    let expected = ((0.2 - 100.291 * 5e12_f64.powf(-0.27708)) / 2.03315).powf(-1.0 / 0.115334) / 1e9;
    assert_relative_eq!(density["density"]["point"].as_f64().unwrap(), expected, max_relative = 1e-9);
}

#[test]
fn a_fitted_family_can_be_used_and_a_device_report_gives_its_constants() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("losses.csv"), shipped::REFERENCE_LOSSES).unwrap();
    std::fs::write(at("points.csv"), shipped::PERFORMANCE_POINTS).unwrap();
    std::fs::write(at("report.json"), r#"{"device": {"k1": {"point": 3e-12}, "k2": 1e-13}}"#).unwrap();
    std::fs::write(at("bare.json"), r#"{"device": {}}"#).unwrap();
    let fit = json(&[
        "--fit-losses",
        &at("losses.csv"),
        "--fit-points",
        &at("points.csv"),
        "--resamples",
        "20",
        "--loss-kind",
        "reasoning",
        "--write-reference",
        &at("own.toml"),
    ]);
    assert!(fit["curves"]["average"]["score"]["coefficients"]["c"]["low"].is_number());
    let own = json(&["--model", "Llama-2-7B", "--reference", &at("own.toml"), "--device", &at("report.json")]);
    assert_eq!(own["reference"], "own/average");
    assert_eq!(own["cost"]["k1"], 3e-12);
    let bare = density().args(["--model", "Llama-2-7B", "--device", &at("bare.json")]).output().unwrap();
    assert_eq!(bare.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&bare.stderr).contains("no k1 and k2 in this report"));
}
