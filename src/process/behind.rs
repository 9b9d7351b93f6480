//! What a program says behind what its account prints at login.

use std::io::{self, Read};

/// Reads what stands behind a mark; nothing where it never comes. Accounts print at login, before a script's first word.
pub(crate) struct Behind<R> {
    from: R,
    mark: &'static [u8],
    passed: bool,
    /// Read already, and not yet handed on.
    left: Vec<u8>,
}

/// Most bytes before a mark: a greeting, never a file.
const MOST_BEFORE: usize = 64 << 10;

impl<R: Read> Behind<R> {
    /// What stands behind the first `mark`; everything where that is empty.
    pub(crate) const fn new(from: R, mark: &'static [u8]) -> Self {
        Self { from, mark, passed: mark.is_empty(), left: Vec::new() }
    }

    /// Reads up to the mark; false at the end of everything.
    fn pass(&mut self) -> io::Result<bool> {
        let mut piece = [0; 4096];
        loop {
            if let Some(at) = self.left.windows(self.mark.len()).position(|window| window == self.mark) {
                self.left.drain(..at + self.mark.len());
                self.passed = true;
                return Ok(true);
            }
            if self.left.len() > MOST_BEFORE {
                return Err(io::Error::other("the account prints more than 64 KiB at login, before the script begins"));
            }
            match self.from.read(&mut piece)? {
                0 => return Ok(false),
                read => self.left.extend_from_slice(&piece[..read]),
            }
        }
    }
}

impl<R: Read> Read for Behind<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.passed && !self.pass()? {
            return Ok(0);
        }
        if self.left.is_empty() {
            return self.from.read(out);
        }
        let count = self.left.len().min(out.len());
        out[..count].copy_from_slice(&self.left[..count]);
        self.left.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_account_prints_at_login_is_passed_over() {
        let behind = |said: &str, mark| {
            let mut out = Vec::new();
            Behind::new(said.as_bytes(), mark).read_to_end(&mut out).map(|_| out)
        };
        assert_eq!(behind("Welcome to Armbian\nbegins:abc", b"begins:").unwrap(), b"abc");
        assert_eq!(behind("begins:begins:", b"begins:").unwrap(), b"begins:");
        assert!(behind("it never came that far", b"begins:").unwrap().is_empty());
        assert_eq!(behind("all of it", b"").unwrap(), b"all of it");
        let endless = "x".repeat(1 << 20);
        assert!(behind(&endless, b"begins:").unwrap_err().to_string().contains("at login"));
    }
}
