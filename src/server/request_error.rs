//! Why a request has no answer that can be timed: one sentence each.

/// Letters of a server's own words that are shown.
pub(super) const SHOWN: usize = 200;

/// Why a request has no answer that can be timed. Words of the server are cut and without what steers a terminal.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RequestError {
    /// This build cannot ask.
    #[error("this build cannot contact a server: it lacks the feature `download` (cargo build --features download)")]
    NoClient,
    /// No connection, no head of an answer, or one that is no HTTP.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// Longer than a request may take.
    #[error("the request took longer than {limit_s} s (--timeout): the server stalls, or is slower than that")]
    TooLong {
        /// The limit in seconds.
        limit_s: f64,
    },
    /// An error status.
    #[error("the server answered {status}: {said}")]
    Status {
        /// The status.
        status: u16,
        /// What it said.
        said: String,
    },
    /// A redirect.
    #[error(
        "the server answered {status} and points to {to}: only the address given is contacted; give that one as --url if you trust it"
    )]
    Redirect {
        /// The status.
        status: u16,
        /// Where to.
        to: String,
    },
    /// A whole document instead of a stream.
    #[error(
        "the server sent {found} instead of a stream of events (text/event-stream): is --url the base of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1?"
    )]
    NoStream {
        /// Its content type.
        found: String,
    },
    /// The stream ended before its answer did.
    #[error("the stream was cut off after {pieces} pieces of text: {why}")]
    Cut {
        /// Pieces of text by then.
        pieces: usize,
        /// What is missing.
        why: String,
    },
    /// More bytes than such an answer can have.
    #[error("the server sent more than {limit} bytes for this answer")]
    TooManyBytes {
        /// The limit.
        limit: u64,
    },
    /// A line without an end.
    #[error("the server sent a line of more than {limit} bytes")]
    LongLine {
        /// The limit.
        limit: usize,
    },
    /// More pieces than twice the tokens asked for.
    #[error("the server sent more than {limit} pieces and does not stop (max_tokens is {asked})")]
    TooManyPieces {
        /// The limit.
        limit: u64,
        /// Tokens asked for.
        asked: u32,
    },
    /// Bytes that are no text.
    #[error("the stream is not UTF-8 (line {line})")]
    NotUtf8 {
        /// Line of the body, from 1.
        line: u64,
    },
    /// A line that is no event.
    #[error("line {line} of the stream is no event: `{said}`")]
    NoEvent {
        /// Line of the body, from 1.
        line: u64,
        /// The line.
        said: String,
    },
    /// An event that is no chunk of a completion.
    #[error("line {line} of the stream is no chunk of a completion: {why}")]
    NoChunk {
        /// Line of the body, from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// An error in the stream.
    #[error("the server broke off with an error: {0}")]
    Said(String),
    /// An answer without a word.
    #[error("the answer holds no text: {empty} empty pieces, then its end")]
    NoText {
        /// Pieces without text.
        empty: u64,
    },
    /// Not enough pieces for a time between two.
    #[error("the server stopped after {tokens} of {asked} tokens: no time between tokens can be told")]
    TooShort {
        /// Tokens that came.
        tokens: u64,
        /// Tokens asked for.
        asked: u32,
    },
    /// A thread could not be made.
    #[error("no thread for the request: {0}")]
    Thread(String),
    /// The user asked for the end.
    #[error("interrupted")]
    Interrupted,
}
