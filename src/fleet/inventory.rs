//! `fleet.toml`: what to run, and on which targets.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::address::{Address, SshHost};

/// An inventory, its paths made absolute or relative to the working folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inventory {
    /// What every target runs.
    pub(crate) job: Job,
    /// The targets.
    #[serde(default, rename = "target")]
    pub(crate) targets: Vec<Target>,
    /// Where `make dist` left the binaries.
    #[serde(default = "dist")]
    pub(crate) binaries: PathBuf,
    /// How many targets are sent files at the same time: they may share one line.
    #[serde(default = "two")]
    pub(crate) pushes_at_once: usize,
    /// The same behind Slurm.
    pub(crate) slurm: Option<Slurm>,
    /// The inventory's own folder.
    #[serde(skip)]
    pub(crate) base: PathBuf,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    /// The command.
    pub(crate) command: Measuring,
    /// Catalogue id, path to a GGUF, or hf:owner/repo/file.gguf.
    pub(crate) model: String,
    /// Further arguments of the command.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Folder with the benchmarks, sent along for `eval` and `run`.
    pub(crate) data: Option<PathBuf>,
    /// Attempts before a target counts as failed.
    #[serde(default = "three")]
    pub(crate) attempts: u32,
    /// Seconds after which a target is given up, over all attempts.
    #[serde(default = "a_day")]
    pub(crate) time_limit_s: f64,
    /// Seconds that a target rests after the run before, so that it begins cool.
    #[serde(default)]
    pub(crate) cooldown_s: f64,
}

/// The commands that measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Measuring {
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
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Bench => "bench",
            Self::Eval => "eval",
        }
    }

    /// The words of the command on a target, without this program's name.
    #[must_use]
    pub(crate) fn words(self, arguments: &[String], model: &str, output: &str, data: Option<&str>) -> Vec<String> {
        let given = ["-m", model, "-o", output];
        // Speed is measured without benchmarks.
        let data = data.filter(|_| self != Self::Bench).map(|data| ["--data", data]);
        std::iter::once(self.name())
            .chain(arguments.iter().map(String::as_str))
            .chain(given)
            .chain(data.into_iter().flatten())
            .map(str::to_owned)
            .collect()
    }
}

/// One target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// Its name in tables and in the store.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) address: Address,
    /// Hosts to go through, in their order.
    #[serde(default)]
    pub(crate) jump: Vec<SshHost>,
    /// Private key.
    pub(crate) identity: Option<PathBuf>,
    /// Known host keys, in place of ssh's own list.
    pub(crate) known_hosts: Option<PathBuf>,
    /// Folder on the target: relative to the home folder behind ssh, /data/local/tmp/densimeter behind adb.
    pub(crate) folder: Option<String>,
    /// The binary to send; else the best of `binaries` for its processor.
    pub(crate) binary: Option<PathBuf>,
    /// Which cores it may use.
    #[serde(default)]
    pub(crate) pin: Pin,
    /// Bytes per second that it is sent at most.
    pub(crate) bandwidth_bytes_per_s: Option<u64>,
    /// In place of the job's.
    pub(crate) time_limit_s: Option<f64>,
    /// In place of the job's.
    pub(crate) cooldown_s: Option<f64>,
}

impl Target {
    /// The machine that it is, whoever the user there: host and port, behind its jump hosts.
    #[must_use]
    pub(crate) fn machine(&self) -> String {
        let mut machine: String = self.jump.iter().map(|host| format!("{host} ")).collect();
        machine += &match &self.address {
            Address::Ssh(host) => {
                SshHost { user: None, port: host.port.filter(|port| *port != 22), host: host.host.clone() }.to_string()
            }
            address @ (Address::Local | Address::Adb { .. }) => address.to_string(),
        };
        machine
    }
}

/// Which cores the measured processes may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub(crate) enum Pin {
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
pub(crate) struct Slurm {
    /// Shards, which is to say tasks of the array.
    pub(crate) shards: u32,
    /// Folder that every node sees, for journals and logs.
    pub(crate) folder: PathBuf,
    /// The binary as the nodes see it.
    pub(crate) binary: PathBuf,
    /// Features a node must have, as `sbatch --constraint` takes them.
    pub(crate) constraint: Option<String>,
    /// Partition.
    pub(crate) partition: Option<String>,
    /// Account.
    pub(crate) account: Option<String>,
    /// Minutes for a shard.
    pub(crate) time_limit_min: Option<u32>,
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

impl Inventory {
    /// The folder of a target, on the target.
    #[must_use]
    pub(crate) fn folder(target: &Target) -> String {
        target.folder.clone().unwrap_or_else(|| {
            match target.address {
                Address::Adb { .. } => "/data/local/tmp/densimeter",
                Address::Ssh(_) | Address::Local => ".densimeter-fleet",
            }
            .to_owned()
        })
    }

    /// The model as it is looked for here: a path counts from the inventory's folder, if it leads to a file there.
    #[must_use]
    pub(crate) fn model(&self) -> String {
        let path = self.base.join(&self.job.model);
        if path.is_file() { path.display().to_string() } else { self.job.model.clone() }
    }
}

/// A name that is safe as a folder everywhere.
#[must_use]
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with(['.', '-'])
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}
