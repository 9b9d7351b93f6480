//! One GET with a deadline: for the first byte and for every pause after it.

use std::io::{self, Read};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

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
    pub(crate) length: Option<u64>,
    pub(super) etag: Option<String>,
    body: Receiver<io::Result<Vec<u8>>>,
    /// What [`Read`] has received and not yet given away.
    left: io::Cursor<Vec<u8>>,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) extent: Extent<'a>,
}

/// Which bytes of a file are asked for. A server that knows no ranges answers with all of them.
#[derive(Clone, Copy)]
pub(crate) enum Extent<'a> {
    All,
    /// From this byte on; where a validator is given, only if the file is still that one, otherwise all of it.
    From(u64, Option<&'a str>),
    /// From the first byte up to the second, which is not among them.
    Between(u64, u64),
    /// So many at the end.
    Last(u64),
}

/// One client for all requests: connections are used again.
fn agent() -> &'static ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        ureq::Agent::config_builder()
            .http_status_as_error(false)
            .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
            .timeout_resolve(Some(FIRST_ANSWER))
            .timeout_connect(Some(FIRST_ANSWER))
            .timeout_recv_response(Some(FIRST_ANSWER))
            .user_agent(concat!("densimeter/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls())
            .build()
            .into()
    })
}

/// Whom to trust: the certificates of `SSL_CERT_FILE`, or those that Mozilla trusts.
pub(crate) fn tls() -> TlsConfig {
    let mut tls = TlsConfig::builder();
    if let Some(roots) = own_roots() {
        tls = tls.root_certs(roots);
    }
    tls.build()
}

/// The certificates of `SSL_CERT_FILE`, which is how machines behind a proxy that opens TLS name its authority. Without
/// it those that Mozilla trusts hold, which are in the binary.
fn own_roots() -> Option<RootCerts> {
    let pem = std::fs::read(std::env::var_os("SSL_CERT_FILE")?).ok()?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    (!certificates.is_empty()).then(|| certificates.into())
}

/// What went wrong, and the way out of what only the user can decide.
fn said(error: &str) -> String {
    let way = if error.contains("UnknownIssuer") {
        " (name a file with the certificates to trust in SSL_CERT_FILE)"
    } else {
        ""
    };
    format!("{error}{way}")
}

/// An address as it may be shown: without the name and password that it may hold.
pub(crate) fn shown(url: &str) -> String {
    let plain = url.split_once("://").and_then(|(scheme, rest)| {
        let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        Some(format!("{scheme}://{}", &rest[rest[..host].rfind('@')? + 1..]))
    });
    plain.unwrap_or_else(|| url.to_owned())
}

/// Sends the request. The blocking work happens in a thread of its own, because no single time limit of the client
/// covers name resolution, connection and redirects together, nor silence in the body.
pub(crate) fn get(request: &Request<'_>) -> Result<Response, Error> {
    let mut call = agent().get(request.url).header("Accept-Encoding", "identity");
    if let Some(token) = request.token {
        call = call.header("Authorization", format!("Bearer {token}"));
    }
    let range = match request.extent {
        Extent::All | Extent::From(0, _) => None,
        Extent::From(first, _) => Some(format!("bytes={first}-")),
        Extent::Between(first, end) => Some(format!("bytes={first}-{}", end.saturating_sub(1))),
        Extent::Last(count) => Some(format!("bytes=-{count}")),
    };
    if let Some(range) = range {
        call = call.header("Range", range);
        if let Extent::From(_, Some(etag)) = request.extent {
            call = call.header("If-Range", etag);
        }
    }
    let (head_out, head_in) = sync_channel(1);
    let (body_out, body) = sync_channel(8);
    thread::spawn(move || {
        let response = match call.call() {
            Ok(response) => response,
            Err(error) => {
                let _ = head_out.send(Err(Error::Failed(said(&error.to_string()))));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(shown("https://me:secret@host/simple/a@b/"), "https://host/simple/a@b/");
        assert_eq!(shown("https://host/a@b"), "https://host/a@b");
        assert_eq!(shown("https://me@host"), "https://host");
    }
}
