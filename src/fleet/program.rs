//! Which binary a target is sent.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::address::Address;
use super::facts::Facts;
use super::inventory::{Inventory, Target};
use super::upload::Upload;
use crate::device::isa_level;

/// Machines of ELF headers (`e_machine`).
const MACHINES: &[(u16, &str)] = &[(62, "x86_64"), (183, "aarch64"), (40, "arm"), (3, "x86"), (243, "riscv64")];

/// Why there is no binary for a target.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// No level fits and is there.
    #[error("no binary for it in {}: it is a {machine} that can run {usable}; build them with `make dist`, or set `binary`", folder.display())]
    None {
        /// Where was looked.
        folder: PathBuf,
        /// What the target says it is.
        machine: String,
        /// Levels that it could run.
        usable: String,
    },
    /// The file cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// The binary.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A binary for a target.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    path: PathBuf,
    machine: &'static str,
    /// What to know about the choice.
    pub(crate) note: Option<String>,
}

impl Program {
    /// The binary that the inventory names, or the best that is there for the processor.
    ///
    /// # Errors
    /// [`ProgramError`].
    pub(crate) fn choose(target: &Target, inventory: &Inventory, facts: &Facts) -> Result<Self, ProgramError> {
        if let Some(path) = &target.binary {
            return Self::at(path.clone(), None);
        }
        let has = |name: &str| facts.features.iter().any(|feature| feature == name);
        let usable = isa_level::usable(facts.architecture.unwrap_or_default(), &has);
        let path = |name: &str| inventory.binaries.join(format!("densimeter-{name}"));
        if let Some((place, level)) = usable.iter().enumerate().find(|(_, level)| path(level.name).is_file()) {
            let note = (place > 0).then(|| {
                format!(
                    "its processor can run {}, but there is only {}: it is slower than it could be",
                    usable[0].name, level.name
                )
            });
            return Self::at(path(level.name), note);
        }
        // This very binary is of this machine's architecture; elsewhere its libraries and its processor may differ.
        if facts.architecture == Some(std::env::consts::ARCH)
            && let Ok(own) = std::env::current_exe()
        {
            let note = "this machine's own binary was sent, which is not static: `make dist` builds those".to_owned();
            return Self::at(own, (target.address != Address::Local).then_some(note));
        }
        let names: Vec<&str> = usable.iter().map(|level| level.name).collect();
        Err(ProgramError::None {
            folder: inventory.binaries.clone(),
            machine: facts.machine.clone(),
            usable: if names.is_empty() { "none of ours".to_owned() } else { names.join(", ") },
        })
    }

    fn at(path: PathBuf, note: Option<String>) -> Result<Self, ProgramError> {
        let wrong = |reason: String| ProgramError::File { path: path.clone(), reason };
        let mut head = [0; 20];
        let read = File::open(&path).and_then(|mut file| file.read_exact(&mut head));
        match read {
            Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(wrong(error.to_string())),
            Ok(()) if head.starts_with(b"\x7fELF") => {}
            _ => {
                return Err(wrong(
                    "is no program (no ELF file); build it anew with `make dist`, or remove it".to_owned(),
                ));
            }
        }
        let machine = u16::from_le_bytes([head[18], head[19]]);
        let machine =
            MACHINES.iter().find(|(number, _)| *number == machine).map_or("an unknown machine", |(_, name)| name);
        Ok(Self { path, machine, note })
    }

    /// The machine that it is for.
    #[must_use]
    pub(crate) const fn machine(&self) -> &'static str {
        self.machine
    }

    /// The level that its name tells; `None` for a binary of another name.
    #[must_use]
    pub(crate) fn level(&self) -> Option<&'static str> {
        let name = self.name();
        isa_level::find(name.strip_prefix("densimeter-")?).map(|level| level.name)
    }

    /// Its file name.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where it goes: under its own hash, so that a run that is still at work keeps the one that it began with.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn upload(&self) -> Result<Upload, ProgramError> {
        let wrong = |error: std::io::Error| ProgramError::File { path: self.path.clone(), reason: error.to_string() };
        let upload = Upload::of(&self.path, String::new(), true).map_err(wrong)?;
        Ok(Upload { place: format!("bin/{}/densimeter", &upload.sha256[..16]), ..upload })
    }
}

/// Where a model goes on a target: under its hash, with a name of plain characters.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn model_upload(path: &Path) -> std::io::Result<Upload> {
    let upload = Upload::of(path, String::new(), false)?;
    let name: String = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect();
    Ok(Upload { place: format!("models/{}/{}", &upload.sha256[..16], name.trim_start_matches('.')), ..upload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_binary_that_is_there_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let mut elf = [0_u8; 64];
        elf[..4].copy_from_slice(b"\x7fELF");
        elf[18] = 183;
        for level in ["aarch64-armv8.0", "aarch64-dotprod"] {
            std::fs::write(folder.path().join(format!("densimeter-{level}")), elf).unwrap();
        }
        let text = "[job]\ncommand = \"bench\"\nmodel = \"m\"\n[[target]]\nname = \"x\"\naddress = \"ssh://x\"\n";
        let mut inventory: Inventory = toml::from_str(text).unwrap();
        inventory.binaries = folder.path().to_owned();
        let facts = |features: &str| Facts {
            machine: "aarch64".to_owned(),
            architecture: Some("aarch64"),
            features: features.split(' ').map(str::to_owned).collect(),
            free_bytes: None,
            clock_ahead_s: None,
        };
        let choose = |facts: &Facts| Program::choose(&inventory.targets[0], &inventory, facts);
        let old = choose(&facts("fp asimd")).unwrap();
        assert_eq!((old.name().as_str(), old.note), ("densimeter-aarch64-armv8.0", None));
        let new = choose(&facts("asimd asimdhp asimddp i8mm")).unwrap();
        assert_eq!((new.name().as_str(), new.machine()), ("densimeter-aarch64-dotprod", "aarch64"));
        assert_eq!(new.level(), Some("aarch64-dotprod"));
        assert!(new.note.unwrap().contains("aarch64-i8mm"));
        std::fs::write(folder.path().join("densimeter-aarch64-dotprod"), "").unwrap();
        assert!(choose(&facts("asimd asimddp")).unwrap_err().to_string().contains("is no program"));
        let other = Facts { machine: "riscv64".to_owned(), architecture: None, ..facts("") };
        assert!(choose(&other).unwrap_err().to_string().contains("make dist"));
    }
}
