//! How far a run is, from the growth of its journals: little is read, since a clock may be running beside it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::file::bounded;
use crate::measure::journal;

/// Bytes read of one journal at a time.
const MOST: u64 = 4 << 20;

/// Counts what the journals of a run hold.
#[derive(Debug, Default)]
pub(crate) struct RunProgress {
    read: BTreeMap<PathBuf, u64>,
    done: BTreeMap<PathBuf, u64>,
    of: BTreeMap<PathBuf, u64>,
}

impl RunProgress {
    /// Looks into the folder again: pieces done, and pieces known of in all.
    pub(crate) fn look(&mut self, folder: &Path) -> (u64, Option<u64>) {
        let bench = folder.join(journal::FILE);
        self.count(&bench, |line| line.contains("\"type\":\"sample\""));
        if !self.of.contains_key(&bench)
            && let Some(of) = planned(&bench)
        {
            self.of.insert(bench, of);
        }
        for logs in [folder.to_owned(), folder.join("eval")] {
            for entry in std::fs::read_dir(&logs).into_iter().flatten().take(64).flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let Some(task) = name.strip_suffix(".key.json") else { continue };
                let log = logs.join(format!("{task}.jsonl"));
                self.count(&log, |_| true);
                if !self.of.contains_key(&log)
                    && let Some(items) = items(&entry.path())
                {
                    self.of.insert(log, items);
                }
            }
        }
        let of: u64 = self.of.values().sum();
        (self.done.values().sum(), (of > 0).then_some(of))
    }

    fn count(&mut self, path: &Path, counts: impl Fn(&str) -> bool) {
        let read = self.read.entry(path.to_owned()).or_default();
        let Ok(mut file) = File::open(path) else { return };
        let mut text = Vec::new();
        if file.seek(SeekFrom::Start(*read)).is_err() || file.take(MOST).read_to_end(&mut text).is_err() {
            return;
        }
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        *read += whole as u64;
        let lines = String::from_utf8_lossy(&text[..whole]).lines().filter(|line| counts(line)).count();
        *self.done.entry(path.to_owned()).or_default() += lines as u64;
    }
}

/// Repetitions that a bench will make at least.
fn planned(path: &Path) -> Option<u64> {
    let first = bounded::first(path, MOST).ok()?;
    let line = first.split(|byte| *byte == b'\n').next()?;
    let FirstLine { plan } = serde_json::from_slice(line).ok()?;
    (plan.rows.len() as u64).checked_mul(plan.stop.repetitions)
}

fn items(path: &Path) -> Option<u64> {
    let Selection { items } = serde_json::from_slice(&bounded::first(path, MOST).ok()?).ok()?;
    Some(items)
}

/// What is read of a journal's first line: no more than has to be true of every version of it.
#[derive(Deserialize)]
struct FirstLine {
    plan: Plan,
}

#[derive(Deserialize)]
struct Plan {
    rows: Vec<IgnoredAny>,
    stop: Stop,
}

#[derive(Deserialize)]
struct Stop {
    repetitions: u64,
}

/// What is read of an item log's key.
#[derive(Deserialize)]
struct Selection {
    items: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_count_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("mmlu.key.json"), "{\"items\": 5}").unwrap();
        std::fs::write(path("mmlu.jsonl"), "{}\n{}\n{\"torn").unwrap();
        let mut progress = RunProgress::default();
        assert_eq!(progress.look(folder.path()), (2, Some(5)));
        assert_eq!(progress.look(folder.path()), (2, Some(5)));
        std::fs::write(path("mmlu.jsonl"), "{}\n{}\n{\"torn\":1}\n").unwrap();
        assert_eq!(progress.look(folder.path()), (3, Some(5)));
        std::fs::write(
            path("run.jsonl"),
            "{\"type\":\"run\",\"plan\":{\"rows\":[1,2],\"stop\":{\"repetitions\":5}}}\n{\"type\":\"sample\"}\n",
        )
        .unwrap();
        assert_eq!(progress.look(folder.path()), (4, Some(15)));
    }
}
