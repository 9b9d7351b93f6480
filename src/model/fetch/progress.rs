//! What happens while a file is fetched.

use crate::model::source::Source;

/// What happens meanwhile. Rates and times are for the listener to take: nothing here reads a clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// A source is tried.
    Trying {
        /// Name of the file.
        file: &'a str,
        /// The source.
        source: &'a Source,
    },
    /// Bytes of the file that are on the disk, of how many where that is known.
    Received {
        /// Bytes there.
        done: u64,
        /// Bytes wanted.
        total: Option<u64>,
    },
    /// The file is read to check its hash.
    Verifying {
        /// Bytes read.
        done: u64,
        /// Size of the file.
        total: u64,
    },
    /// Something the user must hear of.
    Warning(&'a str),
}

/// Hears of progress.
pub type Listener<'a> = dyn FnMut(Progress<'_>) + 'a;
