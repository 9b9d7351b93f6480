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
    command.arg("--dist").arg(dist).arg("--out").arg(dist.join("wheels"));
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
    assert!(!empty.status.success() && said.contains("dist.sh --full"), "{said}");

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
        let named = |made: &String| {
            made.starts_with(&format!("densimeter-{version}-py3-none-"))
                && ["manylinux_2_17", "musllinux_1_1"].iter().all(|tag| made.contains(&format!("{tag}_{machine}")))
        };
        assert!(made.iter().any(named), "{machine}: {made:?}");
    }

    let own = made.iter().find(|name| name.contains(std::env::consts::ARCH)).expect("a wheel for this machine");
    done(Command::new("python3").args(["-m", "venv"]).arg(&home));
    let mut pip = Command::new(home.join("bin/pip"));
    // The wheel alone: nothing is asked of an index.
    done(
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-index"])
            .arg(dist.join("wheels").join(own)),
    );
    assert!(home.join("share/bash-completion/completions/densimeter").is_file(), "completions come with it");
    let said = done(Command::new(home.join("bin/densimeter")).args(["recommend", "--json"]));
    assert!(said.ends_with(" recommend --json\n"), "{said}");
    if std::env::consts::ARCH == "x86_64" {
        assert!(home.join("bin/densimeter-x86_64-v3").is_file(), "the levels lie beside the command");
    }
}

/// A release of stand-ins in a folder, as the project's releases are laid out.
fn release(folder: &Path) -> std::path::PathBuf {
    let (dist, release) = (folder.join("dist"), folder.join("releases/latest/download"));
    fs::create_dir(&dist).unwrap();
    for level in ["x86_64-v2", "x86_64-v3", "aarch64-armv8.0", "aarch64-i8mm"] {
        binary(&dist, level);
    }
    let mut archives = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/archives.sh"));
    done(archives.arg("--dist").arg(&dist).arg("--out").arg(&release));
    release
}

fn install(folder: &Path) -> std::process::Output {
    let mut command = Command::new("sh");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/install.sh"));
    command.env("DENSIMETER_RELEASES", format!("file://{}", folder.join("releases").display()));
    command.env("DENSIMETER_PREFIX", folder.join("prefix")).env_remove("DENSIMETER_VERSION");
    command.output().unwrap()
}

#[test]
fn an_archive_is_installed_only_where_it_is_what_its_sum_says() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path());
    let output = install(folder.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let prefix = folder.path().join("prefix");
    let told = done(Command::new(prefix.join("bin/densimeter")).arg("recommend"));
    assert!(told.ends_with(" recommend\n"), "{told}");
    for name in ["bin/densimeter", "share/fish/vendor_completions.d/densimeter.fish"] {
        assert!(prefix.join(name).is_file(), "{name}");
    }
    assert!(said.contains("put it on the path"), "{said}");

    // The same sources give the same archive.
    let own = format!("densimeter-{}-{}-linux.tar.gz", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let first = fs::read(release.join(&own)).unwrap();
    let mut again = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/archives.sh"));
    done(again.arg("--dist").arg(folder.path().join("dist")).arg("--out").arg(folder.path().join("again")));
    assert!(first == fs::read(folder.path().join("again").join(&own)).unwrap(), "{own} differs");

    // One byte changed on the way, and half a download: nothing is installed.
    fs::remove_dir_all(&prefix).unwrap();
    let mut changed = first.clone();
    *changed.last_mut().unwrap() ^= 1;
    for content in [changed.as_slice(), &first[..first.len() / 2]] {
        fs::write(release.join(&own), content).unwrap();
        let output = install(folder.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("nothing was installed"), "{said}");
        assert!(!prefix.exists(), "{said}");
    }
    fs::write(release.join("SHA256SUMS"), "").unwrap();
    let said = String::from_utf8_lossy(&install(folder.path()).stderr).into_owned();
    assert!(said.contains("has no archive for"), "{said}");
}
