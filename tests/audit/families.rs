//! Which tests of a table of published pairs are corrected together.

use assert_cmd::Command;
use serde_json::Value;

const HEADER: &str = "original,compressed,method,checkpoint_kind,orig_params_b,comp_params_b,orig_bits,comp_bits,orig_mmlu,\
                      comp_mmlu,orig_bbh,comp_bbh,same_protocol\n";

/// A row whose scores fell a little: its p-value is neither 0 nor 1.
fn row(name: &str, kind: &str) -> String {
    format!("{name},{name} w4,quantization,{kind},8,8,16,4,60,57.5,55,52.5,yes\n")
}

fn audit(table: &str, more: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.csv");
    std::fs::write(&path, format!("{HEADER}{table}")).unwrap();
    let mut command = Command::cargo_bin("densimeter").unwrap();
    command.args(["audit", "--pairs", path.to_str().unwrap()]).args(more).output().unwrap().stdout
}

/// Names with what Holm made of their p-values.
fn adjusted(table: &str) -> Vec<(String, f64)> {
    let document: Value = serde_json::from_slice(&audit(table, &["--json"])).unwrap();
    let one = |row: &Value| (row["original"].as_str().unwrap().to_owned(), row["p_adjusted"].as_f64().unwrap());
    document.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn instruct_models_are_a_family_of_their_own() {
    let base = ["A", "B"].map(|name| row(name, "base")).concat();
    let tuned = ["C", "D", "E", "F"].map(|name| row(name, "instruct")).concat() + &row("G", "chat");
    let alone = adjusted(&base);
    let beside = adjusted(&(base.clone() + &tuned));
    assert_eq!(alone[..], beside[..2], "what instruct models lose is no matter of base models");
    assert!(alone.iter().all(|(_, p)| *p > 0.0 && *p < 0.5), "{alone:?}");
    // Of unknown kind all are one family, and the correction is for seven.
    let together =
        adjusted(&(base.clone() + &tuned).replace(",instruct,", ",,").replace(",chat,", ",,").replace(",base,", ",,"));
    assert!(together[0].1 > 2.0 * alone[0].1, "{together:?} {alone:?}");
    let said = String::from_utf8(audit(&(base + &tuned), &[])).unwrap();
    assert!(said.contains("for the 2 of base models and for the 5 of instruct models apart"), "{said}");
    assert!(String::from_utf8(audit(&row("A", "base"), &[])).unwrap().contains("for all tests of this call"));
}
