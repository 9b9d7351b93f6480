//! `densimeter models`.

use clap::{Args, Subcommand};

/// Arguments of `models`.
#[derive(Debug, Args)]
pub struct Models {
    /// What to do with the catalogue.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with the catalogue.
#[derive(Debug, Subcommand)]
pub enum Action {
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
}
