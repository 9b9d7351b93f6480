//! Official publications of the benchmarks → the layout that [`super::data`] reads, byte for byte.
//!
//! Lines are serialised as Python's `json.dumps(row, ensure_ascii=False, separators=(",", ":"))` does; `serde_json`
//! escapes the same characters in the same way.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};

pub use super::convert_error::ConvertError;
use super::convert_error::wrong;

/// Bytes beyond which one member of an archive is refused.
const MOST_MEMBER: u64 = 64 << 20;

pub(super) fn line(into: &mut String, row: &impl Serialize) -> Result<(), ConvertError> {
    *into += &serde_json::to_string(row).map_err(|error| wrong("row", error))?;
    into.push('\n');
    Ok(())
}

/// The text files of a tar archive whose path `keep` maps to a name, sorted by name.
fn members<R: Read>(
    archive: R,
    keep: impl Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, ConvertError> {
    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let Some(name) = keep(path.trim_start_matches("./")) else { continue };
        if entry.size() > MOST_MEMBER {
            return Err(wrong(&path, "too long"));
        }
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        found.insert(name, text);
    }
    Ok(found)
}

#[derive(Serialize)]
pub(super) struct MmluRow<'a> {
    pub(super) id: String,
    pub(super) subject: &'a str,
    pub(super) index: usize,
    pub(super) question: &'a str,
    pub(super) choices: [&'a str; 4],
    pub(super) answer: usize,
    pub(super) answer_letter: &'a str,
}

/// MMLU's `data.tar` (one CSV a subject and split) → rows of the splits, by the splits' names.
///
/// # Errors
/// A broken archive or a row without six columns.
pub fn mmlu(archive: impl Read, splits: &[&str]) -> Result<BTreeMap<String, String>, ConvertError> {
    let files = members(archive, |path| {
        let (split, file) = path.strip_prefix("data/")?.split_once('/')?;
        let subject = file.strip_suffix(&format!("_{split}.csv"))?;
        splits.contains(&split).then(|| format!("{split}/{subject}"))
    })?;
    let mut out: BTreeMap<String, String> = splits.iter().map(|split| ((*split).to_owned(), String::new())).collect();
    for (name, text) in &files {
        let Some((split, subject)) = name.split_once('/') else { continue };
        let rows =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes()).into_records();
        for (index, row) in rows.enumerate() {
            let id = format!("{subject}/{split}/{index}");
            let row = row.map_err(|error| wrong(&id, error))?;
            let [question, a, b, c, d, letter] = row.iter().collect::<Vec<_>>()[..] else {
                return Err(wrong(&id, format!("{} columns, not 6", row.len())));
            };
            let answer = ["A", "B", "C", "D"]
                .iter()
                .position(|known| *known == letter)
                .ok_or_else(|| wrong(&id, "the answer is not A to D"))?;
            let choices = [a, b, c, d];
            let row = MmluRow { id, subject, index, question, choices, answer, answer_letter: letter };
            if let Some(into) = out.get_mut(split) {
                line(into, &row)?;
            }
        }
    }
    Ok(out)
}

#[derive(Deserialize)]
struct BbhFile {
    examples: Vec<BbhExample>,
}

#[derive(Deserialize)]
struct BbhExample {
    input: String,
    target: String,
}

#[derive(Serialize)]
struct BbhRow<'a> {
    id: String,
    task: &'a str,
    index: usize,
    input: &'a str,
    target: &'a str,
}

/// BIG-Bench Hard's JSON files, by task.
///
/// # Errors
/// A file that is no list of examples.
pub fn bbh(files: &BTreeMap<String, String>) -> Result<String, ConvertError> {
    let mut out = String::new();
    for (task, text) in files {
        let file: BbhFile = serde_json::from_str(text).map_err(|error| wrong(task, error))?;
        for (index, example) in file.examples.iter().enumerate() {
            let id = format!("{task}/{index}");
            line(&mut out, &BbhRow { id, task, index, input: &example.input, target: &example.target })?;
        }
    }
    Ok(out)
}

#[derive(Deserialize)]
struct MathFile {
    problem: String,
    level: String,
    #[serde(rename = "type")]
    kind: String,
    solution: String,
}

#[derive(Serialize)]
struct MathRow<'a> {
    id: String,
    subject: &'a str,
    file_number: u32,
    level: &'a str,
    r#type: &'a str,
    problem: &'a str,
    solution: &'a str,
}

/// The test split of `MATH.tar` (one JSON a problem).
///
/// # Errors
/// A broken archive or a file without the four fields.
pub fn math(archive: impl Read) -> Result<String, ConvertError> {
    let files =
        members(archive, |path| path.strip_prefix("MATH/test/").filter(|p| p.ends_with(".json")).map(str::to_owned))?;
    let mut out = String::new();
    for (name, text) in &files {
        let number = |file: &str| file.strip_suffix(".json")?.parse::<u32>().ok();
        let (subject, file_number) = name
            .split_once('/')
            .and_then(|(subject, file)| Some((subject, number(file)?)))
            .ok_or_else(|| wrong(name, "not <subject>/<number>.json"))?;
        let file: MathFile = serde_json::from_str(text).map_err(|error| wrong(name, error))?;
        let row = MathRow {
            id: format!("{subject}/{file_number}"),
            subject,
            file_number,
            level: &file.level,
            r#type: &file.kind,
            problem: &file.problem,
            solution: &file.solution,
        };
        line(&mut out, &row)?;
    }
    Ok(out)
}

#[derive(Serialize)]
struct ShotRow {
    id: String,
    problem: String,
    solution: String,
}

/// The string literal after a key of a Python dictionary. Python's escapes in that source are those of JSON.
fn literal<'a>(source: &'a str, key: &str) -> Result<Option<(String, &'a str)>, ConvertError> {
    let Some((_, after)) = source.split_once(key) else { return Ok(None) };
    let after = after.trim_start();
    let mut values = serde_json::Deserializer::from_str(after).into_iter::<String>();
    let text = values.next().and_then(Result::ok).ok_or_else(|| wrong(key, "no string literal follows"))?;
    Ok(Some((text, &after[values.byte_offset()..])))
}

/// The four Minerva examples in the evaluation harness's Python source.
///
/// # Errors
/// A source in which they are not where they were.
pub fn minerva(source: &str) -> Result<String, ConvertError> {
    let (_, mut rest) =
        source.split_once("def list_fewshot_samples").ok_or_else(|| wrong("utils.py", "no list_fewshot_samples"))?;
    let mut out = String::new();
    let mut shots = 0;
    while let Some((problem, after)) = literal(rest, "\"problem\":")? {
        let (solution, after) = literal(after, "\"solution\":")?.ok_or_else(|| wrong("utils.py", "no solution"))?;
        line(&mut out, &ShotRow { id: format!("minerva/{shots}"), problem, solution })?;
        shots += 1;
        rest = after;
        if shots == 4 {
            return Ok(out);
        }
    }
    Err(wrong("utils.py", format!("{shots} examples, not 4")))
}

#[derive(Serialize, Deserialize)]
struct HumanEvalRow {
    task_id: String,
    prompt: String,
    entry_point: String,
    canonical_solution: String,
    test: String,
}

#[derive(Serialize, Deserialize)]
struct MbppRow {
    text: String,
    code: String,
    task_id: u32,
    test_setup_code: String,
    test_list: Vec<String>,
    challenge_test_list: Vec<String>,
}

fn rows<T: Serialize + for<'de> Deserialize<'de>>(
    text: &str,
    keep: impl Fn(&T) -> bool,
) -> Result<String, ConvertError> {
    let mut out = String::new();
    for (at, text) in text.lines().enumerate().filter(|(_, text)| !text.is_empty()) {
        let row: T = serde_json::from_str(text).map_err(|error| wrong(&format!("line {}", at + 1), error))?;
        if keep(&row) {
            line(&mut out, &row)?;
        }
    }
    Ok(out)
}

/// HumanEval's gzip JSON Lines.
///
/// # Errors
/// A broken file or a line without its fields.
pub fn humaneval(gzip: impl Read) -> Result<String, ConvertError> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(gzip).take(MOST_MEMBER).read_to_string(&mut text)?;
    rows::<HumanEvalRow>(&text, |_| true)
}

/// MBPP's JSON Lines: the rows whose task ids lie in a range.
///
/// # Errors
/// A line without its fields.
pub fn mbpp(text: &str, ids: std::ops::RangeInclusive<u32>) -> Result<String, ConvertError> {
    rows::<MbppRow>(text, |row| ids.contains(&row.task_id))
}
