//! `scripts/wheels.sh`: static binaries as wheels that pip installs, with their levels beside the command.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// What a command prints; its end is the test's where it fails.
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &said
}

/// A binary of a level: what it is called with is all that it says.
fn binary(folder: &Path, level: &str) {
    let path = folder.join(format!("densimeter-{level}"));
    fs::write(&path, format!("#!/bin/sh\necho {level} \"$@\"\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn wheels(dist: &Path) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/wheels.sh"));
    command.arg("--dist").arg(dist);
    command
}

/// Whether Python can make a folder for packages; with `CI` set it must.
fn has_venv() -> bool {
    let found = Command::new("python3").args(["-c", "import ensurepip"]).output();
    let found = found.is_ok_and(|output| output.status.success());
    assert!(found || std::env::var_os("CI").is_none(), "python3-venv is missing");
    found
}

#[test]
fn static_binaries_become_wheels_that_pip_installs() {
    if !has_venv() {
        // Skipped: a machine of one's own need not have Debian's python3-venv.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (dist, home) = (folder.path().join("dist"), folder.path().join("venv"));
    fs::create_dir(&dist).unwrap();
    let empty = wheels(&dist).output().unwrap();
    let said = String::from_utf8_lossy(&empty.stderr).into_owned();
    assert!(!empty.status.success() && said.contains("make dist"), "{said}");

    for level in ["x86_64-v2", "x86_64-v3", "aarch64-armv8.0"] {
        binary(&dist, level);
    }
    let said = done(&mut wheels(&dist));
    assert!(said.contains("without x86_64-avx512") && said.contains("armv7: no "), "{said}");
    let made: Vec<String> = fs::read_dir(dist.join("wheels"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".whl"))
        .collect();
    assert_eq!(made.len(), 2, "{made:?}");
    let version = env!("CARGO_PKG_VERSION");
    for machine in ["x86_64", "aarch64"] {
        let name = format!("densimeter-{version}-py3-none-manylinux_2_17_{machine}.musllinux_1_1_{machine}.whl");
        assert!(made.contains(&name), "{name}: {made:?}");
    }

    let own = made.iter().find(|name| name.contains(std::env::consts::ARCH)).expect("a wheel for this machine");
    done(Command::new("python3").args(["-m", "venv"]).arg(&home));
    let mut pip = Command::new(home.join("bin/pip"));
    // The wheel alone: nothing is asked of an index.
    done(
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-index"])
            .arg(dist.join("wheels").join(own)),
    );
    let said = done(Command::new(home.join("bin/densimeter")).args(["recommend", "--json"]));
    assert!(said.ends_with(" recommend --json\n"), "{said}");
    if std::env::consts::ARCH == "x86_64" {
        assert!(home.join("bin/densimeter-x86_64-v3").is_file(), "the levels lie beside the command");
    }
}
