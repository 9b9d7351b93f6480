//! One idea a file: how long files are.

use super::source::{Source, crate_sources};

/// Most lines of a file.
const MOST: usize = 300;

/// Files that are a little longer, with their tests; none grows beyond [`MOST_OF_ALL`].
const LONGER: &[&str] = &["calibration/cost_fit.rs", "engine/llama.rs"];

/// Most lines of any file.
const MOST_OF_ALL: usize = 310;

/// Most lines of a file of `cmd`: it parses, calls and prints.
const MOST_OF_A_COMMAND: usize = 200;

/// Most lines of `cmd`.
const MOST_OF_CMD: usize = 6_000;

/// What is too long.
fn faults(sources: &[Source], longer: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, lines, .. } in sources {
        let (most, way) = match () {
            () if path.starts_with("cmd/") => {
                (MOST_OF_A_COMMAND, "move what is no parsing, calling or printing into its module")
            }
            () if longer.contains(&path.as_str()) => (MOST_OF_ALL, "split off an idea of its own"),
            () => (MOST, "split off an idea of its own"),
        };
        if *lines > most {
            found.push(format!("src/{path} has {lines} lines, more than {most}: {way}"));
        } else if longer.contains(&path.as_str()) && *lines <= MOST {
            found.push(format!("src/{path} has no more than {MOST} lines now: take it off LONGER"));
        }
    }
    let all: usize = sources.iter().filter(|source| source.path.starts_with("cmd/")).map(|source| source.lines).sum();
    if all > MOST_OF_CMD {
        found.push(format!(
            "src/cmd has {all} lines, more than {MOST_OF_CMD}: move what is no parsing, calling or printing"
        ));
    }
    found
}

#[test]
fn no_file_is_long() {
    let found = faults(crate_sources(), LONGER);
    assert!(found.is_empty(), "too long:\n{}", found.join("\n"));
}

#[test]
fn a_long_file_is_seen() {
    let faults = |path: &str, lines: usize| faults(&[Source::new(path, &"\n".repeat(lines))], &["b.rs"]).len();
    assert_eq!([faults("a.rs", 300), faults("b.rs", 310), faults("cmd/c.rs", 200)], [0; 3]);
    assert_eq!([faults("a.rs", 301), faults("b.rs", 311), faults("cmd/c.rs", 201), faults("b.rs", 300)], [1; 4]);
    assert_eq!(faults("cmd/c.rs", 6_001), 2);
}
