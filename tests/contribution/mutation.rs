//! No field of a report or its journal, whatever it holds, brings the check down.

use proptest::prelude::*;

use super::*;

/// Reports of a case: each with one value changed.
const REPORTS: usize = 8;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!(true)),
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(u64::MAX)),
        Just(json!(1e308)),
        Just(json!(-1e-308)),
        Just(json!("")),
        Just(json!("\u{202e}/home/x/ä")), // forbid: allow (a path that must be found)
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(|number| json!(number)),
        any::<u64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(|text| json!(text)),
    ]
}

/// The leaves of a document, each by the names that lead to it.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, &format!("{path}/{at}"), found))
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            leaves(member, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }),
        _ => found.push(path.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_field_is_judged_and_never_a_panic(
        changes in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>(), value()), REPORTS)
    ) {
        let (_folder, reports) = folder();
        for (at, (of_journal, place, value)) in changes.into_iter().enumerate() {
            let mut draft = Draft::of(at % 2, &format!("20261127T0000{at:02}Z-1"));
            let mut whole = json!({ "report": draft.report, "journal": draft.journal });
            let (part, mut found) = (if of_journal { "journal" } else { "report" }, Vec::<String>::new());
            leaves(&whole[part], &format!("/{part}"), &mut found);
            let leaf = found[place.index(found.len())].clone();
            *whole.pointer_mut(&leaf).unwrap() = value;
            let run = draft.run().to_owned();
            draft.report = whole["report"].take();
            draft.journal = whole["journal"].as_array().unwrap().clone();
            // Where the name of the run was changed it still lies in its folder.
            let folder = reports.join("device").join(run);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("report.json"), draft.report.to_string()).unwrap();
            fs::write(folder.join("run.jsonl"), draft.lines()).unwrap();
        }
        let home = tempfile::tempdir().unwrap();
        let path = reports.display().to_string();
        let output = densimeter(home.path(), &["report", "--check", &path, "--json"]).output().unwrap();
        let code = output.status.code();
        prop_assert!(matches!(code, Some(0 | 4)), "{code:?}: {}", text(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        prop_assert_eq!(&found["reports"], &json!(REPORTS));
    }
}
