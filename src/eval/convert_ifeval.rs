//! IFEval's publication → the layout.

use serde::{Deserialize, Serialize};

use super::convert::{ConvertError, line};
use super::convert_error::wrong;
use super::ifeval::arguments::Arguments;

/// The prompt that the pinned file lacks, as the copy does that it was made from.
const LEFT_OUT: u64 = 2785;

#[derive(Deserialize, Serialize)]
struct Row {
    key: u64,
    prompt: String,
    instruction_id_list: Vec<String>,
    kwargs: Vec<Arguments>,
}

/// `input_data.jsonl` of `instruction_following_eval` → rows.
///
/// # Errors
/// A line that is no row.
pub(super) fn ifeval(text: &str) -> Result<String, ConvertError> {
    let mut out = String::new();
    for (at, row) in text.lines().enumerate() {
        let row: Row = serde_json::from_str(row).map_err(|error| wrong(&format!("line {}", at + 1), error))?;
        if row.key != LEFT_OUT {
            line(&mut out, &row)?;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_without_spaces_and_escapes_and_one_is_left_out() {
        let published = concat!(
            r#"{"key": 2785, "prompt": "x", "instruction_id_list": [], "kwargs": []}"#,
            "\n",
            r#"{"key": 3, "prompt": "caf\u00e9", "instruction_id_list": ["a", "b"], "#,
            r#""kwargs": [{"letter": "e", "let_relation": "at least", "let_frequency": 2}, {}]}"#,
        );
        let row = r#"{"key":3,"prompt":"café","instruction_id_list":["a","b"],"#;
        let arguments = r#""kwargs":[{"let_relation":"at least","letter":"e","let_frequency":2},{}]}"#;
        assert_eq!(ifeval(published).unwrap(), format!("{row}{arguments}\n"));
        assert!(ifeval("{\"key\": 1}").unwrap_err().to_string().contains("line 1"));
    }

    /// The pinned file, where this machine has it, is what becomes of its own rows with their arguments in another order.
    #[test]
    fn the_pinned_file_is_met_byte_for_byte() {
        let named = std::env::var_os("DENSIMETER_DATA").map(std::path::PathBuf::from);
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
        let Some(root) = named.into_iter().chain([beside]).find(|root| root.join("ifeval").is_dir()) else { return };
        let text = crate::eval::data::Benchmarks::pinned(root).text("ifeval/test.jsonl").unwrap();
        let sorted: Vec<String> =
            text.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap().to_string()).collect();
        assert_eq!(ifeval(&sorted.join("\n")).unwrap(), text);
    }
}
