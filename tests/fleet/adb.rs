//! The way to a phone against a FAKE adb: arguments, quoting and parsing only. No phone was available to any of this.

use std::process::Command;

use serde_json::Value;

use super::super::models::writer::small;

/// A stand-in for adb that runs the device's shell here, and for the services of Android that are asked.
const FAKE_ADB: &str = "#!/bin/sh\n# FAKE: no phone behind it.\nprintf '%s\\n' \"$*\" >>\"$FAKE_LOG\"\n\
    [ \"$1\" = -s ] && [ \"$2\" = FAKESERIAL ] || { echo \"error: device '$2' not found\" >&2; exit 1; }\nshift 2\n\
    [ \"$1 $2 $3\" = \"shell -T --\" ] || { echo 'adb: unknown command' >&2; exit 1; }\nshift 3\nexec sh -c \"$*\"\n";

const FAKE_DUMPSYS: &str = "#!/bin/sh\n# FAKE: the words of Android's services, as its sources print them.\ncase $1 in\n\
    battery) printf '  USB powered: true\\n  level: 61\\n  scale: 100\\n  temperature: 305\\n' ;;\n\
    power) echo '  mWakefulness=Awake' ;;\nthermalservice) echo 'Thermal Status: 1' ;;\n*) exit 1 ;;\nesac\n";

fn program(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_phone_behind_a_fake_adb() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).display().to_string();
    std::fs::create_dir(path("bin")).unwrap();
    program(&home.path().join("bin/adb"), FAKE_ADB);
    program(&home.path().join("bin/dumpsys"), FAKE_DUMPSYS);
    std::fs::write(path("small.gguf"), small().finish()).unwrap();
    let inventory = format!(
        "[job]\ncommand = \"bench\"\nmodel = \"{}\"\nattempts = 1\n\
         arguments = [\"--engine\", \"mock\", \"-p\", \"16\", \"-n\", \"0\", \"-r\", \"1\", \"-t\", \"1\", \"--no-wait\"]\n\
         [[target]]\nname = \"phone\"\naddress = \"adb:FAKESERIAL\"\nfolder = \"{}\"\npin = \"big\"\n\
         [[target]]\nname = \"gone\"\naddress = \"adb:OTHER\"\n",
        path("small.gguf"),
        path("it's a phone")
    );
    std::fs::write(path("fleet.toml"), inventory).unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"))
        .args(["fleet", "run", &path("fleet.toml"), "-o", &path("out"), "--offline", "--json"])
        .env("PATH", format!("{}:{}", path("bin"), std::env::var("PATH").unwrap()))
        .env("FAKE_LOG", path("log"))
        .env("DENSIMETER_CACHE", path("cache"))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{words}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let row =
        |name: &str| document["rows"].as_array().unwrap().iter().find(|row| row["target"] == name).unwrap().clone();
    let phone = row("phone");
    assert_eq!(phone["state"], "done", "{phone:#}");
    let before = &phone["before"];
    assert_eq!(
        (before["battery_percent"].as_f64(), before["battery_celsius"].as_f64(), before["charger"].as_bool()),
        (Some(61.0), Some(30.5), Some(true))
    );
    assert_eq!((before["screen_on"].as_bool(), before["thermal_status"].as_u64()), (Some(true), Some(1)));
    assert!(before["oom_score_adj"].is_i64() && before["cores_asked"].is_string(), "{before:#}");
    assert_eq!(before["cores_asked"], before["cores_allowed"], "the kernel kept what was asked for");
    let warnings = phone["warnings"].to_string();
    for doubt in ["a charger was connected", "the screen was on", "thermal status was 1"] {
        assert!(warnings.contains(doubt), "{warnings}");
    }
    let gone = row("gone");
    assert!(gone["reason"].as_str().unwrap().contains("device 'OTHER' not found"), "{gone:#}");
    // Every call names its device, and nothing but a shell is asked for.
    let log = std::fs::read_to_string(path("log")).unwrap();
    assert!(log.lines().filter(|line| line.starts_with("-s")).all(|line| line.contains(" shell -T -- exec sh -c ")));
}
