//! `report --check`.

use super::*;

/// What is done to a good report, and the rule that refuses what comes of it.
type Poison = (&'static str, &'static str, fn(Draft) -> Draft);

fn report(mut draft: Draft, change: impl FnOnce(&mut Value)) -> Draft {
    change(&mut draft.report);
    draft
}

/// Another number of models in the journal and in the evaluation.
fn model(mut draft: Draft, name: &str, value: &Value) -> Draft {
    draft.each("run", |line| line["plan"]["models"][0][name] = value.clone());
    if draft.report["eval"]["model"].get(name).is_some() {
        draft.report["eval"]["model"][name] = value.clone();
    }
    draft.derived()
}

fn probe(draft: Draft, name: &str, factor: f64) -> Draft {
    report(draft, |report| {
        for samples in report["device"]["measured"][name].as_array_mut().unwrap() {
            let more = |number: &mut Value| *number = json!(number.as_f64().unwrap() * factor);
            more(&mut samples["best"]);
            ["point", "low", "high"].iter().for_each(|end| more(&mut samples["median"][end]));
            samples["samples"].as_array_mut().unwrap().iter_mut().for_each(more);
        }
    })
}

const POISONS: &[Poison] = &[
    ("a million tokens/s", "bandwidth", |mut draft| {
        draft.slower(Some(1), 1.0 / 8000.0);
        draft.derived()
    }),
    ("a prompt in no time", "compute", |mut draft| {
        draft.slower(Some(0), 1.0 / 1e5);
        draft.derived()
    }),
    ("memory below the file", "memory", |mut draft| {
        draft.each("row_done", |line| line["memory"]["peak_rss"] = json!(50_000_000));
        draft.derived()
    }),
    ("memory above the machine's", "memory", |mut draft| {
        draft.each("row_done", |line| line["memory"]["peak_rss"] = json!(900_000_000_000_u64));
        draft.derived()
    }),
    ("a renamed model", "model", |draft| model(draft, "sha256", &json!("ab".repeat(32)))),
    ("a known file of another size", "model", |draft| model(draft, "bytes", &json!(98_362_433))),
    ("a model that outgrows its file", "model", |draft| model(draft, "params", &json!(7_000_000_000_u64))),
    ("an edited speed", "edited", |draft| {
        report(draft, |report| report["bench"]["results"][1]["tokens_per_second"]["point"] = json!(200.0))
    }),
    ("edited repetitions", "edited", |draft| {
        let mut faster = draft.clone();
        faster.slower(None, 0.9);
        Draft { report: faster.derived().report, ..draft }
    }),
    ("an edited latency", "edited", |draft| {
        report(draft, |report| report["bench"]["results"][1]["latency"]["max"] = json!(9_000_000))
    }),
    ("an edited peak", "edited", |draft| {
        report(draft, |report| report["bench"]["results"][0]["memory"]["peak_rss"] = json!(120_000_000))
    }),
    ("an edited probe", "edited", |draft| {
        report(draft, |report| report["device"]["measured"]["read_bandwidth"][0]["best"] = json!(9e10))
    }),
    ("a device that cannot have that bandwidth", "device-bandwidth", |draft| probe(draft, "read_bandwidth", 500.0)),
    ("a device without a memory", "device", |draft| {
        report(draft, |report| report["device"]["memory"]["total"] = json!(1_u64))
    }),
    ("an invalid row", "valid", |mut draft| {
        draft.each("row_done", |line| {
            line["warnings"] = json!([{ "kind": "not_recorded", "source": "rapl" }]);
        });
        draft.derived()
    }),
    ("the double", "origin", |mut draft| {
        draft.each("run", |line| line["plan"]["engine"] = json!("mock"));
        draft.derived()
    }),
    ("half a run", "origin", |draft| report(draft, |report| report["complete"] = json!(false))),
    ("a score between two counts", "score", |draft| {
        report(draft, |report| {
            let task = &mut report["eval"]["tasks"][0];
            task["score"] = json!({ "point": 52.0, "low": 34.0, "high": 75.0, "level": 0.95, "method": "wilson" });
        })
    }),
    ("a run of the future", "date", |mut draft| {
        draft.each("run", |line| line["started"] = json!("2126-11-27T17:45:23Z"));
        draft.derived()
    }),
    ("a home", "personal", |mut draft| {
        draft.each("note", |line| line["text"] = json!("kept in /home/anna/runs")); // forbid: allow (a path that must be found)
        draft.derived()
    }),
    ("another shape", "schema", |draft| report(draft, |report| report["device"]["cpu"]["cores"] = json!("two"))),
    ("a name that leads elsewhere", "place", |mut draft| {
        draft.each("run", |line| line["run_id"] = json!("a b"));
        report(draft.derived(), |report| report["run_id"] = json!("a b"))
    }),
];

#[test]
fn the_committed_reports_are_taken() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
    for path in samples() {
        let found = checked(&path, 0);
        assert_eq!((&found["reports"], &found["refusals"]), (&json!(1), &json!([])));
    }
    assert!(root.join("index.csv").is_file());
}

#[test]
fn twelve_good_reports_are_taken_together() {
    let (_folder, reports) = folder();
    for (at, factor) in [1.0, 1.1, 1.25, 1.5, 2.0, 3.0].into_iter().enumerate() {
        for committed in [0, 1] {
            let mut draft = Draft::of(committed, &format!("2026112{committed}T0000{at:02}Z-1"));
            draft.slower(None, factor);
            // Other machines have more memory, and take more.
            draft.each("row_done", |line| {
                let peak = line["memory"]["peak_rss"].as_u64().unwrap();
                line["memory"]["peak_rss"] = json!(peak + (at as u64) * 5_000_000);
            });
            draft.derived().write(&reports);
        }
    }
    let found = checked(&reports, 0);
    assert_eq!(found["taken"].as_array().unwrap().len(), 12, "{found:#}");
}

#[test]
fn poisoned_reports_are_refused_by_name() {
    assert!(POISONS.len() >= 12);
    for (at, (what, rule, poison)) in POISONS.iter().enumerate() {
        let (_folder, reports) = folder();
        let good = Draft::of(1, &format!("20261127T0000{at:02}Z-1"));
        good.write(&reports);
        assert_eq!(checked(&reports, 0)["refusals"], json!([]), "{what}: good before");
        fs::remove_dir_all(reports.join("device")).unwrap();
        poison(good).write(&reports);
        let found = checked(&reports, 4);
        let refusals = found["refusals"].as_array().unwrap();
        let named = refusals.iter().find(|refusal| refusal["rule"] == *rule);
        let named = named.unwrap_or_else(|| panic!("{what}: not refused for `{rule}`: {found:#}"));
        assert!(named["report"].as_str().unwrap().ends_with("report.json"), "{named}");
        if ["bandwidth", "compute", "memory", "device-bandwidth", "score"].contains(rule) {
            let (number, bound) = (named["number"].as_f64().unwrap(), named["bound"].as_f64().unwrap());
            assert!(number != bound, "{named}");
            assert!(*rule == "device-bandwidth" || named["row"].is_string(), "{named}");
        }
        assert!(refusals.len() < 6, "{what}: one fault, and {found:#}");
    }
}

#[test]
fn a_copy_and_a_file_of_another_are_refused() {
    let (_folder, reports) = folder();
    let first = Draft::of(1, "20261127T000000Z-1");
    first.write(&reports);
    Draft::of(1, "20261127T000001Z-2").write(&reports);
    let found = checked(&reports, 4);
    assert_eq!(found["refusals"][0]["rule"], "duplicate", "{found:#}");
    assert_eq!(found["taken"].as_array().unwrap().len(), 1);

    let (_folder, reports) = super::folder();
    let own = first.write(&reports);
    fs::create_dir(own.join("eval")).unwrap();
    fs::write(own.join("eval/items.jsonl"), "{}").unwrap();
    assert_eq!(checked(&reports, 4)["refusals"][0]["rule"], "place");
    fs::remove_dir_all(own.join("eval")).unwrap();
    fs::remove_file(own.join("run.jsonl")).unwrap();
    assert_eq!(checked(&reports, 4)["refusals"][0]["rule"], "journal");
    fs::rename(&own, own.with_file_name("20261127T000009Z-9")).unwrap();
    let rules: Vec<Value> =
        checked(&reports, 4)["refusals"].as_array().unwrap().iter().map(|found| found["rule"].clone()).collect();
    assert!(rules.contains(&json!("place")), "{rules:?}");
}

#[test]
fn people_read_a_line_a_refusal_and_a_folder_without_reports_is_no_success() {
    let (folder, reports) = folder();
    let path = reports.display().to_string();
    let output = densimeter(folder.path(), &["report", "--check", &path]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("nothing was checked"));
    let output = densimeter(folder.path(), &["report", "--check", "nowhere"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));

    let mut draft = Draft::of(1, "20261127T000000Z-1");
    draft.slower(Some(1), 1.0 / 8000.0);
    draft.derived().write(&reports);
    let output = densimeter(folder.path(), &["report", "--check", &path]).output().unwrap();
    let said = text(&output.stdout);
    assert!(said.contains("report.json: bandwidth: row `tg128`: ") && said.contains("are not possible"), "{said}");
    assert!(text(&output.stderr).contains("1 reports: 0 taken, 1 refused"), "{}", text(&output.stderr));
}
