//! Holds the layer rules: reads every `crate::…` path in `src/` against the table.

use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import from the crate, beside itself.
const TABLE: &[(&str, &[&str])] = &[
    ("unit", &[]),
    ("bounded", &[]),
    ("observer", &[]),
    ("file_lock", &[]),
    ("stat", &["unit"]),
    ("sysfs", &[]),
    ("table", &["unit", "file"]),
    ("law", &["unit", "stat"]),
    ("published", &["unit", "table", "law"]),
    ("model", &["unit", "bounded", "file_lock", "observer", "stat", "table"]),
    ("device", &["unit", "stat", "sysfs", "table"]),
    ("meter", &["unit", "sysfs"]),
    ("engine", &["unit", "sanitize", "model", "meter"]),
    ("bench", &["unit", "stat", "sysfs", "model", "engine", "meter"]),
    ("eval", &["unit", "file", "process", "stat", "table", "law", "model", "meter", "engine"]),
    ("worker", &["unit", "process", "stat", "sysfs", "model", "device", "meter", "engine", "bench", "eval"]),
    (
        "measure",
        &["unit", "observer", "file", "stat", "sysfs", "model", "device", "meter", "engine", "bench", "eval", "worker"],
    ),
    ("calibration", &["unit", "file", "observer", "stat", "sysfs", "model", "device", "bench", "worker", "measure"]),
    (
        "audit",
        &[
            "unit",
            "file",
            "observer",
            "stat",
            "table",
            "law",
            "published",
            "model",
            "engine",
            "bench",
            "eval",
            "worker",
            "measure",
        ],
    ),
    (
        "report",
        &[
            "unit",
            "file",
            "sanitize",
            "stat",
            "sysfs",
            "law",
            "model",
            "device",
            "meter",
            "engine",
            "bench",
            "eval",
            "worker",
            "measure",
            "calibration",
            "density",
            "crossover",
        ],
    ),
    ("compare", &["unit", "file", "stat", "bench", "measure", "report"]),
    ("fleet", &["bounded", "file_lock", "sysfs", "device", "meter", "eval", "worker", "measure", "report"]),
    ("cli", &["unit", "law", "published", "engine", "eval", "density", "measure", "crossover", "report"]),
    (
        "cmd",
        &[
            "unit",
            "bounded",
            "observer",
            "stat",
            "sysfs",
            "table",
            "law",
            "model",
            "device",
            "meter",
            "engine",
            "bench",
            "eval",
            "worker",
            "measure",
            "calibration",
            "audit",
            "published",
            "density",
            "crossover",
            "report",
            "compare",
            "fleet",
            "cli",
        ],
    ),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its path below `src/` and its text without comments.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (path.strip_prefix(&root).unwrap().to_owned(), code.join("\n"))
        })
        .collect()
}

/// The first module named after each `crate::` (groups `crate::{a, b}` included).
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut name)),
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            found.push(name);
        } else {
            found.push(rest.to_owned());
        }
    }
    found
        .iter()
        .map(|path| path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn every_module_imports_only_what_stands_to_its_left() {
    let mut seen = 0;
    for (path, code) in sources() {
        let module = path.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "main" {
            continue;
        }
        let (_, allowed) = TABLE
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{} is in no layer: add it to the table", path.display()));
        for import in imports(&code) {
            seen += 1;
            assert!(
                import == module || allowed.contains(&import.as_str()),
                "{}: {module} may not import {import}",
                path.display()
            );
        }
    }
    assert!(seen > 0, "the test must have read something");
}

#[test]
fn pure_layers_touch_no_outside_world() {
    const FORBIDDEN: &[&str] =
        &["std::fs", "std::env", "std::time", "std::thread", "std::process", "std::io", "println!"];
    for (path, code) in sources() {
        let top = path.components().next().unwrap().as_os_str().to_str().unwrap().to_owned();
        if ["unit.rs", "stat", "law"].contains(&top.as_str()) {
            for word in FORBIDDEN {
                assert!(!code.contains(word), "{} is pure but names {word}", path.display());
            }
        }
    }
}

#[test]
fn one_file_each_names_the_outside_libraries() {
    const OWNERS: &[(&str, &[&str])] = &[
        ("llama_cpp_2", &["engine/llama.rs"]),
        ("hdrhistogram", &["stat/histogram.rs"]),
        ("nalgebra", &["stat/least_squares.rs", "stat/gaussian_process.rs"]),
        ("levenberg_marquardt", &["stat/least_squares.rs"]),
        ("llama_cpp_sys_2", &["engine/llama.rs"]),
        ("unsafe ", &["engine/llama.rs"]),
        ("allow(unsafe_code)", &["engine/llama.rs"]),
        ("Instant::now", &["meter/clock.rs"]),
    ];
    for (path, code) in sources() {
        for (word, owners) in OWNERS {
            assert!(
                !code.contains(word) || owners.iter().any(|owner| Path::new(owner) == path),
                "{} names {word}, which belongs to {owners:?}",
                path.display()
            );
        }
    }
}
