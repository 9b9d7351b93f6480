//! What each class could buy when: the devices of `devices/history.csv`.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::table::{Table, TableError};

/// One device at its launch.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoricDevice {
    /// Commercial name.
    pub device: String,
    /// Class of the table: `phone`, `laptop`, …
    pub class: String,
    /// Chip.
    pub soc: String,
    /// Launch date.
    pub date: Date,
    /// RAM in GB: the largest common option at launch.
    pub ram_gb: f64,
    /// Theoretical peak memory bandwidth in GB/s (decimal).
    pub bandwidth_gbs: f64,
    /// Peak FP16 arithmetic in GFLOP/s, the highest of CPU and GPU; `None` where unknown.
    pub fp16_gflops: Option<f64>,
    /// Launch price in nominal US dollars; `None` where unknown.
    pub price_usd: Option<f64>,
    /// Where the numbers were read; `recalled` marks what was not re-read.
    pub source: String,
    /// Remarks on definitions.
    pub notes: String,
    /// Marks in brackets of the notes: `budget`, `lowend`, `premium`, `unified`.
    pub tags: Vec<String>,
}

impl HistoricDevice {
    /// Whether the row carries one of the tags.
    #[must_use]
    pub fn has_any(&self, tags: &[String]) -> bool {
        self.tags.iter().any(|tag| tags.contains(tag))
    }
}

const TAGS: &[&str] = &["budget", "lowend", "premium", "unified"];

/// Reads a history; `name` is what errors call it.
///
/// # Errors
/// A missing column, or a cell with a date, number or tag that cannot be.
pub fn parse(name: &str, text: &str) -> Result<Vec<HistoricDevice>, TableError> {
    let table = Table::parse(name, text)?;
    table.require(&["device", "class", "release_date", "ram_gb", "mem_bandwidth_gbs", "source"])?;
    table
        .rows()
        .map(|row| {
            let date = row.required("release_date")?;
            let notes = row.text("notes").unwrap_or_default();
            let tags: Vec<String> = bracketed(notes).map(str::to_owned).collect();
            if let Some(tag) = tags.iter().find(|tag| !TAGS.contains(&tag.as_str())) {
                return Err(row.refuse("notes", &format!("unknown tag `[{tag}]`; known: {}", TAGS.join(", "))));
            }
            Ok(HistoricDevice {
                device: row.required("device")?.to_owned(),
                class: row.required("class")?.to_owned(),
                soc: row.text("soc").unwrap_or_default().to_owned(),
                date: date.parse().map_err(|_| row.refuse("release_date", &format!("`{date}` is not a date")))?,
                ram_gb: row.required_positive("ram_gb")?,
                bandwidth_gbs: row.required_positive("mem_bandwidth_gbs")?,
                fp16_gflops: row.positive("fp16_gflops")?,
                price_usd: row.positive("launch_price_usd")?,
                source: row.required("source")?.to_owned(),
                notes: notes.to_owned(),
                tags,
            })
        })
        .collect()
}

fn bracketed(notes: &str) -> impl Iterator<Item = &str> {
    notes.split('[').skip(1).filter_map(|rest| rest.split_once(']').map(|(tag, _)| tag))
}

/// The history that comes with the program, by class and date as in `devices/history.csv`.
#[must_use]
pub fn builtin() -> &'static [HistoricDevice] {
    static ROWS: LazyLock<Vec<HistoricDevice>> = LazyLock::new(|| {
        parse("devices/history.csv", include_str!("../../devices/history.csv")).expect("the built-in table is tested")
    });
    &ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "device,class,release_date,ram_gb,mem_bandwidth_gbs,source,notes\n";

    #[test]
    fn every_built_in_device_has_a_source() {
        assert_eq!(builtin().len(), 131);
        assert!(builtin().iter().all(|row| !row.source.is_empty()));
        assert_eq!(builtin().iter().filter(|row| row.tags.contains(&"budget".to_owned())).count(), 1);
    }

    #[test]
    fn a_bad_cell_is_named_by_line_and_column() {
        for (row, expected) in [
            ("a,phone,2020-02-30,4,10,x,", "h.csv: line 2, column `release_date`: `2020-02-30` is not a date"),
            ("a,phone,2020-02-01,-4,10,x,", "h.csv: line 2, column `ram_gb`: `-4` is not a number above zero"),
            ("a,phone,2020-02-01,4,0,x,", "h.csv: line 2, column `mem_bandwidth_gbs`: `0` is not a number above zero"),
            (
                "a,phone,2020-02-01,4,NaN,x,",
                "h.csv: line 2, column `mem_bandwidth_gbs`: `NaN` is not a number above zero",
            ),
            ("a,phone,2020-02-01,4,10,,", "h.csv: line 2, column `source`: is empty"),
            (
                "a,phone,2020-02-01,4,10,x,[cheap]",
                "h.csv: line 2, column `notes`: unknown tag `[cheap]`; known: budget, lowend, premium, unified",
            ),
        ] {
            assert_eq!(parse("h.csv", &format!("{HEADER}{row}\n")).unwrap_err().to_string(), expected);
        }
        let error = parse("h.csv", "device,class\na,b\n").unwrap_err();
        assert_eq!(error.to_string(), "h.csv: no column `release_date` in the header");
    }
}
