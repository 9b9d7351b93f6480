//! Other names of releases, such as those of the paper's figure.

use crate::table::{Table, TableError};

/// Another name of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The other name, such as the figure's.
    pub name: String,
    /// The name in the releases.
    pub release: String,
}

/// Reads aliases.
///
/// # Errors
/// A row that does not parse or has no source.
pub fn aliases(file: &str, text: &str) -> Result<Vec<Alias>, TableError> {
    let table = Table::parse(file, text)?;
    let [name, release, source] = ["name", "release", "source"].map(|name| table.column(&[name]));
    let (name, release, source) = (name?, release?, source?);
    table
        .rows()
        .map(|row| {
            row.source(source)?;
            Ok(Alias { name: row.required(name)?.to_owned(), release: row.required(release)?.to_owned() })
        })
        .collect()
}
