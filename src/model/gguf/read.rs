//! Bounded reading of the pieces a GGUF header is made of.

use std::io::{BufRead, Read};

use super::problem::Problem;
use super::value::Value;

/// Longest metadata key (the specification's own limit).
const MAX_KEY: u64 = 65_535;
/// Longest string value: chat templates reach some hundred kilobytes.
const MAX_STRING: u64 = 16 << 20;
/// Most elements of an array: vocabularies stay below a million, merges below two.
const MAX_ARRAY: u64 = 1 << 24;
/// Arrays up to this length are kept (per-layer head counts); longer ones are skipped and only counted.
const MAX_KEPT: u64 = 4096;

/// A reader that knows how much of the file is left, so no length is believed before it is checked.
pub(super) struct Bounded<R> {
    inner: R,
    position: u64,
    length: u64,
}

impl<R: BufRead> Bounded<R> {
    pub(super) fn new(inner: R, length: u64) -> Self {
        Self { inner, position: 0, length }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Checks that `count` more bytes can be there, for lengths that come from the file itself.
    pub(super) fn expect(&self, count: u64) -> Result<(), Problem> {
        let needed = self.position.checked_add(count).ok_or(Problem::Overflow)?;
        if needed > self.length {
            return Err(Problem::Truncated { needed, found: self.length });
        }
        Ok(())
    }

    fn exact<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        self.expect(N as u64)?;
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> Result<(), Problem> {
        self.expect(count)?;
        let mut left = count;
        while left > 0 {
            let at_hand = self.inner.fill_buf()?.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if at_hand == 0 {
                return Err(Problem::Truncated { needed: self.position + left, found: self.position });
            }
            self.inner.consume(at_hand);
            self.position += at_hand as u64;
            left -= at_hand as u64;
        }
        Ok(())
    }

    pub(super) fn magic(&mut self) -> Result<[u8; 4], Problem> {
        self.exact()
    }

    pub(super) fn u32(&mut self) -> Result<u32, Problem> {
        Ok(u32::from_le_bytes(self.exact()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Problem> {
        Ok(u64::from_le_bytes(self.exact()?))
    }

    fn text(&mut self, what: &'static str, limit: u64) -> Result<String, Problem> {
        let length = self.u64()?;
        if length > limit {
            return Err(Problem::TooLarge { what, found: length, limit });
        }
        self.expect(length)?;
        let mut bytes = Vec::with_capacity(length as usize);
        (&mut self.inner).take(length).read_to_end(&mut bytes)?;
        self.position += bytes.len() as u64;
        if (bytes.len() as u64) < length {
            return Err(Problem::Truncated { needed: self.position + 1, found: self.position });
        }
        // Some published files hold broken UTF-8 in template text; a replacement character does no harm here.
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    pub(super) fn key(&mut self) -> Result<String, Problem> {
        self.text("metadata key", MAX_KEY)
    }

    pub(super) fn name(&mut self) -> Result<String, Problem> {
        self.text("tensor name", 256)
    }

    /// A metadata value: its type, then its bytes.
    pub(super) fn value(&mut self) -> Result<Value, Problem> {
        let kind = self.u32()?;
        if kind != ARRAY {
            return self.scalar(kind);
        }
        let element = self.u32()?;
        let count = self.u64()?;
        if count > MAX_ARRAY {
            return Err(Problem::TooLarge { what: "metadata array", found: count, limit: MAX_ARRAY });
        }
        // Nested arrays are allowed by the text of the format and refused by llama.cpp.
        let least = scalar_bytes(element).ok_or(Problem::ValueType(element))?;
        self.expect(count.saturating_mul(least))?;
        if element == STRING {
            for _ in 0..count {
                let length = self.u64()?;
                self.skip(length)?;
            }
            return Ok(Value::Array { length: count, kept: Vec::new() });
        }
        if count > MAX_KEPT {
            self.skip(count * least)?;
            return Ok(Value::Array { length: count, kept: Vec::new() });
        }
        let kept = (0..count).map(|_| self.scalar(element)).collect::<Result<_, _>>()?;
        Ok(Value::Array { length: count, kept })
    }

    fn scalar(&mut self, kind: u32) -> Result<Value, Problem> {
        Ok(match kind {
            0 => Value::Unsigned(u64::from(u8::from_le_bytes(self.exact()?))),
            1 => Value::Signed(i64::from(i8::from_le_bytes(self.exact()?))),
            2 => Value::Unsigned(u64::from(u16::from_le_bytes(self.exact()?))),
            3 => Value::Signed(i64::from(i16::from_le_bytes(self.exact()?))),
            4 => Value::Unsigned(u64::from(self.u32()?)),
            5 => Value::Signed(i64::from(i32::from_le_bytes(self.exact()?))),
            6 => Value::Float(f64::from(f32::from_le_bytes(self.exact()?))),
            7 => Value::Bool(self.exact::<1>()?[0] != 0),
            STRING => Value::Text(self.text("metadata string", MAX_STRING)?),
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.exact()?)),
            12 => Value::Float(f64::from_le_bytes(self.exact()?)),
            other => return Err(Problem::ValueType(other)),
        })
    }
}

const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a value of this type; of a string the least it can take. `None` for types that are not scalars.
fn scalar_bytes(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        STRING | 10..=12 => 8,
        _ => return None,
    })
}
