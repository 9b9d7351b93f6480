//! Two or more reports against the first of them: what differs beside the numbers, and a verdict on every number.

use serde::Serialize;

use super::stored::Stored;
use judge::{Judged, Unjudged, judge};

pub mod identity;
mod items;
pub mod judge;
pub mod markdown;
mod model_pairs;
mod quality;
mod speed;

pub use identity::{Discrepancy, Kind};
pub use judge::Verdict;

/// Version of the document.
pub const SCHEMA: u32 = 1;

/// Family-wise error rate of all judged rows of a call, two-sided.
pub const ALPHA: f64 = 0.05;

/// Level of the intervals that are shown.
pub const LEVEL: f64 = 0.95;

/// How reports are compared.
#[derive(Debug, Clone)]
pub struct Options {
    /// A speed, latency, memory or density within a factor of 1 + this either way is no change; so is a score within
    /// a hundred times this in points.
    pub threshold: f64,
    /// A loss within a factor of 1 + this either way is no change.
    pub loss_threshold: f64,
    /// Differences that the reader knows of and accepts.
    pub allow: Vec<Kind>,
}

/// Why reports are not compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// They are of different things, and nobody said that this is meant.
    #[error("{base} and {other} are not of the same thing; accept what is meant with --allow {}:\n{}", flags(.found), listed(.found))]
    Different {
        /// The first report.
        base: String,
        /// The other one.
        other: String,
        /// What differs.
        found: Vec<Discrepancy>,
    },
    /// They share nothing that could be compared.
    #[error("{base} and {other} have no row, task or density in common")]
    NothingShared {
        /// The first report.
        base: String,
        /// The other one.
        other: String,
    },
}

fn flags(found: &[Discrepancy]) -> String {
    let mut kinds: Vec<&str> = found.iter().map(|one| one.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join(",")
}

fn listed(found: &[Discrepancy]) -> String {
    let lines: Vec<String> = found.iter().map(|one| format!("  {one}")).collect();
    lines.join("\n")
}

/// A report in one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
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

impl Subject {
    fn of(stored: &Stored) -> Self {
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
pub struct Comparison {
    /// The report.
    pub report: Subject,
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
pub struct Document {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What the others are held against.
    pub base: Subject,
    /// As in [`Options`].
    pub threshold: f64,
    /// As in [`Options`].
    pub loss_threshold: f64,
    /// [`ALPHA`].
    pub alpha: f64,
    /// Rows with a p-value: the family of Holm's correction.
    pub tests: usize,
    /// The others, in their order.
    pub comparisons: Vec<Comparison>,
    /// The worst of all verdicts.
    pub verdict: Verdict,
}

/// Compares every report with the base.
///
/// # Errors
/// [`CompareError`] lists every difference that was not accepted.
pub fn compare(base: &Stored, others: &[Stored], options: &Options) -> Result<Document, CompareError> {
    let mut found = Vec::new();
    for other in others {
        found.push(one(base, other, options)?);
    }
    let family: Vec<&Unjudged> = found.iter().flat_map(|(_, rows)| rows).collect();
    let tests = family.iter().filter(|row| row.p_value().is_some()).count();
    let mut judged = judge(&family).into_iter();
    let mut comparisons = Vec::new();
    for (mut comparison, rows) in found {
        comparison.rows = judged.by_ref().take(rows.len()).collect();
        if !comparison.same_report {
            comparison.verdict = worst(comparison.rows.iter().map(|row| row.verdict));
        }
        comparisons.push(comparison);
    }
    Ok(Document {
        schema: SCHEMA,
        base: Subject::of(base),
        threshold: options.threshold,
        loss_threshold: options.loss_threshold,
        alpha: ALPHA,
        tests,
        verdict: worst(comparisons.iter().map(|comparison| comparison.verdict)),
        comparisons,
    })
}

/// The verdict that a reader must hear of: a loss before a gain, a gain before doubt.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.max().unwrap_or(Verdict::Undecided)
}

fn one(base: &Stored, other: &Stored, options: &Options) -> Result<(Comparison, Vec<Unjudged>), CompareError> {
    if base.sha256 == other.sha256 || base.report == other.report {
        let notes = vec![format!("the same report as the base (run {}): nothing was compared", base.report.run_id)];
        let comparison = Comparison {
            report: Subject::of(other),
            accepted: Vec::new(),
            notes,
            same_report: true,
            rows: Vec::new(),
            verdict: Verdict::Same,
        };
        return Ok((comparison, Vec::new()));
    }
    let mut differ = identity::Differ::of(base, other);
    let mut rows = speed::rows(base, other, options, &mut differ);
    rows.extend(quality::rows(base, other, options, &mut differ));
    let (accepted, refused): (Vec<_>, Vec<_>) =
        differ.found.into_iter().partition(|one| options.allow.contains(&one.kind));
    let name = |stored: &Stored| stored.path.display().to_string();
    if !refused.is_empty() {
        return Err(CompareError::Different { base: name(base), other: name(other), found: refused });
    }
    if rows.is_empty() {
        return Err(CompareError::NothingShared { base: name(base), other: name(other) });
    }
    let comparison = Comparison {
        report: Subject::of(other),
        accepted,
        notes: differ.notes,
        same_report: false,
        rows: Vec::new(),
        verdict: Verdict::Undecided,
    };
    Ok((comparison, rows))
}
