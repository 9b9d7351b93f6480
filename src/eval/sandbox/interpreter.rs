//! Finds a Python outside the jail and says which files it needs inside.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::process::capture::capture;

/// How long a Python may take to say what it is, from a cold disk.
const ANSWER: Duration = Duration::from_secs(60);

/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// Bytes taken of its answer: a few paths.
const MOST: u64 = 1 << 20;

/// A Python interpreter and what the jail must let it read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// The real executable (no shim, no link).
    pub executable: PathBuf,
    /// `3.11.7` and the like.
    pub version: String,
    /// Folders and files that are read: the executable, the standard library, the system's shared libraries.
    pub read: Vec<PathBuf>,
}

const DESCRIBE: &str = "\
import os, sys, sysconfig
print('.'.join(map(str, sys.version_info[:3])))
print(os.path.realpath(sys.executable))
for name in ('stdlib', 'platstdlib'):
    print(os.path.realpath(sysconfig.get_path(name)))
for entry in sys.path:
    if entry and os.path.exists(entry): print(os.path.realpath(entry))
for folder in (sysconfig.get_config_var('LIBDIR'),):
    for name in (sysconfig.get_config_var('INSTSONAME'), sysconfig.get_config_var('LDLIBRARY')):
        if folder and name: print(os.path.realpath(os.path.join(folder, name)))
";

/// What the dynamic linker and the C library read, on the common distributions.
const SYSTEM: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/nix/store",
    "/gnu/store",
];

impl Interpreter {
    /// Asks a Python (a name on `PATH` or a path) about itself.
    ///
    /// # Errors
    /// It does not start or does not answer; the text says which Python.
    pub fn describe(python: &Path) -> Result<Self, String> {
        let mut command = Command::new(python);
        command.args(["-I", "-S", "-c", DESCRIBE]);
        let output = capture(command, MOST, LOOK, &mut |waited| (waited > ANSWER).then_some(()))
            .map_err(|error| format!("{} does not start: {error}", python.display()))?
            .map_err(|()| format!("{} does not answer within {} s", python.display(), ANSWER.as_secs()))?;
        let text = String::from_utf8_lossy(&output.out);
        let mut lines = text.lines();
        let (Some(version), Some(executable)) = (lines.next(), lines.next()) else {
            return Err(format!("{} does not describe itself ({})", python.display(), output.status));
        };
        let mut read: Vec<PathBuf> = vec![executable.into()];
        read.extend(lines.map(PathBuf::from));
        read.extend(SYSTEM.iter().map(PathBuf::from));
        read.retain(|path| path.exists() && path != Path::new("/"));
        read.sort();
        read.dedup();
        Ok(Self { executable: executable.into(), version: version.to_owned(), read })
    }

    /// Where to look, in order: the asked one alone, else `python3` of `PATH` and the usual places
    /// (a Python below a private home cannot be reached by the unprivileged user that root becomes).
    #[must_use]
    pub fn candidates(asked: Option<&Path>) -> Vec<PathBuf> {
        match asked {
            Some(path) => vec![path.to_owned()],
            None => ["python3", "/usr/bin/python3", "/usr/local/bin/python3"].map(PathBuf::from).to_vec(),
        }
    }
}
