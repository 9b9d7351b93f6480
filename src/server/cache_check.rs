//! Whether the server uses prompts again. Every timed prompt is new, so that it cannot; this tells what is known of it.

use std::sync::Arc;

use super::answer::Answer;
use super::dialect::Asker;
use super::prompt::Prompts;
use super::request_error::RequestError;
use crate::observer::Observer;

/// Words of the prompt that is sent twice.
const WORDS: u32 = 256;

/// A repeated prompt that is so much faster than a new one came from a cache.
const FASTER: f64 = 0.5;

/// What is known, in words. A server that does not count cached tokens is asked the same twice, untimed.
pub(crate) fn check(
    asker: &Arc<Asker>,
    first: &Answer,
    prompts: &mut Prompts,
    observer: &dyn Observer,
) -> Result<String, RequestError> {
    if first.cached_tokens().is_some() {
        return Ok("the server tells of every prompt how much of it came from its cache: see the rows".to_owned());
    }
    let prompt = prompts.of_words(WORDS);
    let ask = || {
        let answers = Asker::ask_all(asker, vec![prompt.clone()], 1, observer)?;
        Ok(answers.iter().map(Answer::first_ns).sum::<u64>() as f64)
    };
    let (new, again) = (ask()?, ask()?);
    let ratio = again / new.max(1.0);
    let found = if ratio < FASTER { "it has a cache of prompts" } else { "it shows no cache of prompts" };
    Ok(format!(
        "the same prompt again took {ratio:.2} times a new one's time to the first token: {found}; every timed prompt is new"
    ))
}
