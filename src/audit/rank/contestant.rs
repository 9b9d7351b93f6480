//! A file on its way from its names to its record.

use crate::audit::pairing::{Paired, Records};
use crate::audit::speed::Speed;
use crate::audit::subject::Subject;
use crate::eval::divergence::Position;

/// A file on its way: names of the same bytes are one.
pub(super) struct Contestant {
    pub(super) name: String,
    pub(super) subject: Subject,
    pub(super) reference: bool,
    pub(super) records: Records,
    pub(super) paired: Option<Paired>,
    pub(super) positions: Option<Result<Vec<Position>, String>>,
    pub(super) speed: Result<Speed, String>,
    /// Why it could not be evaluated.
    pub(super) failed: Option<String>,
}
