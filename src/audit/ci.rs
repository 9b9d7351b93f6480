//! The audit as pipelines show it: JUnit XML and GitHub annotations.

use std::fmt::Write;

use super::record::AuditRecord;
use crate::law::audit::Verdict;

/// JUnit XML: one test case a compressed model; a drop is a failure, an undecided verdict is skipped.
#[must_use]
pub(crate) fn junit(records: &[AuditRecord]) -> String {
    let count = |verdict: Verdict| records.iter().filter(|record| record.verdict == verdict).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let totals = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
        records.len(),
        count(Verdict::Dropped),
        count(Verdict::Undecided)
    );
    let _ = writeln!(xml, "<testsuites name=\"densimeter audit\" {totals}>");
    let _ = writeln!(xml, "  <testsuite name=\"densimeter audit\" {totals}>");
    for record in records {
        let _ = write!(
            xml,
            "    <testcase classname=\"{}\" name=\"{}\">",
            escaped(&format!("audit.{}", record.original)),
            escaped(&format!("{} ({}) by {}", record.compressed, record.method, record.by)),
        );
        let text = escaped(&record.text);
        match record.verdict {
            Verdict::Dropped => {
                let _ = write!(xml, "<failure message=\"{text}\" type=\"dropped\">{text}</failure>");
            }
            Verdict::Undecided => {
                let _ = write!(xml, "<skipped message=\"{text}\"/>");
            }
            Verdict::Held | Verdict::Gained => {
                let _ = write!(xml, "<system-out>{text}</system-out>");
            }
        }
        xml += "</testcase>\n";
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

/// Text as XML holds it; characters that XML 1.0 does not have become the replacement character.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&apos;",
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

/// Workflow commands of GitHub Actions, one a line: an error for a drop, a warning for an undecided verdict, else a
/// notice.
#[must_use]
pub(crate) fn github(records: &[AuditRecord]) -> String {
    let mut lines = String::new();
    for record in records {
        let command = match record.verdict {
            Verdict::Dropped => "error",
            Verdict::Undecided => "warning",
            Verdict::Held | Verdict::Gained => "notice",
        };
        let title = property(&format!("densimeter audit: {} against {}", record.compressed, record.original));
        let _ = writeln!(lines, "::{command} title={title}::{}", data(&record.text));
    }
    lines
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::kind_verdict::KindVerdict;
    use crate::law::audit::Kind;
    use std::collections::BTreeMap;

    fn record(verdict: Verdict) -> AuditRecord {
        let own = KindVerdict { verdict, ..KindVerdict::none("too <few> items & a \"name\"\nof two lines: 5 %") };
        let names = ["a<b".to_owned(), "c,d".to_owned(), "pruning".to_owned()];
        AuditRecord::new(names, Kind::Params, BTreeMap::from([(Kind::Params, own)]), 42)
    }

    #[test]
    fn markup_cannot_be_broken_out_of() {
        let xml = junit(&[record(Verdict::Dropped), record(Verdict::Undecided), record(Verdict::Held)]);
        assert!(xml.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
        assert!(xml.contains("too &lt;few&gt; items &amp; a &quot;name&quot; of two lines"), "{xml}");
        let lines = github(&[record(Verdict::Dropped), record(Verdict::Undecided)]);
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(
            lines.starts_with("::error title=densimeter audit%3A c%2Cd against a<b::dropped by params; "),
            "{lines}"
        );
        assert!(lines.contains("%0Aof two lines: 5 %25"), "{lines}");
    }
}
