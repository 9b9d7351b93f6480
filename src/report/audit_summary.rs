//! The audit as a page for whoever looks at a pipeline: Markdown, with the figures as files beside it.

use super::figures;
use super::markdown_table::{escape, table};
use crate::audit::record::AuditRecord;
use crate::audit::text::families;
use crate::law::audit::Verdict;
use crate::stat::p_text;

/// A summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditSummary {
    /// The Markdown.
    pub markdown: String,
    /// The drawn figures, each with the end of its file's name.
    pub figures: Vec<(String, String)>,
}

/// Of these records; the files of its figures are named `stem` with the figure's name behind it.
#[must_use]
pub(crate) fn summary(records: &[AuditRecord], stem: &str) -> AuditSummary {
    let dropped = records.iter().filter(|record| record.verdict == Verdict::Dropped).count();
    let undecided = records.iter().filter(|record| record.verdict == Verdict::Undecided).count();
    let verdict = match (dropped, undecided, records.len()) {
        (0, 0, _) => "no drop in density".to_owned(),
        (0, _, all) => format!("no drop was found, {undecided} of {all} undecided"),
        (_, _, all) => format!("{dropped} of {all} dropped"),
    };
    let mut markdown = format!("## Density alarm: {verdict}\n\n");
    let columns = [
        ("compressed", false),
        ("original", false),
        ("verdict", false),
        ("by", false),
        ("ratio", true),
        ("p (no drop)", true),
        ("least drop that would be seen", true),
    ];
    let rows = records.iter().map(|record| {
        let absent = || "–".to_owned();
        let seen = record.verdicts.get(&record.by).and_then(|own| own.detectable_drop);
        [
            escape(&record.compressed),
            escape(&record.original),
            format!("**{}**", record.verdict.name()),
            record.by.name().to_owned(),
            record.ratio.as_ref().map_or_else(absent, |ratio| escape(&format!("{ratio:.3}"))),
            record.p_adjusted.map_or_else(absent, p_text),
            seen.map_or_else(absent, |drop| format!("{:.1} %", 100.0 * drop)),
        ]
    });
    markdown += &table(columns.into_iter(), rows);
    markdown.push('\n');
    for record in records {
        markdown += &format!("- {}: {}\n", escape(&record.compressed), escape(&record.text));
    }
    let mut drawn = Vec::new();
    for figure in figures::audit::all(records) {
        if let Ok(chart) = &figure.chart {
            let name = format!("{stem}-{}.svg", figure.id);
            markdown += &format!("\n![{}]({})\n", escape(&figure.title), name.replace(' ', "%20"));
            drawn.push((name, chart.file()));
        }
    }
    markdown += &format!(
        "\nA drop: the upper end of the 95 % interval lies below 1, corrected for {} (Holm). The ratio is of densities where \
         scores tell, else of losses.\n",
        families(records)
    );
    AuditSummary { markdown, figures: drawn }
}
