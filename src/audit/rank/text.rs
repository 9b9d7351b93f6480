//! The ranking for people: a table, the answer in a sentence, and where each file comes from.

use comfy_table::{Table, presets};

use super::record::{RankBasis, RankRecord};
use crate::stat::Estimate;
use crate::unit::Bytes;

/// Headings of the table.
pub(crate) const HEADINGS: [&str; 11] =
    ["rank", "file", "verdict", "KL nats", "top", "loss ratio", "score", "size", "tg t/s", "peak RSS", "pareto"];

/// A record's cells, below [`HEADINGS`].
#[must_use]
pub(crate) fn cells(record: &RankRecord) -> [String; 11] {
    let shown = |value: &Option<Estimate>, show: &dyn Fn(&Estimate) -> String| {
        value.as_ref().map_or_else(|| "–".to_owned(), show)
    };
    let percent = |share: &Estimate| format!("{:.1} %", 100.0 * share.point);
    [
        record.rank.to_string(),
        record.file.clone(),
        record.verdict.name().to_owned(),
        shown(&record.kl_nats, &|kl| if record.reference { "reference".to_owned() } else { format!("{kl:.4}") }),
        shown(&record.top_token_agreement, &percent),
        shown(&record.loss_ratio, &|ratio| format!("{ratio:.4}")),
        shown(&record.score_difference, &|points| format!("{points:+.1}")),
        Bytes::from_bytes(record.bytes).to_string(),
        shown(&record.tokens_per_second, &|speed| format!("{:.1}", speed.point)),
        record.peak_rss.map_or_else(|| "–".to_owned(), |bytes| Bytes::from_bytes(bytes).to_string()),
        if record.pareto { "yes" } else { "" }.to_owned(),
    ]
}

/// The ranking.
#[must_use]
pub(crate) fn render(records: &[RankRecord]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(HEADINGS);
    for record in records {
        table.add_row(cells(record));
    }
    let mut text = format!("{table}\n\n");
    for line in answer(records) {
        text += &format!("{line}\n");
    }
    for record in records {
        text += &format!("{}: {}", record.file, record.text);
        if let (Some(provenance), None) = (&record.provenance, &record.same_as) {
            text += &format!("; {}", provenance.sentence());
        }
        text.push('\n');
    }
    text
}

/// What was asked, answered: which file, against what, and which are worth their size.
#[must_use]
pub(crate) fn answer(records: &[RankRecord]) -> Vec<String> {
    let Some(first) = records.first() else { return Vec::new() };
    let others = records.iter().filter(|record| !record.reference && record.same_as.is_none());
    let files = others.clone().count();
    let by = match first.basis {
        RankBasis::Kl => "KL divergence",
        RankBasis::Loss => "loss",
    };
    let against = &first.against.file;
    let mut lines = Vec::new();
    match others.clone().find(|record| record.winner) {
        Some(winner) if files > 1 => lines.push(format!(
            "best of {files}: {}, by {by} against {against} with {} items (error rate of all tests 5 %, Holm)",
            winner.file, winner.items
        )),
        Some(winner) => lines.push(format!("{}: the only one to compare with {against}", winner.file)),
        None if files > 0 => lines.push(undecided(others.clone().collect(), against)),
        None => lines.push("all names are of the same file".to_owned()),
    }
    let front: Vec<&str> = records
        .iter()
        .filter(|record| record.pareto && record.same_as.is_none())
        .map(|record| record.file.as_str())
        .collect();
    let speed = if records.iter().any(|record| record.tokens_per_second.is_some()) { ", tokens/s" } else { "" };
    lines.push(format!("Pareto set (bytes, {by}{speed}): {}", front.join(", ")));
    if let Some(reference) = records.iter().find(|record| record.reference) {
        lines.push(format!(
            "{} is the reference: its own divergence is 0 by construction, so it is held against the others by loss",
            reference.file
        ));
    }
    lines.extend(others.filter_map(better_than_reference));
    lines
}

/// Near to the reference and good are two things: a file may be far from it and predict the texts better.
fn better_than_reference(record: &RankRecord) -> Option<String> {
    let ratio = record.loss_ratio.as_ref().filter(|ratio| ratio.low.is_some_and(|low| low > 1.0))?;
    let (file, against) = (&record.file, &record.against.file);
    Some(format!(
        "{file} has a lower loss than {against} on these texts: {ratio:.4} times as low (95 % of this pair alone)"
    ))
}

fn undecided(others: Vec<&RankRecord>, against: &str) -> String {
    let leading: Vec<&&RankRecord> = others.iter().filter(|record| record.in_the_running).collect();
    let names: Vec<&str> = leading.iter().map(|record| record.file.as_str()).collect();
    let items = others.first().map_or(0, |record| record.items);
    let would = leading.iter().filter_map(|record| record.items_to_tell_leaders).max();
    let would = would.map_or_else(
        || "nothing was seen that more items would tell".to_owned(),
        |items| format!("about {items} would tell (--limit, --kl-tokens)"),
    );
    format!("cannot be told apart with {items} items against {against}: {}; {would}", names.join(", "))
}
