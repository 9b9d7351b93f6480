//! How a server is spoken to: by which of the two endpoints, and whether it takes words that not all know.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::{Address, ApiKey};
use super::answer::Answer;
use super::client::Client;
use super::limits::Limits;
use super::request_error::RequestError;
use super::wire::{Ask, Extras, Message, StreamOptions};
use crate::observer::Observer;

/// How often somebody looks whether the user asked for the end.
const LOOK: Duration = Duration::from_millis(100);

/// Bytes of the stack of a thread that reads a stream.
const STACK: usize = 1 << 20;

/// Where completions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Endpoint {
    /// `/completions`: the prompt as it is.
    Completions,
    /// `/chat/completions`: the prompt as a user's message, in the server's own template.
    Chat,
}

impl Endpoint {
    const fn path(self) -> &'static str {
        match self {
            Self::Completions => "/completions",
            Self::Chat => "/chat/completions",
        }
    }
}

/// Somebody to ask, and how.
pub(crate) struct Asker {
    client: Client,
    model: String,
    time: Duration,
    pub(crate) endpoint: Endpoint,
    /// Whether `cache_prompt` and `ignore_eos` are sent.
    pub(crate) extras: bool,
}

impl Asker {
    /// Finds out how the server is spoken to, by requests for one token of a short prompt. The last one's answer comes back.
    ///
    /// # Errors
    /// Why none of them has an answer.
    pub(crate) fn find(
        (address, key): (Address, Option<ApiKey>),
        model: &str,
        time: Duration,
        prompt: &str,
        observer: &dyn Observer,
    ) -> Result<(Arc<Self>, Answer), RequestError> {
        let mut asker = Arc::new(Self {
            client: Client::new(address.clone(), key.clone(), time),
            model: model.to_owned(),
            time,
            endpoint: Endpoint::Completions,
            extras: true,
        });
        loop {
            let error = match Self::ask_all(&asker, vec![prompt.to_owned()], 1, observer) {
                Ok(mut answers) => return Ok((asker, answers.remove(0))),
                Err(error) => error,
            };
            let RequestError::Status { status, .. } = error else { return Err(error) };
            let (endpoint, extras) = match (status, asker.endpoint, asker.extras) {
                (404 | 405 | 501, Endpoint::Completions, _) => (Endpoint::Chat, true),
                (400 | 422, endpoint, true) => (endpoint, false),
                // A base model behind a chat alone, or the other way round: the second refusal is the one to show.
                _ => return Err(error),
            };
            let client = Client::new(address.clone(), key.clone(), time);
            asker = Arc::new(Self { client, model: model.to_owned(), time, endpoint, extras });
        }
    }

    /// Asks all of these at the same moment, each on a connection of its own, and waits for all.
    ///
    /// # Errors
    /// The first of them that failed, once all have ended; [`RequestError::Interrupted`] at once.
    pub(crate) fn ask_all(
        asker: &Arc<Self>,
        prompts: Vec<String>,
        tokens: u32,
        observer: &dyn Observer,
    ) -> Result<Vec<Answer>, RequestError> {
        let count = prompts.len();
        let begin = Arc::new(Barrier::new(count));
        let (out, answers) = mpsc::channel();
        for (place, prompt) in prompts.into_iter().enumerate() {
            let (asker, begin, out) = (Arc::clone(asker), Arc::clone(&begin), out.clone());
            let body = asker.body(&prompt, tokens);
            // Not joined: after an interrupt nobody waits for a server that stalls.
            let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
                begin.wait();
                let limits = Limits::of(tokens, asker.time);
                let _ = out.send((place, asker.client.ask(asker.endpoint.path(), &body, &limits, tokens)));
            });
            thread.map_err(|error| RequestError::Thread(error.to_string()))?;
        }
        drop(out);
        let mut ended = Vec::new();
        while ended.len() < count {
            match answers.recv_timeout(LOOK) {
                Ok(one) => ended.push(one),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(RequestError::Thread("a request ended without a word".to_owned()));
                }
                Err(mpsc::RecvTimeoutError::Timeout) if observer.interrupted() => {
                    return Err(RequestError::Interrupted);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
        ended.sort_by_key(|(place, _)| *place);
        ended.into_iter().map(|(_, answer)| answer).collect()
    }

    fn body(&self, prompt: &str, tokens: u32) -> Vec<u8> {
        let message = Message { role: "user", content: prompt };
        let ask = Ask {
            model: &self.model,
            prompt: (self.endpoint == Endpoint::Completions).then_some(prompt),
            messages: (self.endpoint == Endpoint::Chat).then_some([message]),
            max_tokens: tokens,
            temperature: 0.0,
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            extras: self.extras.then_some(Extras { cache_prompt: false, ignore_eos: true }),
        };
        // Texts and numbers always make JSON; the server would refuse an empty body.
        serde_json::to_vec(&ask).unwrap_or_default()
    }
}
