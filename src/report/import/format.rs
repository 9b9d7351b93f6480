//! The formats of llama-bench, told by how a text begins.

/// How llama-bench wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `-o json`.
    Json,
    /// `-o jsonl`.
    JsonLines,
    /// `-o sql`.
    Sql,
    /// `-o csv`.
    Csv,
}

/// Bytes of a text that tell its format.
const BEGIN: usize = 8192;

impl Format {
    /// llama-bench's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Sql => "sql",
            Self::Csv => "csv",
        }
    }

    /// The format of a text that may be llama-bench's, by how it begins.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let begin = &text[..text.floor_char_boundary(BEGIN)];
        if !begin.contains("build_commit") || begin.contains("\"run_id\"") {
            return None;
        }
        if text.starts_with('[') {
            Some(Self::Json)
        } else if text.starts_with('{') {
            Some(Self::JsonLines)
        } else if begin.contains("llama_bench") || begin.contains("INSERT INTO") {
            Some(Self::Sql)
        } else if begin.lines().next().is_some_and(|line| line.contains("build_commit") && line.contains(',')) {
            Some(Self::Csv)
        } else {
            None
        }
    }
}

/// The first line of a text that holds llama-bench's JSON behind something else: a log, or the table for people.
#[must_use]
pub fn before_json(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let other = !text.starts_with(['{', '[']) && text.contains("\"build_commit\":");
    text.lines().next().filter(|_| other)
}

/// The first line of a text that holds llama-bench's table behind something else.
#[must_use]
pub fn before_table(text: &str) -> Option<&str> {
    // Most texts hold nothing of it, and are long.
    if !text.contains("build_commit") {
        return None;
    }
    let header = |line: &&str| line.trim_start_matches('"').starts_with("build_commit") && line.contains(',');
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    (Format::of(text).is_none() && text.lines().any(|line| header(&line))).then_some(first)
}

/// Whether llama-bench began an output and wrote no test: it does so where the model cannot be loaded.
#[must_use]
pub fn is_empty_run(text: &str) -> bool {
    let signs = text.chars().filter(|sign| !sign.is_whitespace());
    let rows = || text.lines().filter(|line| line.starts_with('|')).count();
    signs.clone().eq(['[']) || signs.eq(['[', ']']) || (is_markdown(text) && rows() <= 2)
}

/// Whether a text is llama-bench's table for people, which lacks what a report needs.
#[must_use]
pub fn is_markdown(text: &str) -> bool {
    text.lines().find(|line| line.starts_with('|')).is_some_and(|line| line.contains("test") && line.contains("t/s"))
}
