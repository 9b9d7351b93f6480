//! A device's own model through the binary: made from measured rows, read by `crossover` and `density`.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::{Value, json};

use super::models::writer::small;

fn densimeter(home: &Path, arguments: &[&str]) -> Output {
    cargo_bin_cmd!("densimeter")
        .env("HOME", home)
        .env("XDG_STATE_HOME", home)
        .env("DENSIMETER_CACHE", home)
        .args(arguments)
        .output()
        .unwrap()
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Rows of a made-up device: 20 GB/s, 0.1 ns more for a 4-bit weight, 50 us a layer; prefill at 5 ps a weight.
pub(super) fn file(folder: &Path) -> PathBuf {
    let (mut rungs, mut timings, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for (model, values, layers, width) in [("a", 1.3e8, 30.0, 576.0), ("b", 2.7e8, 18.0, 1024.0)] {
        for (format, bits, extra) in [("F32", 32.0, 0.0), ("F16", 16.0, 0.0), ("Q8_0", 8.5, 0.0), ("Q4_0", 4.5, 1e-10)]
        {
            let bytes = values * bits / 8.0;
            let weights = json!({ format: { "values": values, "bytes": bytes } });
            let rung = rungs.len();
            rungs.push(json!({
                "model": model, "format": format, "read": weights, "computed": weights, "layers": layers,
                "width": width, "window": null, "file_bytes": bytes,
            }));
            for depth in if format == "Q8_0" { vec![0.0, 512.0, 1024.0] } else { vec![0.0] } {
                let attention = layers * width * (depth + 16.0) * 4e-10;
                let decode = values * (bits / 8.0 / 20e9 + extra) + layers * 5e-5 + attention;
                let prefill = values * 5e-12 + layers * width * (depth + 256.0) * 1e-11;
                let row = |work: &str, tokens: f64, seconds: f64| json!({ "rung": rung, "work": work, "depth": depth, "tokens": tokens, "seconds": seconds });
                timings.push(row("decode", 32.0, decode));
                timings.push(row("prefill", 512.0, prefill));
            }
            peaks.push(
                json!({ "rung": rung, "peak_bytes": bytes + 3e8 + f64::from(rung as u32) * 1e6, "cache_bytes": 1e6 }),
            );
        }
    }
    let document = json!({
        "schema": 1, "measured": "2026-11-24T08:00:00Z", "densimeter": "0.1.0", "engine": "none",
        "device": { "name": "made-up board", "class": "sbc", "ram_bytes": 16e9, "read_bandwidth": 25e9, "fp32_ops": 1e12 },
        "threads": 4, "rungs": rungs, "timings": timings, "peaks": peaks,
    });
    let path = folder.join("device.json");
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

const TODAY: [&str; 4] = ["--today", "2026-11-23", "--resamples", "500"];

#[test]
fn crossover_takes_the_device_for_its_class() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path());
    let ask = |more: &[&str]| {
        let arguments = [&["crossover", "--device", path.to_str().unwrap(), "--json"], &TODAY[..], more].concat();
        json_of(&densimeter(home.path(), &arguments))
    };
    let rows = ask(&["--capability", "gpt-3.5,gpt-4"]);
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let row = &rows[0];
    assert_eq!((&row["class"], &row["device"]), (&json!("sbc"), &json!("made-up board")));
    // A 4-bit weight (4.9 bits of file) takes its bytes and the median extra of the two quantised types; depth 640.
    let read = 4.9 / 8.0 / 20e9 + 0.5e-10;
    let seconds = |params: f64| {
        let scale = (params / 7e9_f64).cbrt();
        params * read + 32.0 * scale * (5e-5 + 4096.0 * scale * 640.0 * 4e-10)
    };
    let runnable = row["today"]["runnable_params"].as_f64().unwrap();
    assert!((seconds(runnable) * 10.0 - 1.0).abs() < 1e-3, "{runnable:e}: {}", seconds(runnable));
    let slower = ask(&["--capability", "gpt-4", "--min-tps", "5"]);
    assert!(slower[0]["today"]["runnable_params"].as_f64().unwrap() > 1.5 * runnable);
    let as_phone = ask(&["--capability", "gpt-4", "--class", "phone"]);
    assert_eq!(as_phone[0]["class"], "phone");
}

#[test]
fn density_by_time_uses_the_devices_k1_and_k2() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path());
    // The derived part is written by `calibrate`; here k1 and k2 are what the rows say of 16 bits.
    let mut document: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    document["k1"] = json!({ "point": 1e-10, "low": 0.9e-10, "high": 1.1e-10, "level": 0.95, "method": "t" });
    document["k2"] = json!({ "point": 5e-12, "low": 4e-12, "high": 6e-12, "level": 0.95, "method": "t" });
    std::fs::write(&path, document.to_string()).unwrap();
    let arguments =
        ["density", "--scores", "mmlu=60,bbh=50,math=20,humaneval=30,mbpp=40", "--params", "7e9", "--bits", "4"];
    let own =
        json_of(&densimeter(home.path(), &[&arguments[..], &["--json", "--device", path.to_str().unwrap()]].concat()));
    let point = |key: &str| own[key]["point"].as_f64().unwrap();
    // T(16 bits) / T(4 bits) at 100 tokens in, 1 out: (k1 + 100·k2) / (k1/4 + 100·k2).
    let gain = (1e-10 + 5e-10) / (0.25e-10 + 5e-10);
    assert!((point("density_by_time") / point("density") / gain - 1.0).abs() < 1e-9, "{own}");
}

#[test]
fn what_is_no_device_model_says_so() {
    let home = tempfile::tempdir().unwrap();
    let refused = |text: &str| {
        let path = home.path().join("bad.json");
        std::fs::write(&path, text).unwrap();
        let output = densimeter(home.path(), &["crossover", "--device", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused("{}").contains("bad.json: not a device model"));
    let whole = std::fs::read_to_string(file(home.path())).unwrap();
    assert!(refused(&whole.replace("\"schema\":1", "\"schema\":9")).contains("version 9, this program reads 1"));
    let mut document: Value = serde_json::from_str(&whole).unwrap();
    document["timings"][0]["seconds"] = json!(0.0);
    assert!(refused(&document.to_string()).contains("the time is 0, not a number above zero"));
    document["timings"][0]["rung"] = json!(77);
    assert!(refused(&document.to_string()).contains("belongs to no file of the ladder"));
}

#[test]
fn a_ladder_of_given_files_is_measured_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let model = |name: &str, layers: u32, kind: u32, bytes: usize| {
        let mut writer = small();
        for layer in 0..layers {
            writer = writer.tensor(&format!("blk.{layer}.ffn_up.weight"), &[64, 128], kind, bytes);
        }
        let path = home.path().join(name);
        std::fs::write(&path, writer.finish()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, two) = (model("one.gguf", 2, 0, 64 * 128 * 4), model("two.gguf", 8, 0, 64 * 128 * 4));
    let target = home.path().join("own.json");
    let arguments = [
        "devices",
        "calibrate",
        "--as-is",
        "-m",
        &one,
        "-m",
        &two,
        "--engine",
        "mock",
        "--no-probe",
        "--no-wait",
        "-t",
        "1",
        "-r",
        "2",
        "--json",
        "-o",
        target.to_str().unwrap(),
    ];
    let shown = json_of(&densimeter(home.path(), &arguments));
    let kept: Value = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    assert_eq!(shown, kept);
    assert_eq!((kept["schema"].as_u64(), kept["rungs"].as_array().unwrap().len()), (Some(1), 2));
    // Prompts of 512, 128 and 1024 tokens, and a decode at four depths, of each file.
    assert_eq!(kept["timings"].as_array().unwrap().len(), 2 * 7);
    assert_eq!(kept["rungs"][1]["computed"]["F32"]["values"], 8.0 * 64.0 * 128.0);
    assert!(kept["decode"]["condition_number"].as_f64().unwrap() >= 1.0 && kept["decode"]["efficiency"].is_null());
    assert!(kept["warnings"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains("INVALID")));
}

mod recommended {
    use densimeter::crossover::inputs::Inputs;
    use densimeter::crossover::recommendation::recommend;
    use densimeter::crossover::requirements::Requirements;
    use densimeter::device::rates::Rates;
    use densimeter::law::arrival::release::{Level, ScoredRelease};
    use densimeter::published::Library;
    use densimeter::stat::Bootstrap;
    use jiff::civil::date;

    /// A release of 40 000 times its parameters in effect, which nothing listed reaches, without doubt.
    fn wonder(model: &str, params: f64, active: f64, effective: f64) -> ScoredRelease {
        ScoredRelease {
            model: model.to_owned(),
            family: "wonder".to_owned(),
            date: date(2025, 6, 1),
            params,
            active_share: active / params,
            loops: 1.0,
            level: Level::given(effective),
        }
    }

    fn inputs(more: &[ScoredRelease]) -> Inputs<'static> {
        let run = Bootstrap { resamples: 50, seed: 1 };
        let mut inputs = Inputs::of(Library::shipped(), date(2026, 1, 1), run).unwrap();
        for release in more {
            inputs.world.events.push(vec![inputs.world.releases.len()]);
            inputs.world.releases.push(release.clone());
        }
        inputs
    }

    /// 20 GB/s at 4.9 bits and 16 GB of room: 3.3 G parameters read per token at 10 tokens/s.
    fn rates() -> Rates {
        Rates {
            format: "Q4_K_M".to_owned(),
            bits: 4.9,
            read: 4.9 / 8.0 / 20e9,
            layer: 0.0,
            attention: 0.0,
            compute: 1e-12,
            prompt_attention: 0.0,
            decode_deviation: 0.1,
            prefill_deviation: 0.1,
            usable_bytes: 16e9,
            overhead_bytes: 3e8,
            memory_deviation: 0.05,
            basis: "made up".to_owned(),
        }
    }

    const REQUIRED: Requirements = Requirements { min_tps: 10.0, max_ttft: 2.0, prompt: 512.0, output: 256.0 };

    #[test]
    fn the_best_that_fits_wins_and_a_mixture_pays_speed_for_its_active_part() {
        let slow = wonder("dense-8b", 8e9, 8e9, 9e17);
        let small = wonder("dense-3b", 3e9, 3e9, 3e17);
        let found = recommend(&inputs(&[slow.clone(), small.clone()]), &rates(), REQUIRED).unwrap();
        assert_eq!(found.model, "dense-3b");
        let speed = 20e9 / (3e9 * 4.9 / 8.0);
        assert!((found.tokens_per_second.point / speed - 1.0).abs() < 1e-9, "{:?}", found.tokens_per_second);
        // Without doubt of its score only the format's is left: q of a new model of 4.9 bits is 0.69 [0.35, 0.88].
        let q = found.effective_params.clone().map(|params| params / 3e17);
        assert!((q.point - 0.69).abs() < 0.02 && (q.low.unwrap() - 0.35).abs() < 0.03, "{q:?}");
        let mixture = wonder("mixture-20b", 20e9, 3e9, 6e17);
        let found = recommend(&inputs(&[slow, small, mixture]), &rates(), REQUIRED).unwrap();
        assert_eq!(found.model, "mixture-20b");
        assert!(found.memory_bytes > 20e9 * 4.9 / 8.0);
        let huge = wonder("mixture-200b", 200e9, 3e9, 9e17);
        assert_ne!(recommend(&inputs(&[huge]), &rates(), REQUIRED).unwrap().model, "mixture-200b");
    }

    #[test]
    fn value_ends_with_a_successor() {
        let model = wonder("model", 3e9, 3e9, 3e17);
        let half = wonder("half", 1.4e9, 1.4e9, 2.9e17);
        let found = recommend(&inputs(std::slice::from_ref(&model)), &rates(), REQUIRED).unwrap();
        assert_eq!((found.model.as_str(), found.succeeded_by), ("model", None));
        let equal = wonder("half", 1.4e9, 1.4e9, 3.1e17);
        let found = recommend(&inputs(&[model.clone(), equal]), &rates(), REQUIRED).unwrap();
        assert_eq!(found.model, "half", "the format costs both the same");
        let found = recommend(&inputs(&[model, half]), &rates(), REQUIRED).unwrap();
        assert_eq!((found.model.as_str(), found.succeeded_by), ("model", None), "a little less does not do it");
    }
}
