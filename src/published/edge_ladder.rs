//! The reference ladder of the edge family.

use crate::law::edge::ladder::LadderRun;
use crate::table::{Table, TableError};
use crate::unit::ClozeTask;

/// The family of a rung; other runs are large models that only the score step uses.
const LADDER: &str = "OLMo-2-ladder";

/// Reads a ladder: family, model, n_ladder, tokens, and for each cloze task NAME the columns NAME_bpb and NAME_acc.
///
/// # Errors
/// A missing column, an empty table, a number that is not above zero, or an accuracy that is no share.
pub fn read(file: &str, text: &str) -> Result<Vec<LadderRun>, TableError> {
    let table = Table::parse(file, text)?;
    let [family, model, params, tokens] = ["family", "model", "n_ladder", "tokens"].map(|name| table.column(&[name]));
    let (family, model, params, tokens) = (family?, model?, params?, tokens?);
    let mut columns = [(0, 0); 8];
    for task in ClozeTask::ALL {
        let named = |end: &str| table.column(&[format!("{task}_{end}").as_str()]);
        columns[task as usize] = (named("bpb")?, named("acc")?);
    }
    let mut runs = Vec::new();
    for row in table.rows() {
        let (mut bits_per_byte, mut accuracy) = ([0.0; 8], [0.0; 8]);
        for (at, (bits, right)) in columns.into_iter().enumerate() {
            bits_per_byte[at] = row.positive(bits)?;
            accuracy[at] = row.positive(right)?;
            if accuracy[at] > 1.0 {
                return Err(row.error(right, "an accuracy of the ladder is a share, 0 to 1"));
            }
        }
        runs.push(LadderRun {
            model: row.required(model)?.to_owned(),
            rung: row.required(family)? == LADDER,
            params: row.positive(params)?,
            tokens: row.positive(tokens)?,
            bits_per_byte,
            accuracy,
        });
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::shipped::EDGE_LADDER;

    #[test]
    fn a_percent_in_place_of_a_share_names_its_column() {
        let broken = EDGE_LADDER.replace("0.845539", "84.5539");
        let error = read("ladder.csv", &broken).unwrap_err().to_string();
        assert!(error.contains("arc_easy_acc") && error.contains("ladder.csv"), "{error}");
        let missing = EDGE_LADDER.replace("csqa_bpb", "csqa_bits");
        assert!(read("ladder.csv", &missing).unwrap_err().to_string().contains("csqa_bpb"));
    }
}
