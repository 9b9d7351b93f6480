//! Thoughts: what a model writes before its answer, between delimiters of its own, and what is not graded.

use std::borrow::Cow;

/// What begins and ends the thoughts of published models.
pub const DELIMITERS: &[(&str, &str)] = &[
    // DeepSeek-R1, Qwen3, QwQ, SmolLM3, Phi-4-reasoning, GLM-4.5, MiniMax-M2, Hunyuan, ERNIE, Nemotron.
    ("<think>", "</think>"),
    // EXAONE Deep.
    ("<thought>", "</thought>"),
    // Seed-OSS.
    ("<seed:think>", "</seed:think>"),
    // Magistral.
    ("[THINK]", "[/THINK]"),
    // Command R7B and A.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    // Kimi-VL.
    ("◁think▷", "◁/think▷"),
    // gpt-oss, whose channel of the answer ends the one before it.
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
];

/// The delimiters that a prompt ends with: a template that opens the thought itself.
#[must_use]
pub fn opened(prompt: &str) -> Option<usize> {
    let end = prompt.trim_end();
    DELIMITERS.iter().position(|(open, _)| end.ends_with(open))
}

/// Whether a control token's text is part of a delimiter and must be seen.
#[must_use]
pub fn is_part(text: &str) -> bool {
    !text.is_empty() && DELIMITERS.iter().any(|(open, close)| open.contains(text) || close.contains(text))
}

/// Where a reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space or the beginning of a delimiter so far.
    Begin,
    /// In a thought between these delimiters.
    Inside(usize),
    /// In the answer.
    Answer,
}

/// A reply as it is being written, and what of it is thought.
#[derive(Debug, Clone)]
pub struct Thought {
    state: State,
    /// Where the thought's text begins, in bytes.
    from: usize,
    /// Where it ends.
    to: usize,
    /// Where the answer begins.
    answer: usize,
    /// Tokens of the thought, its delimiters included.
    tokens: usize,
    seconds: f64,
    /// Seconds of which it is not known yet whether they were for a thought.
    pending: f64,
}

/// What was thought in a reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thinking {
    /// The thought, without its delimiters; `None` where nothing was thought.
    pub text: Option<String>,
    /// Tokens of it, delimiters included.
    pub tokens: u32,
    /// Its share of the engine's time, seconds.
    pub seconds: f64,
    /// Whether it came to its end; `true` where nothing was thought.
    pub ended: bool,
}

impl Thought {
    /// At the beginning of a reply; `opened` are the delimiters of a thought that the prompt has opened.
    #[must_use]
    pub fn new(opened: Option<usize>) -> Self {
        let state = opened.map_or(State::Begin, State::Inside);
        Self { state, from: 0, to: 0, answer: 0, tokens: 0, seconds: 0.0, pending: 0.0 }
    }

    /// Whether the reply is in a thought, which no stop ends.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        matches!(self.state, State::Inside(_))
    }

    /// Where the answer begins, once it does.
    #[must_use]
    pub fn answer(&self) -> Option<usize> {
        (self.state == State::Answer).then_some(self.answer)
    }

    /// Tokens of the thought so far.
    #[must_use]
    pub const fn tokens(&self) -> usize {
        self.tokens
    }

    /// Takes in the time of a token before it is known.
    pub fn spend(&mut self, seconds: f64) {
        match self.state {
            State::Begin => self.pending += seconds,
            State::Inside(_) => self.seconds += seconds,
            State::Answer => {}
        }
    }

    /// Takes in a reply of so many tokens, whose bytes from `fresh` on are new.
    pub fn take(&mut self, bytes: &[u8], fresh: usize, tokens: usize) {
        if self.state == State::Begin {
            let start = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let text = &bytes[start..];
            if let Some(pair) = DELIMITERS.iter().position(|(open, _)| text.starts_with(open.as_bytes())) {
                self.from = start + DELIMITERS[pair].0.len();
                self.seconds += self.pending;
                self.state = State::Inside(pair);
            } else if !DELIMITERS.iter().any(|(open, _)| open.as_bytes().starts_with(text)) {
                self.state = State::Answer;
            }
        }
        match self.state {
            State::Inside(pair) => {
                self.tokens = tokens;
                self.close(bytes, fresh, pair);
            }
            // A model may leave out the beginning and write only the end.
            State::Answer if self.tokens == 0 => {
                for pair in 0..DELIMITERS.len() {
                    if self.close(bytes, fresh, pair) {
                        self.tokens = tokens;
                        break;
                    }
                }
            }
            _ => {}
        }
    }

    /// Looks for the end of a thought where the new bytes can be part of it.
    fn close(&mut self, bytes: &[u8], fresh: usize, pair: usize) -> bool {
        let close = DELIMITERS[pair].1.as_bytes();
        let from = fresh.saturating_sub(close.len() - 1).max(self.from);
        let tail = bytes.get(from..).unwrap_or_default();
        let Some(at) = tail.windows(close.len()).position(|window| window == close) else { return false };
        (self.to, self.answer) = (from + at, from + at + close.len());
        self.state = State::Answer;
        true
    }

    /// What of a whole reply is thought, and what is the answer: white space after a thought is part of neither.
    #[must_use]
    pub fn split<'a>(&self, bytes: &'a [u8]) -> (Thinking, Cow<'a, str>) {
        let text = |bytes: &'a [u8]| String::from_utf8_lossy(bytes);
        let tokens = u32::try_from(self.tokens).unwrap_or(u32::MAX);
        let thinking = |part: &[u8], ended| Thinking {
            text: Some(String::from_utf8_lossy(part).trim().to_owned()),
            tokens,
            seconds: self.seconds,
            ended,
        };
        match self.state {
            State::Inside(_) => (thinking(bytes.get(self.from..).unwrap_or_default(), false), Cow::Borrowed("")),
            State::Answer if self.tokens > 0 => {
                let thought = bytes.get(self.from..self.to).unwrap_or_default();
                let answer = text(bytes.get(self.answer..).unwrap_or_default()).trim_start().to_owned();
                (thinking(thought, true), Cow::Owned(answer))
            }
            _ => (Thinking { ended: true, ..Thinking::default() }, text(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reply written a byte a token.
    fn reply(opened: Option<usize>, text: &str) -> (Thinking, String) {
        let mut thought = Thought::new(opened);
        for end in 1..=text.len() {
            thought.spend(1.0);
            thought.take(&text.as_bytes()[..end], end - 1, end);
        }
        let (thinking, answer) = thought.split(text.as_bytes());
        (thinking, answer.into_owned())
    }

    #[test]
    fn a_thought_is_cut_and_counted() {
        let (thinking, answer) = reply(None, "\n<think>\nhm\n</think>\n\nAnswer: B");
        assert_eq!((thinking.text.as_deref(), answer.as_str()), (Some("hm"), "Answer: B"));
        assert_eq!((thinking.tokens, thinking.seconds, thinking.ended), (20, 20.0, true));
    }

    #[test]
    fn a_template_may_open_the_thought_and_a_model_may_not_close_it() {
        assert_eq!(opened("user\nHi\nassistant\n<think>\n"), Some(0));
        assert_eq!(opened("<think></think>\n"), None);
        let (thinking, answer) = reply(Some(0), "hm</think>B");
        assert_eq!((thinking.text.as_deref(), answer.as_str(), thinking.tokens), (Some("hm"), "B", 10));
        let (thinking, answer) = reply(Some(0), "Answer: B, or </thin");
        assert_eq!((answer.as_str(), thinking.tokens, thinking.ended), ("", 20, false));
    }

    #[test]
    fn an_answer_without_a_thought_costs_none() {
        for text in ["Answer: B", "<thin ice", " \n", "<b>think</b>"] {
            let (thinking, answer) = reply(None, text);
            assert_eq!((thinking.tokens, thinking.seconds, answer.as_str()), (0, 0.0, text));
            assert!(thinking.ended && thinking.text.is_none());
        }
    }

    #[test]
    fn the_end_alone_ends_a_thought_and_other_delimiters_are_known() {
        let (thinking, answer) = reply(None, "hm</think>B");
        assert_eq!((thinking.text.as_deref(), answer.as_str(), thinking.tokens), (Some("hm"), "B", 10));
        for (open, close) in DELIMITERS {
            let (thinking, answer) = reply(None, &format!("{open}x{close} y"));
            assert_eq!((thinking.text.as_deref(), answer.as_str()), (Some("x"), "y"), "{open}");
        }
        let harmony = "<|channel|>analysis<|message|>x<|start|>assistant<|channel|>final<|message|>y";
        assert_eq!(reply(None, harmony).1, "y");
    }
}
