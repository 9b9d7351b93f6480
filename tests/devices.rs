//! Tests of `devices` through the public API and the binary.

use assert_cmd::Command;
use densimeter::device::growth::{Growth, Quantity};
use densimeter::device::history::{self, HistoricDevice};
use serde_json::Value;

/// Doubling time in years with its 95 % interval and R², as the published tables print them (one decimal);
/// made with numpy/scipy on the same rows, so the code under test had no part in them.
type Published = (usize, f64, f64, Option<f64>, f64);

fn group(name: &str) -> Vec<&'static HistoricDevice> {
    let plain = |row: &HistoricDevice| !row.tags.iter().any(|tag| tag == "budget" || tag == "lowend");
    let tagged = |row: &HistoricDevice, tag: &str| row.tags.iter().any(|found| found == tag);
    history::builtin()
        .iter()
        .filter(|row| plain(row))
        .filter(|row| match name {
            "phone" | "sbc" | "tablet" | "edge-module" => row.class == name,
            "iphone" => row.device.starts_with("iPhone"),
            "android" => row.class == "phone" && !row.device.starts_with("iPhone"),
            "laptop" => row.class == "laptop" && !tagged(row, "premium"),
            "laptop-all" => row.class == "laptop",
            "desktop" => row.class == "desktop" && !tagged(row, "premium") && !tagged(row, "unified"),
            "desktop-all" => row.class == "desktop",
            _ => unreachable!(),
        })
        .collect()
}

fn agrees(name: &str, since: i16, quantity: Quantity, published: Published) {
    let rows = group(name).into_iter().filter(|row| row.date.year() >= since);
    let growth = Growth::fit(rows, quantity).unwrap();
    let doubling = growth.doubling_years(0.95).unwrap();
    let (n, point, low, high, r_squared) = published;
    // Half a unit of the last printed digit, and a little for the axis of the published fit (fractions of a year).
    let near = |found: f64, printed: f64| (found - printed).abs() <= 0.06;
    let context = format!(
        "{name} since {since} {quantity:?}: {doubling:.2}, n {}, R² {:.4}",
        growth.line.n, growth.line.r_squared
    );
    assert_eq!(growth.line.n, n, "{context}");
    assert!(near(doubling.point, point) && near(doubling.low.unwrap(), low), "{context}");
    match (doubling.high, high) {
        (Some(found), Some(printed)) => assert!(near(found, printed), "{context}"),
        (found, printed) => assert_eq!(found, printed, "{context}"),
    }
    assert!((growth.line.r_squared - r_squared).abs() <= 0.006, "{context}");
}

#[test]
fn growth_agrees_with_the_published_tables() {
    use Quantity::{Bandwidth, Compute, ComputePerDollar, Price, Ram};
    for (name, since, quantity, published) in [
        ("phone", 0, Ram, (37, 3.8, 3.3, Some(4.5), 0.82)),
        ("phone", 0, Bandwidth, (37, 5.0, 4.5, Some(5.6), 0.90)),
        ("phone", 0, Compute, (36, 2.7, 2.3, Some(3.2), 0.82)),
        ("phone", 0, Price, (37, 12.2, 9.5, Some(16.8), 0.60)),
        ("phone", 0, ComputePerDollar, (36, 3.5, 2.9, Some(4.2), 0.79)),
        ("iphone", 0, Bandwidth, (13, 5.4, 4.4, Some(7.1), 0.89)),
        ("android", 0, Ram, (24, 4.0, 3.5, Some(4.6), 0.91)),
        ("laptop", 0, Ram, (23, 5.6, 4.3, Some(7.8), 0.72)),
        ("laptop", 0, Bandwidth, (23, 4.7, 4.4, Some(5.1), 0.97)),
        ("laptop", 0, Price, (22, 197.2, 26.8, None, 0.01)),
        ("laptop-all", 0, Bandwidth, (29, 3.7, 2.9, Some(5.1), 0.69)),
        ("desktop", 0, Bandwidth, (17, 6.5, 5.7, Some(7.6), 0.94)),
        ("desktop", 0, Compute, (17, 3.6, 3.1, Some(4.4), 0.91)),
        ("desktop-all", 0, Bandwidth, (25, 3.6, 2.7, Some(5.6), 0.60)),
        ("sbc", 0, Ram, (19, 2.3, 2.0, Some(2.9), 0.88)),
        ("sbc", 0, Compute, (18, 2.6, 1.7, Some(6.0), 0.47)),
        ("edge-module", 0, Bandwidth, (11, 3.7, 2.3, Some(9.3), 0.61)),
        ("tablet", 0, Compute, (5, 3.6, 2.3, Some(8.4), 0.91)),
        ("phone", 2016, Ram, (30, 4.6, 3.7, Some(6.0), 0.71)),
        ("desktop", 2016, Bandwidth, (12, 5.4, 4.3, Some(7.1), 0.90)),
        ("edge-module", 2016, Ram, (9, 3.7, 1.5, None, 0.28)),
        ("phone", 2020, Ram, (18, 8.6, 4.1, None, 0.19)),
        ("phone", 2020, Bandwidth, (18, 5.3, 4.0, Some(8.1), 0.71)),
        ("desktop", 2020, Bandwidth, (8, 4.4, 3.0, Some(8.0), 0.83)),
        ("sbc", 2020, Ram, (10, 6.9, 2.4, None, 0.15)),
    ] {
        agrees(name, since, quantity, published);
    }
}

fn densimeter(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("densimeter").unwrap();
    command.args(arguments);
    command
}

fn json(arguments: &[&str]) -> Value {
    let output = densimeter(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn fit_names_the_change_of_composition() {
    let fits = json(&["devices", "fit", "--class", "desktop"]);
    let bandwidth =
        fits.as_array().unwrap().iter().find(|fit| fit["quantity"] == "bandwidth" && fit["since"].is_null()).unwrap();
    assert!((bandwidth["doubling_years"]["point"].as_f64().unwrap() - 6.5).abs() < 0.06);
    assert!((bandwidth["doubling_years_all_tags"]["point"].as_f64().unwrap() - 3.6).abs() < 0.06);
}

#[test]
fn predict_answers_row_by_row_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, "mem_bandwidth_gbs,file_gb,backend\n100,3.83,metal\n,3.83,metal\n100,,cpu\n17.1,2.02,cpu\n")
        .unwrap();
    let rows = json(&["devices", "predict", "--rows", path.to_str().unwrap()]);
    let speed = |row: usize, field: &str| rows[row]["tokens_per_second"][field].as_f64().unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 4);
    // Published for M2 (21.7 and 21.9) and for the Raspberry Pi 5 (3.3 to 4.9).
    assert!((speed(0, "point") - 21.8).abs() < 2.2, "{rows}");
    assert!((3.25..=4.9).contains(&speed(3, "point")), "{rows}");
    assert!(speed(0, "low") < speed(0, "point") && speed(0, "point") < speed(0, "high"));
    assert_eq!(speed(0, "level"), 0.8);
    assert_eq!(rows[1]["reason"], "no memory bandwidth in the row");
    assert!(rows[1]["tokens_per_second"].is_null() && rows[2]["tokens_per_second"].is_null());
    assert_eq!(rows[2]["reason"], "no file size in the row");
}

#[test]
fn predict_says_that_a_backend_was_never_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, "mem_bandwidth_gbs,file_gb,backend\n100,3.83,metal\n100,3.83,abacus\n").unwrap();
    let output = densimeter(&["devices", "predict", "--rows", path.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success());
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert!(remarks.contains("backend `abacus`") && !remarks.contains("backend `metal`"), "{remarks}");
}

#[test]
fn predict_names_the_bad_cell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, "mem_bandwidth_gbs,file_gb,backend\n100,3.83,metal\n0,3.83,metal\n").unwrap();
    let output = densimeter(&["devices", "predict", "--rows", path.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("row 2 (line 3), column `mem_bandwidth_gbs`: `0` is not a finite number above 0"),
        "{error}"
    );
}

#[test]
fn an_unknown_class_is_a_usage_error() {
    let output = densimeter(&["devices", "show", "toaster"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
