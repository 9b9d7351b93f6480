//! Output of a real llama-bench as a report: what it tells is kept, what it lacks is null with a reason.

use std::path::{Path, PathBuf};
use std::process::Command;

use densimeter::report::stored::{Origin, Stored};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/llama-bench").join(name)
}

fn read(name: &str) -> Value {
    let stored = Stored::read(&fixture(name)).unwrap();
    assert_eq!(stored.origin, Origin::LlamaBench);
    serde_json::to_value(stored.report).unwrap()
}

#[test]
fn json_and_json_lines_hold_the_same_and_every_number_of_llama_bench() {
    let report = read("two.json");
    assert_eq!(report["imported"]["format"], "json");
    let told: Vec<Value> = serde_json::from_slice(&std::fs::read(fixture("two.json")).unwrap()).unwrap();
    let alone: Vec<&Value> = told.iter().filter(|test| test["n_prompt"] == 0 || test["n_gen"] == 0).collect();
    let rows = report["bench"]["results"].as_array().unwrap();
    assert_eq!(rows.len(), alone.len());
    assert_eq!((rows.len(), told.len()), (8, 12), "two models, two depths, two phases; four tests of both at once");
    for (row, test) in rows.iter().zip(alone) {
        assert_eq!(row["samples_ns"], test["samples_ns"]);
        // llama-bench's own mean and deviation, from its own code, rounded to six digits behind the point.
        for (own, theirs) in [("point", "avg_ts"), ("", "stddev_ts")] {
            let own = if own.is_empty() { &row["stddev_tokens_per_second"] } else { &row["tokens_per_second"][own] };
            let (own, theirs) = (own.as_f64().unwrap(), test[theirs].as_f64().unwrap());
            assert!((own - theirs).abs() <= 2e-6 * theirs, "{own} against {theirs}");
        }
        assert_eq!(row["depth"], test["n_depth"]);
        assert_eq!(row["valid"], false, "nothing vouches for a quiet machine");
        for lacking in ["latency", "ttft", "energy", "warmup_ns"] {
            assert!(row[lacking].is_null(), "{lacking}");
        }
        let settings = &row["settings"];
        assert!(
            settings["flash_attention"].is_null() && settings["n_gpu_layers"].is_null(),
            "llama.cpp chose: {settings}"
        );
    }
    assert_eq!(rows[2]["test"], "pp64 @ d32");
    let models = report["bench"]["models"].as_array().unwrap();
    let ids: Vec<&Value> = models.iter().map(|model| &model["id"]).collect();
    assert_eq!(ids, ["SmolLM2-135M-Instruct.Q4_1", "gemma-3-270m.Q4_0"]);
    assert!(models[0]["sha256"].is_null() && report["bench"]["seed"].is_null());
    for part in ["eval", "density", "bench.seed", "bench.models.sha256", "bench.results.memory"] {
        assert!(report["reasons"][part].as_str().unwrap().contains("llama-bench"), "{part}");
    }
    let notes = report["bench"]["notes"].to_string();
    assert!(notes.contains("pp64+tg16 left out"), "{notes}");
    let lines = read("two.jsonl");
    assert_eq!(lines["bench"]["results"], report["bench"]["results"]);
}

#[test]
fn sql_and_csv_lack_the_repetitions_and_so_the_interval() {
    let (sql, csv) = (read("one.sql"), read("one.csv"));
    assert_eq!(sql["bench"]["results"], csv["bench"]["results"]);
    let row = &sql["bench"]["results"][0];
    assert_eq!(row["tokens_per_second"]["point"], 59.923_598);
    assert!(row["tokens_per_second"]["low"].is_null() && row["samples_ns"].as_array().unwrap().is_empty());
    assert!(row["tokens_per_second"]["method"].as_str().unwrap().contains("does not hold the repetitions"));
    assert_eq!(row["stddev_tokens_per_second"], 47.944_991);
}

#[test]
fn what_is_no_whole_output_says_where_and_how_to_get_one() {
    let error = |text: &str| Stored::parse(Path::new("b.json"), text.as_bytes()).unwrap_err();
    let json = std::fs::read_to_string(fixture("two.json")).unwrap();
    let half = error(&json[..json.len() / 2]).to_string();
    assert!(half.contains("cut off at line") && half.contains("llama-bench -o json > FILE"), "{half}");
    let message = |from: &str, to: &str| error(&json.replacen(from, to, 1)).to_string();
    assert!(message("\"n_threads\": 2", "\"n_threads\": -2").contains("test 1: `n_threads` is no whole number"));
    assert!(message("\"model_size\"", "\"size\"").contains("test 1: no `model_size`"));
    assert!(message("\"avg_ts\": ", "\"avg_ts\": -").contains("took no time or has no speed"));
    assert!(message("\"test_time\": \"2026", "\"test_time\": \"soon").contains("`test_time` is no time"));
    assert!(message("\"cpu_info\": \"AMD EPYC\"", "\"cpu_info\": \"Z80\"").contains("more than one processor"));
    assert!(message("0c1e570", "0c1e571").contains("more than one build"));
    assert!(message("\"n_threads\": 2", "\"n_threads\": 0").contains("test 1: `n_threads` is 0"));
    let faster = message("\"avg_ts\": 26.504423", "\"avg_ts\": 265.04423");
    assert!(faster.contains("test 1: `avg_ts` is 265.04423, and its repetitions give 26.504"), "{faster}");
    let log = error(&format!("load_backend: loaded CPU backend\n{json}")).to_string();
    assert!(
        log.contains("`load_backend: loaded CPU backend` stands before the JSON") && log.contains("stdout only"),
        "{log}"
    );
    let table = error(&format!("{}{json}", std::fs::read_to_string(fixture("one.md")).unwrap())).to_string();
    assert!(table.contains("stands before the JSON"), "{table}");
    let behind = Stored::parse(Path::new("b.json"), format!("{json}\nmain: done\n").as_bytes()).unwrap();
    let notes = behind.report.bench.unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("passed over") && note.contains("`main: done`")), "{notes:?}");
    let table = Stored::read(&fixture("one.md")).unwrap_err().to_string();
    assert!(table.contains("llama-bench -o json"), "{table}");
    let marked = Stored::parse(Path::new("b.json"), format!("\u{feff}{json}").as_bytes()).unwrap();
    let plain = Stored::parse(Path::new("b.json"), json.as_bytes()).unwrap();
    assert_eq!(
        marked.report.bench.unwrap().results,
        plain.report.bench.unwrap().results,
        "a byte order mark is no content"
    );
    assert_eq!(marked.report.imported.unwrap().sha256, marked.sha256, "the hash is that of the file, mark and all");
    let wide: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [wide.clone(), [&[0xff, 0xfe], &wide[..]].concat()] {
        let said = Stored::parse(Path::new("b.json"), &bytes).unwrap_err().to_string();
        assert!(said.contains("UTF-16") && said.contains("iconv"), "{said}");
    }
    let hostile = json.replace("AMD EPYC", "<script>\\u001b[2J");
    let stored = Stored::parse(Path::new("b.json"), hostile.as_bytes()).unwrap();
    let device = stored.report.device.unwrap().record;
    assert_eq!(device.processor(), Some("<script>\u{fffd}[2J"));
}

#[test]
fn an_imported_report_is_drawn_kept_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let densimeter = || Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let out = folder.path().join("out");
    let output = densimeter().arg("report").arg(fixture("two.json")).arg("-o").arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("imported") && page.contains("llama-bench"), "the page says what it is");
    assert!(!page.contains("run.jsonl") && page.contains("derived from two.json"), "and what it was made of");
    let text = std::fs::read_to_string(out.join("README.md")).unwrap();
    assert!(text.starts_with("# AMD EPYC\n\nSmolLM2-135M-Instruct.Q4\\_1 · "), "{}", &text[..80]);
    let again = "llama-bench -m SmolLM2-135M-Instruct.Q4\\_1.gguf,gemma-3-270m.Q4\\_0.gguf -p 64 -n 16 -d 0,32 -t 2 -b 2048 \
                 -ub 512 -ctk f16 -ctv f16 -r 3 -o json";
    assert!(text.contains(again), "{text}");
    let kept = Stored::read(&out).unwrap();
    assert_eq!(kept.report, Stored::read(&fixture("two.json")).unwrap().report);

    let mut other: Vec<Value> = serde_json::from_slice(&std::fs::read(fixture("two.json")).unwrap()).unwrap();
    let compare = |tests: &[Value]| {
        let path = folder.path().join("other.json");
        std::fs::write(&path, serde_json::to_vec(tests).unwrap()).unwrap();
        let output = densimeter().arg("compare").arg(&out).arg(&path).args(["--json", "--allow", "invalid"]).output();
        let output = output.unwrap();
        let document = serde_json::from_slice::<Value>(&output.stdout);
        (output.status.code(), document.unwrap_or_else(|_| String::from_utf8_lossy(&output.stderr).into_owned().into()))
    };
    let (code, document) = compare(&other);
    assert_eq!(code, Some(0), "{document}");
    let notes = document["comparisons"][0]["notes"].to_string();
    assert!(notes.contains("taken for the same file by its name"), "{notes}");
    for test in &mut other {
        let slow = |ns: &Value| Value::from(ns.as_u64().unwrap() * 40);
        test["samples_ns"] = test["samples_ns"].as_array().unwrap().iter().map(slow).collect();
        test["avg_ts"] = (test["avg_ts"].as_f64().unwrap() / 40.0).into();
    }
    let (code, document) = compare(&other);
    assert_eq!((code, &document["verdict"]), (Some(3), &Value::from("worse")));
    other[0]["model_n_params"] = 7.into();
    let (code, said) = compare(&other);
    assert!(code == Some(1) && said.to_string().contains("model"), "{said}");
}
