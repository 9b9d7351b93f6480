//! What is measured and how it is shown.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Bench, document, kinds, line, row, said, samples, timed};

#[test]
fn the_document_has_the_shape_of_the_contract() {
    let bench = Bench::new();
    let report = bench.json("-p 16,32 -n 8 -d 0,8 -r 2 --seed 7", 0);
    let names: Vec<&str> = timed(&report).iter().map(|row| row["test"].as_str().unwrap()).collect();
    assert_eq!(names, ["pp16", "pp32", "tg8", "pp16 @ d8", "pp32 @ d8", "tg8 @ d8"]);
    assert_eq!((&report["schema"], &report["seed"]), (&json!(1), &json!(7)));
    assert!(report["run_id"].is_string() && report["device"]["cpu"]["threads"].is_u64());
    assert_eq!(report["engine"], json!({ "build": "mock", "features": ["deterministic"] }));

    let file = std::fs::read(&bench.model).unwrap();
    let hash: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    let model = &report["model"];
    assert_eq!((&model["id"], &model["sha256"]), (&json!("small"), &json!(hash)));
    assert_eq!((&model["params"], &model["bytes"]), (&json!(4160), &json!(file.len())));
    assert_eq!(model["bits_per_weight"], json!(2560.0 * 8.0 / 4160.0));

    let decode = row(&report, "tg8 @ d8");
    assert_eq!((&decode["phase"], &decode["tokens"], &decode["depth"]), (&json!("decode"), &json!(8), &json!(8)));
    assert_eq!(decode["threads"], 2);
    let speed = &decode["tokens_per_second"];
    let mean = samples(decode).iter().map(|ns| 8e9 / *ns as f64).sum::<f64>() / 2.0;
    assert!((speed["point"].as_f64().unwrap() / mean - 1.0).abs() < 1e-9);
    assert!(speed["low"].as_f64().unwrap() <= mean && mean <= speed["high"].as_f64().unwrap());
    assert_eq!((&speed["level"], speed["method"].is_string()), (&json!(0.95), true));
    assert_eq!(decode["ttft"], Value::Null);
    // One page of 256 cells, keys and values of two layers with two heads of 16, two bytes each.
    assert_eq!(decode["memory"]["kv_cache"], 256 * 256);
    assert!(decode["memory"]["peak_rss"].as_u64() >= decode["memory"]["anonymous"].as_u64());
    assert!(decode["memory"]["peak_rss"].as_u64() > Some(0));
    assert!(decode["load"]["major_faults"].is_u64());

    let prefill = row(&report, "pp32");
    assert_eq!(prefill["latency"], Value::Null);
    let ttft = &prefill["ttft"];
    let part = |name: &str| ttft[name].as_f64().unwrap();
    assert!(part("load_ns") > 0.0 && part("first_decode_ns") > 0.0);
    assert_eq!(part("user_ns"), part("tokenize_ns") + part("prefill_ns") + part("sample_ns"));
}

#[test]
fn the_histogram_holds_every_decoded_token_and_no_percentile_without_enough() {
    let report = Bench::new().json("-p 0 -n 8 -r 2", 0);
    let latency = &row(&report, "tg8")["latency"];
    let buckets = latency["histogram"].as_array().unwrap();
    assert_eq!(latency["count"], 16);
    assert_eq!(buckets.iter().map(|bucket| bucket[1].as_u64().unwrap()).sum::<u64>(), 16);
    assert_eq!(latency["max"], buckets.last().unwrap()[0]);
    // 16 latencies bound the median at 95 %, but p99 needs 368.
    assert!(latency["p50"]["point"].as_f64().unwrap() > 0.0);
    assert_eq!(latency["p99"], Value::Null);
    let reasons = latency["reasons"].to_string();
    assert!(reasons.contains("p99: too few samples") && reasons.contains("368"), "{reasons}");
}

#[test]
fn loads_are_a_row_of_each_model_behind_the_timed_ones() {
    let report = Bench::new().json("-p 16,32 -n 0 -r 1", 0);
    let load = report["results"].as_array().unwrap().last().unwrap();
    assert_eq!((&load["phase"], &load["tokens"], &load["valid"]), (&json!("load"), &json!(0), &json!(true)));
    assert_eq!((&load["tokens_per_second"], &load["reason"]), (&Value::Null, &json!("a load has no tokens")));
    let own: Vec<&Value> = timed(&report).iter().map(|row| &row["load_ns"]).collect();
    assert_eq!(load["samples_ns"].as_array().unwrap().iter().collect::<Vec<_>>(), own);
}

#[test]
fn repetitions_are_exact_and_the_minimal_time_extends_them() {
    let bench = Bench::new();
    assert_eq!(samples(row(&bench.json("-p 16 -n 0 -r 3", 0), "pp16")).len(), 3);
    let bench = Bench::new();
    let mut command = bench.command("-p 0 -n 4 -r 2 --min-time 0.3 --json");
    let report = document(&command.env("DENSIMETER_MOCK_DELAY_MS", "5").output().unwrap(), 0);
    let samples = samples(row(&report, "tg4"));
    let all: u64 = samples.iter().sum();
    assert!(samples.len() >= 2 && all >= 300_000_000, "{samples:?}");
    let before = all - samples.last().unwrap();
    assert!(samples.len() == 2 || before < 300_000_000, "it stops with the repetition that is enough: {samples:?}");
}

#[test]
fn flash_attention_is_the_engines_choice_and_rows_say_what_was_asked_and_what_became_of_it() {
    for (typed, asked, used) in
        [("", json!("auto"), true), ("-fa off", json!(false), false), ("-fa on", json!(true), true)]
    {
        let report = Bench::new().json(&format!("-p 16 -n 0 -r 1 {typed}"), 0);
        let settings = &timed(&report)[0]["settings"];
        assert_eq!(
            (&settings["flash_attention_asked"], &settings["flash_attention"]),
            (&asked, &json!(used)),
            "{typed}"
        );
    }
}

#[test]
fn the_spellings_of_llama_bench_reach_the_engine() {
    let report = Bench::new().json("-p 16 -n 0 -r 1 -fa 0,1 -ctk q8_0 -ctv f16 -b 256 -ub 128 -ngl 0", 0);
    let settings: Vec<&Value> = timed(&report).iter().map(|row| &row["settings"]).collect();
    assert_eq!(settings.len(), 2);
    assert_eq!((&settings[0]["flash_attention"], &settings[1]["flash_attention"]), (&json!(false), &json!(true)));
    for settings in settings {
        assert_eq!((&settings["type_k"], &settings["type_v"]), (&json!("q8_0"), &json!("f16")));
        assert_eq!((&settings["n_batch"], &settings["n_ubatch"]), (&json!(256), &json!(128)));
    }
}

/// Layers for a device that is not there: the row says where they ran.
#[test]
fn layers_without_a_device_are_said_to_have_run_on_the_cpu() {
    let report = Bench::new().json("-p 16 -n 0 -r 1 -ngl 0,99", 0);
    let kinds = |row: &Value| row["warnings"].as_array().unwrap().iter().any(|warning| warning["kind"] == "no_device");
    let rows = timed(&report);
    let of = |layers: u64| rows.iter().find(|row| row["settings"]["n_gpu_layers"] == layers).unwrap();
    assert_eq!((kinds(of(0)), kinds(of(99))), (false, true), "{report}");
    assert_eq!(of(99)["backend"], "CPU");
}

#[test]
fn every_form_of_output_carries_the_same_numbers() {
    let bench = Bench::new();
    let report = bench.json("-p 16 -n 8 -r 3", 0);
    let csv = bench.run("-p 16 -n 8 -r 3 --resume --csv").stdout;
    let markdown = String::from_utf8(bench.run("-p 16 -n 8 -r 3 --resume --md").stdout).unwrap();
    let table = String::from_utf8(bench.run("-p 16 -n 8 -r 3 --resume").stdout).unwrap();
    let mut reader = csv::Reader::from_reader(&csv[..]);
    let records: Vec<std::collections::BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(records.len(), 2);
    for (record, row) in records.iter().zip(timed(&report)) {
        let of = |name: &str| record[name].parse::<f64>().unwrap();
        let mean = row["tokens_per_second"]["point"].as_f64().unwrap();
        assert_eq!(of("avg_ts"), mean);
        for (column, end) in [("avg_ts_low", "low"), ("avg_ts_high", "high")] {
            assert_eq!(of(column), row["tokens_per_second"][end].as_f64().unwrap());
        }
        assert!(record["reason"].contains("repetitions"), "three are too few: {}", record["reason"]);
        assert_eq!(of("stddev_ts"), row["stddev_tokens_per_second"].as_f64().unwrap());
        assert_eq!(of("n_prompt") + of("n_gen"), row["tokens"].as_f64().unwrap());
        let nanos: Vec<u64> = record["samples_ns"].split(';').map(|ns| ns.parse().unwrap()).collect();
        assert_eq!(nanos, samples(row));
        let shown = format!("{mean:.2} ± ");
        assert!(markdown.contains(&shown) && table.contains(&shown), "{shown} in\n{markdown}\n{table}");
    }
    assert!(markdown.starts_with("| model | size | params |"), "{markdown}");
}

#[test]
fn an_invalid_row_is_labelled_and_only_strict_makes_it_an_error() {
    let bench = Bench::new();
    let report = bench.json("-p 16 -n 0 -r 2", 0);
    let prefill = row(&report, "pp16");
    assert_eq!((&prefill["valid"], &report["valid"]), (&json!(false), &json!(false)));
    assert!(["too_few_repetitions", "too_short"].iter().all(|kind| kinds(prefill).contains(kind)));
    let strict = bench.run("-p 16 -n 0 -r 2 --resume --strict");
    assert_eq!(strict.status.code(), Some(1), "{}", said(&strict));
    assert!(String::from_utf8(strict.stdout).unwrap().contains("INVALID"));
}

#[test]
fn nothing_to_time_and_other_slips_are_usage_errors() {
    let bench = Bench::new();
    let nothing = line(&bench.run("-p 0 -n 0"), 2);
    assert!(nothing.contains("-p 0 and -n 0") && nothing.contains("-n 128"), "{nothing}");
    for slip in
        ["-r 0", "-t 0", "-t 513", "-ctk f17", "-fa 2", "-p 4294967295", "-b 0", "--min-time nan", "--csv --json"]
    {
        let output = bench.run(slip);
        assert_eq!(output.status.code(), Some(2), "{slip}: {}", said(&output));
    }
    let mut alone = bench.bare();
    assert!(line(&alone.output().unwrap(), 2).contains("bench needs a model"));
    assert_eq!(alone.arg("--resume").output().unwrap().status.code(), Some(2));
    assert!(!bench.folder().exists());
}

#[test]
fn two_files_of_one_name_stay_apart() {
    let bench = Bench::new();
    let other = bench.path("other/small.gguf");
    std::fs::create_dir(bench.path("other")).unwrap();
    let larger = super::small().tensor("more.weight", &[64], 0, 256).finish();
    std::fs::write(&other, &larger).unwrap();
    let mut command = bench.command("-p 16 -n 0 -r 1 --json");
    let report = document(&command.arg("-m").arg(&other).output().unwrap(), 0);
    let ids: Vec<&Value> = timed(&report).iter().map(|row| &row["model"]).collect();
    assert_eq!(ids, [&json!("small"), &json!(other)]);
    let bytes = report["models"].as_array().unwrap().iter().map(|model| model["bytes"].as_u64().unwrap());
    assert!(bytes.eq([std::fs::metadata(&bench.model).unwrap().len(), larger.len() as u64]));
}
