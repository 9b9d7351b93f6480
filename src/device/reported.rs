//! Devices whose reports were given to the project: `reports/index.csv`, derived from the reports below `reports/`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::own_speed::OwnSpeed;
use crate::table::{Table, TableError};

/// Bytes per second that a device reads, and bytes of its memory: outside them stands a slip of units, or an edited report.
pub const READS: RangeInclusive<f64> = 1e7..=1e14;
/// Bytes of memory that a device has.
pub const MEMORIES: RangeInclusive<f64> = 1e7..=1e15;

/// Columns of the index.
pub const COLUMNS: [&str; 12] = [
    "report",
    "device",
    "class",
    "measured",
    "ram_bytes",
    "read_bytes_per_second",
    "model",
    "prompt_params",
    "read_bytes",
    "prefill_tps",
    "decode_tps",
    "backend",
];

/// A model as one report timed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// Folder of the report, below `reports/`.
    pub report: String,
    /// Name of the device.
    pub device: String,
    /// Its class.
    pub class: String,
    /// Its memory, bytes.
    pub ram_bytes: f64,
    /// Best read bandwidth of its probe, bytes per second.
    pub read_bytes_per_second: f64,
    /// What computed: `cpu`, `cuda`, …
    pub backend: String,
    /// The speed.
    pub speed: OwnSpeed,
}

impl Reported {
    /// True where every number is one that a device can have.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        MEMORIES.contains(&self.ram_bytes) && READS.contains(&self.read_bytes_per_second) && self.speed.is_possible()
    }
}

/// Reads an index; `name` is what errors call it.
///
/// # Errors
/// A missing column, a number that is not above zero, a day that is none.
pub fn parse(name: &str, text: &str) -> Result<Vec<Reported>, TableError> {
    let table = Table::parse(name, text)?;
    let mut columns = [0; COLUMNS.len()];
    for (at, column) in columns.iter_mut().zip(COLUMNS) {
        *at = table.column(&[column])?;
    }
    let [report, device, class, measured, ram, read, model, params, bytes, prefill, decode, backend] = columns;
    let row = |row: crate::table::Row<'_>| {
        let day = row.text(measured).parse::<jiff::Timestamp>();
        let day = day.map_err(|_| row.error(measured, format!("`{}` is no time", row.text(measured))))?;
        Ok(Reported {
            report: row.required(report)?.to_owned(),
            device: row.required(device)?.to_owned(),
            class: row.required(class)?.to_owned(),
            ram_bytes: row.positive(ram)?,
            read_bytes_per_second: row.positive(read)?,
            backend: row.required(backend)?.to_owned(),
            speed: OwnSpeed {
                model: row.required(model)?.to_owned(),
                measured: day,
                prompt_params: row.positive(params)?,
                read_bytes: row.positive(bytes)?,
                prefill: row.positive(prefill)?,
                decode: row.positive(decode)?,
            },
        })
    };
    table.rows().map(row).collect()
}

/// The index that comes with the program.
#[must_use]
pub fn builtin() -> &'static [Reported] {
    static ROWS: LazyLock<Vec<Reported>> = LazyLock::new(|| {
        parse("reports/index.csv", include_str!("../../reports/index.csv")).expect("the built-in index is tested")
    });
    &ROWS
}
