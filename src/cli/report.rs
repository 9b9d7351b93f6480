//! `densimeter report`: pages, figures and tables of stored reports.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// Reports (report.json of `run` or `bench`), or folders of runs
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// Folder of the derived files
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Correct the run in a folder: derive its report anew from its journal into -o, a new folder, and say why
    #[arg(long, value_name = "REASON", conflicts_with = "audit")]
    pub supersede: Option<String>,
    /// A document of `audit --json` to show with the report
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
}
