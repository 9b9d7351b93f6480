//! The pages "from zero" do what they say, up to their hardware: every line of theirs is run, with doubles of what is not here.
//! In the suite without the engine only: the double is the same in both, and a quick run takes its time.
#![cfg(all(target_os = "linux", not(feature = "llama")))]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::models::writer::small;

/// The most lines of a page.
const LINES: usize = 40;

const PAGES: [&str; 4] = ["phone", "board", "laptop", "ci"];

/// In place of the real program: the double of the engine wherever a model would run, so that a page takes seconds.
const DENSIMETER: &str = r#"#!/bin/sh
command=$1
case "$command" in run | bench | eval | audit) ;; *) exec "$DENSIMETER_REAL" "$@" ;; esac
shift
model=mock:
case $command in run | bench) model=$HOME/small.gguf ;; esac
before=
for word do
    shift
    case $word in smollm2-135m-instruct) word=$model ;; models/smaller.gguf) word=mock:seed=8 ;; esac
    # Few tokens, few items, few repetitions: what is run is the same.
    case $before in -p | -n | -d | -r) word=4 ;; --limit) word=2 ;; esac
    set -- "$@" "$word"
    before=$word
done
case $command in
    run) exec "$DENSIMETER_REAL" run -m "$model" --engine mock --no-eval --no-wait --no-sustain "$@" ;;
    bench) exec "$DENSIMETER_REAL" bench --engine mock --no-wait "$@" ;;
    audit) exec "$DENSIMETER_REAL" audit --engine mock --data "$DENSIMETER_DATA" --unpinned-data --no-speed --kl-tokens 0 "$@" ;;
    eval) exec "$DENSIMETER_REAL" eval --engine mock --data "$DENSIMETER_DATA" --unpinned-data "$@" ;;
esac
"#;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["bin", "home/densimeter/bin", "work/densimeter/bin", "work/models"] {
            fs::create_dir_all(desk.path(name)).unwrap();
        }
        desk.program("densimeter", DENSIMETER);
        // Packages, the project's clone and boards are not here; what was asked of them is in the log.
        for name in ["pkg", "pip", "python3-venv"] {
            desk.program(name, "#!/bin/sh\necho \"${0##*/} $*\" >>\"$LOG\"\n");
        }
        desk.program(
            "python3",
            "#!/bin/sh\nif [ \"$2\" = venv ]; then exit 0; fi\nexec /usr/bin/env -S python3 \"$@\"\n",
        );
        let root = env!("CARGO_MANIFEST_DIR");
        desk.program("git", &format!("#!/bin/sh\neval \"to=\\${{$#}}\"\nln -s '{root}' \"$to\"\n"));
        for name in ["home/densimeter/bin/activate", "work/densimeter/bin/activate"] {
            fs::write(desk.path(name), "").unwrap();
        }
        for name in ["work/models/smaller.gguf", "home/small.gguf"] {
            fs::write(desk.path(name), small().finish()).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/from-zero-{name}.md"))).unwrap()
}

/// The lines of the blocks of shell.
fn commands(page: &str) -> Vec<&str> {
    let mut inside = false;
    let lines = page.lines().filter(|line| {
        let was = inside;
        if line.starts_with("```") {
            inside = *line == "```sh";
            return false;
        }
        was
    });
    lines.collect()
}

#[test]
fn a_page_is_short_and_begins_with_an_answer() {
    for name in PAGES {
        let page = page(name);
        assert!(page.lines().count() < LINES, "{name}: {} lines", page.lines().count());
        let commands = commands(&page);
        assert!(commands.len() >= 5, "{name}: {commands:?}");
        assert!(commands.contains(&"pip install densimeter"), "{name} needs no toolchain");
    }
}

fn follow(name: &str) {
    let (desk, page) = (Desk::new(), page(name));
    let mut script = String::from("set -eu\n");
    for line in commands(&page) {
        // A board, a phone: the inventory is read, and asking them is where the hardware begins.
        let line = match line.strip_prefix("densimeter fleet run ") {
            Some(rest) => format!("densimeter fleet run {rest} --help >/dev/null; grep -q address fleet.toml"),
            None => line.to_owned(),
        };
        script += &format!("echo \"+ {}\" >&2\n{line}\n", line.replace(['"', '\\', '$', '`'], ""));
    }
    let path = format!("{}:{}", desk.path("bin").display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(desk.path("work"))
        .env("PATH", path)
        .env("HOME", desk.path("home"))
        .env("LOG", desk.path("log"))
        .env("DENSIMETER_REAL", assert_cmd::cargo::cargo_bin!("densimeter"))
        .env("DENSIMETER_DATA", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini"))
        .env("DENSIMETER", desk.path("bin/densimeter"))
        // Batches that take some milliseconds need few repetitions.
        .env("DENSIMETER_MOCK_DELAY_MS", "20")
        .env_remove("CI")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {words}");
}

// One each, so that they run side by side: a quick run takes its time.
#[test]
fn every_line_for_a_phone_runs() {
    follow("phone");
}

#[test]
fn every_line_for_a_board_runs() {
    follow("board");
}

#[test]
fn every_line_for_a_laptop_runs() {
    follow("laptop");
}

#[test]
fn every_line_for_a_pipeline_runs() {
    follow("ci");
}
