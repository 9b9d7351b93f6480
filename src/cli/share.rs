//! `densimeter share`: a report for the public record.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `share`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Nothing leaves this machine: the report is put on a branch of a clone, and the command that pushes it is \
printed. The rules are those of `densimeter report --check` (docs/share.md). Exit code 4 when the report is refused.\n\n\
Examples:\n  densimeter share reports/my-board/20261127T174514Z-17339 --dry-run\n  \
densimeter share reports/my-board/20261127T174514Z-17339 --clone ~/src/densimeter"
)]
pub(crate) struct Share {
    /// The report of a run, or its folder
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// A clone of the project that gets the branch [default: one below the cache, made or brought up to date]
    #[arg(long, value_name = "DIR", visible_alias = "to")]
    pub clone: Option<PathBuf>,
    /// Where the project is cloned from
    #[arg(long, value_name = "URL", default_value = env!("CARGO_PKG_REPOSITORY"), conflicts_with = "clone")]
    pub repository: String,
    /// A further name to take out wherever it stands as a word: of a person, a company, a machine
    #[arg(long, value_name = "NAME")]
    pub without: Vec<String>,
    /// Only show what would go, and what would be taken out
    #[arg(long)]
    pub dry_run: bool,
}
