//! A model that gguf-split wrote into several files: read as the one that it is.

use std::path::{Path, PathBuf};

use super::{Error, Header, Problem};
use crate::unit::Bytes;

/// Most files of a split model.
const MOST: u64 = 1_000;

impl Header {
    /// Reads the header of a model, of all its files where it is split. llama.cpp finds the others by their names.
    ///
    /// # Errors
    /// As [`Header::read_alone`]; a file that is missing, misnamed, or not the first.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut whole = Self::read_alone(path)?;
        let named = |path: &Path, problem| Error { path: path.to_owned(), problem };
        let Some(count) = whole.whole("split.count").filter(|count| *count > 1) else { return Ok(whole) };
        if count > MOST {
            return Err(named(path, Problem::TooLarge { what: "split count", found: count, limit: MOST }));
        }
        let files = siblings(path, count).ok_or_else(|| named(path, Problem::SplitName { count }))?;
        let number = whole.whole("split.no").unwrap_or(0);
        if number > 0 || files[0] != path {
            return Err(named(path, Problem::NotTheFirst { number: number + 1, count, first: files[0].clone() }));
        }
        let mut bytes = whole.file_bytes.bytes();
        for (place, file) in files.iter().enumerate().skip(1) {
            let missing = |problem| match problem {
                Problem::Missing => Problem::MissingShard { number: place as u64 + 1, count },
                other => other,
            };
            let shard = Self::read_alone(file).map_err(|error| named(file, missing(error.problem)))?;
            if shard.whole("split.count") != Some(count) || shard.whole("split.no") != Some(place as u64) {
                return Err(named(file, Problem::OtherShard { number: place as u64 + 1, count }));
            }
            bytes = bytes.saturating_add(shard.file_bytes.bytes());
            whole.tensors.extend(shard.tensors);
        }
        if let Some(said) = whole.whole("split.tensors.count").filter(|said| *said != whole.tensors.len() as u64) {
            return Err(named(path, Problem::ShardTensors { found: whole.tensors.len() as u64, said }));
        }
        whole.file_bytes = Bytes::from_bytes(bytes);
        whole.files = files;
        Ok(whole)
    }
}

impl Header {
    /// The other files of the set of which this is the first; none of a model in one file.
    #[must_use]
    pub fn other_files(&self, path: &Path) -> Vec<PathBuf> {
        let count = self.whole("split.count").filter(|count| (2..=MOST).contains(count));
        let first = self.whole("split.no").unwrap_or(0) == 0;
        let files = count.filter(|_| first).and_then(|count| siblings(path, count)).unwrap_or_default();
        files.into_iter().skip(1).collect()
    }
}

/// The names of all files of a set, by that of one: `NAME-00001-of-00003.gguf`.
fn siblings(path: &Path, count: u64) -> Option<Vec<PathBuf>> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(&format!("-of-{count:05}.gguf"))?;
    let (prefix, number) = stem.rsplit_once('-')?;
    (number.len() == 5 && number.bytes().all(|digit| digit.is_ascii_digit())).then_some(())?;
    Some((1..=count).map(|number| path.with_file_name(format!("{prefix}-{number:05}-of-{count:05}.gguf"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of the set with some tensors of 32 values each.
    fn shard(folder: &Path, number: u16, count: u16, tensors: &[&str]) -> PathBuf {
        let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((tensors.len() as u64).to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        for (key, value) in [("split.no", number), ("split.count", count)] {
            bytes.extend([text(key), 2_u32.to_le_bytes().to_vec(), value.to_le_bytes().to_vec()].concat());
        }
        for (place, tensor) in tensors.iter().enumerate() {
            bytes.extend(text(tensor));
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(32_u64.to_le_bytes());
            bytes.extend(8_u32.to_le_bytes());
            bytes.extend((64 * place as u64).to_le_bytes());
        }
        bytes.resize(bytes.len().next_multiple_of(32) + 64 * tensors.len(), 0);
        let path = folder.join(format!("m-{:05}-of-{count:05}.gguf", number + 1));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_set_is_one_model() {
        let folder = tempfile::tempdir().unwrap();
        // The first may hold the metadata alone.
        let first = shard(folder.path(), 0, 3, &[]);
        let second = shard(folder.path(), 1, 3, &["a", "b"]);
        let third = shard(folder.path(), 2, 3, &["c"]);
        let header = Header::read(&first).unwrap();
        assert_eq!((header.params().count(), header.tensors.len(), header.files.len()), (96.0, 3, 3));
        let bytes = |path: &Path| std::fs::metadata(path).unwrap().len();
        assert_eq!(header.file_bytes.bytes(), bytes(&first) + bytes(&second) + bytes(&third));
        let why = Header::read(&second).unwrap_err().to_string();
        assert!(why.contains("shard 2 of 3") && why.contains("m-00001-of-00003.gguf"), "{why}");
        std::fs::remove_file(&third).unwrap();
        let why = Header::read(&first).unwrap_err().to_string();
        assert!(why.contains("m-00003-of-00003.gguf: shard 3 of 3 is missing"), "{why}");
        let other = folder.path().join("other.gguf");
        std::fs::rename(&first, &other).unwrap();
        assert!(Header::read(&other).unwrap_err().to_string().contains("NAME-00001-of-00003.gguf"));
    }

    #[test]
    fn a_shard_of_another_set_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let first = shard(folder.path(), 0, 2, &["a"]);
        let second = shard(folder.path(), 1, 2, &["b"]);
        std::fs::copy(&first, &second).unwrap();
        let why = Header::read(&first).unwrap_err().to_string();
        assert!(why.contains("not shard 2 of 2"), "{why}");
    }
}
