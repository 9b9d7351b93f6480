//! A stream of server-sent events, read piece by piece within bounds. Each piece is stamped when its bytes were read.

use std::io::Read;

use super::answer::Answer;
use super::limits::Limits;
use super::request_error::{RequestError, SHOWN};
use super::wire::{Chunk, Fault};
use crate::meter::clock::Clock;
use crate::sanitize;

/// Bytes that are read at once.
const BUFFER: usize = 16 << 10;

/// Reads an answer of at most `asked` tokens. `failed` says what an error of the reader means.
pub(crate) fn collect(
    body: &mut dyn Read,
    clock: &dyn Clock,
    limits: &Limits,
    asked: u32,
    failed: &dyn Fn(std::io::Error, usize) -> RequestError,
) -> Result<Answer, RequestError> {
    let mut stream = Stream { answer: Answer::default(), limits, asked, line: Vec::new(), lines: 0, done: false };
    let mut buffer = vec![0; BUFFER];
    let mut bytes = 0;
    while !stream.done {
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error, stream.answer.pieces_ns.len())),
        };
        let now = u64::try_from(clock.now().as_nanos()).unwrap_or(u64::MAX);
        bytes += count as u64;
        if bytes > limits.bytes {
            return Err(RequestError::TooManyBytes { limit: limits.bytes });
        }
        stream.take(&buffer[..count], now)?;
    }
    stream.end()
}

struct Stream<'a> {
    answer: Answer,
    limits: &'a Limits,
    asked: u32,
    /// What has come of a line.
    line: Vec<u8>,
    lines: u64,
    done: bool,
}

impl Stream<'_> {
    fn take(&mut self, mut bytes: &[u8], now: u64) -> Result<(), RequestError> {
        while !self.done && !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            if self.line.len() + part.len() > self.limits.line {
                return Err(RequestError::LongLine { limit: self.limits.line });
            }
            self.line.extend_from_slice(part);
            let Some(rest) = rest.get(1..) else { break };
            bytes = rest;
            self.lines += 1;
            let line = std::mem::take(&mut self.line);
            let text = std::str::from_utf8(&line).map_err(|_| RequestError::NotUtf8 { line: self.lines })?;
            self.event(text.strip_suffix('\r').unwrap_or(text), now)?;
            self.line = line;
            self.line.clear();
        }
        Ok(())
    }

    /// A line: data, an error as llama-server writes it, or one of the other fields, which carry no text.
    fn event(&mut self, line: &str, now: u64) -> Result<(), RequestError> {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        match field {
            "data" if value == "[DONE]" => {
                self.done = true;
                Ok(())
            }
            "data" => self.chunk(value, now),
            "error" => Err(RequestError::Said(said(value))),
            "" | "event" | "id" | "retry" => Ok(()),
            _ => Err(RequestError::NoEvent { line: self.lines, said: sanitize::line(line, SHOWN) }),
        }
    }

    fn chunk(&mut self, value: &str, now: u64) -> Result<(), RequestError> {
        let chunk: Chunk = serde_json::from_str(value).map_err(|error| RequestError::NoChunk {
            line: self.lines,
            why: sanitize::line(&error.to_string(), SHOWN),
        })?;
        if let Some(fault) = &chunk.error {
            return Err(RequestError::Said(sanitize::line(fault.text(), SHOWN)));
        }
        let answer = &mut self.answer;
        let choices = chunk.choices.unwrap_or_default();
        if choices.iter().any(super::wire::Choice::has_text) {
            answer.pieces_ns.push(now);
        } else {
            answer.empty += 1;
        }
        if answer.pieces() + answer.empty > self.limits.pieces {
            return Err(RequestError::TooManyPieces { limit: self.limits.pieces, asked: self.asked });
        }
        let finish = choices.into_iter().find_map(|choice| choice.finish_reason);
        answer.finish = finish.map(|finish| sanitize::line(&finish, SHOWN)).or(answer.finish.take());
        answer.usage = chunk.usage.or(answer.usage.take());
        answer.timings = chunk.timings.or(answer.timings.take());
        let build = chunk.system_fingerprint.filter(|build| !build.is_empty());
        answer.fingerprint = answer.fingerprint.take().or_else(|| Some(sanitize::line(&build?, SHOWN)));
        Ok(())
    }

    fn end(self) -> Result<Answer, RequestError> {
        let answer = self.answer;
        // Some servers end the connection behind the last chunk and say no more.
        if !self.done && answer.finish.is_none() {
            let why = "neither a reason to stop nor [DONE] came".to_owned();
            return Err(RequestError::Cut { pieces: answer.pieces_ns.len(), why });
        }
        if answer.pieces_ns.is_empty() {
            return Err(RequestError::NoText { empty: answer.empty });
        }
        Ok(answer)
    }
}

/// The words of an error document, or the text as it is.
pub(super) fn said(text: &str) -> String {
    let fault = serde_json::from_str::<Chunk>(text).ok().and_then(|chunk| chunk.error);
    let fault = fault.or_else(|| serde_json::from_str::<Fault>(text).ok());
    sanitize::line(fault.as_ref().map_or(text, Fault::text).trim(), SHOWN)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::meter::clock::VirtualClock;

    /// Gives away some bytes at each reading, a millisecond later each.
    struct Pieces<'a>(&'a VirtualClock, std::collections::VecDeque<Vec<u8>>);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.advance(Duration::from_millis(1));
            let Some(piece) = self.1.pop_front() else { return Ok(0) };
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn read(pieces: &[&str]) -> Result<Answer, RequestError> {
        read_bytes(pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect())
    }

    fn read_bytes(pieces: Vec<Vec<u8>>) -> Result<Answer, RequestError> {
        let clock = VirtualClock::new();
        let limits = Limits { bytes: 10_000, line: 1000, ..Limits::of(4, Duration::from_secs(1)) };
        collect(&mut Pieces(&clock, pieces.into()), &clock, &limits, 4, &|error, pieces| RequestError::Cut {
            pieces,
            why: error.to_string(),
        })
    }

    #[test]
    fn pieces_are_stamped_when_they_come_however_lines_are_cut() {
        let answer = read(&[
            ": hello\n\ndata: {\"choices\":[{\"text\":\"a\"}]}\r\n\r\nda",
            "ta:{\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n",
            "data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}],\"system_fingerprint\":\"b1\"}\n",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2},\"timings\":{\"cache_n\":1}}\n",
            "data: [DONE]\n\ndata: never read",
        ])
        .unwrap();
        assert_eq!(answer.pieces_ns, [1_000_000, 2_000_000]);
        assert_eq!((answer.empty, answer.prompt_tokens(), answer.completion_tokens()), (2, Some(3), Some(2)));
        assert_eq!((answer.cached_tokens(), answer.finish.as_deref()), (Some(1), Some("length")));
        assert_eq!(answer.fingerprint.as_deref(), Some("b1"));
    }

    #[test]
    fn what_a_model_thinks_is_text_too() {
        let answer = read(&["data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"}}]}\ndata: [DONE]\n"]);
        assert_eq!(answer.unwrap().pieces(), 1);
    }

    #[test]
    fn a_stream_that_is_none_is_one_error() {
        let piece = "data: {\"choices\":[{\"text\":\"a\"}]}\n";
        let said = |pieces: &[&str]| read(pieces).unwrap_err().to_string();
        assert!(said(&[piece]).contains("cut off after 1 pieces"));
        assert!(said(&["data: [DONE]\n"]).contains("no text: 0 empty"));
        assert!(said(&["data: {\"choices\":[{\"text\":7}]}\n"]).contains("line 1 of the stream is no chunk"));
        assert!(said(&[piece, "data: {\"error\":{\"message\":\"no slot\"}}\n"]).ends_with("no slot"));
        assert!(said(&["error: {\"code\":500,\"message\":\"too long\"}\n"]).ends_with("too long"));
        assert!(said(&["<html>\u{1b}[2J\n"]).contains("no event: `<html>\u{fffd}[2J`"));
        assert!(said(&["data: ", &"x".repeat(999)]).contains("more than 1000 bytes"));
        assert!(said(&[&piece.repeat(73)]).contains("more than 72 pieces"));
        assert!(said(&[&": alive\n".repeat(1000), &": alive\n".repeat(1000)]).contains("more than 10000 bytes"));
        let bytes = read_bytes(vec![b"data: {}\ndata: \xff\n".to_vec()]).unwrap_err();
        assert_eq!(bytes, RequestError::NotUtf8 { line: 2 });
        assert!(said(&[&format!("data: {}\n", "[".repeat(500))]).contains("no chunk of a completion"));
    }

    #[test]
    fn an_end_without_done_will_do_where_the_answer_has_one() {
        assert!(read(&["data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}\n"]).is_ok());
    }
}
