//! Documents that rest on the shipped tables alone: densities, laws, crossovers, classes, the catalogue.

use super::{Home, TODAY, hold, repository};
use crate::device_model;
use crate::models::writer::small;

/// Holds the documents of one command: name, arguments, exit code.
fn each(command: &str, cases: &[(&str, &[&str], i32)]) {
    let home = Home::new();
    for (name, arguments, code) in cases {
        hold(name, &home.json(&[&[command], *arguments].concat(), *code), &[]);
    }
}

const FIVE: &str = "mmlu=45.7,bbh=38.1,math=3.3,humaneval=12.8,mbpp=20.8";

#[test]
fn density() {
    let table = |name: &str| repository("models").join(name).display().to_string();
    let (losses, points) = (table("reference_losses.csv"), table("performance_points.csv"));
    each(
        "density",
        &[
            ("density", &["--scores", FIVE, "--params", "6.74e9"], 0),
            (
                "density-options",
                &[
                    "--scores",
                    "mmlu=60,math=20,mbpp=50",
                    "--params",
                    "8e9",
                    "--active",
                    "2e9",
                    "--bits",
                    "4.5",
                    "--items",
                    "mmlu=100,math=200",
                    "--k1",
                    "2e-12",
                    "--k2",
                    "3e-14",
                    "--n-in",
                    "512",
                    "--n-out",
                    "128",
                    "--d0",
                    "1e12",
                ],
                0,
            ),
            ("density-at-chance", &["--scores", "mmlu=25.1,bbh=24,math=0.1,humaneval=0,mbpp=0", "--params", "1e9"], 1),
            ("density-open", &["--scores", "mmlu=97,bbh=97,math=97,humaneval=97,mbpp=97", "--params", "1e9"], 0),
            ("density-dense", &["--model", "Llama-3-70B"], 0),
            ("density-mixture", &["--model", "Mixtral-8x7B"], 0),
            (
                "density-loss",
                &["--loss", "0.2", "--loss-kind", "reasoning", "--loss-se", "0.004", "--params", "7e9"],
                0,
            ),
            (
                "density-loss-mmlu",
                &["--loss", "0.25", "--loss-kind", "reasoning", "--loss-benchmark", "mmlu", "--params", "7e9"],
                0,
            ),
            ("density-all", &["--all"], 0),
            ("density-non-embedding", &["--model", "Gemma-2-9B", "--basis", "non-embedding", "--bits", "4"], 0),
            ("density-fit-points", &["--fit-points", &points, "--resamples", "20"], 0),
            ("density-fit-losses", &["--fit-losses", &losses, "--resamples", "20"], 0),
        ],
    );
}

#[test]
fn law() {
    let few = ["--resamples", "500"];
    let cases: [(&str, &[&str]); 14] = [
        ("law", &[]),
        ("law-cost", &["--cost"]),
        ("law-cost-blend", &["--cost", "--price", "blend", "--prices", "extended"]),
        ("law-window", &["--window"]),
        ("law-break", &["--break", "2024-01-01"]),
        ("law-break-search", &["--break", "search"]),
        ("law-backtest", &["--backtest", "2024-06-01"]),
        ("law-at", &["--at", "2025-06-01", "--at", "2026-01-01"]),
        ("law-panels", &["--panels"]),
        ("law-extend", &["--extend"]),
        ("law-extend-later", &["--extend=2025-01-01", "--level", "0.9"]),
        ("law-releases", &["--releases", "shipped"]),
        ("law-releases-imputed", &["--releases", "shipped", "--kind", "moe", "--impute", "3", "--seed", "7"]),
        (
            "law-options",
            &["--until", "2024-06-30", "--exclude", "Phi-2", "--level", "0.9", "--moore", "700", "--doubling", "100"],
        ),
    ];
    let home = Home::new();
    for (name, arguments) in cases {
        hold(name, &home.json(&[&["law"], arguments, &few[..]].concat(), 0), &[]);
    }
}

#[test]
fn crossover() {
    let home = Home::new();
    let device = device_model::file(home.0.path()).display().to_string();
    let cases: [(&str, &[&str], i32); 6] = [
        ("crossover", &[], 0),
        ("crossover-class", &["--class", "phone", "--capability", "gpt-3.5", "--min-tps", "5", "--max-ttft", "4"], 0),
        ("crossover-levels", &["--class", "laptop,sbc", "--capability", "params=2e9,score=60", "--prompt", "128"], 0),
        ("crossover-out-of-reach", &["--class", "laptop", "--capability", "gpt-4,score=99"], 4),
        (
            "crossover-since",
            &["--class", "desktop", "--capability", "gpt-4", "--since", "2022-01-01", "--seed", "7"],
            0,
        ),
        ("crossover-device", &["--device", &device, "--capability", "gpt-3.5,gpt-4"], 0),
    ];
    let fixed = ["--today", TODAY, "--resamples", "500"];
    for (name, arguments, code) in cases {
        hold(name, &home.json(&[&["crossover"], arguments, &fixed[..]].concat(), code), &[]);
    }
}

#[test]
fn devices() {
    let home = Home::new();
    let rows = home.path("rows.csv");
    std::fs::write(
        &rows,
        "mem_bandwidth_gbs,file_gb,backend\n100,3.83,metal\n,3.83,metal\n100,,cpu\n17.1,2.02,cpu\n100,3.83,abacus\n",
    )
    .unwrap();
    let mut cases: Vec<(String, Vec<&str>)> = vec![
        ("devices-list".to_owned(), vec!["list"]),
        ("devices-fit".to_owned(), vec!["fit"]),
        ("devices-fit-desktop".to_owned(), vec!["fit", "--class", "desktop"]),
        ("devices-predict".to_owned(), vec!["predict", "--rows", &rows]),
    ];
    for class in ["phone", "edge-module"] {
        cases.push((format!("devices-show-{class}"), vec!["show", class]));
    }
    for (name, arguments) in cases {
        hold(&name, &home.json(&[&["devices"], &arguments[..]].concat(), 0), &[]);
    }
}

/// By itself: many fits, half a second in a release and half a minute without optimisation.
#[test]
fn devices_left_out() {
    hold("devices-predict-left-out", &Home::new().json(&["devices", "predict", "--leave-one-out"], 0), &[]);
}

#[test]
fn models() {
    let home = Home::new();
    std::fs::write(home.path("small.gguf"), small().finish()).unwrap();
    let file = home.path("small.gguf");
    let cases: [(&str, &[&str]); 4] = [
        ("models-list", &["list"]),
        ("models-show", &["show", "phi-2"]),
        ("models-show-file", &["show", &file]),
        ("models-show-quantisation", &["show", "smollm2-135m-instruct"]),
    ];
    for (name, arguments) in cases {
        hold(name, &home.json(&[&["models"], arguments].concat(), 0), &[]);
    }
}
