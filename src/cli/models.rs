//! `densimeter models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `models`.
#[derive(Debug, Args)]
pub(crate) struct Models {
    /// What to do with the catalogue.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with the catalogue.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the models of the catalogue and which of their files are here
    List,
    /// Show what the catalogue and the file's header say of a model, without loading it
    Show {
        /// A catalogue id, `id:QUANTISATION`, a path to a GGUF, or `hf:owner/repo[@revision]/file.gguf`
        model: String,
    },
    /// Fetch models into the cache: resumes, verifies SHA-256
    Fetch {
        /// Catalogue ids, `id:QUANTISATION`, or `hf:owner/repo[@revision]/file.gguf`
        #[arg(required = true)]
        models: Vec<String>,
        /// Use only what the cache holds; verify it and fail where it is missing
        #[arg(long)]
        offline: bool,
    },
    /// Check the entries: dates, sizes and releases, and where a network is, that their files are there
    Check {
        /// Only these, by id (default: all)
        models: Vec<String>,
        /// Ask no server
        #[arg(long)]
        offline: bool,
    },
    /// Write a model anew in other formats, with llama.cpp's own quantiser
    Quantize(Quantize),
}

/// Arguments of `models quantize`.
#[derive(Debug, Args)]
pub(crate) struct Quantize {
    /// A catalogue id, `id:QUANTISATION`, a path to a GGUF, or `hf:owner/repo[@revision]/file.gguf`
    pub model: String,
    /// Formats to write: F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, Q3_K_M, Q2_K, …
    #[arg(required = true, value_delimiter = ',')]
    pub formats: Vec<String>,
    /// File (of one format) or folder to write into; without it the cache, where an earlier result is taken again
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    /// Every tensor in the format's own type, the token embedding and the output included
    #[arg(long)]
    pub pure: bool,
    /// Type of the token embedding (also of the output where both are one tensor), as Q8_0
    #[arg(long, value_name = "TYPE")]
    pub token_embedding_type: Option<String>,
    /// Type of the output tensor, as Q6_K
    #[arg(long, value_name = "TYPE")]
    pub output_tensor_type: Option<String>,
    /// Threads (default: one for each processor this process may use)
    #[arg(long, short = 't', value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
    /// Engine; `mock` has no quantiser
    #[arg(long, value_enum, default_value = "llama", hide = true)]
    pub engine: super::bench::Engine,
}
