//! Large texts that the binary carries packed (`build.rs` packs them).

use std::io::Read;

use flate2::read::GzDecoder;

/// The text behind packed bytes of this binary's own.
///
/// # Panics
/// The bytes are damaged, which is to say the binary is.
#[must_use]
pub(crate) fn text(packed: &[u8]) -> String {
    let mut text = String::new();
    if let Err(error) = GzDecoder::new(packed).read_to_string(&mut text) {
        panic!("a shipped table is damaged: {error}");
    }
    text
}
