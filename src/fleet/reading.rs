//! Reading `fleet.toml`: where its paths lead, and what is wrong with it, before any target is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::address::Address;
use super::inventory::{Inventory, Pin, is_name};
use crate::file::bounded::{self, ReadError};

/// Bytes beyond which an inventory is refused.
const MOST_BYTES: u64 = 1 << 20;

/// Targets beyond which an inventory is refused: each has a thread and a connection.
const MOST_TARGETS: usize = 256;

/// What is wrong with an inventory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InventoryError {
    /// The file system's reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The inventory.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// It is not text, or too much of it.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Not TOML, or not of this shape.
    #[error("{}: {reason}", path.display())]
    Wrong {
        /// The inventory.
        path: PathBuf,
        /// What, and where.
        reason: String,
    },
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
    pub(crate) fn read(path: &Path) -> Result<Self, InventoryError> {
        let text = bounded::text(path, MOST_BYTES).map_err(|error| match error {
            ReadError::Io { path, error } => InventoryError::Io { path, error },
            error => InventoryError::Read(error),
        })?;
        let wrong = |reason: String| InventoryError::Wrong { path: path.to_owned(), reason };
        let mut inventory = Self::parse(&text).map_err(wrong)?;
        inventory.stand_in(path.parent().unwrap_or(Path::new("")));
        inventory.look_at_files().map_err(wrong)?;
        Ok(inventory)
    }

    /// An inventory's text, without a look at the files that it names.
    ///
    /// # Errors
    /// What is wrong with it, with the line where it is one's.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let inventory: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        inventory.check()?;
        Ok(inventory)
    }

    fn check(&self) -> Result<(), String> {
        if self.targets.is_empty() && self.slurm.is_none() {
            return Err("names no [[target]] and no [slurm]".to_owned());
        }
        if !self.targets.is_empty() && self.slurm.is_some() {
            return Err("[[target]] and [slurm] are two ways to run the job: an inventory has one of them".to_owned());
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
        let mut folders = BTreeMap::new();
        for target in &self.targets {
            let name = &target.name;
            if !is_name(name) {
                return Err(format!("'{name}' is no name of a target: 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'"));
            }
            if !names.insert(name) {
                return Err(format!("two targets are called {name}"));
            }
            // One run has one name in every folder: two targets would go on with each other's.
            if let Some(other) = folders.insert((target.machine(), Self::folder(target)), name) {
                return Err(format!(
                    "{other} and {name} are one folder of one machine: give one of them another `folder`"
                ));
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
            if !matches!(target.address, Address::Ssh(_))
                && (!target.jump.is_empty() || target.identity.is_some() || target.known_hosts.is_some())
            {
                return Err(format!("{name}: jump, identity and known_hosts are for ssh://"));
            }
            if target.bandwidth_bytes_per_s == Some(0) {
                return Err(format!("{name}: bandwidth_bytes_per_s begins at 1; leave it out for no limit"));
            }
            let limits =
                [target.time_limit_s, target.cooldown_s, Some(self.job.time_limit_s), Some(self.job.cooldown_s)];
            if limits.into_iter().flatten().any(|s| !(0.0..=31_536_000.0).contains(&s)) {
                return Err(format!("{name}: seconds are from 0 to a year"));
            }
            if target.time_limit_s.unwrap_or(self.job.time_limit_s) < 1.0 {
                return Err(format!("{name}: time_limit_s begins at 1"));
            }
        }
        if self.slurm.as_ref().is_some_and(|slurm| slurm.shards == 0 || slurm.shards > 4096) {
            return Err("slurm.shards is from 1 to 4096".to_owned());
        }
        Ok(())
    }

    fn stand_in(&mut self, base: &Path) {
        self.base = base.to_owned();
        let home = std::env::home_dir();
        let place = |path: &mut PathBuf| {
            *path = match (path.strip_prefix("~"), &home) {
                (Ok(below), Some(home)) => home.join(below),
                _ => base.join(&*path),
            };
        };
        place(&mut self.binaries);
        self.job.data.iter_mut().for_each(place);
        for target in &mut self.targets {
            [&mut target.identity, &mut target.known_hosts, &mut target.binary].into_iter().flatten().for_each(place);
        }
    }

    /// ssh goes on without a key or a list of keys that is not there, and then says only that it was refused.
    fn look_at_files(&self) -> Result<(), String> {
        if let Some(data) = self.job.data.as_ref().filter(|data| !data.is_dir()) {
            return Err(format!("job.data: no folder {}", data.display()));
        }
        for target in &self.targets {
            for (name, path) in [("identity", &target.identity), ("known_hosts", &target.known_hosts)] {
                if let Some(path) = path.as_ref().filter(|path| !path.is_file()) {
                    return Err(format!("{}: {name}: no file {}", target.name, path.display()));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::inventory::Pin;

    fn read(text: &str) -> Result<Inventory, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("key"), "").unwrap();
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
            (format!("{JOB}{target}[slurm]\nshards = 2\nfolder = \"/f\"\nbinary = \"/b\"\n"), "one of them"),
            (format!("{JOB}{target}{}", target.replace("\"a\"", "\"b\"")), "a and b are one folder"),
            (format!("{JOB}{target}bandwidth_bytes_per_s = 0\n"), "begins at 1"),
            (format!("{JOB}{}identity = \"none\"\n", target.replace("local", "ssh://x")), "identity: no file"),
            (format!("{JOB}{}known_hosts = \"none\"\n", target.replace("local", "ssh://x")), "known_hosts: no file"),
            (format!("{JOB}data = \"none\"\n{target}"), "job.data: no folder"),
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
