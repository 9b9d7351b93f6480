//! SHA-256 of files and bytes, in lower-case hexadecimal.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Bytes read at once.
const PIECE: usize = 1 << 20;

/// The hash of everything that can be read, and how many bytes that were; `on_read` hears of the bytes so far.
///
/// # Errors
/// The reader's.
pub fn sha256_of(mut from: impl Read, on_read: &mut dyn FnMut(u64)) -> io::Result<(String, u64)> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok((hex(&digest.finalize()), done)),
            Ok(count) => {
                digest.update(&piece[..count]);
                done += count as u64;
                on_read(done);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The hash of some bytes.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        let mut heard = 0;
        assert_eq!(sha256_of(&b"abc"[..], &mut |done| heard = done).unwrap(), (abc.to_owned(), 3));
        assert_eq!(heard, 3);
    }
}
