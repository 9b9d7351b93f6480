//! The document of a comparison.

use serde::Serialize;

use super::identity::Discrepancy;
use super::judge::{Judged, Verdict};
use crate::report::stored::Stored;

/// Version of the document.
pub(crate) const SCHEMA: u32 = 1;

/// A report in one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ReportInfo {
    /// The file.
    pub file: String,
    /// Name of the run.
    pub run_id: String,
    /// When it began.
    pub started: Option<jiff::Timestamp>,
    /// The engine.
    pub engine: Option<String>,
    /// The models.
    pub models: Vec<String>,
    /// Whether every row of it is valid.
    pub valid: bool,
}

impl ReportInfo {
    pub(super) fn of(stored: &Stored) -> Self {
        let bench = stored.report.bench.as_ref();
        Self {
            file: stored.path.display().to_string(),
            run_id: stored.report.run_id.clone(),
            started: bench.map(|bench| bench.started),
            engine: bench.and_then(|bench| bench.engine.as_ref()).map(|engine| engine.build.clone()),
            models: bench.map_or_else(Vec::new, |bench| bench.models.iter().map(|model| model.id.clone()).collect()),
            valid: stored.report.valid,
        }
    }
}

/// One report against the base.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Comparison {
    /// The report.
    pub report: ReportInfo,
    /// What differs beside the numbers and was accepted.
    pub accepted: Vec<Discrepancy>,
    /// What differs and makes no other thing of it, such as the version of the engine.
    pub notes: Vec<String>,
    /// Whether it is the base itself, or says the very same: then nothing is compared.
    pub same_report: bool,
    /// Every number.
    pub rows: Vec<Judged>,
    /// The worst verdict of the rows.
    pub verdict: Verdict,
}

/// The document of `densimeter compare --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Document {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What the others are held against.
    pub base: ReportInfo,
    /// As in [`Options`](super::Options).
    pub threshold: f64,
    /// As in [`Options`](super::Options).
    pub loss_threshold: f64,
    /// [`ALPHA`](super::judge::ALPHA).
    pub alpha: f64,
    /// Rows with a p-value: the family of Holm's correction.
    pub tests: usize,
    /// The others, in their order.
    pub comparisons: Vec<Comparison>,
    /// The worst of all verdicts.
    pub verdict: Verdict,
}
