//! The ARM binary of `make dist` under an emulator: that it is static, starts, chooses, refuses, and computes the same.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::lab::{Board, Lab, possible, run, said, skipped};
use super::tools;

fn qemu() -> Option<PathBuf> {
    tools::program("qemu-aarch64-static")
}

/// The binary that `make cross` builds; with CI set it and the emulator must be there.
fn binary() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/densimeter-aarch64-armv8.0");
    let missing: Vec<&str> = [("make cross", path.is_file()), ("qemu-user-static", qemu().is_some())]
        .into_iter()
        .filter_map(|(name, there)| (!there).then_some(name))
        .collect();
    if missing.is_empty() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "the ARM tests must run here: missing {}", missing.join(", "));
    skipped(&format!("no ARM binary or emulator ({})", missing.join(", ")));
    None
}

fn emulated(cpu: &str, binary: &Path, arguments: &[&str]) -> Output {
    // An emulated program that hangs must not hang the tests.
    let mut command = Command::new("timeout");
    command.arg("900").arg(qemu().expect("looked for before")).args(["-cpu", cpu]).arg(binary).args(arguments);
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{:?}: {}", output.status, said(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_binary_is_static_small_and_says_what_it_is() {
    let Some(binary) = binary() else { return };
    let bytes = std::fs::read(&binary).unwrap();
    assert!(bytes.len() <= 15_000_000, "{} bytes", bytes.len());
    // ELF64, little-endian: program headers at e_phoff; type 3 (PT_INTERP) would name a dynamic loader.
    let number = |at: usize, size: usize| (0..size).fold(0_u64, |sum, i| sum | u64::from(bytes[at + i]) << (8 * i));
    let (at, size, count) = (number(32, 8) as usize, number(54, 2) as usize, number(56, 2) as usize);
    assert!(count > 0 && (0..count).all(|header| number(at + header * size, 4) != 3), "it names an interpreter");
    let version = out(&emulated("cortex-a53", &binary, &["--version"]));
    for word in
        [env!("CARGO_PKG_VERSION"), "level: aarch64-armv8.0", "target: aarch64 linux", "features: llama openmp static"]
    {
        assert!(version.contains(word), "{version}");
    }
    for cpu in ["cortex-a53", "cortex-a76", "max"] {
        let probe: Value =
            serde_json::from_str(&out(&emulated(cpu, &binary, &["probe", "--no-measure", "--json"]))).unwrap();
        assert_eq!(probe["device"]["cpu"]["architecture"], "aarch64", "{probe:#}");
    }
}

#[test]
fn the_best_binary_of_the_folder_is_chosen_by_the_processor() {
    let Some(binary) = binary() else { return };
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("densimeter-aarch64-armv8.0");
    std::fs::copy(&binary, &own).unwrap();
    let place = |level: &str, content: &[u8]| {
        let path = folder.path().join(format!("densimeter-{level}"));
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    // Half a download, and what cannot be started here: this one does in their place.
    for content in [&[][..], &std::fs::read(&binary).unwrap()[..4096]] {
        place("aarch64-i8mm", content);
        assert!(out(&emulated("max", &own, &["models", "list"])).contains("smollm2-135m-instruct"));
    }
    // Scripts in the places of the other levels tell that they were chosen.
    let version = env!("CARGO_PKG_VERSION");
    for level in ["aarch64-dotprod", "aarch64-i8mm"] {
        let script = format!(
            "#!/bin/sh\ncase $1 in --version) echo densimeter {version}; echo level: {level} ;; *) echo chosen {level} \"$@\" ;; esac\n"
        );
        place(level, script.as_bytes());
    }
    for (cpu, said) in [
        ("cortex-a53", "level: aarch64-armv8.0"),
        ("cortex-a76", "chosen aarch64-dotprod models list"),
        ("max", "chosen aarch64-i8mm models list"),
    ] {
        let arguments: &[&str] = if cpu == "cortex-a53" { &["--version"] } else { &["models", "list"] };
        let text = out(&emulated(cpu, &own, arguments));
        assert!(text.contains(said), "{cpu}: {text}");
    }
    assert!(out(&emulated("cortex-a53", &own, &["models", "list"])).contains("smollm2-135m-instruct"));
}

#[cfg(feature = "llama")]
#[test]
fn an_emulated_board_reads_and_writes_the_same_tokens() {
    let Some(binary) = binary() else { return };
    let model = super::super::engine::model_path().display().to_string();
    // Two short questions: an emulated token takes a second and more.
    let task = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/own-tasks/capitals.toml");
    let folder = tempfile::tempdir().unwrap();
    let records = |name: &str, run: &dyn Fn(&[&str]) -> Output| -> Vec<Value> {
        let logs = folder.path().join(name).display().to_string();
        let output = run(&[
            "eval",
            "-m",
            &model,
            "--task-file",
            task,
            "--limit",
            "2",
            "--chat",
            "off",
            "--noise-items",
            "0",
            "--no-own-speed",
            "-t",
            "1",
            "--quiet",
            "--offline",
            "-o",
            &logs,
        ]);
        out(&output);
        let text = std::fs::read_to_string(format!("{logs}/capitals.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let native = records("native", &|words| {
        Command::new(assert_cmd::cargo::cargo_bin!("densimeter")).args(words).output().unwrap()
    });
    // An evaluation runs in a worker: the kernel must be able to start a second ARM program from the first.
    let Some(_emulator) = Emulator::register() else {
        skipped("the emulator cannot be registered (binfmt_misc)");
        return;
    };
    let arm = records("arm", &|words| {
        Command::new("timeout").arg("900").arg(&binary).args(words).env("QEMU_CPU", "cortex-a53").output().unwrap()
    });
    assert_eq!((native.len(), arm.len()), (2, 2));
    for (native, arm) in native.iter().zip(&arm) {
        for field in ["id", "context_tokens_sha256", "continuation_tokens_sha256", "completion", "finish", "prediction"]
        {
            assert_eq!(native[field], arm[field], "{field}");
        }
        assert!(arm["completion"].as_str().is_some_and(|text| !text.is_empty()), "{arm:#}");
        // Kernels of two instruction sets round activations in another order: some hundredths of a nat a token, whatever the
        // loss itself is (0.011 of 0.17 between AVX2 and NEON).
        let loss =
            |record: &Value| record["nll_nats"].as_f64().unwrap() / record["continuation_tokens"].as_f64().unwrap();
        assert!((loss(native) - loss(arm)).abs() < 0.05, "{native:?} {arm:?}");
    }
}

/// The emulator as the kernel's interpreter of ARM programs, in every namespace; taken back at the end. One test at a
/// time holds it, because the kernel knows it by name.
struct Emulator {
    _turn: MutexGuard<'static, ()>,
}

const REGISTRY: &str = "/proc/sys/fs/binfmt_misc";
static TURN: Mutex<()> = Mutex::new(());

impl Emulator {
    fn register() -> Option<Self> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        if !Path::new(&format!("{REGISTRY}/register")).exists() {
            run("mount", &["-t", "binfmt_misc", "none", REGISTRY]);
        }
        // F: the kernel opens the emulator now, so that a board need not have it.
        let magic = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
        let mask = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff";
        let line = format!(":densimeter-aarch64:M::{magic}:{mask}:{}:F", qemu()?.display());
        // A test that was killed left its own behind.
        let _ = std::fs::write(format!("{REGISTRY}/densimeter-aarch64"), "-1");
        let done = std::fs::write(format!("{REGISTRY}/register"), line);
        assert!(done.is_ok() || std::env::var_os("CI").is_none(), "the emulator cannot be registered: {done:?}");
        done.is_ok().then_some(Self { _turn: turn })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = std::fs::write(format!("{REGISTRY}/densimeter-aarch64"), "-1");
    }
}

#[test]
fn an_arm_board_and_a_native_one_measure_side_by_side() {
    let Some(binary) = binary() else { return };
    if !possible() {
        return;
    }
    let Some(_emulator) = Emulator::register() else {
        skipped("the emulator cannot be registered (binfmt_misc)");
        return;
    };
    let lab = Lab::new();
    let (arm, native) = (Board::new(&lab, "arm", ""), Board::new(&lab, "native", ""));
    let more = format!("binary = \"{}\"", binary.display());
    // The double where there is no engine here; else the real model, a few tokens of it.
    #[cfg(feature = "llama")]
    let (model, engine) = (super::super::engine::model_path().display().to_string(), "llama");
    #[cfg(not(feature = "llama"))]
    let (model, engine) = (lab.path("small.gguf"), "mock");
    lab.inventory(
        &format!(
            "command = \"bench\"\nmodel = \"{model}\"\nattempts = 1\narguments = [\"--engine\", \"{engine}\", \"-p\", \"16\", \
             \"-n\", \"4\", \"-r\", \"1\", \"-t\", \"2\", \"--no-wait\"]"
        ),
        &[arm.target(&lab, "arm", &more), native.target(&lab, "native", "")],
    );
    let (code, _, words) = lab.fleet(&[]);
    assert_eq!(code, Some(0), "{words}");
    let report = |name: &str| -> Value {
        let row = lab.row(name);
        let path = lab.path(&format!("out/{}/report.json", row["report"].as_str().unwrap()));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let (arm, native) = (report("arm"), report("native"));
    assert_eq!(arm["device"]["cpu"]["architecture"], "aarch64");
    assert_eq!(native["device"]["cpu"]["architecture"], std::env::consts::ARCH);
    assert_eq!(arm["model"]["sha256"], native["model"]["sha256"]);
    let checks = |report: &Value| -> Vec<Value> {
        let rows = report["results"].as_array().unwrap();
        rows.iter().map(|row| serde_json::json!([row["test"], row["tokens"], row["reason"]])).collect()
    };
    assert_eq!(checks(&arm), checks(&native));
}
