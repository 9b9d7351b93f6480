//! Quantities as types: a private number, constructors and readers that name the unit, a `Display` that picks the scale.

use std::fmt;

use serde::{Deserialize, Serialize};

pub mod benchmark;
pub mod cloze_task;
pub mod iso;
mod seconds;

pub use benchmark::{Benchmark, ScoreError, Scores};
pub use cloze_task::ClozeTask;
pub use seconds::Seconds;

/// Declares a non-negative physical quantity held as `f64` in its base unit.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $new:ident, $get:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("A quantity from a number of ", stringify!($get), ".")]
            #[must_use]
            pub const fn $new(value: f64) -> Self {
                Self(value)
            }

            #[doc = concat!("The quantity as a number of ", stringify!($get), ".")]
            #[must_use]
            pub const fn $get(self) -> f64 {
                self.0
            }
        }
    };
}

quantity!(
    /// A number of model parameters (total, active or effective; the name of the field says which).
    Params, from_count, count
);
quantity!(
    /// A speed in tokens per second.
    TokensPerSecond, from_per_second, per_second
);
quantity!(
    /// Bits of file per model parameter.
    BitsPerWeight, from_bits, bits
);
quantity!(
    /// Electrical energy.
    Joules, from_joules, joules
);
quantity!(
    /// Electrical power.
    Watts, from_watts, watts
);
quantity!(
    /// Temperature in degrees Celsius.
    Celsius, from_degrees, degrees
);
quantity!(
    /// Clock frequency.
    Hertz, from_hertz, hertz
);
quantity!(
    /// Memory traffic in bytes per second (decimal: 1 GB/s = 1e9).
    BytesPerSecond, from_bytes_per_second, bytes_per_second
);
quantity!(
    /// Arithmetic throughput in operations per second (a fused multiply-add counts as two).
    OpsPerSecond, from_ops_per_second, ops_per_second
);

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// A size from a count of bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// A size from a count of binary kilobytes, the unit of `/proc` (`kB` there means 1024 bytes).
    #[must_use]
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib.saturating_mul(1024))
    }

    /// The size as a count of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// Writes `value` with three significant digits and the first prefix of `scale` that keeps it below `step`.
fn scaled(f: &mut fmt::Formatter<'_>, value: f64, step: f64, scale: &[&str]) -> fmt::Result {
    let mut scaled = value;
    let mut index = 0;
    while scaled.abs() >= step && index + 1 < scale.len() {
        scaled /= step;
        index += 1;
    }
    let decimals = match scaled.abs() {
        x if x >= 100.0 || (index == 0 && x.fract() == 0.0) => 0,
        x if x >= 10.0 => 1,
        _ => 2,
    };
    write!(f, "{scaled:.decimals$}{}", scale[index])
}

/// `value` with `decimals`, with more where it would lose its third digit, and as a power of ten from a million on.
#[must_use]
pub fn plain(value: f64, decimals: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value:.decimals$}");
    }
    if value.abs() >= 1e6 {
        return format!("{value:.2e}");
    }
    let below_one = -value.abs().log10().floor();
    // Two digits behind the first that is not 0; from 1e-9 on the power of ten reads better.
    if below_one > 9.0 {
        format!("{value:.2e}")
    } else {
        format!("{value:.*}", decimals.max((below_one + 2.0).max(0.0) as usize))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0 as f64, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB"])
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000.0, &["", " K", " M", " B", " T"])
    }
}

impl fmt::Display for TokensPerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, f64::INFINITY, &[" t/s"])
    }
}

impl fmt::Display for BitsPerWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} bpw", self.0)
    }
}

impl fmt::Display for Joules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000.0, &[" J", " kJ"])
    }
}

impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000.0, &[" W", " kW"])
    }
}

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} °C", self.0)
    }
}

impl fmt::Display for Hertz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000.0, &[" Hz", " kHz", " MHz", " GHz"])
    }
}

impl fmt::Display for BytesPerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000.0, &[" B/s", " kB/s", " MB/s", " GB/s", " TB/s"])
    }
}

impl fmt::Display for OpsPerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(f, self.0, 1000.0, &[" op/s", " Kop/s", " Mop/s", " Gop/s", " Top/s"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_picks_the_scale() {
        assert_eq!(Bytes::from_bytes(98_362_432).to_string(), "93.8 MiB");
        assert_eq!(Bytes::from_bytes(512).to_string(), "512 B");
        assert_eq!(Params::from_count(134_515_008.0).to_string(), "135 M");
        assert_eq!(Params::from_count(7.3e9).to_string(), "7.30 B");
        assert_eq!(TokensPerSecond::from_per_second(1234.5).to_string(), "1234 t/s");
        assert_eq!(Hertz::from_hertz(2.45e9).to_string(), "2.45 GHz");
    }

    #[test]
    fn a_plain_number_keeps_three_digits_at_any_size() {
        for (value, decimals, expected) in [
            (0.0, 4, "0.0000"),
            (1.2345, 4, "1.2345"),
            (0.0471, 4, "0.0471"),
            (4.714e-5, 4, "0.0000471"),
            (0.000_655, 2, "0.000655"),
            (13.297, 2, "13.30"),
            (3.99e99, 2, "3.99e99"),
            (2e-12, 2, "2.00e-12"),
            (f64::INFINITY, 2, "inf"),
        ] {
            assert_eq!(plain(value, decimals), expected);
        }
    }
}
