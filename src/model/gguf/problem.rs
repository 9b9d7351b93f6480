//! What can be wrong with a GGUF file.

use std::io;
use std::path::PathBuf;

/// Why a file cannot be read as GGUF.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It does not exist.
    #[error("no such file; `densimeter models list` names the models that can be fetched")]
    Missing,
    /// It is a folder.
    #[error("is a directory; name the .gguf file inside it")]
    Directory,
    /// It does not begin with the format's four letters.
    #[error("not a GGUF file (it begins with {0}); download it again, or convert the model to GGUF")]
    Magic(String),
    /// Its numbers are stored most significant byte first.
    #[error("a big-endian GGUF file; this build reads little-endian files: fetch the usual conversion")]
    BigEndian,
    /// A version that is not read.
    #[error("GGUF version {0}; versions 2 and 3 are read: convert it again with a current llama.cpp")]
    Version(u32),
    /// The file ends before what its header promises.
    #[error("truncated: {found} bytes where at least {needed} are needed; fetch it again")]
    Truncated {
        /// Bytes the header asks for.
        needed: u64,
        /// Bytes the file has.
        found: u64,
    },
    /// A length beyond any real model's.
    #[error("damaged header: {what} of {found}, more than {limit}; fetch it again")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The length found.
        found: u64,
        /// The longest accepted.
        limit: u64,
    },
    /// A size that does not fit into 64 bits.
    #[error("damaged header: a size overflows 64 bits; fetch it again")]
    Overflow,
    /// A metadata type the format does not have.
    #[error("damaged header: metadata type {0} does not exist; fetch it again")]
    ValueType(u32),
    /// The same key or tensor twice.
    #[error("damaged header: `{0}` appears twice; fetch it again")]
    Duplicate(String),
    /// A tensor type that is not known.
    #[error("tensor `{tensor}` has type {number}, which this build does not know; a newer densimeter may")]
    TensorType {
        /// Name of the tensor.
        tensor: String,
        /// Number of the type.
        number: u32,
    },
    /// A tensor type that was taken out of the format.
    #[error("tensor `{tensor}` has type {number}, {name}, which was removed from GGUF; take a file in {instead}")]
    RemovedType {
        /// Name of the tensor.
        tensor: String,
        /// Number of the type.
        number: u32,
        /// Its name.
        name: &'static str,
        /// What took its place.
        instead: &'static str,
    },
    /// A tensor type of a fork.
    #[error(
        "tensor `{tensor}` has type {number}, of a fork (ik_llama.cpp numbers its own from 97 on); take a file that \
         llama.cpp quantised"
    )]
    ForkType {
        /// Name of the tensor.
        tensor: String,
        /// Number of the type.
        number: u32,
    },
    /// A file of a split model that is not the first.
    #[error("shard {number} of {count}, not a whole model; name the first: {}", first.display())]
    NotTheFirst {
        /// Which it is.
        number: u64,
        /// How many there are.
        count: u64,
        /// The first.
        first: PathBuf,
    },
    /// A file of a split model that is not there.
    #[error("shard {number} of {count} is missing; put all files of the model into one folder")]
    MissingShard {
        /// Which it is.
        number: u64,
        /// How many there are.
        count: u64,
    },
    /// A file in the place of a shard that is another.
    #[error("not shard {number} of {count} of this model; fetch it again")]
    OtherShard {
        /// Which it should be.
        number: u64,
        /// How many there are.
        count: u64,
    },
    /// A split model under a name by which the other files are not found.
    #[error(
        "one of {count} shards under a name of its own; llama.cpp finds the others as NAME-00001-of-{count:05}.gguf"
    )]
    SplitName {
        /// How many there are.
        count: u64,
    },
    /// A set whose files do not hold all tensors.
    #[error("its shards hold {found} tensors where it says {said}; fetch them again")]
    ShardTensors {
        /// Tensors found.
        found: u64,
        /// Tensors that the first file tells.
        said: u64,
    },
    /// A pointer that Git LFS leaves in the place of a file.
    #[error("a pointer of Git LFS, not the file itself; run `git lfs pull`, or fetch the file")]
    LfsPointer,
    /// A tensor whose shape cannot be.
    #[error("damaged header: impossible shape {dimensions:?} of tensor `{tensor}`; fetch it again")]
    Shape {
        /// Name of the tensor.
        tensor: String,
        /// Its dimensions.
        dimensions: Vec<u64>,
    },
    /// An alignment that is not a power of two.
    #[error("damaged header: alignment {0} is not a power of two; fetch it again")]
    Alignment(u64),
    /// The system could not read it.
    #[error("{0}")]
    Io(#[from] io::Error),
}
