//! The audit for people.

use comfy_table::{Table, presets};

use crate::law::audit::Kind;
use crate::report::audit::AuditRecord;

/// The records, worst news first in words below the table.
pub(super) fn table(records: &[AuditRecord]) -> String {
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
            record.p_adjusted.map_or_else(absent, |p| if p < 1e-3 { "< 0.001".to_owned() } else { format!("{p:.3}") }),
            record.basis.map_or_else(absent, basis),
            record.verdict.to_string(),
            own.and_then(|own| own.detectable_drop).map_or_else(absent, |drop| format!("{:.1} %", 100.0 * drop)),
        ]);
    }
    let mut text = format!("{table}\n");
    if records.iter().any(|record| record.p_adjusted.is_some()) {
        text +=
            "p (no drop): one-sided, corrected after Holm for all tests of this call; near 1 where nothing dropped\n";
    }
    for record in records.iter().filter(|record| record.details.contains_key("exception")) {
        text += &format!("exception: {}: {}\n", record.compressed, record.details["exception"].as_str().unwrap_or(""));
    }
    if records.len() <= 12 {
        for record in records {
            text += &format!("{}: {}{}\n", record.compressed, record.text, distributions(record));
        }
    }
    text
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
    let number = |key: &str, end: &str| record.details.get("divergence")?[key][end].as_f64();
    let Some(kl) = number("kl_nats", "point") else { return String::new() };
    let interval = match (number("kl_nats", "low"), number("kl_nats", "high")) {
        (Some(low), Some(high)) => format!(" [{low:.3}, {high:.3}]"),
        _ => String::new(),
    };
    let agreement = number("top_token_agreement", "point")
        .map_or_else(String::new, |share| format!(", the same most probable token at {:.1} %", 100.0 * share));
    let count = |key: &str| record.details.get("divergence")?[key].as_u64();
    let over = match (count("tokens"), count("items")) {
        (Some(tokens), Some(items)) => format!(" ({tokens} tokens of {items} items)"),
        _ => String::new(),
    };
    format!("; KL divergence {kl:.3}{interval} nats a token{agreement}{over}")
}

fn basis(basis: crate::law::audit::Basis) -> String {
    serde_json::to_value(basis).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
