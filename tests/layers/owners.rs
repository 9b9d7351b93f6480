//! Who names the outside world: each library in one place, the clock in one file, printing in `cmd`.

use super::source::{Source, crate_sources};

/// Words and signs, and the files or folders that may say them.
const OWNERS: &[(&[&str], &[&str])] = &[
    (&["llama_cpp_2"], &["engine/llama.rs"]),
    (&["llama_cpp_sys_2"], &["engine/llama.rs"]),
    (&["unsafe"], &["engine/llama.rs"]),
    (&["unsafe_code"], &["engine/llama.rs"]),
    (&["hdrhistogram"], &["stat/histogram.rs"]),
    (&["nalgebra"], &["stat/least_squares.rs", "stat/gaussian_process.rs"]),
    (&["levenberg_marquardt"], &["stat/least_squares.rs"]),
    (&["Instant", "::", "now"], &["meter/clock.rs"]),
    (&["ureq"], &["model/http.rs", "server/client.rs"]),
    (&["indicatif"], &["cmd/progress.rs"]),
    (&["polars_arrow_format"], &["eval/mmlu_arrow.rs"]),
    (&["whatlang"], &["eval/ifeval/language.rs"]),
    (&["minijinja_contrib"], &["eval/chat/python_methods.rs"]),
    (&["jsonschema"], &["eval/own_task/schema.rs"]),
    (&["anyhow"], &["cmd/"]),
    (&["clap"], &["cli/", "cmd/"]),
    (&["clap_complete"], &["cli/completions.rs", "cmd/completions.rs"]),
    (&["println", "!"], &["cmd/"]),
    (&["print", "!"], &["cmd/"]),
    (&["eprintln", "!"], &["cmd/"]),
    (&["eprint", "!"], &["cmd/"]),
    (&["io", "::", "stdout"], &["cmd/"]),
    (&["io", "::", "stderr"], &["cmd/"]),
];

/// Modules that are formulas and nothing else.
const PURE: &[&str] = &["unit", "stat", "law"];

/// The outside world.
const WORLD: &[&str] = &["fs", "env", "time", "thread", "process", "io"];

fn faults(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let path = &source.path;
        for (words, owners) in OWNERS {
            let owned = owners.iter().any(|owner| path == owner || (owner.ends_with('/') && path.starts_with(owner)));
            let places = if owned { Vec::new() } else { source.places(words) };
            found.extend(places.iter().map(|line| {
                let (words, owners) = (words.concat(), owners.join(", "));
                format!("src/{path}:{line}: `{words}` belongs to {owners}: call what stands there, or pass it in")
            }));
        }
        if PURE.contains(&source.top()) {
            for word in WORLD.iter().filter(|word| source.says(&["std", "::", word])) {
                found.push(format!("src/{path}: is pure but names std::{word}: let the caller read or write"));
            }
        }
    }
    found
}

#[test]
fn each_library_is_named_in_its_place_and_the_pure_layers_touch_no_outside_world() {
    let sources = crate_sources();
    let found = faults(sources);
    assert!(found.is_empty(), "named where it does not belong:\n{}", found.join("\n"));
    for (_, owners) in OWNERS {
        for owner in *owners {
            assert!(sources.iter().any(|source| source.path.starts_with(owner)), "OWNERS: {owner} is nowhere: mend it");
        }
    }
}

#[test]
fn a_library_out_of_its_place_is_seen() {
    let said = |path: &str, text: &str, what: &str| {
        let found = faults(&[Source::new(path, text)]);
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    };
    said("measure/a.rs", "\nuse indicatif::ProgressBar;", "src/measure/a.rs:2: `indicatif` belongs to cmd/progress.rs");
    said("cmd/a.rs", "use indicatif::ProgressBar;", "`indicatif`");
    said("fleet/a.rs", "fn f() -> anyhow::Result<()> {}", "`anyhow` belongs to cmd/");
    said("meter/a.rs", "fn f() { std::time::Instant::now() }", "`Instant::now` belongs to meter/clock.rs");
    said("eval/a.rs", "fn f() { println!(\"\") }", "`println!` belongs to cmd/");
    said("stat/a.rs", "use std::fs;", "src/stat/a.rs: is pure but names std::fs");
    assert_eq!(faults(&[Source::new("cmd/progress.rs", "use indicatif::X; fn f() { println!() }")]), [""; 0]);
    assert_eq!(faults(&[Source::new("eval/a.rs", "// anyhow\nfn f() { \"clap\" }")]), [""; 0]);
}
