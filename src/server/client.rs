//! The requests themselves. Only the host of the address is contacted: no proxy, no redirect, no kept connection.

use std::io;
use std::io::Read as _;
use std::time::Duration;

use ureq::Error;

use super::address::{Address, ApiKey};
use super::answer::Answer;
use super::limits::Limits;
use super::request_error::{RequestError, SHOWN};
use super::stream;
use crate::meter::clock::{Clock as _, SystemClock};
use crate::model::http;
use crate::sanitize;

/// Bytes of the head of an answer.
const LARGEST_HEAD: usize = 16 << 10;

/// Bytes of an error document that are read.
const LARGEST_ERROR: u64 = 8 << 10;

/// What an unreachable host may cost.
const CONNECT: Duration = Duration::from_secs(10);

/// What is asked, and of whom.
pub(super) struct Client {
    agent: ureq::Agent,
    address: Address,
    key: Option<ApiKey>,
    time: Duration,
    clock: SystemClock,
}

impl Client {
    /// A client whose requests take so long at most.
    pub(super) fn new(address: Address, key: Option<ApiKey>, time: Duration) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A redirect is an answer, which the row tells of.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Not what the environment names: a proxy would be another host, and its time would be in every number.
            .proxy(None)
            .timeout_global(Some(time))
            .timeout_connect(Some(CONNECT.min(time)))
            .max_response_header_size(LARGEST_HEAD)
            // A connection that lay idle may be closed in the moment of the next request, and a row would fail by chance.
            .max_idle_connections(0)
            .accept_encoding("identity")
            .accept("text/event-stream")
            .user_agent(concat!("densimeter/", env!("CARGO_PKG_VERSION")))
            .tls_config(http::tls())
            .build()
            .into();
        Self { agent, address, key, time, clock: SystemClock::new() }
    }

    /// One request, its answer read to the end.
    pub(super) fn ask(&self, path: &str, body: &[u8], limits: &Limits, asked: u32) -> Result<Answer, RequestError> {
        let mut call = self.agent.post(self.address.of(path)).content_type("application/json");
        if let Some(key) = &self.key {
            call = call.header("Authorization", key.header());
        }
        let start_ns = u64::try_from(self.clock.now().as_nanos()).unwrap_or(u64::MAX);
        let response = call.send(body).map_err(|error| self.failed(error))?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
            value.map_or_else(|| "nothing".to_owned(), |value| self.shown(&value))
        };
        if response.status().is_redirection() {
            return Err(RequestError::Redirect { status, to: header("Location") });
        }
        let found = header("Content-Type");
        let mut reader = response.into_body().into_reader();
        if status != 200 {
            let mut text = Vec::new();
            // What came of a document that breaks off is all that there is to show.
            let _ = reader.take(LARGEST_ERROR).read_to_end(&mut text);
            return Err(RequestError::Status {
                status,
                said: self.shown(&stream::said(&String::from_utf8_lossy(&text))),
            });
        }
        if !found.to_ascii_lowercase().starts_with("text/event-stream") {
            return Err(RequestError::NoStream { found });
        }
        let failed = |error: io::Error, pieces| match Error::from(error) {
            Error::Timeout(_) => self.too_long(),
            error => RequestError::Cut { pieces, why: self.shown(&error.to_string()) },
        };
        match stream::collect(&mut reader, &self.clock, limits, asked, &failed) {
            Ok(answer) => Ok(Answer { start_ns, ..answer }),
            Err(RequestError::Said(said)) => Err(RequestError::Said(self.shown(&said))),
            Err(error) => Err(error),
        }
    }

    fn failed(&self, error: Error) -> RequestError {
        match error {
            Error::Timeout(ureq::Timeout::Connect) => RequestError::NoAnswer("no connection in time".to_owned()),
            Error::Timeout(_) => self.too_long(),
            error => RequestError::NoAnswer(self.shown(&error.to_string())),
        }
    }

    fn too_long(&self) -> RequestError {
        RequestError::TooLong { limit_s: self.time.as_secs_f64() }
    }

    /// Words from outside: short, without what steers a terminal, and without the key.
    fn shown(&self, text: &str) -> String {
        let text = self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.hidden_in(text));
        sanitize::line(&text, SHOWN)
    }
}
