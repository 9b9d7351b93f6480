//! Outputs of llama-bench as pipes and kills leave them, made readable where nothing has to be guessed; what was done is
//! told.

use serde::de::IgnoredAny;

use super::format::Format;

/// A text that can be read, and what was done to it.
#[derive(Debug, PartialEq)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// What was passed over.
    pub notes: Vec<String>,
}

/// Mends a text of a format.
#[must_use]
pub fn mend(text: &str, format: Format) -> Mended {
    let mut notes = Vec::new();
    let text = match format {
        Format::Json => arrays(&bare_numbers(text), &mut notes),
        Format::JsonLines => lines(&bare_numbers(text), &mut notes),
        Format::Csv => rows(text, &mut notes),
        Format::Sql => text.to_owned(),
    };
    Mended { text, notes }
}

/// `null` for the numbers that JSON has no word for: the deviation of nearly equal repetitions is the root of a negative
/// number in llama-bench, and C++ prints it as `nan`, `-nan` or `-nan(ind)`.
fn bare_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quoted) = (text, false);
    while let Some(sign) = rest.chars().next() {
        let word = || {
            let begin = rest.strip_prefix('-').unwrap_or(rest);
            let found = ["nan(ind)", "nan(snan)", "nan", "infinity", "inf"]
                .into_iter()
                .find(|word| begin.get(..word.len()).is_some_and(|own| own.eq_ignore_ascii_case(word)))?;
            let length = rest.len() - begin.len() + found.len();
            let ends = rest[length..].chars().next().is_none_or(|next| !next.is_ascii_alphanumeric());
            ends.then_some(length)
        };
        // A value stands behind one of these.
        let value = !quoted && out.trim_end().ends_with([':', ',', '[']);
        if let Some(length) = value.then(word).flatten() {
            out.push_str("null");
            rest = &rest[length..];
            continue;
        }
        if quoted && sign == '\\' {
            let escaped = rest.chars().take(2).map(char::len_utf8).sum();
            out.push_str(&rest[..escaped]);
            rest = &rest[escaped..];
            continue;
        }
        quoted ^= sign == '"';
        out.push(sign);
        rest = &rest[sign.len_utf8()..];
    }
    out
}

/// Whether a text begins like an output: a shell's `[1]` is none.
fn begins(text: &str) -> bool {
    text.trim_start().strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']']))
}

/// The arrays of a text, without what stands behind them: `>>` appends, and a shell tells there how a program died.
fn arrays(text: &str, notes: &mut Vec<String>) -> String {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut count, mut end) = (0, 0);
    while let Some(Ok(IgnoredAny)) = values.next() {
        count += 1;
        end = values.byte_offset();
        if !begins(&text[end..]) {
            break;
        }
    }
    let behind = text[end..].trim();
    if count == 0 || begins(behind) {
        return text.to_owned();
    }
    if let Some(line) = behind.lines().next() {
        notes.push(format!(
            "passed over what stands behind the output of llama-bench: `{}`",
            super::fields::short(line)
        ));
    }
    if count > 1 {
        notes.push(format!("{count} outputs of llama-bench in one file, read as one"));
    }
    text[..end].to_owned()
}

/// The lines that hold a test: logs between them are passed over, and the last where a kill cut it.
fn lines(text: &str, notes: &mut Vec<String>) -> String {
    let whole = |line: &str| serde_json::from_str::<IgnoredAny>(line);
    // Objects over several lines are left as they are.
    if text.trim_start().lines().next().is_none_or(|line| whole(line).is_err()) {
        return text.to_owned();
    }
    let full: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut kept: Vec<&str> = full.iter().copied().filter(|line| line.trim_start().starts_with('{')).collect();
    if kept.len() < full.len() {
        notes.push(format!("passed over {} lines that are none of llama-bench", full.len() - kept.len()));
    }
    if let Some(last) = kept.last().filter(|last| whole(last).is_err_and(|error| error.is_eof()))
        && full.last() == Some(last)
    {
        kept.pop();
        notes.push("the last line is cut off, and is passed over: llama-bench was ended before its end".to_owned());
    }
    kept.join("\n")
}

/// The rows of a table; its last where a kill cut it is passed over. That a header stands twice is seen by the reader.
fn rows(text: &str, notes: &mut Vec<String>) -> String {
    let cells = |line: &str| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        reader.records().next().and_then(Result::ok).map_or(0, |row| row.len())
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let header = lines.iter().rev().find(|line| line.trim_start_matches('"').starts_with("build_commit"));
    match (lines.as_slice(), header) {
        ([before @ .., last], Some(header)) if !text.ends_with('\n') && cells(last) < cells(header) => {
            notes.push("the last line is cut off, and is passed over: llama-bench was ended before its end".to_owned());
            before.join("\n")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_has_not_become_null_and_texts_stay() {
        let text = r#"{"a": nan, "b":-nan(ind), "c": [1, inf ,-Infinity], "d": "x: nan, \" nan", "nan": 1, "e": nano}"#;
        let mended = bare_numbers(text);
        assert_eq!(
            mended,
            r#"{"a": null, "b":null, "c": [1, null ,null], "d": "x: nan, \" nan", "nan": 1, "e": nano}"#
        );
    }

    #[test]
    fn appended_arrays_and_what_a_shell_says_behind() {
        let mended = mend("[{}]\n[{}]\n[1] 13557 segmentation fault", Format::Json);
        assert_eq!(mended.text, "[{}]\n[{}]");
        assert_eq!(
            mended.notes[0],
            "passed over what stands behind the output of llama-bench: `[1] 13557 segmentation fault`"
        );
        assert_eq!(mended.notes[1], "2 outputs of llama-bench in one file, read as one");
        let killed = "[{}]\n[{\"a\": ";
        assert_eq!(mend(killed, Format::Json).text, killed, "an output that was cut is none to pass over");
        let mended = mend("[1]\nKilled\n", Format::Json);
        assert_eq!((mended.text.as_str(), mended.notes.len()), ("[1]", 1));
        assert_eq!(mend("[{\"a\": 1", Format::Json), Mended { text: "[{\"a\": 1".to_owned(), notes: Vec::new() });
    }

    #[test]
    fn killed_and_mixed_lines() {
        let mended = mend("{\"a\": 1}\nggml_vulkan: Found 1\n\n{\"a\": 2}\n{\"a\": ", Format::JsonLines);
        assert_eq!(mended.text, "{\"a\": 1}\n{\"a\": 2}");
        assert_eq!(mended.notes.len(), 2);
        let cut = mend("build_commit,b\n1,2\n3", Format::Csv);
        assert_eq!((cut.text.as_str(), cut.notes.len()), ("build_commit,b\n1,2", 1));
        assert!(mend("build_commit,b\n1,2\n3,4", Format::Csv).notes.is_empty());
    }
}
