//! Greedy generation of several texts side by side.

use std::collections::VecDeque;

use super::chat::thinking::{self, Thinking, Thought};
use super::cycle::Cycle;
use super::schedule::{PREFIX, ScheduleError, Scheduler, slot};
use super::scored_row::{Logprobs, Row};
use crate::engine::{Slot, Token};

/// A text to continue.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Its tokens, the group's prefix first.
    pub tokens: Vec<Token>,
    /// The completion ends before the first of these.
    pub stops: Vec<String>,
    /// Most new tokens.
    pub max_tokens: usize,
    /// Of a reply in a chat, how long its parts may be.
    pub reply: Option<ReplyLimits>,
    /// A row that begins like the prompt, such as that of the loss of the right answer, to be read on the way.
    pub beside: Option<Row>,
}

/// How long the parts of a chat's reply may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyLimits {
    /// The delimiters of a thought that the prompt has opened.
    pub opened: Option<usize>,
    /// Most tokens of a thought; `None` where it takes of the answer's.
    pub thought: Option<usize>,
    /// Most tokens of the answer.
    pub answer: usize,
}

/// A continued text.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The new text, its stop cut off; bytes that are no UTF-8 are replaced.
    pub text: String,
    /// New tokens that the model wrote, the stop's included.
    pub tokens: usize,
    /// `stop`, `end` (the model's end-of-text token), `length`, or `loop`: the text repeated a passage, and was continued so to
    /// its limit without the model.
    pub finish: &'static str,
    /// Of a reply in a chat, what of it was thought: `text` is the answer alone.
    pub thinking: Option<Thinking>,
    /// Log-probabilities of the row beside the prompt.
    pub beside: Option<Logprobs>,
}

/// A text that is being written.
struct Running {
    index: usize,
    sequence: u32,
    position: usize,
    next: Token,
    bytes: Vec<u8>,
    tokens: usize,
    cycle: Cycle,
    thought: Option<Thought>,
    beside: Option<Logprobs>,
}

impl Running {
    /// Most new tokens, by what the text has come to.
    fn limit(&self, prompt: &Prompt) -> usize {
        let Some((thought, limits)) = self.thought.as_ref().zip(prompt.reply) else { return prompt.max_tokens };
        let own = match limits.thought {
            Some(budget) if thought.is_inside() => budget,
            Some(_) => thought.tokens() + limits.answer,
            None => limits.answer,
        };
        own.min(prompt.max_tokens)
    }

    /// Where a stop begins, of those bytes that are an answer.
    fn stop(&self, fresh: usize, stops: &[String]) -> Option<usize> {
        let from = match &self.thought {
            Some(thought) => thought.answer()?,
            None => 0,
        };
        find_stop(&self.bytes[from..], fresh.saturating_sub(from), stops).map(|at| from + at)
    }

    /// The text up to some byte as a completion.
    fn finish(&mut self, end: usize, finish: &'static str) -> Completion {
        let (thinking, text) = match &self.thought {
            Some(thought) => {
                let (thinking, text) = thought.split(&self.bytes[..end]);
                (Some(thinking), text.into_owned())
            }
            None => (None, String::from_utf8_lossy(&self.bytes[..end]).into_owned()),
        };
        Completion { text, tokens: self.tokens, finish, thinking, beside: self.beside.take() }
    }
}

/// Index of the largest logit, the lowest one among equals.
pub(super) fn argmax(logits: &[f32]) -> Result<Token, ScheduleError> {
    let mut best: Option<(usize, f32)> = None;
    for (at, &logit) in logits.iter().enumerate() {
        if logit.is_nan() {
            return Err(ScheduleError::NotFinite);
        }
        if best.is_none_or(|(_, most)| logit > most) {
            best = Some((at, logit));
        }
    }
    best.and_then(|(at, _)| i32::try_from(at).ok()).map(Token).ok_or(ScheduleError::NotFinite)
}

/// Where the first stop begins, looking only where the bytes from `fresh` on can be part of it.
fn find_stop(bytes: &[u8], fresh: usize, stops: &[String]) -> Option<usize> {
    let find = |stop: &String| {
        let from = fresh.saturating_sub(stop.len().saturating_sub(1));
        bytes[from..].windows(stop.len()).position(|window| window == stop.as_bytes()).map(|at| from + at)
    };
    stops.iter().filter_map(find).min()
}

impl Scheduler<'_> {
    /// Takes the token that was chosen; a completion comes back when the text is finished.
    fn accept(&self, running: &mut Running, prompt: &Prompt) -> Option<Completion> {
        running.tokens += 1;
        let mut end = running.bytes.len();
        let finish = if self.model.is_end(running.next) {
            "end"
        } else {
            let piece = self.model.piece(running.next);
            let control = piece.is_empty() && running.thought.is_some();
            running.bytes.extend(if control { self.delimiter(running.next) } else { piece });
            if let Some(thought) = &mut running.thought {
                thought.take(&running.bytes, end, running.tokens);
            }
            let stop = running.stop(end, &prompt.stops);
            end = stop.unwrap_or(running.bytes.len());
            let limit = running.limit(prompt);
            match stop {
                Some(_) => "stop",
                None if running.tokens >= limit => "length",
                None => {
                    let length = running.cycle.take(running.next)?;
                    let left = limit - running.tokens;
                    // A stop would have been seen in one of the earlier repetitions.
                    let rest: Vec<Token> = running.cycle.rest(length).take(left).collect();
                    rest.into_iter().for_each(|token| running.bytes.extend(self.model.piece(token)));
                    end = running.bytes.len();
                    "loop"
                }
            }
        };
        Some(running.finish(end, finish))
    }

    /// The text of a control token that is part of a thought's delimiter.
    fn delimiter(&self, token: Token) -> Vec<u8> {
        let text = self.model.shown(token);
        if std::str::from_utf8(&text).is_ok_and(thinking::is_part) { text } else { Vec::new() }
    }

    /// A text whose prompt has been read, with its first new token.
    fn begin(&mut self, index: usize, sequence: u32, prompt: &Prompt) -> Result<Running, ScheduleError> {
        let (next, beside) = self.admit(sequence, prompt)?;
        Ok(Running {
            index,
            sequence,
            position: prompt.tokens.len(),
            next,
            bytes: Vec::new(),
            tokens: 0,
            cycle: Cycle::default(),
            thought: prompt.reply.map(|limits| Thought::new(limits.opened)),
            beside,
        })
    }

    /// Continues all prompts, a new one as soon as another has finished; `done` gets each completion with its index.
    ///
    /// # Errors
    /// What the engine refuses, or what `done` returns.
    pub fn generate<E: From<ScheduleError>>(
        &mut self,
        prompts: &[Prompt],
        mut done: impl FnMut(usize, Completion) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut waiting: VecDeque<usize> = (0..prompts.len()).collect();
        let mut free: Vec<u32> = (0..self.parallel() as u32).rev().map(|at| PREFIX + 1 + at).collect();
        let mut running: Vec<Running> = Vec::new();
        loop {
            while let Some(&sequence) = free.last()
                && let Some(index) = waiting.pop_front()
            {
                let mut text = self.begin(index, sequence, &prompts[index])?;
                match self.accept(&mut text, &prompts[index]) {
                    Some(completion) => {
                        self.close(sequence)?;
                        done(index, completion)?;
                    }
                    None => {
                        free.pop();
                        running.push(text);
                    }
                }
            }
            if running.is_empty() {
                return Ok(());
            }
            let batch: Vec<Slot> =
                running.iter().map(|text| slot(text.next, text.position, text.sequence, true)).collect();
            let before = self.work.decode_seconds;
            self.decode(&batch)?;
            // Texts are written side by side: each has its share of the time.
            let seconds = (self.work.decode_seconds - before) / batch.len() as f64;
            self.work.tokens_unique += batch.len() as u64;
            let mut still = Vec::with_capacity(running.len());
            for (at, mut text) in std::mem::take(&mut running).into_iter().enumerate() {
                text.position += 1;
                if let Some(thought) = &mut text.thought {
                    thought.spend(seconds);
                }
                text.next = argmax(self.logits(at))?;
                let prompt = &prompts[text.index];
                match self.accept(&mut text, prompt) {
                    Some(completion) => {
                        self.close(text.sequence)?;
                        free.push(text.sequence);
                        done(text.index, completion)?;
                    }
                    None => still.push(text),
                }
            }
            running = still;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_earliest_stop_is_found_across_the_seam() {
        assert_eq!(find_stop(b"ab\ndef", 5, &stops(&["\nclass", "\ndef"])), Some(2));
        assert_eq!(find_stop(b"ab\nde", 4, &stops(&["\ndef"])), None);
        assert_eq!(find_stop(b"x Problem: Problem:", 1, &stops(&["Problem:"])), Some(2));
    }

    #[test]
    fn the_lowest_of_equal_logits_wins_and_nan_is_refused() {
        assert_eq!(argmax(&[0.0, 2.0, 2.0]).unwrap(), Token(1));
        assert!(argmax(&[0.0, f32::NAN]).is_err());
        assert!(argmax(&[]).is_err());
    }
}
