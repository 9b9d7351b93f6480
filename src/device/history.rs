//! What each class could buy when: the devices of `devices/history.csv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::table::{Table, TableError};

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
/// A missing column, a cell with a number or tag that cannot be, a date after `today`, or a device that occurs twice.
pub fn parse(name: &str, text: &str, today: Date) -> Result<Vec<HistoricDevice>, TableError> {
    let table = Table::parse(name, text)?;
    let [device, class, date] = ["device", "class", "release_date"].map(|name| table.column(&[name]));
    let [ram, bandwidth, source] = ["ram_gb", "mem_bandwidth_gbs", "source"].map(|name| table.column(&[name]));
    let (device, class, date, ram, bandwidth, source) = (device?, class?, date?, ram?, bandwidth?, source?);
    let [soc, compute, price, notes] =
        ["soc", "fp16_gflops", "launch_price_usd", "notes"].map(|name| table.optional_column(&[name]));
    let mut first_rows = HashMap::new();
    table
        .rows()
        .enumerate()
        .map(|(index, row)| {
            let text = |column: Option<usize>| column.map_or("", |column| row.text(column));
            let number = |column: Option<usize>| column.map_or(Ok(None), |column| row.optional_positive(column));
            let tags: Vec<String> = bracketed(text(notes)).map(str::to_owned).collect();
            if let (Some(tag), Some(notes)) = (tags.iter().find(|tag| !TAGS.contains(&tag.as_str())), notes) {
                return Err(row.error(notes, format!("unknown tag `[{tag}]`; known: {}", TAGS.join(", "))));
            }
            let name = row.required(device)?;
            if let Some(first) = first_rows.insert(name.to_owned(), index + 1) {
                return Err(row.error(device, format!("`{name}` is already in row {first}")));
            }
            Ok(HistoricDevice {
                device: name.to_owned(),
                class: row.required(class)?.to_owned(),
                soc: text(soc).to_owned(),
                date: row.past_date(date, today)?,
                ram_gb: row.positive(ram)?,
                bandwidth_gbs: row.positive(bandwidth)?,
                fp16_gflops: number(compute)?,
                price_usd: number(price)?,
                source: row.source(source)?.to_owned(),
                notes: text(notes).to_owned(),
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
        // A board without a clock battery believes in 1970: the shipped dates are held by a test instead.
        parse("devices/history.csv", include_str!("../../devices/history.csv"), Date::MAX)
            .expect("the built-in table is tested")
    });
    &ROWS
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HEADER: &str = "device,class,release_date,ram_gb,mem_bandwidth_gbs,source,notes\n";

    #[test]
    fn every_built_in_device_has_a_source() {
        assert_eq!(builtin().len(), 131);
        assert!(builtin().iter().all(|row| !row.source.is_empty() && row.date <= date(2026, 11, 24)));
        assert_eq!(builtin().iter().filter(|row| row.tags.contains(&"budget".to_owned())).count(), 1);
    }

    #[test]
    fn a_bad_cell_is_named_by_row_and_column() {
        let today = date(2026, 11, 24);
        for (row, expected) in [
            ("a,phone,2020-02-30,4,10,x,", "column `release_date`: `2020-02-30` is not a date (YYYY-MM-DD)"),
            ("a,phone,2099-01-01,4,10,x,", "column `release_date`: 2099-01-01 is in the future (today is 2026-11-24)"),
            ("a,phone,2020-02-01,-4,10,x,", "column `ram_gb`: `-4` is not a finite number above 0"),
            ("a,phone,2020-02-01,4,0,x,", "column `mem_bandwidth_gbs`: `0` is not a finite number above 0"),
            ("a,phone,2020-02-01,4,NaN,x,", "column `mem_bandwidth_gbs`: `NaN` is not a finite number above 0"),
            ("a,phone,2020-02-01,4,10,,", "column `source`: no source; say where the row was read"),
            (
                "a,phone,2020-02-01,4,10,x,[cheap]",
                "column `notes`: unknown tag `[cheap]`; known: budget, lowend, premium, unified",
            ),
        ] {
            let error = parse("h.csv", &format!("{HEADER}{row}\n"), today).unwrap_err();
            assert_eq!(error.to_string(), format!("h.csv: row 1 (line 2), {expected}"));
        }
        let row = "a,phone,2020-02-01,4,10,x,\n";
        let error = parse("h.csv", &format!("{HEADER}{row}{row}"), today).unwrap_err();
        assert_eq!(error.to_string(), "h.csv: row 2 (line 3), column `device`: `a` is already in row 1");
        let error = parse("h.csv", "device,class\na,b\n", today).unwrap_err();
        assert_eq!(error.to_string(), "h.csv: no column `release_date` in the header (device, class)");
    }
}
