//! Published, measured speeds of named models on named devices: `devices/measured_speed.csv`.

use std::sync::LazyLock;

use super::table::{Row, Table, TableError};

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
    /// Where the row was read.
    pub source: String,
}

impl SpeedRow {
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

fn row(row: Row<'_>) -> Result<SpeedRow, TableError> {
    let owned = |column| row.text(column).unwrap_or_default().to_owned();
    Ok(SpeedRow {
        device: owned("device"),
        soc: owned("soc"),
        bandwidth_gbs: row.positive("mem_bandwidth_gbs")?,
        model: owned("model"),
        params_b: row.positive("params_b")?,
        file_gb: row.positive("file_gb")?,
        backend: owned("backend").to_lowercase(),
        decode_tps: row.positive("tg_tps")?,
        source: owned("source"),
    })
}

/// Reads rows whose speed may be withheld; only bandwidth, file size and backend are needed as columns.
///
/// # Errors
/// A missing column, or a number that is not above zero.
pub fn parse(name: &str, text: &str) -> Result<Vec<SpeedRow>, TableError> {
    let table = Table::parse(name, text)?;
    table.require(&["mem_bandwidth_gbs", "file_gb", "backend"])?;
    table.rows().map(row).collect()
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
    fn zero_bandwidth_is_named() {
        let error = parse("r.csv", "file_gb,mem_bandwidth_gbs,backend\n1,0,cpu\n").unwrap_err();
        assert_eq!(error.to_string(), "r.csv: line 2, column `mem_bandwidth_gbs`: `0` is not a number above zero");
    }
}
