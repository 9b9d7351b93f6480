//! A run whose machine is a folder and whose bench stands in its journal already: what follows the bench is soon there
//! and, but for the times of the evaluation, the same everywhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::models::writer::Writer;
use crate::probe::raspberry_pi_5;

/// The day that counts as today.
pub(crate) const TODAY: &str = "2026-11-23";

/// Parameters of the model: one matrix.
pub(crate) const PARAMS: u64 = 4096 * 80_000;

/// Writes a header with one matrix of four bits, 184 MB of zeros: as many bytes a second as the journal says make a machine
/// that can run something.
fn write_model(path: &Path) {
    let header = Writer::default()
        .text("general.architecture", "llama")
        .text("general.name", "made-up")
        .u32("llama.context_length", 2048)
        .u32("llama.block_count", 2)
        .u32("llama.embedding_length", 4096)
        .u32("llama.attention.head_count", 4)
        .u32("llama.attention.head_count_kv", 2)
        .text("tokenizer.ggml.model", "gpt2")
        .tensor("token_embd.weight", &[4096, PARAMS / 4096], 2, 0)
        .finish();
    std::fs::write(path, &header).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(header.len() as u64 + PARAMS / 32 * 18).unwrap();
}

/// A folder with a model, a machine and, below `run`, the journal of a run that was cut off behind its bench.
pub(crate) struct Synthetic {
    folder: TempDir,
    machine: TempDir,
    quick: bool,
}

impl Synthetic {
    /// A Raspberry Pi 5 that has measured the rows of a quick or a full run.
    pub(crate) fn new(quick: bool) -> Self {
        Self::on(raspberry_pi_5(), quick)
    }

    pub(crate) fn on(machine: TempDir, quick: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_model(&folder.path().join("made-up.gguf"));
        let run = Self { folder, machine, quick };
        run.with_seed(42);
        run
    }

    /// Writes the journal anew, as that of a run with this seed.
    pub(crate) fn with_seed(&self, seed: u64) {
        let name = if self.quick { "quick.jsonl" } else { "full.jsonl" };
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/run").join(name);
        let journal = std::fs::read_to_string(fixture).unwrap().replace("\"seed\":42", &format!("\"seed\":{seed}"));
        std::fs::create_dir_all(self.path("run")).unwrap();
        std::fs::write(self.path("run/run.jsonl"), journal).unwrap();
    }

    /// Takes the report away, so that the run goes on once more with what it measured.
    pub(crate) fn reopen(&self) {
        std::fs::remove_file(self.path("run/report.json")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `run` on the double with the small benchmarks, or those of the folder `data` where there is one.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args(["run", "--engine", "mock", "--no-wait", "--offline", "--resume", "--json", "--today", TODAY]);
        if self.quick {
            command.arg("--quick");
        }
        if !more.contains(&"--sustain") {
            command.arg("--no-sustain");
        }
        let own = self.path("data");
        let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini");
        command.arg("-m").arg(self.path("made-up.gguf")).arg("-o").arg(self.path("run"));
        command.arg("--unpinned-data").arg("--data").arg(if own.is_dir() { own } else { mini });
        command.arg("--root").arg(self.machine.path()).args(more);
        command.env("HOME", self.path("home")).env("XDG_STATE_HOME", self.path("state"));
        command.env("DENSIMETER_CACHE", self.path("cache")).env("DENSIMETER_TEST_FREE_MEMORY", "8000000000");
        command.env_remove("DENSIMETER_MOCK_DELAY_MS").env_remove("DENSIMETER_DATA");
        command
    }

    /// The report of a run that ends with this code.
    pub(crate) fn run(&self, more: &[&str], code: i32) -> Value {
        let output = self.command(more).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// The lines of an item log.
    pub(crate) fn items(&self, task: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path(&format!("run/eval/{task}.jsonl"))).unwrap_or_default();
        // The last line may be in the making.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
