//! Compares whole reports.

use super::document::{Comparison, Document, ReportInfo, SCHEMA};
use super::identity::{Differ, Discrepancy};
use super::judge::{ALPHA, Unjudged, Verdict, judge};
use super::options::Options;
use super::{quality, speed};
use crate::report::stored::Stored;

/// Why reports are not compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompareError {
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

/// Compares every report with the base.
///
/// # Errors
/// [`CompareError`] lists every difference that was not accepted.
pub(crate) fn compare(base: &Stored, others: &[Stored], options: &Options) -> Result<Document, CompareError> {
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
        base: ReportInfo::of(base),
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
            report: ReportInfo::of(other),
            accepted: Vec::new(),
            notes,
            same_report: true,
            rows: Vec::new(),
            verdict: Verdict::Same,
        };
        return Ok((comparison, Vec::new()));
    }
    let mut differ = Differ::of(base, other);
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
        report: ReportInfo::of(other),
        accepted,
        notes: differ.notes,
        same_report: false,
        rows: Vec::new(),
        verdict: Verdict::Undecided,
    };
    Ok((comparison, rows))
}
