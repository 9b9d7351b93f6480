//! What a file says of the file it was quantised from.

use serde::Serialize;

use super::Header;

/// Key of the SHA-256 of the file that was quantised.
pub const LINEAGE_SHA256: &str = "densimeter.quantized_from.sha256";
/// Key of the tensor types that it had.
pub const LINEAGE_TYPES: &str = "densimeter.quantized_from.types";

/// Where a quantised file comes from, as `densimeter models quantize` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// SHA-256 of the file that was quantised.
    pub sha256: String,
    /// Types of its tensors, the one with most parameters first: what is lost there is lost here.
    pub types: Option<String>,
}

impl Header {
    /// Where the file comes from, where it says so.
    #[must_use]
    pub fn lineage(&self) -> Option<Lineage> {
        Some(Lineage { sha256: self.text(LINEAGE_SHA256)?, types: self.text(LINEAGE_TYPES) })
    }
}
