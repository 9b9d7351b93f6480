//! The recipe for DuckDB: its query, run by DuckDB over the committed reports, gives what our own index of them holds.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version from PyPI that reads the recipe here.
const PACKAGE: &str = "duckdb==2.0.1";

const RUN: &str = "import duckdb, json, sys\nprint(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Python with DuckDB in a folder beside the build; with `CI` set it must be had.
fn python() -> Option<PathBuf> {
    let folder = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("duckdb");
    let python = folder.join("bin/python3");
    let has = || Command::new(&python).args(["-c", "import duckdb"]).output().is_ok_and(|done| done.status.success());
    if !has() {
        let _ = Command::new("python3").args(["-m", "venv"]).arg(&folder).output();
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        let _ = Command::new(&python).args(pip).output();
    }
    if has() {
        return Some(python);
    }
    assert!(std::env::var_os("CI").is_none(), "the recipe must run here: pip install {PACKAGE} failed");
    let _ = writeln!(std::io::stderr(), "skipped: no DuckDB here (python3 -m venv, pip install {PACKAGE})");
    None
}

#[test]
fn the_query_of_the_recipe_gives_what_the_index_holds() {
    let Some(python) = python() else { return };
    let page = fs::read_to_string(root().join("docs/recipe-duckdb.md")).unwrap();
    let query = page.split_once("```sql\n").unwrap().1.split_once("```").unwrap().0;
    let output = Command::new(python).args(["-c", RUN, query]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<(String, String, String, f64, u64)> = serde_json::from_slice(&output.stdout).unwrap();

    // The best of a device and model: its index has a line for each report.
    let mut asked: BTreeMap<(String, String, &str), f64> = BTreeMap::new();
    for (device, model, test, speed, peak) in rows {
        assert!(peak > 1_000_000, "{device}: {peak} bytes");
        for (prefix, column) in [("pp", "prefill_tps"), ("tg", "decode_tps")] {
            if test.starts_with(prefix) {
                let best = asked.entry((device.clone(), model.clone(), column)).or_default();
                *best = best.max(speed);
            }
        }
    }
    let mut index = csv::Reader::from_path(root().join("reports/index.csv")).unwrap();
    let mut told: BTreeMap<(String, String, &str), f64> = BTreeMap::new();
    for row in index.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        for column in ["prefill_tps", "decode_tps"] {
            let best = told.entry((row["device"].clone(), row["model"].clone(), column)).or_default();
            *best = best.max(row[column].parse().unwrap());
        }
    }
    assert!(told.len() >= 4, "{told:?}");
    assert_eq!(told.keys().collect::<Vec<_>>(), asked.keys().collect::<Vec<_>>());
    for (key, speed) in &told {
        // The index is rounded to hundredths.
        assert!((speed - asked[key]).abs() < 0.006, "{key:?}: {speed} in the index, {} by DuckDB", asked[key]);
    }
}
