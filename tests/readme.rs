//! The blocks of README.md that are made by the program: stale ones fail here, `scripts/splice` renews them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Most lines that the README shows of a run, and most characters of one.
const LINES: usize = 12;
const WIDTH: usize = 120;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

fn block(name: &str) -> String {
    let readme = readme();
    let after = readme.split_once(&format!("<!-- {name} -->\n")).unwrap_or_else(|| panic!("no block {name}")).1;
    after.split_once(&format!("<!-- /{name} -->")).unwrap().0.trim().to_owned()
}

/// What the README shows of a run, without the command.
fn shown() -> Vec<String> {
    let block = block("demo");
    let mut lines = block.lines();
    assert_eq!(lines.next(), Some("```console"));
    assert_eq!(lines.next(), Some("$ densimeter run --quick"));
    let mut shown: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(shown.pop().as_deref(), Some("```"));
    shown
}

/// The line up to the mark of a cut, each number in it as 0: what a run of another day and machine prints alike.
fn shape(line: &str) -> String {
    let whole = line.strip_suffix(" …").unwrap_or(line);
    let mut shape = String::new();
    let mut in_number = false;
    let mut characters = whole.chars().peekable();
    while let Some(character) = characters.next() {
        let point = character == '.' && characters.peek().is_some_and(char::is_ascii_digit);
        if character.is_ascii_digit() || (in_number && point) {
            if !in_number {
                shape.push('0');
            }
            in_number = true;
        } else {
            in_number = false;
            shape.push(character);
        }
    }
    shape
}

#[test]
fn it_says_whether_the_law_still_holds() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.args(["law", "--markdown"]).output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert_eq!(block("law"), answer.trim(), "densimeter law --markdown | scripts/splice law");
}

#[test]
fn it_shows_twelve_lines_of_a_good_run() {
    let shown = shown();
    assert_eq!(shown.len(), LINES, "scripts/splice-demo: {shown:#?}");
    for line in &shown {
        assert!(line.chars().count() <= WIDTH, "{} characters: {line}", line.chars().count());
        assert!(!line.trim().is_empty() && !line.contains("INVALID"), "`{line}`");
    }
}

/// Another machine measures other numbers; the sentences are the program's.
#[test]
#[cfg(target_os = "linux")]
fn its_lines_are_worded_as_the_program_words_them() {
    use super::probe::cloud;
    use super::run::synthetic::Synthetic;

    // A virtual machine has no class of its own, so that all classes are named, as in the README.
    let mut report = Synthetic::on(cloud(), true).run(&[], 0);
    let verdicts: Vec<String> = serde_json::from_value(report["verdicts"].take()).unwrap();
    // A probability too small to be told apart from none is worded as a bound.
    let verdicts: Vec<String> =
        verdicts.iter().map(|line| shape(&line.replace("probability < ", "probability "))).collect();
    let shown = shown();
    let sentences: Vec<&String> = shown
        .iter()
        .filter(|line| line.starts_with("GPT-4's level on ") || line.starts_with("this machine "))
        .collect();
    assert_eq!(sentences.len(), 3, "{shown:#?}");
    for line in sentences {
        let shape = shape(line);
        assert!(
            verdicts.iter().any(|verdict| verdict.starts_with(&shape)),
            "no run says so any more (scripts/splice-demo): {shape}\n{verdicts:#?}"
        );
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
