//! Rows of MMLU in an Arrow stream, as Hugging Face's `datasets` writes them: columns `question`, `subject`, `choices` and
//! `answer`. The frame (messages, schema, where each buffer lies) is read by the crate of the format; Apache's own reader
//! of columns of every type would add a tenth to the binary.

use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{MessageHeaderRef, MessageRef, SchemaRef};

/// What stands before a message: a mark, and how long the message is.
const MARK: [u8; 4] = [0xff; 4];
const COLUMNS: [&str; 4] = ["question", "subject", "choices", "answer"];
/// Which buffers hold what: each column has one for absent values, texts and lists their offsets, then the values.
const BUFFERS: usize = 13;
const QUESTION: usize = 1;
const CHOICES: usize = 7;
const CHOICE: usize = 9;
const ANSWER: usize = 12;

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) question: &'a str,
    pub(super) choices: Vec<&'a str>,
    pub(super) answer: usize,
}

/// The rows of a stream, or what is wrong with it.
pub(super) fn rows(stream: &[u8]) -> Result<Vec<Row<'_>>, &'static str> {
    let mut rest = stream;
    let mut out = Vec::new();
    loop {
        let (head, after) = rest.split_first_chunk::<8>().ok_or("the Arrow stream has no end")?;
        let [a, b, c, d] = [head[4], head[5], head[6], head[7]];
        if head[..4] != MARK {
            return Err("not an Arrow stream");
        }
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if length == 0 {
            return Ok(out);
        }
        let cut = "the Arrow stream is cut short";
        let (message, after) = after.split_at_checked(length).ok_or(cut)?;
        let message = MessageRef::read_as_root(message).map_err(|_| "a message of the Arrow stream is damaged")?;
        let length = message.body_length().ok().and_then(|length| usize::try_from(length).ok()).ok_or(cut)?;
        let (body, after) = after.split_at_checked(length).ok_or(cut)?;
        rest = after;
        match message.header() {
            Ok(Some(MessageHeaderRef::Schema(schema))) if names(&schema).as_deref() == Some(&COLUMNS) => {}
            Ok(Some(MessageHeaderRef::RecordBatch(batch))) => {
                let part = |offset: i64, length: i64| {
                    let start = usize::try_from(offset).ok()?;
                    body.get(start..start.checked_add(usize::try_from(length).ok()?)?)
                };
                let buffers = batch.buffers().ok().flatten().and_then(|list| {
                    list.iter().map(|buffer| part(buffer.offset(), buffer.length())).collect::<Option<Vec<_>>>()
                });
                let buffers = buffers.filter(|buffers| buffers.len() == BUFFERS).ok_or("other buffers than MMLU's")?;
                let count = batch.length().ok().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
                for at in 0..count {
                    out.push(row(&buffers, at).ok_or("a row of the Arrow stream is damaged")?);
                }
            }
            _ => return Err("other columns than MMLU's"),
        }
    }
}

fn names<'a>(schema: &SchemaRef<'a>) -> Option<Vec<&'a str>> {
    schema.fields().ok()??.iter().map(|field| field.ok()?.name().ok()?).collect()
}

fn row<'a>(buffers: &[&'a [u8]], at: usize) -> Option<Row<'a>> {
    let offset = |buffer: usize, at: usize| {
        let (bytes, _) = buffers[buffer].get(at.checked_mul(4)?..)?.split_first_chunk::<4>()?;
        usize::try_from(i32::from_le_bytes(*bytes)).ok()
    };
    let text = |buffer: usize, at: usize| {
        let bytes = buffers[buffer + 1].get(offset(buffer, at)?..offset(buffer, at + 1)?)?;
        std::str::from_utf8(bytes).ok()
    };
    let choices = offset(CHOICES, at)?..offset(CHOICES, at + 1)?;
    let (answer, _) = buffers[ANSWER].get(at.checked_mul(8)?..)?.split_first_chunk::<8>()?;
    Some(Row {
        question: text(QUESTION, at)?,
        choices: choices.map(|at| text(CHOICE, at)).collect::<Option<_>>()?,
        answer: usize::try_from(i64::from_le_bytes(*answer)).ok()?,
    })
}
