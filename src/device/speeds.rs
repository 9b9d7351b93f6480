//! Published, measured speeds of named models on named devices: `devices/measured_speed.csv`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::table::{Row, Table, TableError};

/// One row; a row to be predicted has no decode speed.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeedRow {
    /// Device as its source names it; empty where the table does not say.
    pub device: String,
    /// Chip; empty where the table does not say.
    pub soc: String,
    /// Theoretical memory bandwidth in GB/s (decimal).
    pub bandwidth_gbs: Option<f64>,
    /// Model as its source names it; empty where the table does not say.
    pub model: String,
    /// Total parameters in billions.
    pub params_b: Option<f64>,
    /// Size of the model file in GB (decimal).
    pub file_gb: Option<f64>,
    /// `cpu`, `cuda`, `metal`, `npu`, `opencl`, `vulkan`; empty where the table does not say.
    pub backend: String,
    /// Measured decode speed in tokens per second.
    pub decode_tps: Option<f64>,
    /// Measured prefill speed in tokens per second.
    pub prefill_tps: Option<f64>,
    /// Where the row was read.
    pub source: String,
}

impl SpeedRow {
    /// Parameters that a token is computed with.
    #[must_use]
    pub fn active_params(&self) -> Option<f64> {
        let total = self.params_b?;
        Some(active_billions(&self.model).filter(|active| *active < total).unwrap_or(total) * 1e9)
    }

    /// GB read for one token: the file, or for a mixture of experts the active share of it.
    ///
    /// A file whose name says `A3B` beside its total reads about 3 of its billions of parameters for each token.
    #[must_use]
    pub fn gb_per_token(&self) -> Option<f64> {
        let file = self.file_gb?;
        let share = match (active_billions(&self.model), self.params_b) {
            (Some(active), Some(total)) if active < total => active / total,
            _ => 1.0,
        };
        Some(file * share)
    }
}

/// Active parameters in billions, from `…-A3B` in a name or from a published architecture.
fn active_billions(model: &str) -> Option<f64> {
    if model.contains("gpt-oss-20b") {
        return Some(3.6);
    }
    if model.contains("gpt-oss-120b") {
        return Some(5.1);
    }
    if model.contains("Mixtral-8x7B") {
        return Some(12.9);
    }
    model.split(['-', '_', ' ', ':']).find_map(|part| part.strip_prefix('A')?.strip_suffix('B')?.parse().ok())
}

/// Bandwidths in GB/s and file sizes in GB that a device or a model can have; beyond them stands a slip of units.
const POSSIBLE: RangeInclusive<f64> = 1e-4..=1e6;

fn possible(row: Row<'_>, column: usize) -> Result<Option<f64>, TableError> {
    match row.optional_positive(column)? {
        Some(value) if !POSSIBLE.contains(&value) => {
            let (least, most) = (POSSIBLE.start(), POSSIBLE.end());
            Err(row.error(column, format!("`{}` is not between {least} and {most}; check its unit", row.text(column))))
        }
        value => Ok(value),
    }
}

/// Reads rows whose speed may be withheld; only bandwidth, file size and backend are needed as columns.
///
/// # Errors
/// A missing column, or a number that is not above zero or that no device has.
pub fn parse(name: &str, text: &str) -> Result<Vec<SpeedRow>, TableError> {
    let table = Table::parse(name, text)?;
    let [bandwidth, file, backend] = ["mem_bandwidth_gbs", "file_gb", "backend"].map(|name| table.column(&[name]));
    let (bandwidth, file, backend) = (bandwidth?, file?, backend?);
    let [device, soc, model, source] = ["device", "soc", "model", "source"].map(|name| table.optional_column(&[name]));
    let [params, speed, prefill] = ["params_b", "tg_tps", "pp_tps"].map(|name| table.optional_column(&[name]));
    table
        .rows()
        .map(|row| {
            let owned = |column: Option<usize>| column.map_or("", |column| row.text(column)).to_owned();
            let number = |column: Option<usize>| column.map_or(Ok(None), |column| row.optional_positive(column));
            Ok(SpeedRow {
                device: owned(device),
                soc: owned(soc),
                bandwidth_gbs: possible(row, bandwidth)?,
                model: owned(model),
                params_b: number(params)?,
                file_gb: possible(row, file)?,
                backend: row.text(backend).to_lowercase(),
                decode_tps: number(speed)?,
                prefill_tps: number(prefill)?,
                source: owned(source),
            })
        })
        .collect()
}

/// The measured rows that come with the program.
#[must_use]
pub fn builtin() -> &'static [SpeedRow] {
    static ROWS: LazyLock<Vec<SpeedRow>> = LazyLock::new(|| {
        parse("devices/measured_speed.csv", include_str!("../../devices/measured_speed.csv"))
            .expect("the built-in table is tested")
    });
    &ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_row_has_a_speed_and_a_source() {
        assert_eq!(builtin().len(), 181);
        assert!(builtin().iter().all(|row| row.decode_tps.is_some() && !row.source.is_empty()));
    }

    #[test]
    fn a_mixture_reads_its_active_share() {
        let text = "model,params_b,file_gb,mem_bandwidth_gbs,backend\nQwen3-30B-A3B-2507 (MoE),30,10,17.1,cpu\n";
        let rows = parse("r.csv", text).unwrap();
        approx::assert_relative_eq!(rows[0].gb_per_token().unwrap(), 1.0);
    }

    #[test]
    fn a_bandwidth_that_cannot_be_is_named() {
        for (bandwidth, expected) in [
            ("0", "`0` is not a finite number above 0"),
            ("1e300", "`1e300` is not between 0.0001 and 1000000; check its unit"),
        ] {
            let error = parse("r.csv", &format!("file_gb,mem_bandwidth_gbs,backend\n1,{bandwidth},cpu\n")).unwrap_err();
            assert_eq!(error.to_string(), format!("r.csv: row 1 (line 2), column `mem_bandwidth_gbs`: {expected}"));
        }
    }

    #[test]
    fn a_foreign_separator_is_named() {
        let error = parse("r.csv", "file_gb;mem_bandwidth_gbs;backend\n1;50;cpu\n").unwrap_err();
        assert!(error.to_string().ends_with("separate the cells by commas, not by semicolons"), "{error}");
    }
}
