//! The statistics of the audit against SciPy and statsmodels (`tests/fixtures/audit_oracle.py`).

use approx::assert_relative_eq;
use densimeter::law::audit_loss;
use densimeter::law::evidence::Evidence;
use densimeter::law::paired_scores::Design;
use densimeter::stat::Bootstrap;
use densimeter::stat::holm::holm;
use densimeter::stat::paired::{Discordant, PairedCost, ln_ratio_error};
use densimeter::stat::proportion::Alternative;
use densimeter::stat::sequential::Mixture;
use serde_json::Value;

fn oracle() -> Value {
    serde_json::from_str(include_str!("../fixtures/audit_oracle.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn costs(case: &Value) -> Vec<PairedCost> {
    let pairs = numbers(&case["before"]).into_iter().zip(numbers(&case["after"]));
    pairs.map(|(before, after)| PairedCost { before, after }).collect()
}

#[test]
fn mcnemar_and_holm_are_those_of_statsmodels() {
    for case in oracle()["mcnemar"].as_array().unwrap() {
        let [lost, won, items, greater, less, two_sided] = numbers(case)[..] else { panic!() };
        let pairs = Discordant { lost: lost as u64, won: won as u64, items: items as u64 };
        let asked = [(Alternative::Greater, greater), (Alternative::Less, less), (Alternative::TwoSided, two_sided)];
        for (alternative, expected) in asked {
            assert_relative_eq!(pairs.mcnemar(alternative), expected, max_relative = 1e-8);
        }
    }
    for case in oracle()["holm"].as_array().unwrap() {
        let p = numbers(&case["p"]);
        let reject: Vec<bool> = case["reject"].as_array().unwrap().iter().map(|r| r.as_bool().unwrap()).collect();
        for ((ours, theirs), reject) in holm(&p, 0.05).iter().zip(numbers(&case["adjusted"])).zip(reject) {
            assert_relative_eq!(ours.p, theirs, max_relative = 1e-12);
            assert_eq!(ours.p <= 0.05, reject);
        }
    }
}

#[test]
fn the_paired_bootstrap_is_that_of_scipy() {
    let oracle = oracle();
    let case = &oracle["paired_bootstrap"];
    let number = |key: &str| case[key].as_f64().unwrap();
    let items = costs(case);
    let bootstrap = Bootstrap { resamples: 19_999, seed: 4 };
    let evidence = audit_loss::compare(std::slice::from_ref(&items), Design::Fixed(bootstrap)).unwrap();
    assert_relative_eq!(evidence.effect().unwrap(), number("ln_ratio"), max_relative = 1e-12);
    let (low, high) = evidence.bounds(0.05);
    // Monte-Carlo error of a 5 % quantile of 20 000 resamples: about 0.015 standard errors; four of them.
    let slack = 0.06 * number("standard_error");
    assert!((low - number("low")).abs() < slack && (high - number("high")).abs() < slack, "{low} {high}");
    assert!((evidence.p_drop() - number("p_drop")).abs() < 0.006, "{}", evidence.p_drop());
    let (error, freedom) = ln_ratio_error(&[items]).unwrap();
    assert_relative_eq!(error, oracle["ln_ratio_error"].as_f64().unwrap(), max_relative = 1e-9);
    assert_relative_eq!(freedom, 79.0, max_relative = 1e-9);
}

#[test]
fn the_detectable_drop_has_the_power_that_statsmodels_gives_it() {
    for case in oracle()["power"].as_array().unwrap() {
        let [alpha, drop, power] = numbers(case)[..] else { panic!() };
        assert_relative_eq!(power, 0.8, max_relative = 1e-9);
        let evidence = Evidence::Normal { effect: 0.0, error: 1.0 };
        assert_relative_eq!(evidence.detectable(alpha).unwrap(), drop, max_relative = 1e-6);
    }
}

/// At the boundary the mixture martingale is at least 1/α: by Ville's inequality it is crossed with probability α at most.
#[test]
fn the_sequential_boundary_lies_beyond_the_mixture_martingale() {
    let mixture = Mixture::narrowest_at(50.0, 0.05);
    for case in oracle()["mixture"].as_array().unwrap() {
        let [items, alpha, radius, martingale] = numbers(case)[..] else { panic!() };
        assert_relative_eq!(mixture.radius(items, alpha), radius, max_relative = 1e-9);
        assert!(martingale >= 1.0 / alpha, "{items} items: {martingale} below {}", 1.0 / alpha);
        assert!(martingale < 3.0 / alpha, "{items} items: the boundary gives too much away");
    }
}
