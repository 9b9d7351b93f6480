//! The items of the cloze tasks, as their publication holds them.

use super::data::Pin;
use super::publication::{DownloadError, Fetcher};

/// Fetches the missing ones of the pinned files.
///
/// # Errors
/// That they have to be named.
pub fn fetch(_from: &mut Fetcher<'_>, missing: &[Pin]) -> Result<(), DownloadError> {
    Err(DownloadError::Elsewhere { path: missing.first().map_or_else(String::new, |pin| pin.path.clone()) })
}
