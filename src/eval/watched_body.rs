//! The body of an answer for an observer: a bar over its bytes, and an end when the user asks for it.

use std::io::{self, Read};

use crate::model::http::Response;
use crate::observer::{Bar, Counted, Observer};

/// Bytes after which a body ends whatever it says; MMLU's archive has 166 MB.
const MOST_BYTES: u64 = 1 << 30;

/// A body as it comes.
pub(super) struct WatchedBody<'a> {
    body: io::Take<Response>,
    observer: &'a dyn Observer,
    bar: Box<dyn Bar>,
}

impl<'a> WatchedBody<'a> {
    pub(super) fn new(response: Response, observer: &'a dyn Observer) -> Self {
        let bar = observer.bar("fetching", response.length, Counted::Bytes);
        Self { body: response.take(MOST_BYTES), observer, bar }
    }
}

impl Read for WatchedBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.observer.interrupted() {
            // Not the kind of that name, after which readers go on.
            return Err(io::Error::other("interrupted"));
        }
        let count = self.body.read(buffer)?;
        self.bar.inc(count as u64);
        Ok(count)
    }
}
