//! A file that one process works with at a time, by the kernel's lock on it, which outlives no holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;

/// A file whose lock is held; dropping it gives the lock back.
#[derive(Debug)]
pub struct LockedFile(File);

/// What came of trying.
#[derive(Debug)]
pub enum Attempt {
    /// It is held now.
    Held(LockedFile),
    /// Another process holds it.
    Taken(File),
}

/// Opens a file that is to be locked, read and written: made where there is none, as it is where there is one.
///
/// # Errors
/// The file system's.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

impl LockedFile {
    /// Takes the lock of a file if nobody has it.
    ///
    /// # Errors
    /// The file system's; some have no locks.
    pub fn attempt(file: File) -> io::Result<Attempt> {
        match file.try_lock() {
            Ok(()) => Ok(Attempt::Held(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(Attempt::Taken(file)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits until the lock of a file can be taken.
    ///
    /// # Errors
    /// The file system's.
    pub fn wait(file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }
}

impl Deref for LockedFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl DerefMut for LockedFile {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // By name: a process that another thread is just starting holds a copy of the file until it executes.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one_and_given_back() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let attempt = || LockedFile::attempt(file.reopen().unwrap()).unwrap();
        let Attempt::Held(held) = attempt() else { panic!() };
        // A copy, as a process that is being started has one, must not keep it.
        let copy = held.try_clone().unwrap();
        assert!(matches!(attempt(), Attempt::Taken(_)));
        drop(held);
        assert!(matches!(attempt(), Attempt::Held(_)));
        drop(copy);
    }
}
