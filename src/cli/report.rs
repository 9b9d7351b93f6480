//! `densimeter report`: pages, figures and tables of stored reports.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Report {
    /// A report (report.json of `run` or `bench`, or output of llama-bench -o json, jsonl, sql or csv) or the folder of a
    /// run: its page, figures and tables. A folder of reports, or several: a site over all of them
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// Folder of the derived files; without one, the text of one report goes to stdout. Those of an earlier call are replaced, or removed where no longer needed; a file that
    /// densimeter did not write is left, and the call refused
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Write what the valid reports of a folder measured of their devices as a table (reports/index.csv is made so)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "supersede", "audit"])]
    pub index: Option<PathBuf>,
    /// Hold reports against the rules of the public record: shape, valid rows, raw samples, physics, models, no names of people.
    /// Exit code 4 where one is refused
    #[arg(long, conflicts_with_all = ["output", "supersede", "audit", "index", "force"])]
    pub check: bool,
    /// Replace files in -o that densimeter did not write
    #[arg(long)]
    pub force: bool,
    /// Correct the run in a folder: derive its report anew from its journal into -o, a new folder, and say why
    #[arg(long, value_name = "REASON", conflicts_with = "audit")]
    pub supersede: Option<String>,
    /// A document of `audit --json` to show with the report
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
}
