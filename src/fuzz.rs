//! What reads bytes from outside, each behind one function of bytes: for the fuzzers of `fuzz/`, and for the test that replays
//! their corpora. A reader may refuse; it must not panic, hang or take memory without bound.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::eval::chat::render::Renderer;
use crate::eval::chat::task::rendered;
use crate::eval::journal;
use crate::eval::own_task::OwnTask;
use crate::eval::responses::Responses;
use crate::eval::task::Turn;
use crate::fleet::inventory::Inventory;
use crate::fleet::protocol::{Event, Request};
use crate::meter::clock::VirtualClock;
use crate::model::gguf::Header;
use crate::published::{densities, edge_releases, pairs, panels, prices, releases};
use crate::report::stored::Stored;
use crate::server::limits::Limits;
use crate::server::request_error::RequestError;
use crate::server::stream;

/// A reader: its name, which is that of its fuzz target and of its corpus, and what it does with bytes.
pub type Reader = (&'static str, fn(&[u8]));

/// Every reader.
pub const READERS: &[Reader] = &[
    ("chat_template", chat_template),
    ("fleet_inventory", fleet_inventory),
    ("fleet_line", fleet_line),
    ("gguf", gguf),
    ("journal", journal_lines),
    ("llama_bench", report),
    ("own_task", own_task),
    ("report", report),
    ("responses", responses),
    ("server_stream", server_stream),
    ("table", table),
    #[cfg(feature = "download")]
    ("wheel", wheel),
];

/// Lets one reader read.
///
/// # Panics
/// A name that is no reader's; and what a reader does wrong.
pub fn read(name: &str, bytes: &[u8]) {
    let (_, reader) = READERS.iter().find(|(known, _)| *known == name).expect("a reader's name");
    reader(bytes);
}

/// A folder of its own for the readers of files.
fn with_files(files: &[(&str, &[u8])], read: impl FnOnce(&Path)) {
    thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a temporary folder");
    }
    FOLDER.with(|folder| {
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("a file below it");
        }
        read(folder.path());
    });
}

/// Bytes as two parts, divided at the first zero.
fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..at], bytes.get(at + 1..).unwrap_or_default())
}

fn chat_template(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(renderer) = Renderer::new(text, Box::new(|format| format.to_owned())) else { return };
    let system = Turn { role: "system", content: "Be brief.".to_owned() };
    let answer = Turn { role: "assistant", content: "<think>a</think> b".to_owned() };
    let turns = [system, Turn::user("é {{ 1 }}".to_owned()), answer, Turn::user(String::new())];
    for thinking in [None, Some(false)] {
        let _ = rendered(&renderer, &turns, ["<s>", "</s>"], thinking);
    }
}

fn fleet_inventory(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(inventory) = Inventory::parse(text) {
        for target in &inventory.targets {
            let _ = (Inventory::folder(target), target.machine());
        }
    }
}

fn fleet_line(bytes: &[u8]) {
    let _ = serde_json::from_slice::<Event>(bytes);
    let _ = serde_json::from_slice::<Request>(bytes);
}

fn gguf(bytes: &[u8]) {
    // The file may go on behind the header, and be shorter than it says.
    for length in [bytes.len() as u64, 1 << 40] {
        if let Ok(header) = Header::parse(Cursor::new(bytes), length) {
            let _ = (header.params(), header.active_params(), header.tensor_bytes());
            let _ = (header.bits_per_weight(), header.types_by_size(), header.tensor_types());
            let _ = (header.file_kind(), header.lineage(), header.provenance().sentence());
            let _ = header.facts().kv_cache.map(|cache| cache.bytes_per_token(16.0, 16.0));
        }
    }
}

fn journal_lines(bytes: &[u8]) {
    let _ = journal::parse(Path::new("mmlu.jsonl"), bytes.to_vec());
}

fn own_task(bytes: &[u8]) {
    let (task, items) = parts(bytes);
    with_files(&[("task.toml", task), ("items.jsonl", items)], |folder| {
        let _ = OwnTask::read(&folder.join("task.toml"));
    });
}

fn report(bytes: &[u8]) {
    let _ = Stored::parse(Path::new("report.json"), bytes);
}

fn responses(bytes: &[u8]) {
    with_files(&[("answers.jsonl", bytes)], |folder| {
        let _ = Responses::read(&folder.join("answers.jsonl"));
    });
}

fn server_stream(bytes: &[u8]) {
    let clock = VirtualClock::new();
    let limits = Limits::of(16, Duration::from_secs(1));
    // Lines are cut in two by the network.
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let cut = |error: std::io::Error, pieces| RequestError::Cut { pieces, why: error.to_string() };
    let _ = stream::collect(&mut first.chain(second), &clock, &limits, 16, &cut);
}

fn table(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (name, today) = ("table.csv", jiff::civil::date(2026, 11, 1));
    let _ = pairs::pairs(name, text);
    let _ = panels::read(name, text, today);
    let _ = edge_releases::read(name, text, today);
    for sourced in [false, true] {
        let _ = prices::read(name, text, today, sourced);
        let _ = densities::read(name, text, today, sourced);
    }
    if let Ok(releases) = releases::releases(name, text, today) {
        let _ = releases::complete(&releases);
    }
}

#[cfg(feature = "download")]
fn wheel(bytes: &[u8]) {
    /// As much of a member as is read.
    const MOST: u64 = 1 << 20;
    with_files(&[("package.whl", bytes)], |folder| {
        let Ok(mut wheel) = crate::model::wheel::Wheel::of_file(&folder.join("package.whl"), "it", PathBuf::new())
        else {
            return;
        };
        for name in wheel.names().iter().take(16) {
            if let Ok(member) = wheel.read(name, MOST) {
                let _ = std::io::copy(&mut member.take(MOST), &mut std::io::sink());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::clock::{Clock, SystemClock};

    /// The corpus of a reader, in the order of its names.
    fn corpus(name: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    #[test]
    fn every_corpus_is_read_again() {
        for (name, reader) in READERS {
            let files = corpus(name);
            assert!(files.len() >= 10, "{name}: a corpus of {}", files.len());
            for file in files {
                let bytes = std::fs::read(&file).unwrap();
                let clock = SystemClock::new();
                assert!(std::panic::catch_unwind(|| reader(&bytes)).is_ok(), "{} is read with a panic", file.display());
                assert!(clock.now() < Duration::from_secs(20), "{} takes too long", file.display());
            }
        }
    }

    #[test]
    fn every_reader_has_a_target_and_every_target_a_reader() {
        let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
        let targets: Vec<&str> = manifest
            .lines()
            .skip_while(|line| *line != "[[bin]]")
            .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
            .collect();
        let mut named: Vec<&str> = READERS.iter().map(|(name, _)| *name).chain(["wheel"]).collect();
        named.dedup();
        assert_eq!(targets, named);
    }
}
