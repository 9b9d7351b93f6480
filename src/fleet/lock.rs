//! One measurement on a board at a time: a file lock, which the kernel gives back when its holder ends, however it ends.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::file::lock::{self, Attempt, LockedFile};

/// Name of the lock in the board's folder.
const FILE: &str = "lock.json";

/// What the holder wrote of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    from: String,
    run: String,
    pid: u32,
    since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "run {} of {}, process {}, since {}", self.run, self.from, self.pid, self.since)
    }
}

fn named(file: &File) -> String {
    holder(file).map_or_else(|| "somebody unnamed".to_owned(), |holder| holder.to_string())
}

/// Who wrote last; what is no text is nobody's name.
fn holder(file: &File) -> Option<Holder> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// A lock that is held; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Lock(LockedFile);

impl Lock {
    /// Tries to take the lock of a folder: held, with a note of who left it without giving it back, or who holds it.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn take(
        folder: &Path,
        from: &str,
        run: &str,
    ) -> std::io::Result<Result<(Self, Option<String>), String>> {
        let file = match Self::quietly(folder)? {
            Ok(file) => file,
            Err(holder) => return Ok(Err(holder)),
        };
        let before = holder(&file);
        let me = Holder {
            from: from.chars().take(80).collect(),
            run: run.to_owned(),
            pid: std::process::id(),
            since: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        let mut lock = Self(file);
        lock.write(&serde_json::to_string(&me)?)?;
        let note = before.map(|holder| {
            format!("a stale lock was taken over: {holder}; that process is gone (the kernel had given its lock back)")
        });
        Ok(Ok((lock, note)))
    }

    /// Takes the lock without a word: whoever left it behind stays named for the next measurement.
    ///
    /// # Errors
    /// The file system's.
    pub(crate) fn quietly(folder: &Path) -> std::io::Result<Result<LockedFile, String>> {
        Ok(match LockedFile::attempt(lock::open(&folder.join(FILE))?)? {
            Attempt::Held(file) => Ok(file),
            Attempt::Taken(file) => Err(named(&file)),
        })
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.0.set_len(0)?;
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty file says that the last holder ended in an orderly way.
        let _ = self.write("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_a_stale_lock_is_explained() {
        let folder = tempfile::tempdir().unwrap();
        let Ok((first, None)) = Lock::take(folder.path(), "host", "run-1").unwrap() else { panic!() };
        let Err(holder) = Lock::take(folder.path(), "other", "run-2").unwrap() else { panic!() };
        assert!(holder.contains("run run-1 of host"), "{holder}");
        drop(first);
        let Ok((second, None)) = Lock::take(folder.path(), "host", "run-3").unwrap() else { panic!() };
        // A holder that was killed: its words stay, its lock does not.
        let text = std::fs::read(folder.path().join(FILE)).unwrap();
        drop(second);
        std::fs::write(folder.path().join(FILE), text).unwrap();
        // Somebody who only asks does not make it forgotten.
        assert!(Lock::quietly(folder.path()).unwrap().is_ok());
        let Ok((_lock, Some(note))) = Lock::take(folder.path(), "host", "run-4").unwrap() else { panic!() };
        assert!(Lock::quietly(folder.path()).unwrap().unwrap_err().contains("run run-4 of host"));
        assert!(note.contains("run run-3 of host"), "{note}");
    }
}
