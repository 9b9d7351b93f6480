//! Where runs lie, and writing files whole or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use serde::Serialize;

use crate::file::atomic;
use crate::file::lock::{Attempt, LockedFile};

/// Name of the derived document in a run's folder.
pub const REPORT: &str = "report.json";

/// A new folder for a run that nobody gave a place, in the state directory of the platform.
///
/// # Errors
/// When the platform names no home.
pub fn state_folder() -> io::Result<PathBuf> {
    Ok(state_base()?.join("runs").join(new_run_id()))
}

/// Where the model of this device is kept.
///
/// # Errors
/// When the platform names no home.
pub fn device_model_path() -> io::Result<PathBuf> {
    Ok(state_base()?.join("device-model.json"))
}

/// Where is kept what earlier calls measured of this device.
///
/// # Errors
/// When the platform names no home.
pub fn probe_path() -> io::Result<PathBuf> {
    Ok(state_base()?.join("this-device.json"))
}

fn state_base() -> io::Result<PathBuf> {
    let strategy = choose_app_strategy(AppStrategyArgs {
        top_level_domain: String::new(),
        author: String::new(),
        app_name: "densimeter".to_owned(),
    })
    .map_err(io::Error::other)?;
    Ok(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()))
}

/// Makes the folder of a run and tries whether it takes files, before an hour is spent on what it could not keep.
///
/// # Errors
/// One line with the folder and the way out.
pub fn prepare(folder: &Path) -> io::Result<()> {
    let attempt = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder).map(drop));
    attempt.map_err(|error| cannot_hold(folder, &error))
}

/// Tries whether the folder of a run could be made, without making it: before a model is fetched that may be none.
///
/// # Errors
/// As [`prepare`].
pub fn may_hold(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    tempfile::tempfile_in(there).map(drop).map_err(|error| cannot_hold(folder, &error))
}

fn cannot_hold(folder: &Path, error: &io::Error) -> io::Error {
    let text = format!("{}: cannot hold a run ({error}); give another folder with -o", folder.display());
    io::Error::new(error.kind(), text)
}

/// Takes a folder for this process alone, until what is returned is dropped.
///
/// # Errors
/// One line with the folder and the way out: somebody else has it, or it cannot be opened.
pub fn hold(folder: &Path) -> io::Result<LockedFile> {
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    match lockable(folder).and_then(LockedFile::attempt).map_err(failed)? {
        Attempt::Held(held) => Ok(held),
        Attempt::Taken(_) => Err(io::Error::new(
            io::ErrorKind::WouldBlock,
            format!("{}: another densimeter is at work in it; give another folder with -o", folder.display()),
        )),
    }
}

/// What a folder is held by: itself.
#[cfg(not(windows))]
fn lockable(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// What a folder is held by where folders have no locks: a file in it that goes when nobody has it open any more.
#[cfg(windows)]
fn lockable(folder: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    /// GENERIC_READ, GENERIC_WRITE and DELETE.
    const ACCESS: u32 = 0x8000_0000 | 0x4000_0000 | 0x0001_0000;
    /// FILE_FLAG_DELETE_ON_CLOSE.
    const GOES: u32 = 0x0400_0000;
    File::options()
        .write(true)
        .create(true)
        .access_mode(ACCESS)
        .custom_flags(GOES)
        .open(folder.join(".densimeter.lock"))
}

/// A name for a run that begins now: UTC to the second and the process, so that two runs never share it.
#[must_use]
pub fn new_run_id() -> String {
    let now = jiff::Timestamp::now();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), std::process::id())
}

/// The name of the run in a folder: the folder's own name.
#[must_use]
pub fn run_id(folder: &Path) -> String {
    folder.file_name().map_or_else(new_run_id, |name| name.to_string_lossy().into_owned())
}

/// Writes a JSON document beside its final place, syncs it, and renames it there.
///
/// # Errors
/// The file system's, with the path.
pub fn write_json(path: &Path, document: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    write(path, &text)
}

/// Writes a file beside its final place, syncs it, and renames it there.
///
/// # Errors
/// The file system's, with the path.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    atomic::write(path, bytes).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// Writes derived files below a folder, which is made where it is missing.
///
/// # Errors
/// The file system's, with the path.
pub fn write_files(folder: &Path, files: &[(String, String)]) -> io::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        let made = std::fs::create_dir_all(parent);
        made.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", parent.display())))?;
        write(&path, text.as_bytes())?;
    }
    Ok(())
}
