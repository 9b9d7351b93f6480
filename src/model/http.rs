//! One GET with a deadline: for the first byte and for every pause after it.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// What an unreachable source may cost: name, connection, TLS, redirects and the head of the answer together.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
/// The longest silence in a download that has begun.
const SILENCE: Duration = Duration::from_secs(20);

/// The request did not get an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing within the deadline.
    #[error("no answer within {} s", FIRST_ANSWER.as_secs())]
    NoAnswer,
    /// Refused, not found by name, TLS and the like.
    #[error("{0}")]
    Failed(String),
}

/// The head of an answer, and its body as it comes.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// First byte and full length of a partial answer.
    pub(super) range: Option<(u64, u64)>,
    pub(super) length: Option<u64>,
    pub(super) etag: Option<String>,
    body: Receiver<io::Result<Vec<u8>>>,
    /// What [`Read`] has received and not yet given away.
    left: io::Cursor<Vec<u8>>,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) token: Option<&'a str>,
    /// First byte wanted.
    pub(crate) from: u64,
    /// The rest only if the file is still this one; otherwise all of it.
    pub(crate) if_range: Option<&'a str>,
}

/// Sends the request. The blocking work happens in a thread of its own, because no single time limit of the client
/// covers name resolution, connection and redirects together, nor silence in the body.
pub(crate) fn get(request: &Request<'_>) -> Result<Response, Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
        .timeout_resolve(Some(FIRST_ANSWER))
        .timeout_connect(Some(FIRST_ANSWER))
        .timeout_recv_response(Some(FIRST_ANSWER))
        .user_agent(concat!("densimeter/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut call = agent.get(request.url).header("Accept-Encoding", "identity");
    if let Some(token) = request.token {
        call = call.header("Authorization", format!("Bearer {token}"));
    }
    if request.from > 0 {
        call = call.header("Range", format!("bytes={}-", request.from));
        if let Some(etag) = request.if_range {
            call = call.header("If-Range", etag);
        }
    }
    let (head_out, head_in) = sync_channel(1);
    let (body_out, body) = sync_channel(8);
    thread::spawn(move || {
        let response = match call.call() {
            Ok(response) => response,
            Err(error) => {
                let _ = head_out.send(Err(Error::Failed(error.to_string())));
                return;
            }
        };
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let head = (
            response.status().as_u16(),
            text("Content-Range").as_deref().and_then(content_range),
            text("Content-Length").and_then(|length| length.parse().ok()),
            text("ETag").filter(|etag| !etag.starts_with("W/")),
        );
        if head_out.send(Ok(head)).is_err() {
            return;
        }
        let mut reader = response.into_body().into_reader();
        loop {
            let mut chunk = vec![0; 1 << 17];
            let step = reader.read(&mut chunk).map(|count| {
                chunk.truncate(count);
                chunk
            });
            let last = !matches!(&step, Ok(chunk) if !chunk.is_empty());
            if body_out.send(step).is_err() || last {
                return;
            }
        }
    });
    let (status, range, length, etag) = match head_in.recv_timeout(FIRST_ANSWER) {
        Ok(head) => head?,
        Err(_) => return Err(Error::NoAnswer),
    };
    Ok(Response { status, range, length, etag, body, left: io::Cursor::default() })
}

impl Response {
    /// The next piece of the body; empty at its end.
    pub(super) fn next(&mut self) -> io::Result<Vec<u8>> {
        match self.body.recv_timeout(SILENCE) {
            Ok(step) => step,
            Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
            Err(RecvTimeoutError::Timeout) => {
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("silent for {} s", SILENCE.as_secs())))
            }
        }
    }
}

impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.position() == self.left.get_ref().len() as u64 {
            self.left = io::Cursor::new(self.next()?);
        }
        self.left.read(buffer)
    }
}

/// `bytes 100-199/200` or `bytes */200`, the latter as a range that begins at its end.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let total = total.parse().ok()?;
    let first = range.split_once('-').map_or(Some(total), |(first, _)| first.parse().ok())?;
    Some((first, total))
}
