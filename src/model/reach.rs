//! Whether a source still has a file, and of which size: the head of an answer, and one byte of the file.

use super::catalog::CatalogFile;
use super::fetch::Options;
use super::http::{self, Extent, Request};
use super::source::HubFile;
use crate::unit::Bytes;

/// What a source answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It has the file, as large as the catalogue says where both tell.
    There,
    /// Something else than the file, or none.
    Wrong(String),
    /// No answer: nothing is known.
    Silent(String),
}

/// Asks the hub for one byte of a file.
pub(crate) fn ask(source: &HubFile, file: &CatalogFile, options: &Options) -> Reached {
    let url = source.address(&options.endpoint);
    let request = Request { url: &url, token: options.token.as_deref(), extent: Extent::Between(0, 1) };
    let response = match http::get(&request) {
        Ok(response) => response,
        Err(why) => return Reached::Silent(why.to_string()),
    };
    let size = match (response.status, response.range) {
        (206, Some((_, total))) => Some(total),
        (200, _) => response.length,
        (401 | 403, _) => {
            return Reached::Wrong("access refused; accept the licence there and set HF_TOKEN".to_owned());
        }
        (404, _) => return Reached::Wrong("not found there".to_owned()),
        (status, _) if status >= 500 => return Reached::Silent(format!("the server answered with status {status}")),
        (status, _) => return Reached::Wrong(format!("the server answered with status {status}")),
    };
    match (size, file.bytes.map(Bytes::bytes)) {
        (Some(found), Some(listed)) if found != listed => {
            Reached::Wrong(format!("{found} bytes there, {listed} in the catalogue"))
        }
        _ => Reached::There,
    }
}
