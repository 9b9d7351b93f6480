//! GGUF headers, read in Rust and without loading the model.
//!
//! Source of the format: `docs/gguf.md` of ggml. Versions 2 and 3, little-endian.
//! Every length is checked against the file's size and a limit before it is believed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

mod facts;
mod file_type;
mod kind;
mod kv_cache;
mod lineage;
mod problem;
mod provenance;
mod read;
mod split;
mod types;
mod value;

pub use facts::{Facts, Tokenizer};
pub use kind::FileKind;
pub use kv_cache::KvCache;
pub use lineage::{LINEAGE_SHA256, LINEAGE_TYPES, Lineage};
pub use problem::{Error, Problem};
pub use provenance::{Imatrix, Provenance, TensorShare};
pub use types::TensorType;
pub use value::Value;

use crate::unit::{BitsPerWeight, Bytes, Params};
use read::Bounded;

const MAX_ENTRIES: u64 = 65_536;
const MAX_TENSORS: u64 = 262_144;
/// All strings of the metadata together.
const MAX_METADATA: u64 = 64 << 20;

/// One tensor of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name, as `blk.0.attn_q.weight`.
    pub name: String,
    /// Dimensions, fastest first (ggml's order).
    pub dimensions: Vec<u64>,
    /// How its values are stored.
    pub kind: TensorType,
    /// Bytes of its data.
    pub bytes: u64,
    /// Number of values.
    pub values: u64,
}

/// What the header of a GGUF file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Version of the format, 2 or 3.
    pub version: u32,
    /// Size of the file; of all files of a split model together.
    pub file_bytes: Bytes,
    /// The files of a split model, in order; empty where it is one.
    pub files: Vec<PathBuf>,
    /// Every metadata entry.
    pub metadata: BTreeMap<String, Value>,
    /// Every tensor, in the order of the file.
    pub tensors: Vec<Tensor>,
}

impl Header {
    /// Reads the header of the file at `path` and of no other; the tensor data is only checked to be there, not read.
    ///
    /// # Errors
    /// [`Error`] names the file, what is wrong with it and the way out.
    pub fn read_alone(path: &Path) -> Result<Self, Error> {
        let named = |problem| Error { path: path.to_owned(), problem };
        let io = |error: io::Error| {
            named(match error.kind() {
                io::ErrorKind::NotFound => Problem::Missing,
                _ => Problem::Io(error),
            })
        };
        // Asked before opening: a FIFO would block the open.
        let facts = std::fs::metadata(path).map_err(io)?;
        if facts.is_dir() {
            return Err(named(Problem::Directory));
        }
        let file = File::open(path).map_err(io)?;
        Self::parse(BufReader::with_capacity(1 << 18, file), facts.len()).map_err(named)
    }

    /// Reads a header from `reader`, the start of a file of `length` bytes.
    ///
    /// # Errors
    /// [`Problem`] says what is wrong.
    pub fn parse(reader: impl BufRead, length: u64) -> Result<Self, Problem> {
        let mut reader = Bounded::new(reader, length);
        match reader.magic() {
            Ok(magic) if &magic == b"GGUF" => {}
            Ok(magic) if &magic == b"vers" => return Err(Problem::LfsPointer),
            Ok(magic) => return Err(Problem::Magic(format!("`{}`", magic.escape_ascii()))),
            Err(Problem::Truncated { found, .. }) => return Err(Problem::Magic(format!("only {found} bytes"))),
            Err(other) => return Err(other),
        }
        let version = reader.u32()?;
        if version != 0 && version & 0xffff == 0 {
            return Err(Problem::BigEndian);
        }
        if !(2..=3).contains(&version) {
            return Err(Problem::Version(version));
        }
        let tensors = limited(reader.u64()?, "tensor count", MAX_TENSORS)?;
        let entries = limited(reader.u64()?, "metadata count", MAX_ENTRIES)?;
        // The smallest entry is a key length, a type and one byte; the smallest tensor 24 bytes.
        reader.expect(entries * 13 + tensors * 24)?;
        let metadata = read_metadata(&mut reader, entries)?;
        let tensors = read_tensors(&mut reader, tensors, &metadata)?;
        Ok(Self { version, file_bytes: Bytes::from_bytes(length), files: Vec::new(), metadata, tensors })
    }

    /// Number of parameters: the values of all tensors, as llama.cpp counts them.
    #[must_use]
    pub fn params(&self) -> Params {
        // Not `sum`: that of no floats is −0.
        Params::from_count(self.tensors.iter().fold(0.0, |sum, tensor| sum + tensor.values as f64))
    }

    /// Parameters that a token uses: all of a dense model; of a mixture, of the tensors that hold all experts (`*_exps`)
    /// the share that is chosen. `None` for a mixture that does not say how many that are.
    #[must_use]
    pub fn active_params(&self) -> Option<Params> {
        let facts = self.facts();
        let Some(experts) = facts.experts else { return Some(self.params()) };
        let share = facts.experts_used? as f64 / experts as f64;
        let of = |tensor: &Tensor| tensor.values as f64 * if tensor.name.contains("_exps.") { share } else { 1.0 };
        Some(Params::from_count(self.tensors.iter().map(of).fold(0.0, |sum, values| sum + values)))
    }

    /// Bytes of all tensors together, without metadata and padding.
    #[must_use]
    pub fn tensor_bytes(&self) -> Bytes {
        Bytes::from_bytes(self.tensors.iter().map(|tensor| tensor.bytes).sum())
    }

    /// Bits of tensor data per parameter, as llama.cpp prints it; `None` for a file without tensors.
    #[must_use]
    pub fn bits_per_weight(&self) -> Option<BitsPerWeight> {
        let params = self.params().count();
        (params > 0.0).then(|| BitsPerWeight::from_bits(self.tensor_bytes().bytes() as f64 * 8.0 / params))
    }

    /// Names of the tensor types, the one with most parameters first.
    #[must_use]
    pub fn types_by_size(&self) -> Vec<&'static str> {
        let mut values: BTreeMap<&'static str, u64> = BTreeMap::new();
        self.tensors.iter().for_each(|tensor| *values.entry(tensor.kind.name).or_default() += tensor.values);
        let mut types: Vec<_> = values.into_iter().collect();
        types.sort_by_key(|(_, values)| std::cmp::Reverse(*values));
        types.into_iter().map(|(name, _)| name).collect()
    }

    /// How many tensors there are of each type, by name.
    #[must_use]
    pub fn tensor_types(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for tensor in &self.tensors {
            *counts.entry(tensor.kind.name).or_insert(0) += 1;
        }
        counts
    }
}

fn limited(found: u64, what: &'static str, limit: u64) -> Result<u64, Problem> {
    if found > limit { Err(Problem::TooLarge { what, found, limit }) } else { Ok(found) }
}

fn read_metadata<R: BufRead>(reader: &mut Bounded<R>, count: u64) -> Result<BTreeMap<String, Value>, Problem> {
    let mut metadata = BTreeMap::new();
    let mut text = 0;
    for _ in 0..count {
        let key = reader.key()?;
        let value = reader.value()?;
        text += key.len() as u64;
        text += match &value {
            Value::Text(value) => value.len() as u64,
            Value::Array { kept, .. } => (kept.len() * size_of::<Value>()) as u64,
            _ => 0,
        };
        limited(text, "metadata text", MAX_METADATA)?;
        if metadata.contains_key(&key) {
            return Err(Problem::Duplicate(key));
        }
        metadata.insert(key, value);
    }
    Ok(metadata)
}

fn read_tensors<R: BufRead>(
    reader: &mut Bounded<R>,
    count: u64,
    metadata: &BTreeMap<String, Value>,
) -> Result<Vec<Tensor>, Problem> {
    let mut tensors = Vec::new();
    let mut names = std::collections::HashSet::new();
    let mut data_bytes = 0;
    let (mut total_values, mut total_bytes) = (0u64, 0u64);
    for _ in 0..count {
        let name = reader.name()?;
        let rank = limited(u64::from(reader.u32()?), "tensor rank", 4)?;
        let dimensions = (0..rank).map(|_| reader.u64()).collect::<Result<Vec<_>, _>>()?;
        let number = reader.u32()?;
        let offset = reader.u64()?;
        if !names.insert(name.clone()) {
            return Err(Problem::Duplicate(name));
        }
        let Some(kind) = TensorType::from_number(number) else {
            return Err(types::unknown(name, number));
        };
        let values = dimensions.iter().try_fold(1u64, |product, n| product.checked_mul(*n)).ok_or(Problem::Overflow)?;
        let Some(bytes) = kind.bytes(&dimensions).filter(|_| values > 0) else {
            return Err(Problem::Shape { tensor: name, dimensions });
        };
        data_bytes = data_bytes.max(offset.checked_add(bytes).ok_or(Problem::Overflow)?);
        total_values = total_values.checked_add(values).ok_or(Problem::Overflow)?;
        total_bytes = total_bytes.checked_add(bytes).ok_or(Problem::Overflow)?;
        tensors.push(Tensor { name, dimensions, kind, bytes, values });
    }
    let alignment = match metadata.get("general.alignment") {
        Some(Value::Unsigned(alignment)) if alignment.is_power_of_two() => *alignment,
        Some(Value::Unsigned(alignment)) => return Err(Problem::Alignment(*alignment)),
        _ => 32,
    };
    let data_start = reader.position().checked_next_multiple_of(alignment).ok_or(Problem::Overflow)?;
    let padding = data_start - reader.position();
    // Overlapping tensors would pass the check of the last byte alone.
    let data_bytes = data_bytes.max(total_bytes);
    if data_bytes > 0 {
        reader.expect(padding.checked_add(data_bytes).ok_or(Problem::Overflow)?)?;
    }
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of an architecture with these entries of it.
    pub(super) fn header(architecture: &str, entries: &[(&str, Value)]) -> Header {
        let own = entries.iter().map(|(key, value)| (format!("{architecture}.{key}"), value.clone()));
        let name = ("general.architecture".to_owned(), Value::Text(architecture.to_owned()));
        let metadata = std::iter::once(name).chain(own).collect();
        Header { version: 3, file_bytes: Bytes::from_bytes(1), files: Vec::new(), metadata, tensors: Vec::new() }
    }

    #[test]
    fn no_tensors_are_no_parameters() {
        assert_eq!(header("llama", &[]).params().count().to_bits(), 0.0_f64.to_bits());
    }
}
