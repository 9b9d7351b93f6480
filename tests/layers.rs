//! Holds the shape of the crate: who may import whom, no circles of files, where a library or a kind of value may be
//! named, and how long a file is.

mod circles;
mod owners;
mod paths;
mod sizes;
mod source;
mod values;

use std::collections::BTreeSet;

use paths::paths;
use source::{Source, crate_sources};

/// What each module imports from the crate, beside itself. Each stands below all that it imports.
const TABLE: &[(&str, &[&str])] = &[
    ("unit", &[]),
    ("stat", &[]),
    ("law", &["unit", "stat"]),
    ("file", &[]),
    ("sysfs", &[]),
    ("sanitize", &[]),
    ("process", &["sanitize"]),
    ("table", &["unit", "file"]),
    ("observer", &[]),
    ("published", &["file", "unit", "law", "table"]),
    ("model", &["unit", "file", "process", "observer", "sanitize"]),
    ("device", &["unit", "stat", "file", "sysfs", "process", "table"]),
    ("meter", &["unit", "sysfs"]),
    ("engine", &["sanitize", "model"]),
    ("bench", &["stat", "meter", "engine"]),
    ("eval", &["unit", "stat", "law", "file", "observer", "process", "table", "published", "model", "meter", "engine"]),
    ("density", &["unit", "stat", "law", "table", "published", "model"]),
    ("worker", &["sysfs", "process", "meter", "engine", "bench", "eval"]),
    (
        "measure",
        &["unit", "stat", "file", "sysfs", "observer", "model", "device", "meter", "engine", "bench", "eval", "worker"],
    ),
    ("server", &["stat", "sanitize", "observer", "model", "device", "meter", "engine", "bench", "measure"]),
    ("calibration", &["stat", "file", "sysfs", "observer", "model", "device", "bench", "worker", "measure"]),
    (
        "audit",
        &[
            "unit",
            "stat",
            "law",
            "file",
            "table",
            "observer",
            "sanitize",
            "published",
            "model",
            "engine",
            "bench",
            "eval",
            "density",
            "worker",
            "measure",
        ],
    ),
    ("crossover", &["unit", "stat", "law", "published", "device", "density"]),
    ("recommend", &["unit", "stat", "law", "model", "device", "crossover"]),
    (
        "report",
        &[
            "unit",
            "stat",
            "law",
            "file",
            "process",
            "sanitize",
            "device",
            "engine",
            "bench",
            "eval",
            "density",
            "measure",
            "server",
            "audit",
            "crossover",
            "recommend",
        ],
    ),
    ("compare", &["unit", "stat", "file", "device", "bench", "eval", "density", "measure", "report"]),
    (
        "run",
        &[
            "unit",
            "stat",
            "law",
            "file",
            "observer",
            "sanitize",
            "published",
            "model",
            "device",
            "meter",
            "engine",
            "bench",
            "eval",
            "density",
            "worker",
            "measure",
            "calibration",
            "crossover",
            "recommend",
            "report",
        ],
    ),
    (
        "contribution",
        &["stat", "file", "process", "sanitize", "model", "device", "bench", "worker", "measure", "report", "run"],
    ),
    ("fleet", &["file", "sysfs", "process", "sanitize", "device", "meter", "eval", "measure", "report"]),
    ("fuzz", &["published", "model", "meter", "eval", "server", "report", "fleet"]),
    ("cli", &["law", "published", "engine", "eval", "density", "measure", "crossover", "recommend"]),
    (
        "cmd",
        &[
            "unit",
            "stat",
            "law",
            "file",
            "sysfs",
            "process",
            "table",
            "observer",
            "sanitize",
            "published",
            "model",
            "device",
            "meter",
            "engine",
            "bench",
            "eval",
            "density",
            "worker",
            "measure",
            "server",
            "calibration",
            "audit",
            "crossover",
            "recommend",
            "report",
            "compare",
            "run",
            "contribution",
            "fleet",
            "cli",
        ],
    ),
];

/// What is wrong with the imports of some files, by a table.
fn faults(sources: &[Source], table: &[(&str, &[&str])]) -> Vec<String> {
    let place = |module: &str| table.iter().position(|(name, _)| *name == module);
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources.iter().filter(|source| !["lib.rs", "main.rs"].contains(&source.path.as_str())) {
        let (path, own) = (&source.path, source.top());
        let Some(at) = place(own) else {
            found.push(format!("src/{path}: `{own}` is in no layer: add it to TABLE, below all that it imports"));
            continue;
        };
        for (import, line) in imports(source, false) {
            if table[at].1.contains(&import.as_str()) {
                used.insert((own, import));
            } else {
                let way = match place(&import) {
                    Some(left) if left < at => "it stands to the left: if the idea needs it, add it to TABLE",
                    _ => "hand the value over from above, or move what both need to the left",
                };
                found.push(format!("src/{path}:{line}: `{own}` may not import `{import}`; {way}"));
            }
        }
        for (import, line) in imports(source, true) {
            if place(&import).is_none_or(|left| left >= at) {
                found.push(format!(
                    "src/{path}:{line}: a test of `{own}` may not import `{import}`, which does not stand to the left; \
                     test the two together in tests/"
                ));
            }
        }
    }
    for (at, (module, allowed)) in table.iter().enumerate() {
        for import in *allowed {
            if !used.contains(&(*module, (*import).to_owned())) {
                found.push(format!("TABLE: `{module}` does not import `{import}`: take it out"));
            } else if place(import).is_none_or(|left| left >= at) {
                found.push(format!("TABLE: `{import}` must stand above `{module}`, which imports it"));
            }
        }
    }
    found
}

/// The other modules of the crate that a file names, outside its tests or in them.
fn imports(source: &Source, tests: bool) -> Vec<(String, usize)> {
    // The modules from the root down to the one whose code it is.
    let mut home: Vec<&str> = source.path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    if tests {
        home.push("tests");
    }
    let named = paths(if tests { &source.tests } else { &source.code });
    let mut found = Vec::new();
    for named in named {
        let (mut depth, mut rest) = (home.len(), named.parts.as_slice());
        let mut own = false;
        while let Some(word) = rest.first() {
            match word.as_str() {
                "crate" | "densimeter" => depth = 0,
                "super" => depth = depth.saturating_sub(1),
                "self" => {}
                _ => break,
            }
            own = true;
            rest = &rest[1..];
        }
        let top = if depth > 0 { home[0] } else { rest.first().map_or("crate", String::as_str) };
        if own && top != source.top() {
            found.push((top.to_owned(), named.line));
        }
    }
    found
}

#[test]
fn every_module_imports_only_what_stands_to_its_left() {
    let found = faults(crate_sources(), TABLE);
    assert!(found.is_empty(), "the layers do not hold:\n{}", found.join("\n"));
}

#[test]
fn an_import_to_the_right_or_an_entry_without_use_is_a_fault() {
    const SMALL: &[(&str, &[&str])] = &[("a", &[]), ("b", &["a"]), ("c", &["a"])];
    let faults = |path: &str, text: &str| {
        let used = [Source::new("b.rs", "use crate::a;"), Source::new("c/mod.rs", "use super::a::X; mod one;")];
        let sources: Vec<Source> = used.into_iter().chain([Source::new(path, text)]).collect();
        faults(&sources, SMALL)
    };
    assert_eq!(faults("a.rs", "fn f() { std::fs::read(); self::g() }"), [""; 0]);
    assert_eq!(faults("a.rs", "#[cfg(test)] mod tests { use super::f; }"), [""; 0]);
    assert_eq!(faults("c/one.rs", "#[cfg(test)] mod tests { use crate::b; }"), [""; 0]);
    let said = |path: &str, text: &str, what: &str| {
        let found = faults(path, text);
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    };
    said("a.rs", "use crate::b::X;", "src/a.rs:1: `a` may not import `b`; hand the value over");
    said(
        "c/one.rs",
        "\nfn f() { super::super::b::f() }",
        "src/c/one.rs:2: `c` may not import `b`; it stands to the left",
    );
    said("c/one.rs", "use crate::{a, b};", "may not import `b`");
    said("c/one.rs", "use super::{super::b, X};", "may not import `b`");
    said("b/x.rs", "#[cfg(test)] mod tests { use crate::c; }", "a test of `b` may not import `c`");
    said("d.rs", "", "`d` is in no layer");
    let unused = super_table(&[Source::new("b.rs", "")]);
    assert_eq!(unused, ["TABLE: `b` does not import `a`: take it out"]);
}

#[cfg(test)]
fn super_table(sources: &[Source]) -> Vec<String> {
    faults(sources, &[("a", &[]), ("b", &["a"])])
}
