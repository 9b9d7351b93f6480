//! One repetition of a cell: requests that began together, and the speed that they make.

use super::answer::Answer;
use super::doubt::TOLERANCE;
use crate::bench::plan::Phase;

/// The answers of requests that began together.
#[derive(Debug, Clone)]
pub(crate) struct Repetition {
    pub(crate) answers: Vec<Answer>,
    phase: Phase,
}

impl Repetition {
    /// Answers to requests of a phase.
    pub(crate) const fn new(answers: Vec<Answer>, phase: Phase) -> Self {
        Self { answers, phase }
    }

    /// Nanoseconds on the clock. Prefill: from the first request to the last of the first tokens. Decode: from the first
    /// token of all to the last one.
    pub(crate) fn duration_ns(&self) -> u64 {
        let least = |of: &dyn Fn(&Answer) -> u64| self.answers.iter().map(of).min().unwrap_or(0);
        let first = |answer: &Answer| answer.pieces_ns.first().copied().unwrap_or(0);
        let last = |answer: &Answer| answer.pieces_ns.last().copied().unwrap_or(0);
        match self.phase {
            Phase::Prefill => {
                let end = self.answers.iter().map(first).max().unwrap_or(0);
                end.saturating_sub(least(&|answer| answer.start_ns))
            }
            Phase::Decode => {
                let end = self.answers.iter().map(last).max().unwrap_or(0);
                end.saturating_sub(least(&first))
            }
        }
    }

    /// Tokens in that time. Prefill: those of all prompts; `None` where the server does not count them. Decode: those behind
    /// the first of each answer, which belongs to the prefill.
    pub(crate) fn tokens(&self) -> Option<u64> {
        self.answers
            .iter()
            .map(|answer| match self.phase {
                Phase::Prefill => answer.prompt_tokens(),
                Phase::Decode => Some(generated(answer).saturating_sub(1)),
            })
            .try_fold(0_u64, |sum, tokens| Some(sum.saturating_add(tokens?)))
    }

    /// Tokens a second; `None` where the tokens are not known.
    pub(crate) fn speed(&self) -> Option<f64> {
        Some(self.tokens()? as f64 / (self.duration_ns() as f64 / 1e9))
    }

    /// Tokens a second of each stream by itself.
    pub(crate) fn stream_speeds(&self) -> Vec<f64> {
        let speed = |answer: &Answer| generated(answer).saturating_sub(1) as f64 / (answer.stream_ns() as f64 / 1e9);
        self.answers.iter().map(speed).collect()
    }
}

/// Tokens of an answer: the server's count where the pieces that came bear it out, otherwise those that came.
pub(crate) fn generated(answer: &Answer) -> u64 {
    let came = answer.pieces();
    answer.completion_tokens().filter(|told| disagreement(came, *told) <= TOLERANCE).unwrap_or(came)
}

/// By how much the pieces that came and the count that was told differ, as a share of the larger.
pub(crate) fn disagreement(came: u64, told: u64) -> f64 {
    came.abs_diff(told) as f64 / came.max(told).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::wire::Usage;

    fn answer(start_ns: u64, pieces_ns: &[u64], told: u64) -> Answer {
        let usage = Usage { prompt_tokens: Some(100), completion_tokens: Some(told), ..Usage::default() };
        Answer { start_ns, pieces_ns: pieces_ns.to_vec(), usage: Some(usage), ..Answer::default() }
    }

    #[test]
    fn speeds_of_two_streams_by_hand() {
        let second = 1_000_000_000;
        let two = || vec![answer(0, &[second, 2 * second, 3 * second], 3), answer(0, &[2 * second, 4 * second], 2)];
        let prefill = Repetition::new(two(), Phase::Prefill);
        assert_eq!((prefill.duration_ns(), prefill.tokens(), prefill.speed()), (2 * second, Some(200), Some(100.0)));
        let decode = Repetition::new(two(), Phase::Decode);
        assert_eq!((decode.duration_ns(), decode.tokens(), decode.speed()), (3 * second, Some(3), Some(1.0)));
        assert_eq!(decode.stream_speeds(), [1.0, 0.5]);
    }

    #[test]
    fn a_count_that_the_pieces_do_not_bear_out_is_not_taken() {
        assert_eq!(generated(&answer(0, &[1; 100], 101)), 101);
        assert_eq!((generated(&answer(0, &[1; 100], 1000)), generated(&answer(0, &[1; 100], 2))), (100, 100));
        assert_eq!(generated(&answer(0, &[1; 100], u64::MAX)), 100);
    }
}
