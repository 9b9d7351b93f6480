//! The blocks of README.md that are made by the program: stale ones fail here, `scripts/splice` renews them.

use std::fs;
use std::path::Path;
use std::process::Command;

fn block(name: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let after = readme.split_once(&format!("<!-- {name} -->\n")).unwrap_or_else(|| panic!("no block {name}")).1;
    after.split_once(&format!("<!-- /{name} -->")).unwrap().0.trim().to_owned()
}

#[test]
fn it_says_whether_the_law_still_holds() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.args(["law", "--markdown"]).output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert_eq!(block("law"), answer.trim(), "densimeter law --markdown | scripts/splice law");
}

#[test]
fn it_shows_the_beginning_of_the_committed_report() {
    let path = super::report::samples().remove(0);
    let report = fs::read_to_string(path.with_file_name("README.md")).unwrap();
    let head = report.split_once("\n\n").unwrap().1.split_once("\n## ").unwrap().0;
    let shown = block("report");
    assert_eq!(shown, head.trim(), "the first screen of {}: see scripts/splice", path.display());
}
