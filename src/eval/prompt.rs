//! What the prompts of all tasks have in common: hashes and tokens.

use sha2::{Digest, Sha256};

use crate::engine::{Model, Token};
use crate::file::digest::{hex, sha256_hex};

/// Lower-case hexadecimal SHA-256 of the UTF-8 text, without any BOS.
#[must_use]
pub fn text_sha256(text: &str) -> String {
    sha256_hex(text.as_bytes())
}

/// Lower-case hexadecimal SHA-256 of the token ids as little-endian 32-bit integers, one after another.
#[must_use]
pub fn tokens_sha256(tokens: &[Token]) -> String {
    let mut digest = Sha256::new();
    for token in tokens {
        digest.update(token.0.to_le_bytes());
    }
    hex(&digest.finalize())
}

/// The tokens of a context: the whole text at once, after a BOS only where the model's file asks for one.
#[must_use]
pub fn context_tokens(model: &dyn Model, add_bos: bool, text: &str) -> Vec<Token> {
    let mut tokens = if add_bos { vec![model.bos()] } else { Vec::new() };
    tokens.extend(model.tokenize(text));
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_hashes_are_those_of_an_int32_array() {
        // python3 -c 'import hashlib,struct; print(hashlib.sha256(struct.pack("<3i", 1, 256, 70000)).hexdigest())'
        let tokens = [Token(1), Token(256), Token(70_000)];
        assert_eq!(tokens_sha256(&tokens), "6a2ea52032467b8360a359558570eaec5c1c2b520fa5222a3b1a67a46dbce10f");
    }
}
