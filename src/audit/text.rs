//! The audit for people.

use comfy_table::{Table, presets};

use super::record::AuditRecord;
use crate::law::audit::{Basis, Kind};
use crate::published::checkpoint::Checkpoint;
use crate::stat::p_text;

/// The records, worst news first in words below the table.
#[must_use]
pub(crate) fn table(records: &[AuditRecord]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let ratio = heading(records);
    table.set_header([
        "original",
        "compressed",
        "method",
        ratio.as_str(),
        "p (no drop)",
        "basis",
        "verdict",
        "detectable",
    ]);
    for record in records {
        let own = record.verdicts.get(&record.by);
        let absent = || "–".to_owned();
        table.add_row([
            record.original.clone(),
            record.compressed.clone(),
            record.method.clone(),
            record.ratio.as_ref().map_or_else(absent, |ratio| {
                let certain = ratio.low == Some(ratio.point) && ratio.high == Some(ratio.point);
                if certain || (ratio.low.is_none() && ratio.high.is_none()) {
                    format!("{:.3}", ratio.point)
                } else {
                    format!("{ratio:.3}")
                }
            }),
            record.p_adjusted.map_or_else(absent, p_text),
            record.basis.as_ref().map_or_else(absent, Basis::to_string),
            record.verdict.to_string(),
            own.and_then(|own| own.detectable_drop).map_or_else(absent, |drop| format!("{:.1} %", 100.0 * drop)),
        ]);
    }
    let mut text = format!("{table}\n");
    if records.iter().any(|record| record.p_adjusted.is_some()) {
        let family = families(records);
        text += &format!("p (no drop): one-sided, corrected after Holm for {family}; near 1 where nothing dropped\n");
    }
    for record in records {
        if let Some(sentence) = &record.published.densities_text {
            text += &format!("{sentence}\n");
        }
        if let Some(exception) = &record.published.exception {
            text += &format!("exception: {}: {exception}\n", record.compressed);
        }
    }
    if records.len() <= 12 {
        for record in records {
            text += &format!("{}: {}{}\n", record.compressed, record.text, distributions(record));
        }
    }
    text
}

/// Which tests were corrected together: all of the call, or those on base models and those on instruct models apart.
pub(crate) fn families(records: &[AuditRecord]) -> String {
    let tested = records.iter().filter(|record| record.p_adjusted.is_some());
    let sorts: Vec<Option<Checkpoint>> = tested.map(|record| record.published.checkpoint).collect();
    let count = |sort: Option<Checkpoint>| sorts.iter().filter(|of| **of == sort).count();
    let named = Checkpoint::ALL.map(|sort| (count(Some(sort)), sort.plural()));
    let all = named.into_iter().chain([(count(None), "models of which the table does not say that")]);
    let found: Vec<String> = all.filter(|(count, _)| *count > 0).map(|(n, of)| format!("the {n} of {of}")).collect();
    match &found[..] {
        [] | [_] => "all tests of this call".to_owned(),
        several => format!("{} apart", several.join(" and for ")),
    }
}

/// What the ratios are of: losses where every verdict rests on them, else densities, or now this and now that.
fn heading(records: &[AuditRecord]) -> String {
    let by = records.first().map_or(Kind::Params, |record| record.by);
    let own = records.iter().filter_map(|record| record.verdicts.get(&record.by));
    let of_losses: Vec<bool> = own.filter(|own| own.ratio.is_some()).map(|own| own.of_losses).collect();
    if !of_losses.contains(&true) {
        format!("ratio by {by}")
    } else if of_losses.contains(&false) {
        "ratio".to_owned()
    } else {
        "loss ratio".to_owned()
    }
}

/// How far the distributions of the next token lie apart, where they were compared.
fn distributions(record: &AuditRecord) -> String {
    let Some((divergence, kl)) =
        record.measured.divergence.as_ref().and_then(|divergence| Some((divergence, divergence.kl_nats.as_ref()?)))
    else {
        return String::new();
    };
    let interval = match (kl.low, kl.high) {
        (Some(low), Some(high)) => format!(" [{low:.3}, {high:.3}]"),
        _ => String::new(),
    };
    let agreement = divergence
        .top_token_agreement
        .as_ref()
        .map_or_else(String::new, |share| format!(", the same most probable token at {:.1} %", 100.0 * share.point));
    let over = divergence
        .spread
        .as_ref()
        .map_or_else(String::new, |spread| format!(" ({} tokens of {} items)", spread.tokens, spread.items));
    format!("; KL divergence {:.3}{interval} nats a token{agreement}{over}", kl.point)
}
