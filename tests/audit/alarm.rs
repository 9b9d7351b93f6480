//! `scripts/density-alarm`, on the double of the engine: exit codes, annotations, JUnit and Markdown, and its cache.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The script in a folder, as GitHub would call it; the models stand in its environment, a line each.
fn alarm(folder: &Path, compressed: &str, arguments: &[&str]) -> Output {
    let data = root().join("tests/fixtures/bench-mini").display().to_string();
    let mut command = Command::new(root().join("scripts/density-alarm"));
    command.args(arguments).args([
        "--",
        "--engine",
        "mock",
        "--data",
        &data,
        "--unpinned-data",
        "-t",
        "1",
        "--kl-tokens",
        "0",
    ]);
    command.env("DENSIMETER", assert_cmd::cargo::cargo_bin!("densimeter")).env("HOME", folder).current_dir(folder);
    command.env("DENSITY_ALARM_ORIGINAL", "mock:").env("DENSITY_ALARM_COMPRESSED", compressed);
    command.env("DENSITY_ALARM_OPTIONS", "--no-speed\n--sequential");
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", folder.join("output"));
    command.env("GITHUB_STEP_SUMMARY", folder.join("step.md"));
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a parser of XML reads of a JUnit file: the counts, and each case with what stands in it.
fn junit(path: &Path) -> Value {
    const SCRIPT: &str = "import json, sys, xml.etree.ElementTree as tree\n\
        suite = tree.parse(sys.argv[1]).getroot().find('testsuite')\n\
        cases = [[case.get('classname'), case.get('name'), case[0].tag, case[0].get('message') or case[0].text] for case in suite]\n\
        print(json.dumps({'counts': suite.attrib, 'cases': cases}))";
    let output = Command::new("python3").args(["-c", SCRIPT]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The workflow commands of an output, taken apart as GitHub's runner does: command, title, message.
fn annotations(said: &str) -> Vec<[String; 3]> {
    let unescaped = |text: &str, property: bool| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        let text = if property { text.replace("%3A", ":").replace("%2C", ",") } else { text };
        text.replace("%25", "%")
    };
    let parse = |line: &str| {
        let (head, message) = line.strip_prefix("::")?.split_once("::")?;
        let (command, properties) = head.split_once(' ')?;
        let title = properties.split(',').find_map(|property| property.strip_prefix("title="))?;
        Some([command.to_owned(), unescaped(title, true), unescaped(message, false)])
    };
    said.lines().filter_map(parse).collect()
}

#[test]
fn a_drop_is_seen_by_everything_that_a_pipeline_reads() {
    let folder = tempfile::tempdir().unwrap();
    let output = alarm(folder.path(), "mock:sharp=1.3\nmock:", &[]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}{}", text(&output.stderr));
    let found = annotations(&said);
    assert_eq!(found.len(), 2, "{said}");
    assert_eq!([found[0][0].as_str(), found[1][0].as_str()], ["error", "notice"]);
    assert!(
        found[0][1].starts_with("densimeter audit: ") && found[0][2].starts_with("dropped by params: loss rose by "),
        "{found:?}"
    );

    let xml = junit(&folder.path().join("density-alarm.xml"));
    assert_eq!([&xml["counts"]["tests"], &xml["counts"]["failures"]], ["2", "1"], "{xml}");
    assert_eq!([&xml["cases"][0][2], &xml["cases"][1][2]], ["failure", "system-out"], "{xml}");
    assert_eq!(xml["cases"][0][3], found[0][2], "one sentence everywhere");

    let markdown = fs::read_to_string(folder.path().join("density-alarm.md")).unwrap();
    assert!(markdown.starts_with("## Density alarm: 1 of 2 dropped\n"), "{markdown}");
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), 4, "{markdown}");
    let figure = "density-alarm-audit-ratios.svg";
    assert!(markdown.contains(&format!("]({figure})")), "{markdown}");
    assert!(fs::read_to_string(folder.path().join(figure)).unwrap().starts_with("<svg"));
    // A job's summary shows no file of the job.
    let step = fs::read_to_string(folder.path().join("step.md")).unwrap();
    assert!(step.contains("1 of 2 dropped") && !step.contains(".svg"), "{step}");
    let outputs = fs::read_to_string(folder.path().join("output")).unwrap();
    assert!(outputs.starts_with("dropped=true\nexit-code=3\n"), "{outputs}");
}

#[test]
fn no_drop_is_exit_code_0_and_a_cached_original_is_evaluated_once() {
    let folder = tempfile::tempdir().unwrap();
    let evaluated = |output: &Output| text(&output.stderr).lines().filter(|line| line.contains(" items of ")).count();
    let first = alarm(folder.path(), "mock:sharp=1.0001", &["--cache", "kept"]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert!(fs::read_to_string(folder.path().join("output")).unwrap().starts_with("dropped=false\nexit-code=0\n"));
    let other = alarm(folder.path(), "mock:sharp=1.3", &["--cache", "kept"]);
    assert_eq!(other.status.code(), Some(3), "{}", text(&other.stderr));
    let fresh = alarm(folder.path(), "mock:sharp=1.3", &["--cache", "fresh"]);
    assert_eq!(fresh.status.code(), Some(3));
    assert!(
        0 < evaluated(&other) && evaluated(&other) < evaluated(&fresh),
        "{} {}",
        evaluated(&other),
        evaluated(&fresh)
    );
    let again = alarm(folder.path(), "mock:sharp=1.0001", &["--cache", "kept"]);
    assert_eq!((again.status.code(), evaluated(&again)), (Some(0), 0), "{}", text(&again.stderr));
}

#[test]
fn what_was_called_wrongly_is_told_before_anything_runs() {
    let script = root().join("scripts/density-alarm");
    for (arguments, what) in [
        (&[][..], "no --original"),
        (&["--original", "a"], "no --compressed"),
        (&["--original"], "--original needs a value"),
        (&["--sequential"], "stands behind --"),
    ] {
        let output = Command::new(&script).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(what), "{}", text(&output.stderr));
    }
    let mut missing = Command::new(&script);
    missing.args(["--original", "a", "--compressed", "b"]).env("DENSIMETER", "no-such-program");
    let missing = missing.output().unwrap();
    assert!(text(&missing.stderr).contains("no such program"), "{}", text(&missing.stderr));
}

/// What the action hands to the script is what the script takes, and nothing of it is pasted into a command.
#[test]
fn the_action_hands_every_input_over_by_the_environment() {
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let script = fs::read_to_string(root().join("scripts/density-alarm")).unwrap();
    for name in ["original", "compressed", "by", "margin", "limit", "cache", "junit", "summary", "options"] {
        let variable = format!("DENSITY_ALARM_{}", name.to_uppercase());
        assert!(action.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}")), "{name}");
        assert!(script.contains(&format!("${{{variable}:-")), "{variable}");
        assert!(action.contains(&format!("\n  {name}:\n    description: ")), "{name}");
    }
    let scripts = action.split("run: ").skip(1).map(|rest| rest.split("\n    - ").next().unwrap());
    assert!(scripts.clone().count() == 2 && scripts.clone().all(|script| !script.contains("${{")));
}
