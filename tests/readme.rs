//! The blocks of README.md that are made by the program: stale ones fail here, `scripts/splice` renews them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Most lines that the README shows of a run, and most characters of one.
const LINES: usize = 20;
const WIDTH: usize = 80;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

fn block(name: &str) -> String {
    let readme = readme();
    let after = readme.split_once(&format!("<!-- {name} -->\n")).unwrap_or_else(|| panic!("no block {name}")).1;
    after.split_once(&format!("<!-- /{name} -->")).unwrap().0.trim().to_owned()
}

/// What a block shows of a command.
fn shown(name: &str, command: &str) -> Vec<String> {
    let block = block(name);
    let mut lines = block.lines();
    assert_eq!(lines.next(), Some("```console"));
    assert_eq!(lines.next(), Some(format!("$ {command}").as_str()));
    let mut shown: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(shown.pop().as_deref(), Some("```"));
    shown
}

/// What begins a line of the screen: the name of its number or date.
fn name(line: &str) -> &str {
    line.split("  ").next().unwrap_or_default()
}

#[test]
fn it_says_whether_the_law_still_holds() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.args(["law", "--markdown"]).output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert_eq!(block("law"), answer.trim(), "densimeter law --markdown | scripts/splice law");
}

#[test]
fn it_shows_the_screen_of_a_good_run() {
    let shown = shown("demo", "densimeter run --quick");
    assert!((15..=LINES).contains(&shown.len()), "scripts/splice-demo: {shown:#?}");
    for line in &shown {
        assert!(line.chars().count() <= WIDTH, "{} characters: {line}", line.chars().count());
        assert!(!line.contains("INVALID"), "`{line}`");
    }
}

/// What is recommended for a device that anyone can ask about is the same everywhere, but for the day.
#[test]
fn it_shows_what_recommend_says() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    command.args(["recommend", "--device", "Raspberry Pi 5", "--top", "2", "--today", "2026-11-27", "--quiet"]);
    command.env("HOME", "/nonexistent").env_remove("DENSIMETER_CACHE").env_remove("XDG_CACHE_HOME");
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let shown = shown("recommend", "densimeter recommend --device \"Raspberry Pi 5\" --top 2").join("\n");
    assert_eq!(shown, said.trim_end(), "densimeter recommend … | scripts/splice recommend");
}

/// Another machine measures other numbers; their names are the program's.
#[test]
#[cfg(target_os = "linux")]
fn its_lines_are_named_as_the_program_names_them() {
    use super::probe::cloud;
    use super::run::card::card;
    use super::run::synthetic::Synthetic;

    // A virtual machine has no class of its own, so that all classes are named, as in the README.
    let (lines, _) = card(&Synthetic::on(cloud(), true));
    let names: Vec<&str> = lines.iter().map(|line| name(line)).collect();
    let shown = shown("demo", "densimeter run --quick");
    let dated = shown.iter().position(|line| name(line) == "GPT-4's level").expect("the dates");
    for line in &shown[dated..dated + 9] {
        assert!(names.contains(&name(line)), "no run says so any more (scripts/splice-demo): {line}\n{lines:#?}");
    }
}

#[test]
fn it_shows_a_figure_of_the_committed_report() {
    let report = super::report::samples().pop().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = report.parent().unwrap().strip_prefix(root).unwrap().display().to_string();
    let readme = readme();
    let source = readme.split_once("src=\"").expect("a picture").1.split_once('"').unwrap().0;
    assert!(source.starts_with(&format!("{folder}/figures/")), "{source} is not of the report in {folder}");
    assert_eq!(
        readme.matches("(reports/").count() + readme.matches("\"reports/").count(),
        readme.matches(folder.as_str()).count(),
        "links to another report"
    );
    let figure = fs::read_to_string(root.join(source)).unwrap_or_else(|error| panic!("{source}: {error}"));
    // GitHub shows it on a light or a dark page: it brings its own ground and the colours for both.
    assert!(figure.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{source}");
    for needed in ["viewBox=", "class=\"paper\"", "@media (prefers-color-scheme: dark)", "<title"] {
        assert!(figure.contains(needed), "{source} lacks {needed}");
    }
}
