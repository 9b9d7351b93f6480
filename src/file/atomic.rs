//! Files that are whole or not there: written beside their place, synced, renamed.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file, replacing an older one. Everybody may read it: temporary files are private, what they become is not.
///
/// # Errors
/// The file system's.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Gives a file that was written in full its name: what it holds is on disk before.
///
/// # Errors
/// The file system's.
pub fn rename(written: &Path, path: &Path) -> io::Result<()> {
    // Windows syncs only what may be written.
    File::options().write(true).open(written)?.sync_all()?;
    std::fs::rename(written, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write(&path, b"a longer first text").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        rename(&path, &folder.path().join("y")).unwrap();
        assert!(write(&folder.path().join("none/x"), b"").is_err() && !path.exists());
    }
}
