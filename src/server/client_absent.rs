//! A build without the feature `download` has no client.

use std::time::Duration;

use super::address::{Address, ApiKey};
use super::answer::Answer;
use super::limits::Limits;
use super::request_error::RequestError;
use super::stream;
use crate::meter::clock::SystemClock;

/// Nobody that could ask.
pub(super) struct Client {
    key: Option<ApiKey>,
}

impl Client {
    pub(super) fn new(_: Address, key: Option<ApiKey>, _: Duration) -> Self {
        Self { key }
    }

    pub(super) fn ask(&self, _: &str, _: &[u8], limits: &Limits, asked: u32) -> Result<Answer, RequestError> {
        let _ = &self.key;
        let nothing = &mut std::io::empty();
        // The reader of streams is the same in every build; here it gets none.
        let _ = stream::collect(nothing, &SystemClock::new(), limits, asked, &|_, _| RequestError::NoClient);
        Err(RequestError::NoClient)
    }
}
