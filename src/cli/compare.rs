//! `densimeter compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `compare`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Verdicts: worse and better (by more than the threshold, Holm over all rows of the call at 5 %), same (the \
whole interval within the threshold), else undecided. Exit code 3 when a row is worse; 1 when the reports are not of the \
same thing and that was not accepted. A report against itself is `the same report`: nothing is compared, a warning says \
so, and the exit code is 0.\n\nExamples:\n  \
densimeter compare before/ after/\n  \
densimeter compare main.json branch.json --threshold 0.03 --md comparison.md\n  \
densimeter compare laptop.json phone.json --allow device,engine"
)]
pub(crate) struct Compare {
    /// The report that the others are held against, then the others: report.json files, folders of runs, or files of
    /// llama-bench
    #[arg(required = true, num_args = 2.., value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// A change by less than this share either way is none (scores: a hundred times this in points)
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub threshold: f64,
    /// The same for losses
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub loss_threshold: f64,
    /// Compare although this differs
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    pub allow: Vec<Allow>,
    /// Also write the comparison as Markdown into this file
    #[arg(long, value_name = "FILE")]
    pub md: Option<PathBuf>,
}

/// What may differ between reports that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allow {
    /// Another machine
    Device,
    /// Another engine, or other instructions or back ends compiled in
    Engine,
    /// Another model file
    Model,
    /// Other threads, batches, cache types or back end
    Settings,
    /// Rows or models that only one report has
    Shapes,
    /// Rows that are INVALID
    Invalid,
    /// Other items, prompts or reference of the quality
    Quality,
    /// All of these
    All,
}
