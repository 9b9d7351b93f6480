//! One line of the item log.

use serde::{Deserialize, Serialize};

use super::generate::Completion;

/// What became of one item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The run's key (see [`super::journal::Key`]), shortened.
    pub key: String,
    /// The item, as in the data.
    pub id: String,
    /// SHA-256 of the text that the prediction was made from (the loss context under loss only), without BOS.
    pub prompt_sha256: String,
    /// SHA-256 of the text before the gold continuation, without BOS.
    pub context_sha256: String,
    /// SHA-256 of the gold continuation.
    pub continuation_sha256: String,
    /// Tokens of the context, BOS included where the model has one.
    pub context_tokens: u32,
    /// SHA-256 of the context's token ids as little-endian 32-bit integers.
    pub context_tokens_sha256: String,
    /// Tokens of the gold continuation.
    pub continuation_tokens: u32,
    /// SHA-256 of the continuation's token ids as little-endian 32-bit integers.
    pub continuation_tokens_sha256: String,
    /// UTF-8 bytes of the gold continuation.
    pub continuation_bytes: u32,
    /// The answer that was read; null where there was none, or none was asked for.
    pub prediction: Option<String>,
    /// The gold answer; null where tests decide.
    pub gold: Option<String>,
    /// Whether the prediction is right; null where it was not asked for or could not be decided.
    pub correct: Option<bool>,
    /// Log-probabilities of the options in their order, in nats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<Vec<f64>>,
    /// Tokens of each option, where options are whole texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<u32>>,
    /// Unicode characters of each option without its leading space, where options are compared by the character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<Vec<u32>>,
    /// The generated text, its stop cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<String>,
    /// Why the generated text ended: `stop`, `end` or `length`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
    /// Negative log-likelihood of the gold continuation, in nats; null where it could not be measured.
    pub nll_nats: Option<f64>,
    /// Bits of the right one among whole texts over its UTF-8 bytes, without the leading space among the bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_byte: Option<f64>,
    /// Whether each instruction of the item was followed by the text as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<Vec<bool>>,
    /// The same by the text or one of its shortened forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loose: Option<Vec<bool>>,
    /// Whether the item was asked in a chat: the completion is the answer of a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<bool>,
    /// What was thought before the answer, without its delimiters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Tokens of the thought, its delimiters included; of chats only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_tokens: Option<u32>,
    /// Its share of the engine's time, seconds; of chats only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_seconds: Option<f64>,
    /// Whether the thought came to its end, where there was one: a limit within it leaves no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_ended: Option<bool>,
    /// Why something above is null though it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Record {
    /// Takes in a generated text.
    pub(super) fn written(&mut self, completion: Completion) {
        if let Some(thinking) = completion.thinking {
            self.thinking_ended = thinking.text.as_ref().map(|_| thinking.ended);
            self.thinking = thinking.text;
            self.thinking_tokens = Some(thinking.tokens);
            self.thinking_seconds = Some(thinking.seconds);
        }
        self.completion = Some(completion.text);
        self.finish = Some(completion.finish.to_owned());
    }

    /// Whether there is a text that could not be graded, such as a program on a host that offered no jail at that time.
    #[must_use]
    pub const fn awaits_grading(&self) -> bool {
        self.correct.is_none() && self.error.is_some() && self.completion.is_some()
    }

    /// The option that the log-probabilities choose: the most probable one, by the character where options are compared
    /// so; the first among equals, and `None` without options.
    #[must_use]
    pub fn best(&self, logprobs: &[f64]) -> Option<usize> {
        let value = |at: usize| {
            let over = self.characters.as_ref().and_then(|all| all.get(at)).map_or(1.0, |count| f64::from(*count));
            logprobs[at] / over
        };
        (0..logprobs.len()).reduce(|best, at| if value(at) > value(best) { at } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_the_character_and_letters_as_they_are() {
        // A line as it was written before options were texts.
        let old = r#"{"key":"k","id":"i","prompt_sha256":"","context_sha256":"","continuation_sha256":"","context_tokens":1,"context_tokens_sha256":"","continuation_tokens":1,"continuation_tokens_sha256":"","continuation_bytes":2,"prediction":"A","gold":"B","correct":false,"logprobs":[-1.0,-2.0],"nll_nats":2.0}"#;
        let mut record: Record = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&record).unwrap(), old);
        assert_eq!(record.best(&[-1.0, -2.0]), Some(0));
        record.characters = Some(vec![2, 5]);
        assert_eq!(record.best(&[-1.0, -2.0]), Some(1));
        assert_eq!(record.best(&[-2.0, -5.0]), Some(0), "the first among equals");
        assert_eq!(record.best(&[]), None);
    }
}
