//! JSON has types: where code may hold some without, and why.

use super::paths::paths;
use super::source::{Source, behind, crate_sources};

/// Files that hold JSON without a type, and why. `model/gguf` has a `Value` of its own: a header says itself of what type
/// each of its entries is.
const WITHOUT_A_TYPE: &[(&str, &str)] = &[
    ("contribution/strip.rs", "every text of a report is looked at, wherever it stands"),
    ("density/cost.rs", "foreign: k1 and k2 are looked for in whatever document is given, and a wrong one is quoted"),
    ("device/record.rs", "told apart by a key before it is read, so that an error names what is wrong"),
    ("eval/own_task/definition.rs", "foreign: a JSON Schema of the user"),
    ("eval/own_task/schema.rs", "foreign: a JSON Schema of the user, and an answer that it is held against"),
    ("eval/scaling_bench.rs", "foreign: each published file of reasoned items names its fields otherwise"),
    ("file/json.rs", "what was looked at before it is read as a type, or is looked at beside another"),
    ("measure/load_time.rs", "told apart by its phase before it is read, so that an error names the row"),
    ("report/import/fields.rs", "foreign: rows of another tool"),
    ("report/import/sql.rs", "foreign: rows of another tool"),
    ("report/run.rs", "a device and what stands beside it are read from one object"),
    ("report/stored/sanitize.rs", "foreign: every text of a file is made harmless, wherever it stands"),
    ("report/view/number.rs", "a number, an estimate or a date is shown by what it is written as"),
];

/// Files that may have it as a field, too.
const AS_A_FIELD: &str = "report/import/";

/// What is wrong with some files, by a list of those that may hold JSON without a type.
fn faults(sources: &[Source], listed: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let path = &source.path;
        let named = paths(&source.code);
        let untyped = named.iter().find(|named| {
            named.parts[0] == "serde_json"
                && named.parts.get(1).is_some_and(|part| ["Value", "Map", "value"].contains(&part.as_str()))
        });
        let listed = listed.iter().any(|(file, _)| file == path);
        match untyped {
            Some(named) if !listed => found.push(format!(
                "src/{path}:{}: JSON without a type: give it a struct with Deserialize; a file that reads foreign documents \
                 is listed in tests/layers/values.rs with the reason",
                named.line
            )),
            None if listed => found.push(format!("src/{path} names no serde_json::Value: take it off the list")),
            _ => {}
        }
        if untyped.is_some() && !path.starts_with(AS_A_FIELD) {
            found.extend(fields(source).map(|line| {
                format!("src/{path}:{line}: a struct or an enum holds JSON without a type: write out what it holds")
            }));
        }
        for (words, way) in [
            (&[".", "pointer", "("][..], "read the document into its struct and take the field"),
            (&["json", "!"], "give the document a struct with Serialize"),
            (&["dead_code"], "delete what nobody reads: an ignored field of a document needs no mirror"),
        ] {
            found.extend(
                source.places(words).iter().map(|line| format!("src/{path}:{line}: `{}`: {way}", words.concat())),
            );
        }
    }
    found
}

/// Lines of structs and enums that hold a `Value` or a `Map`.
fn fields(source: &Source) -> impl Iterator<Item = usize> {
    let code = &source.code;
    (0..code.len()).filter(|at| ["struct", "enum"].contains(&code[*at].text.as_str())).filter_map(|at| {
        let open = (at..code.len()).find(|at| ["{", "(", ";"].contains(&code[*at].text.as_str()))?;
        let inside = code.get(open..behind(code, open))?;
        inside.iter().find(|token| ["Value", "Map"].contains(&token.text.as_str())).map(|token| token.line)
    })
}

#[test]
fn json_has_types() {
    let found = faults(crate_sources(), WITHOUT_A_TYPE);
    assert!(found.is_empty(), "JSON without types:\n{}", found.join("\n"));
    for (file, reason) in WITHOUT_A_TYPE {
        assert!(crate_sources().iter().any(|source| source.path == *file), "{file} ({reason}) is no file: take it off");
    }
}

#[test]
fn json_without_a_type_is_seen() {
    let said = |text: &str, what: &str| {
        let found = faults(&[Source::new("a/b.rs", text)], &[]);
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    };
    said("use serde_json::{Map as M, from_str};", "src/a/b.rs:1: JSON without a type");
    said("fn f() { let a: serde_json::Value = b(); }", "JSON without a type");
    said("fn f() {\n a.pointer(\"/b\") }", "src/a/b.rs:2: `.pointer(`");
    said("fn f() { serde_json::json!({}) }", "`json!`");
    said("#[expect(dead_code)] struct A;", "`dead_code`");
    let listed = |path: &str, text: &str| faults(&[Source::new(path, text)], &[(path, "foreign")]);
    let holds = "use serde_json::Value; enum A { B(Vec<Value>) }";
    assert_eq!(listed("a.rs", "use serde_json::Value; struct A; fn f(a: Value) {}"), [""; 0]);
    assert_eq!(listed("report/import/a.rs", holds), [""; 0]);
    assert_eq!(listed("a.rs", holds).len(), 1);
    assert_eq!(listed("a.rs", "use super::Value;"), ["src/a.rs names no serde_json::Value: take it off the list"]);
    assert_eq!(faults(&[Source::new("a.rs", "#[cfg(test)] mod tests { fn f() { json!({}) } }")], &[]), [""; 0]);
}
