//! Where the programs of these tests are: this machine's own, or those that `scripts/lab.sh` unpacked beside the build.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The unpacked packages: `lab` in the folder that cargo builds into (this test lies in its `PROFILE/deps`), else in the
/// project's own, where `scripts/lab.sh` put it for another call.
fn lab() -> Option<PathBuf> {
    let mine = std::env::current_exe().ok()?.ancestors().nth(3)?.join("lab");
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/lab");
    [mine, usual].into_iter().find(|folder| folder.is_dir())
}

/// A program, where this machine has it; daemons stand in folders that are not on everybody's path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let lab = lab();
    let folders = [Some(PathBuf::from("/usr/sbin")), Some("/usr/bin".into())]
        .into_iter()
        .chain(["usr/sbin", "usr/bin"].map(|folder| Some(lab.as_ref()?.join(folder))));
    folders.flatten().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Those of the programs that are nowhere.
pub(crate) fn missing<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().filter(|name| program(name).is_none()).collect()
}

/// A command that finds the unpacked programs after this machine's own, and their libraries.
pub(crate) fn command(name: impl AsRef<Path>) -> Command {
    let name = name.as_ref();
    let found = name.to_str().filter(|name| !name.contains('/')).and_then(program);
    let mut command = Command::new(found.as_deref().unwrap_or(name));
    if let Some(lab) = lab() {
        let path = std::env::var("PATH").unwrap_or_default();
        let (own, daemons) = (lab.join("usr/bin"), lab.join("usr/sbin"));
        command.env("PATH", format!("{path}:{}:{}", own.display(), daemons.display()));
        let libraries: Vec<String> = libraries(&lab).iter().map(|folder| folder.display().to_string()).collect();
        command.env("LD_LIBRARY_PATH", libraries.join(":"));
    }
    command
}

/// The folders of libraries among the unpacked packages, Slurm's own among them.
fn libraries(lab: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for above in ["lib", "usr/lib"] {
        for entry in std::fs::read_dir(lab.join(above)).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().contains("linux-gnu") {
                folders.extend([entry.path(), entry.path().join("slurm-wlm")]);
            }
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

/// Slurm's plugins, where it was unpacked: its own place is compiled in.
pub(crate) fn slurm_plugins() -> Option<PathBuf> {
    let lab = lab()?;
    program("slurmd")?
        .starts_with(&lab)
        .then(|| libraries(&lab).into_iter().find(|folder| folder.ends_with("slurm-wlm")))?
}
