//! How a number reads: its unit, its scale, and how many digits it keeps.

use crate::stat::estimate::interval;

/// The unit of a number on the wire, which decides how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Tokens per second.
    TokensPerSecond,
    /// Nanoseconds.
    Nanoseconds,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// Arithmetic operations per second.
    OpsPerSecond,
    /// Model parameters.
    Params,
    /// A percentage, 0 to 100.
    Percent,
    /// A share of one, shown as a percentage.
    Share,
    /// A number without a unit.
    Plain,
    /// A count.
    Count,
    /// Bits per weight.
    BitsPerWeight,
    /// Nats per token.
    NatsPerToken,
    /// Bits per byte of text.
    BitsPerByte,
    /// Degrees Celsius.
    Celsius,
    /// Hertz.
    Hertz,
    /// Joules per token.
    JoulesPerToken,
    /// Watts.
    Watts,
    /// Months.
    Months,
    /// An ISO date.
    Date,
}

/// Steps of a scale: what the next step multiplies by, and the names.
type Scale = (f64, &'static [&'static str]);

const BINARY: Scale = (1024.0, &["B", "KiB", "MiB", "GiB", "TiB"]);
const PARAMS: Scale = (1000.0, &["", "K", "M", "B", "T"]);
const NANOS: Scale = (1000.0, &["ns", "µs", "ms", "s"]);
const HERTZ: Scale = (1000.0, &["Hz", "kHz", "MHz", "GHz"]);
const RATE: Scale = (1000.0, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]);
const OPS: Scale = (1000.0, &["op/s", "Kop/s", "Mop/s", "Gop/s", "Top/s"]);

impl Unit {
    /// The unit of the raw value, as tables of numbers name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TokensPerSecond => "tokens/s",
            Self::Nanoseconds => "ns",
            Self::Seconds => "s",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "bytes/s",
            Self::OpsPerSecond => "operations/s",
            Self::Params => "parameters",
            Self::Percent => "percent",
            Self::Share => "fraction",
            Self::Plain => "1",
            Self::Count => "count",
            Self::BitsPerWeight => "bits/weight",
            Self::NatsPerToken => "nats/token",
            Self::BitsPerByte => "bits/byte",
            Self::Celsius => "degrees Celsius",
            Self::Hertz => "Hz",
            Self::JoulesPerToken => "J/token",
            Self::Watts => "W",
            Self::Months => "months",
            Self::Date => "date",
        }
    }

    /// What the shown number is divided by, and the symbol behind it, chosen for this value.
    #[must_use]
    pub fn scale(self, value: f64) -> (f64, &'static str) {
        match self {
            Self::Bytes => step(BINARY, value),
            Self::Params => step(PARAMS, value),
            Self::Nanoseconds => step(NANOS, value),
            Self::Hertz => step(HERTZ, value),
            Self::BytesPerSecond => step(RATE, value),
            Self::OpsPerSecond => step(OPS, value),
            Self::Share => (0.01, "%"),
            Self::TokensPerSecond => (1.0, "t/s"),
            Self::Seconds => (1.0, "s"),
            Self::Percent => (1.0, "%"),
            Self::BitsPerWeight => (1.0, "bpw"),
            Self::Celsius => (1.0, "°C"),
            Self::JoulesPerToken => (1.0, "J"),
            Self::Watts => (1.0, "W"),
            Self::Months => (1.0, "months"),
            Self::Plain | Self::Count | Self::NatsPerToken | Self::BitsPerByte | Self::Date => (1.0, ""),
        }
    }

    /// The number with its unit and, where there are ends, its interval: `440.5 t/s [420.4, 460.6]`.
    #[must_use]
    pub fn show(self, point: f64, ends: Option<(Option<f64>, Option<f64>)>) -> String {
        let (divisor, symbol) = self.scale(point);
        let decimals = self.decimals(point / divisor);
        let digits = |value: f64| digits(value / divisor, decimals);
        let mut text = digits(point);
        if !symbol.is_empty() {
            text += " ";
            text += symbol;
        }
        if let Some((low, high)) = ends
            && let Some(ends) = interval(low.map(digits).as_deref(), high.map(digits).as_deref())
        {
            text += " ";
            text += &ends;
        }
        text
    }

    /// Decimals that leave four digits; a percentage has one.
    fn decimals(self, scaled: f64) -> usize {
        match self {
            Self::Count => 0,
            Self::Percent | Self::Share | Self::Celsius | Self::Months => 1,
            _ if scaled == 0.0 || !scaled.is_finite() => 0,
            _ => (3.0 - scaled.abs().log10().floor()).clamp(0.0, 9.0) as usize,
        }
    }
}

fn step((step, names): Scale, value: f64) -> (f64, &'static str) {
    let mut divisor = 1.0;
    let mut index = 0;
    while value.abs() / divisor >= step && index + 1 < names.len() {
        divisor *= step;
        index += 1;
    }
    (divisor, names[index])
}

/// Plain decimals, or a power of ten where they would not be read.
fn digits(value: f64, decimals: usize) -> String {
    let tiny = value != 0.0 && value.abs() < 0.5 * 10f64.powi(-i32::try_from(decimals).unwrap_or(9));
    if value.abs() >= 1e7 || (tiny && decimals >= 6) { format!("{value:.2e}") } else { format!("{value:.decimals$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_and_ends_share_one_scale() {
        let show = |unit: Unit, point, low, high| unit.show(point, Some((Some(low), Some(high))));
        assert_eq!(show(Unit::TokensPerSecond, 440.468, 420.359, 460.577), "440.5 t/s [420.4, 460.6]");
        assert_eq!(show(Unit::Nanoseconds, 1.146e9, 9.9e8, 1.2e9), "1.146 s [0.990, 1.200]");
        assert_eq!(show(Unit::Params, 3.19e9, 1.9e9, 5.34e9), "3.190 B [1.900, 5.340]");
        assert_eq!(Unit::Bytes.show(164_814_848.0, None), "157.2 MiB");
        assert_eq!(Unit::Share.show(0.0443, None), "4.4 %");
        assert_eq!(Unit::Plain.show(0.019, Some((Some(0.01), None))), "0.01900 [≥ 0.01000]");
        assert_eq!(Unit::Count.show(10.0, None), "10");
        assert_eq!(Unit::Plain.show(0.0, None), "0");
    }

    #[test]
    fn numbers_out_of_every_scale_stay_short() {
        for value in [1e300, -1e300, f64::MIN_POSITIVE, f64::MAX] {
            for unit in [Unit::Bytes, Unit::Params, Unit::Plain, Unit::Percent, Unit::Nanoseconds] {
                assert!(unit.show(value, Some((Some(value), Some(value)))).len() < 60, "{unit:?} {value}");
            }
        }
    }
}
