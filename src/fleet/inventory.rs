//! `fleet.toml`: what to run, and on which targets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::{Address, SshHost};

/// Bytes beyond which an inventory is refused.
const MOST_BYTES: u64 = 1 << 20;

/// Targets beyond which an inventory is refused: each has a thread and a connection.
const MOST_TARGETS: usize = 256;

/// An inventory, its paths made absolute or relative to the working folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// What every target runs.
    pub job: Job,
    /// The targets.
    #[serde(default, rename = "target")]
    pub targets: Vec<Target>,
    /// Where `make dist` left the binaries.
    #[serde(default = "dist")]
    pub binaries: PathBuf,
    /// How many targets are sent files at the same time: they may share one line.
    #[serde(default = "two")]
    pub pushes_at_once: usize,
    /// The same behind Slurm.
    pub slurm: Option<Slurm>,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The command.
    pub command: Measuring,
    /// Catalogue id, path to a GGUF, or hf:owner/repo/file.gguf.
    pub model: String,
    /// Further arguments of the command.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Folder with the benchmarks, sent along for `eval` and `run`.
    pub data: Option<PathBuf>,
    /// Attempts before a target counts as failed.
    #[serde(default = "three")]
    pub attempts: u32,
    /// Seconds after which a target is given up, over all attempts.
    #[serde(default = "a_day")]
    pub time_limit_s: f64,
    /// Seconds that a target rests after the run before, so that it begins cool.
    #[serde(default)]
    pub cooldown_s: f64,
}

/// The commands that measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Measuring {
    /// The main job.
    Run,
    /// Speed, latency, memory, energy.
    Bench,
    /// Quality.
    Eval,
}

impl Measuring {
    /// The command as typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Bench => "bench",
            Self::Eval => "eval",
        }
    }
}

/// One target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name in tables and in the store.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Hosts to go through, in their order.
    #[serde(default)]
    pub jump: Vec<SshHost>,
    /// Private key.
    pub identity: Option<PathBuf>,
    /// Known host keys, in place of ssh's own list.
    pub known_hosts: Option<PathBuf>,
    /// Folder on the target: relative to the home folder behind ssh, /data/local/tmp/densimeter behind adb.
    pub folder: Option<String>,
    /// The binary to send; else the best of `binaries` for its processor.
    pub binary: Option<PathBuf>,
    /// Which cores it may use.
    #[serde(default)]
    pub pin: Pin,
    /// Bytes per second that it is sent at most.
    pub bandwidth_bytes_per_s: Option<u64>,
    /// In place of the job's.
    pub time_limit_s: Option<f64>,
    /// In place of the job's.
    pub cooldown_s: Option<f64>,
}

/// Which cores the measured processes may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum Pin {
    /// As the system decides.
    #[default]
    None,
    /// The fast cores.
    Big,
    /// These, as the kernel lists them: `4-7`.
    List(String),
}

impl From<String> for Pin {
    fn from(text: String) -> Self {
        match text.as_str() {
            "none" => Self::None,
            "big" => Self::Big,
            _ => Self::List(text),
        }
    }
}

impl From<Pin> for String {
    fn from(pin: Pin) -> Self {
        match pin {
            Pin::None => "none".to_owned(),
            Pin::Big => "big".to_owned(),
            Pin::List(list) => list,
        }
    }
}

/// An array of evaluation shards behind Slurm.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slurm {
    /// Shards, which is to say tasks of the array.
    pub shards: u32,
    /// Folder that every node sees, for journals and logs.
    pub folder: PathBuf,
    /// The binary as the nodes see it.
    pub binary: PathBuf,
    /// Features a node must have, as `sbatch --constraint` takes them.
    pub constraint: Option<String>,
    /// Partition.
    pub partition: Option<String>,
    /// Account.
    pub account: Option<String>,
    /// Minutes for a shard.
    pub time_limit_min: Option<u32>,
}

/// What is wrong with an inventory.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The file system's reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The inventory.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// Not TOML, or not of this shape.
    #[error("{}: {reason}", path.display())]
    Wrong {
        /// The inventory.
        path: PathBuf,
        /// What, and where.
        reason: String,
    },
}

fn dist() -> PathBuf {
    PathBuf::from("dist")
}

const fn two() -> usize {
    2
}

const fn three() -> u32 {
    3
}

const fn a_day() -> f64 {
    86_400.0
}

/// Options that the fleet itself gives.
const OWN_OPTIONS: &[&str] = &[
    "-m",
    "--model",
    "-o",
    "--output",
    "--out",
    "--resume",
    "--json",
    "--data",
    "--offline",
    "--shard",
    "--reason-file",
];

impl Inventory {
    /// Reads an inventory. Its paths count from its own folder.
    ///
    /// # Errors
    /// [`InventoryError`] with file and line.
    pub fn read(path: &Path) -> Result<Self, InventoryError> {
        let io = |error| InventoryError::Io { path: path.to_owned(), error };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(io)?;
        std::io::Read::read_to_string(&mut std::io::Read::take(file, MOST_BYTES), &mut text).map_err(io)?;
        let wrong = |reason: String| InventoryError::Wrong { path: path.to_owned(), reason };
        let mut inventory: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        inventory.check().map_err(wrong)?;
        inventory.stand_in(path.parent().unwrap_or(Path::new("")));
        Ok(inventory)
    }

    fn check(&self) -> Result<(), String> {
        if self.targets.is_empty() && self.slurm.is_none() {
            return Err("names no [[target]] and no [slurm]".to_owned());
        }
        if self.targets.len() > MOST_TARGETS {
            return Err(format!("{} targets are more than {MOST_TARGETS}", self.targets.len()));
        }
        if self.pushes_at_once == 0 || self.job.attempts == 0 {
            return Err("pushes_at_once and attempts begin at 1".to_owned());
        }
        for argument in &self.job.arguments {
            let option = argument.split('=').next().unwrap_or(argument);
            if OWN_OPTIONS.contains(&option) || (option.starts_with("-o") && !option.starts_with("--")) {
                return Err(format!("job.arguments: {option} is the fleet's own to give"));
            }
        }
        let mut names = BTreeSet::new();
        for target in &self.targets {
            let name = &target.name;
            if !is_name(name) {
                return Err(format!("'{name}' is no name of a target: 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'"));
            }
            if !names.insert(name) {
                return Err(format!("two targets are called {name}"));
            }
            if target.folder.as_deref().is_some_and(|folder| folder.is_empty() || folder.chars().any(char::is_control))
            {
                return Err(format!("{name}: folder is no path"));
            }
            if let Pin::List(list) = &target.pin
                && crate::sysfs::cpu_list(list).is_empty()
            {
                return Err(format!("{name}: pin = \"{list}\" is neither none, big nor a list of cores such as 4-7"));
            }
            if !matches!(target.address, Address::Ssh(_)) && (!target.jump.is_empty() || target.identity.is_some()) {
                return Err(format!("{name}: jump and identity are for ssh://"));
            }
            let limits =
                [target.time_limit_s, target.cooldown_s, Some(self.job.time_limit_s), Some(self.job.cooldown_s)];
            if limits.into_iter().flatten().any(|s| !(0.0..=31_536_000.0).contains(&s)) {
                return Err(format!("{name}: seconds are from 0 to a year"));
            }
        }
        if self.slurm.as_ref().is_some_and(|slurm| slurm.shards == 0 || slurm.shards > 4096) {
            return Err("slurm.shards is from 1 to 4096".to_owned());
        }
        Ok(())
    }

    fn stand_in(&mut self, base: &Path) {
        let place = |path: &mut PathBuf| *path = base.join(&*path);
        place(&mut self.binaries);
        self.job.data.iter_mut().for_each(place);
        for target in &mut self.targets {
            [&mut target.identity, &mut target.known_hosts, &mut target.binary].into_iter().flatten().for_each(place);
        }
    }

    /// The folder of a target, on the target.
    #[must_use]
    pub fn folder(target: &Target) -> String {
        target.folder.clone().unwrap_or_else(|| {
            match target.address {
                Address::Adb { .. } => "/data/local/tmp/densimeter",
                Address::Ssh(_) | Address::Local => ".densimeter-fleet",
            }
            .to_owned()
        })
    }
}

/// A name that is safe as a folder everywhere.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with(['.', '-'])
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Inventory, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.toml");
        std::fs::write(&path, text).unwrap();
        Inventory::read(&path).map_err(|error| error.to_string())
    }

    const JOB: &str = "[job]\ncommand = \"bench\"\nmodel = \"smollm2-135m-instruct\"\n";

    #[test]
    fn a_small_inventory_needs_little() {
        let inventory = read(&format!(
            "{JOB}[[target]]\nname = \"pi5\"\naddress = \"ssh://pi@pi5:22\"\njump = [\"gate.example\"]\nidentity = \"key\"\n\
             [[target]]\nname = \"phone\"\naddress = \"adb:R58\"\npin = \"big\"\n"
        ))
        .unwrap();
        assert_eq!(inventory.targets[0].jump[0].to_string(), "gate.example");
        assert!(inventory.targets[0].identity.as_ref().unwrap().is_absolute());
        assert_eq!(Inventory::folder(&inventory.targets[1]), "/data/local/tmp/densimeter");
        assert_eq!(inventory.targets[1].pin, Pin::Big);
    }

    #[test]
    fn mistakes_are_named() {
        let target = "[[target]]\nname = \"a\"\naddress = \"local\"\n";
        for (text, what) in [
            (JOB.to_owned(), "no [[target]]"),
            (format!("{JOB}{target}{target}"), "two targets"),
            (format!("{JOB}{target}pinn = \"big\"\n"), "pinn"),
            (format!("{JOB}{target}pin = \"fast\"\n"), "neither none, big"),
            (format!("{JOB}{}", target.replace("\"a\"", "\"../a\"")), "no name of a target"),
            (format!("{JOB}arguments = [\"-o\", \"/etc\"]\n{target}"), "the fleet's own"),
            (format!("{JOB}arguments = [\"--out=/etc\"]\n{target}"), "the fleet's own"),
            (format!("{JOB}{}", target.replace("local", "ssh://-oProxyCommand=id")), "no address"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
