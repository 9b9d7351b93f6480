//! A stored report as an untrusted file: read to the same content, or refused with the file and the way out.

use std::path::Path;

use densimeter::report::stored::{Origin, Stored, StoredError};
use serde_json::{Value, json};

use super::{bench, run};

fn parse(text: &str) -> Result<Stored, StoredError> {
    Stored::parse(Path::new("some/report.json"), text.as_bytes())
}

/// The message for a report with one change.
fn refused(change: impl Fn(&mut Value)) -> String {
    let mut report = run();
    change(&mut report);
    parse(&report.to_string()).expect_err("must be refused").to_string()
}

#[test]
fn both_documents_are_read_into_one_type() {
    let stored = parse(&run().to_string()).unwrap();
    assert_eq!(stored.origin, Origin::Run);
    assert_eq!(serde_json::to_value(&stored.report).unwrap()["bench"], bench());
    let stored = parse(&bench().to_string()).unwrap();
    assert_eq!(stored.origin, Origin::Bench);
    let document = serde_json::to_value(&stored.report).unwrap();
    assert_eq!(document["bench"], bench());
    assert_eq!([&document["run_id"], &document["valid"]], [&bench()["run_id"], &bench()["valid"]]);
    assert!(document["reasons"]["density"].as_str().unwrap().contains("bench"), "{}", document["reasons"]);
}

#[test]
fn a_folder_stands_for_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let error = Stored::read(folder.path()).unwrap_err();
    assert!(matches!(error, StoredError::NoReport(_)) && error.to_string().contains("no report.json"), "{error}");
    std::fs::write(folder.path().join("report.json"), run().to_string()).unwrap();
    assert_eq!(Stored::read(folder.path()).unwrap().path, folder.path().join("report.json"));
    let missing = Stored::read(&folder.path().join("other.json")).unwrap_err().to_string();
    assert!(missing.contains("other.json") && missing.contains("No such file"), "{missing}");
}

#[test]
fn every_refusal_names_the_file_and_the_way_out() {
    let newer = refused(|report| report["schema"] = json!(2));
    assert_eq!(newer, "some/report.json: schema 2 is newer than this densimeter's 1; update densimeter");
    for schema in [json!(0), json!(-1), json!("1"), json!(1.5), Value::Null] {
        let message = refused(|report| report["schema"] = schema.clone());
        assert!(message.contains("no valid `schema`"), "{schema}: {message}");
    }
    let text = run().to_string();
    for at in [1, text.len() / 3, text.len() / 2, text.len() - 1] {
        let error = parse(&text[..at]).unwrap_err();
        assert!(matches!(error, StoredError::Truncated { .. }), "{at}: {error}");
        assert!(error.to_string().contains("--resume"), "{error}");
    }
    for (text, part) in [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("# A report\n", "not JSON"),
        ("[]", "llama-bench wrote no test"),
        ("[1]", "no object"),
        ("{}", "an empty object"),
        (r#"{"schema": 1, "rungs": []}"#, "it holds `schema`, `rungs`"),
        (&(text.clone() + "x"), "trailing characters"),
        (&text.replacen("\"valid\":", "\"valid\":NaN,\"other\":", 1), "not JSON"),
        (&text.replacen("\"valid\":", "\"n\":1e999,\"valid\":", 1), "number out of range"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.starts_with("some/report.json: ") && message.contains(part), "{message}");
    }
    let message = Stored::parse(Path::new("r.json"), b"{\"a\": \"\xff\"}").unwrap_err().to_string();
    assert_eq!(message, "r.json: not text in UTF-8 (byte 7)");
}

#[test]
fn a_wrong_type_or_an_impossible_value_is_told_with_its_place() {
    let row = |change: fn(&mut Value)| refused(|report| change(&mut report["bench"]["results"][0]));
    assert!(row(|row| row["tokens"] = json!("512")).contains("row `pp64`: invalid type: string \"512\", expected u32"));
    assert!(row(|row| row["tokens"] = json!(-512)).contains("row `pp64`: invalid value: integer `-512`"));
    assert!(row(|row| row["tokens_per_second"]["point"] = json!("NaN")).contains("invalid type: string \"NaN\""));
    assert!(row(|row| row["tokens_per_second"]["point"] = json!(-3.0)).contains("`tokens_per_second` is not above 0"));
    assert!(row(|row| row["tokens_per_second"]["low"] = json!(1e300)).contains("outside its own interval"));
    assert!(row(|row| row["samples_ns"][0] = json!(0)).contains("a repetition took no time"));
    let claimed = row(|row| {
        for end in ["point", "low", "high"] {
            row["tokens_per_second"][end] = json!(10.0 * row["tokens_per_second"][end].as_f64().unwrap());
        }
    });
    assert!(
        claimed.contains("row `pp64`: tokens_per_second is") && claimed.contains("its repetitions give"),
        "{claimed}"
    );
    let narrow = row(|row| row["tokens_per_second"]["low"] = row["tokens_per_second"]["point"].clone());
    assert!(narrow.contains("the lower end of tokens_per_second is"), "{narrow}");
    let median = row(|row| row["median_tokens_per_second"] = json!(1e9));
    assert!(median.contains("median_tokens_per_second is 1000000000, and its repetitions give"), "{median}");
    assert!(row(|row| row["spread"] = json!(0.5)).contains("spread is 0.5, and its repetitions give"));
    assert!(row(|row| row["samples_ns"] = json!([])).contains("a speed without a repetition"));
    assert!(row(|row| row["tokens"] = json!(640)).contains("its repetitions give"), "more tokens in the same time");
    assert!(row(|row| row["phase"] = json!("both")).contains("unknown variant `both`"));
    assert!(row(|row| row["model"] = json!("another")).contains("`another` is none of the report's"));
    assert!(row(|row| row["memory"]["peak_rss"] = json!(-1)).contains("integer `-1`"));
    let model = refused(|report| report["bench"]["models"][0]["bytes"] = json!(-4));
    assert!(model.contains("integer `-4`"), "{model}");
    let schema = refused(|report| report["bench"]["schema"] = json!(3));
    assert!(schema.contains("bench part has schema 3"), "{schema}");
    let valid = refused(|report| {
        report["valid"] = json!(true);
        report["bench"]["results"][0]["valid"] = json!(false);
    });
    assert!(valid.contains("it calls itself valid, and one of its rows is not"), "{valid}");
    let hidden = row(|row| {
        row["valid"] = json!(true);
        row["warnings"] =
            json!([{"kind": "spread", "spread": 0.2, "limit": 0.05, "message": "far", "invalidates": true}]);
    });
    assert!(hidden.contains("called valid beside a warning"), "{hidden}");
    let score = refused(|report| {
        let score = json!({"point": 200.0, "low": null, "high": null, "level": 0.95, "method": "t"});
        report["eval"] = super::evaluation(&[json!({ "score": score })]);
    });
    assert!(score.contains("a score of 200 %"), "{score}");
    let missing = refused(|report| drop(report["bench"].as_object_mut().unwrap().remove("started")));
    assert!(missing.contains("missing field `started`"), "{missing}");
}

#[test]
fn what_is_hostile_is_refused_or_made_inert() {
    let huge = "n".repeat(10 << 20);
    let message = refused(|report| report["bench"]["models"][0]["id"] = json!(huge));
    assert!(message.contains("a string of 10485760 bytes") && message.len() < 300, "{} bytes", message.len());
    let message = refused(|report| report["device"][huge.as_str()] = json!(1));
    assert!(message.contains("a string of 10485760 bytes") && message.len() < 300, "{} bytes", message.len());
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let message = parse(&run().to_string().replacen("null", &deep, 1)).unwrap_err().to_string();
    assert!(message.contains("nested deeper"), "{message}");
    let twice = run().to_string().replacen("\"verdicts\":", "\"run_id\":\"b\",\"verdicts\":", 1);
    assert!(parse(&twice).unwrap_err().to_string().contains("`run_id` stands twice"));

    let mut report = run();
    report["device"]["name"] = json!("<script>alert(1)</script>\u{1b}[2J\u{202e}gnp");
    report["verdicts"] = json!(["bell\u{7}", "two\nlines"]);
    let stored = parse(&report.to_string()).unwrap();
    let device = stored.report.device.unwrap().record;
    assert_eq!(device.name(), Some("<script>alert(1)</script>\u{fffd}[2J\u{fffd}gnp"), "markup stays text");
    assert_eq!(stored.report.verdicts, ["bell\u{fffd}", "two\nlines"]);
    let message = refused(|report| report["bench"]["results"][0] = json!({"test": "\u{1b}[31m\n", "phase": "decode"}));
    assert!(!message.contains(['\u{1b}', '\n']), "{message:?}");
}

#[test]
fn a_file_beyond_the_bound_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(densimeter::report::stored::LARGEST + 1).unwrap();
    let message = Stored::read(&path).unwrap_err().to_string();
    assert!(message.contains("larger than 64 MiB"), "{message}");
}
