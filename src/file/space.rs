//! Room on a file system.

use std::io;
use std::path::Path;

/// Bytes that this user can still write to the file system of a folder.
///
/// # Errors
/// The file system's; some do not say.
#[cfg(unix)]
pub(crate) fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that this user can still write to the volume of a folder.
///
/// # Errors
/// The file system's; some do not say.
#[cfg(windows)]
pub(crate) fn free(folder: &Path) -> io::Result<u64> {
    fs4::available_space(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_room_and_one_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free(folder.path()).unwrap() > 0);
        assert!(free(&folder.path().join("gone")).is_err());
    }
}
