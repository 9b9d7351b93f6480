//! What the models of a published pair are: pre-trained only, or tuned to follow instructions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::{Row, TableError};

/// What the two models of a pair are. Scores of the one are not those of the other, so each has its family of comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Checkpoint {
    /// Pre-trained only.
    Base,
    /// Tuned to follow instructions, or to chat.
    Instruct,
}

impl Checkpoint {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Base, Self::Instruct];

    /// In words, as `instruct models`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Base => "base models",
            Self::Instruct => "instruct models",
        }
    }

    /// What a cell says, where there is a column for it.
    ///
    /// # Errors
    /// It says something else.
    pub(super) fn read(row: Row<'_>, column: Option<usize>) -> Result<Option<Self>, TableError> {
        let Some(column) = column else { return Ok(None) };
        match row.text(column) {
            "" => Ok(None),
            "base" => Ok(Some(Self::Base)),
            "instruct" | "chat" => Ok(Some(Self::Instruct)),
            other => Err(row.error(column, format!("`{other}` is not base, instruct or chat"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn what_is_said_is_read_and_anything_else_refused() {
        let read = |said: &str| {
            let table = Table::parse("p.csv", &format!("original,checkpoint_kind\nA,{said}\n")).unwrap();
            let row = table.rows().next().unwrap();
            Checkpoint::read(row, table.optional_column(&["checkpoint_kind"]))
        };
        assert_eq!(read("base").unwrap(), Some(Checkpoint::Base));
        assert_eq!(read("instruct").unwrap(), Some(Checkpoint::Instruct));
        assert_eq!(read("chat").unwrap(), Some(Checkpoint::Instruct));
        assert_eq!(read("").unwrap(), None);
        let error = read("tuned").unwrap_err().to_string();
        assert!(error.contains("p.csv") && error.contains("`tuned` is not base, instruct or chat"), "{error}");
    }
}
