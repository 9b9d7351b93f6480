//! The deterministic fits against SciPy and statsmodels (`fixtures/trend/make.py` wrote the answers).

use densimeter::law::breaks::chow;
use densimeter::law::frontier::Series;
use densimeter::stat::{Bootstrap, Line, quantile_line, theil_sen};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let document: Value = serde_json::from_str(include_str!("fixtures/trend/oracle.json")).unwrap();
    document["cases"].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: &Value) {
    approx::assert_relative_eq!(found, expected.as_f64().unwrap(), max_relative = 1e-6, epsilon = 1e-12);
}

#[test]
fn least_squares_agrees_with_statsmodels() {
    for case in cases() {
        let line = Line::fit(&numbers(&case["x"]), &numbers(&case["y"])).unwrap();
        let ols = &case["ols"];
        close(line.slope, &ols["slope"]);
        close(line.intercept, &ols["intercept"]);
        close(line.r_squared, &ols["r_squared"]);
        close(line.slope_error().unwrap(), &ols["slope_error"]);
        close(line.intercept_error().unwrap(), &ols["intercept_error"]);
        close(line.at(900.0), &ols["at_900"]);
        for (found, expected) in [
            (line.slope_estimate(0.95), &ols["slope_interval"]),
            (line.mean_estimate(900.0, 0.95), &ols["mean_interval"]),
            (line.prediction(900.0, 0.95), &ols["prediction_interval"]),
        ] {
            let found = found.unwrap();
            close(found.low.unwrap(), &expected[0]);
            close(found.high.unwrap(), &expected[1]);
        }
    }
}

#[test]
fn quantile_regression_agrees_with_the_linear_programme() {
    for case in cases() {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        for expected in case["quantiles"].as_array().unwrap() {
            let line = quantile_line(&x, &y, expected["tau"].as_f64().unwrap()).unwrap();
            close(line.loss, &expected["loss"]);
            close(line.slope, &expected["slope"]);
            close(line.intercept, &expected["intercept"]);
        }
    }
}

#[test]
fn theil_sen_agrees_with_scipy() {
    for case in cases() {
        let found = theil_sen(&numbers(&case["x"]), &numbers(&case["y"]), 0.95).unwrap();
        let expected = &case["theil_sen"];
        close(found.slope.point, &expected["slope"]);
        close(found.slope.low.unwrap(), &expected["low"]);
        close(found.slope.high.unwrap(), &expected["high"]);
        close(found.intercept, &expected["intercept"]);
    }
}

#[test]
fn the_chow_test_agrees_with_statsmodels() {
    for case in cases() {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let split = case["split"].as_u64().unwrap() as usize;
        let part =
            |range: std::ops::Range<usize>| Series { days: x[range.clone()].to_vec(), values: y[range].to_vec() };
        let test = chow(&part(0..split), &part(split..x.len())).unwrap();
        close(test.f, &case["chow"]["f"]);
        close(test.p_value, &case["chow"]["p_value"]);
    }
}

#[test]
fn the_pairs_bootstrap_agrees_with_scipy_within_monte_carlo_error() {
    let case = &cases()[2];
    let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
    let run = Bootstrap { resamples: 20_000, seed: 42 };
    let replicates = run
        .cases(x.len(), |drawn| {
            let pick = |from: &[f64]| drawn.iter().map(|&index| from[index]).collect::<Vec<_>>();
            Line::fit(&pick(&x), &pick(&y)).ok().map(|line| line.slope)
        })
        .unwrap();
    let expected = &case["pairs_bootstrap"];
    let error = expected["standard_error"].as_f64().unwrap();
    let interval = replicates.percentile(0.0, 0.95);
    // The 2.5 % quantile of B normal draws has standard error √(0.025·0.975/B)/φ(1.96) = 2.67/√B deviations;
    // four of them, for SciPy's 40 000 and our 20 000.
    let allowed = 4.0 * 2.67 * (1.0 / 20_000.0_f64 + 1.0 / 40_000.0).sqrt() * error;
    assert!((interval.low.unwrap() - expected["low"].as_f64().unwrap()).abs() < allowed);
    assert!((interval.high.unwrap() - expected["high"].as_f64().unwrap()).abs() < allowed);
    assert!((replicates.values().standard_deviation().unwrap() / error - 1.0).abs() < 0.03);
}
