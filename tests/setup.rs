//! The set-up has manners: it says what it installs, installs no service, keeps a record, and shows why npm failed.
//!
//! The scripts run on a copy of the project, with doubles of the package managers first on the path.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Programs that a test gives itself, or takes away.
const NOT_FROM_HERE: [&str; 12] = [
    "apt-get",
    "dpkg-deb",
    "sudo",
    "npm",
    "ip",
    "aarch64-linux-gnu-g++",
    "systemctl",
    "service",
    "update-rc.d",
    "deb-systemd-helper",
    "useradd",
    "adduser",
];

/// Every call of a double is a line of the log: its name and arguments.
const DOUBLE: &str = "#!/bin/sh\necho \"${0##*/} $*\" >>\"$LOG\"\n";

struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["bin", "home", "project/tests/browser"] {
            fs::create_dir_all(machine.path(name)).unwrap();
        }
        for system in ["/usr/sbin", "/usr/bin", "/usr/local/bin"] {
            for entry in fs::read_dir(system).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if !NOT_FROM_HERE.iter().any(|taken| name == *taken) {
                    // The first folder wins, where two have a program of that name.
                    let _ = symlink(entry.path(), machine.path("bin").join(name));
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir(machine.path("project/scripts")).unwrap();
        for entry in fs::read_dir(root.join("scripts")).unwrap().flatten() {
            fs::copy(entry.path(), machine.path("project/scripts").join(entry.file_name())).unwrap();
        }
        fs::copy(root.join("Cargo.toml"), machine.path("project/Cargo.toml")).unwrap();
        fs::write(machine.path("project/tests/browser/package-lock.json"), "{}").unwrap();
        for name in ["systemctl", "service", "update-rc.d", "deb-systemd-helper", "useradd", "adduser", "apt-get"] {
            machine.double(name, "");
        }
        machine.double("sudo", "while [ \"$1\" = -n ]; do shift; done\nexec \"$@\"\n");
        machine.double("dpkg-deb", "");
        machine.double("npm", "");
        machine.double("cargo-deny", "");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn double(&self, name: &str, does: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("{DOUBLE}{does}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn script(&self, name: &str, arguments: &[&str], ci: bool) -> Output {
        let mut command = Command::new(self.path("project/scripts").join(name));
        // Rust stays where it is: the set-up looks whether it runs.
        let cargo = PathBuf::from(env!("CARGO"));
        let path = format!("{}:{}", self.path("bin").display(), cargo.parent().unwrap().display());
        command.args(arguments).env("PATH", path).env("HOME", self.path("home")).env("LOG", self.path("log"));
        command.env_remove("XDG_STATE_HOME").env_remove("CARGO_TARGET_DIR").env_remove("CI");
        if ci {
            command.env("CI", "true");
        }
        command.output().unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_the_tests_need_is_announced_and_recorded_and_no_service_is_installed() {
    let machine = Machine::new();
    let wanted = String::from_utf8(machine.script("setup.sh", &["--test", "--list"], true).stdout).unwrap();
    assert!(wanted.lines().any(|line| line == "iproute2"), "{wanted}");
    assert_eq!(machine.log(), "", "--list changes nothing");

    let output = machine.script("setup.sh", &["--test"], true);
    let words = said(&output);
    let announced = words.lines().position(|line| line.contains("to be installed") && line.contains("iproute2"));
    let begun = words.lines().position(|line| line.contains("installing:"));
    assert!(announced.is_some() && announced < begun, "{words}");

    let log = machine.log();
    let installs: Vec<&str> = log.lines().filter(|line| line.starts_with("apt-get install -y")).collect();
    assert!(installs.iter().any(|line| line.contains(" iproute2")), "{log}");
    for service in ["openssh-server", "slurm", "munge"] {
        assert!(!installs.iter().any(|line| line.contains(service)), "{service} would be installed: {log}");
    }
    for program in ["systemctl", "service ", "update-rc.d", "deb-systemd-helper", "useradd", "adduser"] {
        assert!(!log.lines().any(|line| line.starts_with(program)), "{program} was called: {log}");
    }

    let told = String::from_utf8(machine.script("clean-setup.sh", &[], false).stdout).unwrap();
    let purge = told.lines().find(|line| line.contains("apt-get purge")).unwrap_or_default();
    assert!(purge.split(' ').any(|word| word == "iproute2"), "{told}");
    assert!(told.contains(".local/state/densimeter/installed"), "the record itself: {told}");
}

#[test]
fn the_last_lines_of_npm_are_shown_and_only_ci_stops_at_them() {
    let machine = Machine::new();
    machine.double("npm", "seq 40 | sed 's/^/npm said /' >&2; exit 1\n");
    for ci in [true, false] {
        let output = machine.script("setup.sh", &["--test"], ci);
        let words = said(&output);
        assert!(words.contains("npm said 40") && words.contains("npm said 26"), "{words}");
        assert!(!words.contains("npm said 25\n"), "only the last ones: {words}");
        assert_eq!(output.status.success(), !ci, "{words}");
    }
}

#[test]
fn a_machine_without_any_set_up_has_nothing_to_take_back() {
    let machine = Machine::new();
    let told = String::from_utf8(machine.script("clean-setup.sh", &[], false).stdout).unwrap();
    assert_eq!(told, "# nothing is left of this project's set-up\n");
}
