//! The chip and workload of a density by inference time.

use anyhow::Context;
use serde_json::{Value, json};

use super::super::Usage;
use crate::cli::density::Density;
use crate::law::density::{Chip, Workload};
use crate::table;

/// A report that cannot give k1 and k2.
#[derive(Debug, thiserror::Error)]
enum DeviceError {
    /// The keys are not there.
    #[error(
        "no k1 and k2 in this report (looked at /k1, /device/k1, /density/k1, /crossover/k1): they come from a bench with two model sizes; give --k1 and --k2 instead"
    )]
    NoConstants,
    /// A constant is no positive number.
    #[error("{key} is not a positive number: {value}")]
    NotPositive {
        /// The key.
        key: String,
        /// The value found.
        value: String,
    },
}

/// A chip, a workload, and where the chip's constants come from.
pub(super) struct Cost {
    pub(super) chip: Chip,
    pub(super) workload: Workload,
    source: String,
}

impl Cost {
    /// Resolves the options.
    pub(super) fn of(args: &Density) -> anyhow::Result<Self> {
        let workload = Workload { n_in: args.n_in, n_out: args.n_out };
        let (chip, source) = match (&args.device, args.k1, args.k2) {
            (Some(path), ..) => {
                let named = || path.display().to_string();
                let report: Value = serde_json::from_str(&table::read(path)?).with_context(named)?;
                (constants(&report).with_context(named)?, named())
            }
            (None, Some(k1), Some(k2)) => (Chip { k1, k2, k1_offloaded: args.k1s }, "--k1 and --k2".to_owned()),
            _ => (Chip::PUBLISHED, "published: k1 = 2.45 k2 with k2 over 100 input tokens".to_owned()),
        };
        for (name, value) in
            [("--n-in", args.n_in), ("--n-out", args.n_out), ("k1", chip.k1), ("k2", chip.k2), ("--bits", args.bits)]
        {
            if !(value.is_finite() && value > 0.0) {
                return Err(Usage(format!("{name} {value}: must be a finite number above zero")).into());
            }
        }
        Ok(Self { chip, workload, source })
    }

    /// For the record.
    pub(super) fn json(&self) -> Value {
        json!({
            "k1": self.chip.k1, "k2": self.chip.k2, "k1s": self.chip.k1_offloaded, "source": self.source,
            "n_in": self.workload.n_in, "n_out": self.workload.n_out,
        })
    }
}

/// k1 and k2 of a report: numbers, or estimates with a `point`.
fn constants(report: &Value) -> Result<Chip, DeviceError> {
    let part = ["", "/device", "/density", "/crossover"]
        .into_iter()
        .find(|at| ["k1", "k2"].iter().all(|k| report.pointer(&format!("{at}/{k}")).is_some_and(|v| !v.is_null())))
        .ok_or(DeviceError::NoConstants)?;
    let number = |name: &str| {
        let key = format!("{part}/{name}");
        let value = report.pointer(&key).cloned().unwrap_or_default();
        let number = value.as_f64().or_else(|| value.get("point")?.as_f64());
        number.filter(|x| x.is_finite() && *x > 0.0).ok_or(DeviceError::NotPositive { key, value: value.to_string() })
    };
    Ok(Chip { k1: number("k1")?, k2: number("k2")?, k1_offloaded: None })
}
