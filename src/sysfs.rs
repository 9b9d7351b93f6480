//! The kernel's text files (`/proc`, `/sys`) below a root directory, so that a synthetic tree can stand in for a machine.
//!
//! Reads are bounded, and a value that is not there says why: [`Missing`] instead of a zero.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub mod cgroup;
pub mod cpuinfo;
pub mod supply;
pub mod temperature;

/// Most bytes read from one file: `/proc/cpuinfo` of a 512-thread machine has about 1 MB.
const LARGEST_FILE: u64 = 4 << 20;

/// Most entries taken from one directory.
const LARGEST_DIRECTORY: usize = 8192;

/// Why a value could not be read. The paths are those on the machine, without the root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The kernel does not offer it.
    #[error("{0} does not exist")]
    Absent(String),
    /// It is there, but not for this user.
    #[error("{0} may not be opened by this user (permission denied)")]
    Denied(String),
    /// Reading failed otherwise (drivers answer with EIO, ENODATA, …).
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    /// The text is not what the kernel documents.
    #[error("{0} has no usable value: '{1}'")]
    Malformed(String, String),
    /// The value is there but must not be used; the text says why.
    #[error("{0}")]
    Refused(String),
}

impl Missing {
    /// The reason that an error of the operating system gives for the file at `relative`.
    #[must_use]
    pub fn because(relative: &str, error: &std::io::Error) -> Self {
        let shown = format!("/{relative}");
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Absent(shown),
            ErrorKind::PermissionDenied => Self::Denied(shown),
            _ => Self::Unreadable(shown, error.to_string()),
        }
    }
}

/// Reasons for absent values by the name of the value; on the wire it stands beside the nulls.
pub type Reasons = BTreeMap<String, String>;

/// Keeps a value, or notes under `name` why there is none.
pub fn or_note<T>(value: Result<T, Missing>, name: &str, reasons: &mut Reasons) -> Option<T> {
    value.map_err(|why| reasons.insert(name.to_owned(), why.to_string())).ok()
}

/// A directory that holds `proc` and `sys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(PathBuf);

impl Default for Root {
    fn default() -> Self {
        Self::system()
    }
}

impl Root {
    /// This machine.
    #[must_use]
    pub fn system() -> Self {
        // Windows has none of these files, and what lies in a `\\proc` of the current drive is not the kernel's: a folder in
        // which nothing can be.
        Self(PathBuf::from(if cfg!(windows) { r"\\.\NUL" } else { "/" }))
    }

    /// Another tree.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Whether this is the machine itself and not a synthetic tree.
    #[must_use]
    pub fn is_system(&self) -> bool {
        *self == Self::system()
    }

    /// Where a file of the tree lies. `relative` has no leading slash.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }

    /// Whether something exists at this place.
    #[must_use]
    pub fn exists(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }

    /// The raw bytes of a file.
    ///
    /// # Errors
    /// [`Missing`] with the reason.
    pub fn bytes(&self, relative: &str) -> Result<Vec<u8>, Missing> {
        let mut bytes = Vec::new();
        File::open(self.path(relative))
            .and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes))
            .map_err(|error| Missing::because(relative, &error))?;
        Ok(bytes)
    }

    /// The text of a file without the white space and NUL at its end.
    ///
    /// # Errors
    /// [`Missing`] with the reason; an empty file is [`Missing::Malformed`].
    pub fn text(&self, relative: &str) -> Result<String, Missing> {
        let bytes = self.bytes(relative)?;
        let text = String::from_utf8_lossy(&bytes).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
        if text.is_empty() { Err(Missing::Malformed(format!("/{relative}"), text)) } else { Ok(text) }
    }

    /// A file that holds one number.
    ///
    /// # Errors
    /// [`Missing`] with the reason.
    pub fn number<T: FromStr>(&self, relative: &str) -> Result<T, Missing> {
        let text = self.text(relative)?;
        text.parse().map_err(|_| Missing::Malformed(format!("/{relative}"), text.chars().take(40).collect()))
    }

    /// The names in a directory, sorted so that `cpu10` comes after `cpu9`; empty where there is no such directory.
    #[must_use]
    pub fn list(&self, relative: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(relative))
            .into_iter()
            .flatten()
            .take(LARGEST_DIRECTORY)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        names
    }

    /// The entries of a directory that are `prefix` and a number, by that number.
    #[must_use]
    pub fn numbered(&self, relative: &str, prefix: &str) -> Vec<(u32, String)> {
        let mut found: Vec<(u32, String)> = self
            .list(relative)
            .into_iter()
            .filter_map(|name| Some((name.strip_prefix(prefix)?.parse().ok()?, format!("{relative}/{name}"))))
            .collect();
        found.sort_unstable();
        found
    }
}

/// The value after `key:` in a `key: value` file, without white space around it.
#[must_use]
pub fn field<'text>(text: &'text str, key: &str) -> Option<&'text str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim())
    })
}

/// A kernel list such as `0-3,6`, as numbers. Parts that are no numbers are left out; ranges are bounded.
#[must_use]
pub fn cpu_list(text: &str) -> Vec<u32> {
    const MOST: u32 = 8192;
    text.trim()
        .split(',')
        .filter_map(|part| {
            let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
            let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
            (last < MOST).then_some(first..=last)
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_lists() {
        assert_eq!(cpu_list("0-3,6\n"), [0, 1, 2, 3, 6]);
        assert_eq!(cpu_list("0"), [0]);
        assert!(cpu_list("").is_empty());
        assert!(cpu_list("0-4294967295").is_empty());
    }

    #[test]
    fn an_absent_file_names_itself_without_the_root() {
        let tree = tempfile::tempdir().unwrap();
        let why = Root::at(tree.path()).number::<u64>("sys/class/x").unwrap_err();
        assert_eq!(why.to_string(), "/sys/class/x does not exist");
    }

    #[test]
    fn a_closed_file_says_so() {
        let why = Missing::because("sys/x", &std::io::Error::from_raw_os_error(13));
        assert_eq!(why.to_string(), "/sys/x may not be opened by this user (permission denied)");
    }

    #[test]
    fn text_that_is_no_number_is_malformed() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::write(tree.path().join("temp"), "N/A\n").unwrap();
        let why = Root::at(tree.path()).number::<i64>("temp").unwrap_err();
        assert_eq!(why, Missing::Malformed("/temp".into(), "N/A".into()));
    }

    #[test]
    fn numbered_entries_come_in_order() {
        let tree = tempfile::tempdir().unwrap();
        for name in ["cpu10", "cpu9", "cpufreq", "cpu0"] {
            std::fs::create_dir(tree.path().join(name)).unwrap();
        }
        let numbers: Vec<u32> = Root::at(tree.path()).numbered(".", "cpu").into_iter().map(|(n, _)| n).collect();
        assert_eq!(numbers, [0, 9, 10]);
    }
}
