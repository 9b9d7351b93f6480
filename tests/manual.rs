//! `densimeter man`: a page for each command that people call, and nothing of the hidden ones.

use std::fs;
use std::process::Command;

fn man(arguments: &[&str]) -> String {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.arg("man").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_has_a_page() {
    let first = man(&[]);
    assert!(first.contains(".TH densimeter 1") && first.contains("densimeter\\-share(1)"), "{first}");
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert_eq!(man(&["-o", pages.to_str().unwrap(), "--quiet"]), "");
    let mut names: Vec<String> =
        fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in
        ["densimeter.1", "densimeter-run.1", "densimeter-share.1", "densimeter-models-fetch.1", "densimeter-man.1"]
    {
        assert!(names.iter().any(|own| own == name), "{name}: {names:?}");
    }
    for hidden in ["worker", "sandbox", "agent"] {
        assert!(!names.iter().any(|name| name.contains(hidden)), "{names:?}");
    }
    let share = fs::read_to_string(pages.join("densimeter-share.1")).unwrap();
    assert!(share.contains(".SH OPTIONS") && share.contains("dry\\-run"), "{share}");
}
