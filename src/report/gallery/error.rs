//! Why a site could not be made.

use std::io;
use std::path::PathBuf;

use crate::report::derived::DerivedError;
use crate::report::page::PageError;

/// Why a site could not be made.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// The file system's reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// A template.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A file of that name which is not ours.
    #[error(transparent)]
    Derived(#[from] DerivedError),
}
