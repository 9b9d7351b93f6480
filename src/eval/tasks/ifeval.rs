//! IFEval: instructions that a program can check; the prompt as it is, no worked examples.

use serde::Deserialize;

#[cfg(feature = "download")]
use crate::eval::convert_ifeval;
#[cfg(feature = "download")]
use crate::eval::data::Pin;
use crate::eval::data::{Benchmarks, DataError};
use crate::eval::ifeval::arguments::Arguments;
use crate::eval::ifeval::instruction::Instruction;
use crate::eval::ifeval::verdict::Verdicts;
#[cfg(feature = "download")]
use crate::eval::publication::{DownloadError, Fetcher};
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: "ifeval",
    data: "ifeval/",
    answer: AnswerForm::Text,
    open: |data| Ok(Box::new(IfEval::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const FILE: &str = "ifeval/test.jsonl";
/// Most new tokens, as in lm-evaluation-harness.
const MAX_TOKENS: u32 = 1280;

#[derive(Debug, Deserialize)]
struct Row {
    key: u64,
    prompt: String,
    instruction_id_list: Vec<String>,
    kwargs: Vec<Arguments>,
}

/// The benchmark. A prompt counts as right when every one of its instructions is followed by the text as it is (the
/// prompt's strict verdict).
#[derive(Debug)]
pub struct IfEval {
    rows: Vec<(Row, Vec<Instruction>)>,
}

impl IfEval {
    /// Reads `ifeval/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read, or an instruction that cannot be checked.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let rows: Vec<Row> = data.rows(FILE)?;
        let read = |(at, row): (usize, Row)| {
            let wrong = |reason| DataError::Line { path: data.root().join(FILE), line: at + 1, reason };
            if row.instruction_id_list.is_empty() || row.instruction_id_list.len() != row.kwargs.len() {
                return Err(wrong("not as many \"kwargs\" as instructions, or none".to_owned()));
            }
            let each = row.instruction_id_list.iter().zip(&row.kwargs);
            let instructions = each.map(|(id, arguments)| Instruction::parse(id, arguments)).collect::<Result<_, _>>();
            instructions.map(|instructions| (row, instructions)).map_err(|error| wrong(error.to_string()))
        };
        Ok(Self { rows: rows.into_iter().enumerate().map(read).collect::<Result<_, _>>()? })
    }
}

impl Task for IfEval {
    fn name(&self) -> &str {
        SPEC.name
    }

    fn version(&self) -> u32 {
        1
    }

    fn shots(&self) -> u32 {
        0
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, index: usize) -> String {
        self.rows[index].0.key.to_string()
    }

    fn item(&self, index: usize) -> Item {
        let prompt = self.rows[index].0.prompt.clone();
        let ask = Ask::generate(&[], MAX_TOKENS);
        // There is no gold answer whose loss could be taken.
        Item { loss_context: prompt.clone(), prompt, ask, continuation: String::new() }
    }

    fn chat(&self, index: usize) -> Option<ChatForm> {
        Some(ChatForm::of(self.rows[index].0.prompt.clone(), MAX_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "google-research: instruction_following_eval, the prompt as it is"
    }

    fn grade(&self, index: usize, answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        let Answer::Text(text) = answer else {
            return Grade::undecided(Some("ifeval is answered by a text".to_owned()));
        };
        let verdicts = Verdicts::of(&self.rows[index].1, text);
        let followed = verdicts.strict.iter().filter(|followed| **followed).count();
        let prediction = format!("followed {followed} of {}", verdicts.strict.len());
        let correct = verdicts.all_strict();
        Grade { verdicts: Some(verdicts), ..Grade::decided(Some(prediction), correct) }
    }
}

/// From `github.com/google-research/google-research`.
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, _: &[Pin]) -> Result<(), DownloadError> {
    let path = "google-research/google-research/master/instruction_following_eval/data/input_data.jsonl";
    let url = format!("{}/{path}", from.hosts.github);
    Ok(from.convert(&url, |body| {
        let mut text = String::new();
        body.read_to_string(&mut text)?;
        Ok(vec![(FILE, convert_ifeval::ifeval(&text)?)])
    })?)
}
