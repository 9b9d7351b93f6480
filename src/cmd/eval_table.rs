//! The eval table of the terminal.

use serde_json::{Value, json};

/// The rows for people.
pub(super) fn render(document: &Value) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "task",
        "shots",
        "n",
        "score %",
        "nats/token",
        "bits/byte",
        "tokens",
        "saved",
        "t/s",
        "% of pp512",
        "seconds",
    ]);
    let number = |value: &Value, digits: usize| {
        value.as_f64().map_or_else(|| "–".to_owned(), |number| format!("{number:.digits$}"))
    };
    let estimate = |value: &Value, digits: usize| match value.get("point") {
        Some(point) => {
            let end = |name: &str| number(&value[name], digits);
            format!("{} [{}, {}]", number(point, digits), end("low"), end("high"))
        }
        None => "–".to_owned(),
    };
    let mut notes = String::new();
    for row in document["tasks"].as_array().into_iter().flatten() {
        let name = row["task"].as_str().unwrap_or_default();
        table.add_row([
            name.to_owned(),
            row["shots"].to_string(),
            row["n"].to_string(),
            estimate(&row["score"], 1),
            estimate(&row["conditional_loss"], 4),
            estimate(&row["bits_per_byte"], 4),
            row["tokens_evaluated"].to_string(),
            row["tokens_saved"].to_string(),
            number(&row["tokens_per_second"], 0),
            number(&json!(row["share_of_own_prefill"].as_f64().map(|share| 100.0 * share)), 0),
            number(&row["seconds"], 1),
        ]);
        if row["at_chance"] == true {
            notes += &format!(
                "{name}: at chance (p = {} against guessing {} %): no density can be made from this score\n",
                number(&row["standing"]["p"], 3),
                number(&json!(row["standing"]["chance"].as_f64().map(|chance| 100.0 * chance)), 1),
            );
        }
        if let Some(reason) = row["score_reason"].as_str() {
            notes += &format!("{name}: no score: {reason}\n");
        }
        if row["failed"].as_u64().is_some_and(|failed| failed > 0) {
            notes += &format!("{name}: {} items failed, see \"error\" in the item log\n", row["failed"]);
        }
    }
    let own = &document["own_prefill"];
    if let (Some(test), Some(speed)) = (own["test"].as_str(), own["median"].as_f64()) {
        notes += &format!(
            "% of pp512: unique tokens per second of the whole task, against {test} of this process ({speed:.0} t/s)\n"
        );
    }
    if document["mock"] == true {
        notes += "mock engine: these numbers say nothing about any model\n";
    }
    format!("{table}\n{notes}")
}
