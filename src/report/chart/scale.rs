//! Axes: from values to places, and where the ticks stand.

use jiff::civil::Date;

use crate::law::frontier::{date_after_origin, days_since_origin};
use crate::report::view::unit::Unit;

/// How values become places.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Even steps from the least to the greatest.
    Linear(f64, f64),
    /// Even factors; both ends above 0.
    Log(f64, f64),
    /// Days since the origin of the law.
    Days(f64, f64),
    /// Names, one band each, from the first at 0 on.
    Names(Vec<String>),
}

impl Scale {
    /// A linear scale from 0 over all values, with room above the greatest.
    #[must_use]
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self::Linear(0.0, if most > 0.0 { most * 1.08 } else { 1.0 })
    }

    /// A linear scale around all values.
    #[must_use]
    pub fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        let room = if high > low { (high - low) * 0.06 } else { low.abs().max(1.0) * 0.1 };
        Self::Linear(low - room, high + room)
    }

    /// A logarithmic scale around all values above 0.
    #[must_use]
    pub fn log(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(values.filter(|value| *value > 0.0).map(f64::ln));
        let room = ((high - low) * 0.05).max(0.05);
        Self::Log((low - room).exp(), (high + room).exp())
    }

    /// The dates from one to another.
    #[must_use]
    pub fn dates(from: Date, to: Date) -> Self {
        Self::Days(days_since_origin(from), days_since_origin(to))
    }

    /// The place of a value as a share of the axis; outside `0..=1` beyond its ends.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        match self {
            Self::Linear(low, high) | Self::Days(low, high) => (value - low) / (high - low),
            Self::Log(low, high) => (value.ln() - low.ln()) / (high.ln() - low.ln()),
            Self::Names(names) => (value + 0.5) / names.len() as f64,
        }
    }

    /// Whether a value lies between the ends.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (-1e-9..=1.0 + 1e-9).contains(&self.place(value))
    }

    /// Ticks with their words, about `most` of them.
    #[must_use]
    pub fn ticks(&self, most: usize, unit: Unit) -> Vec<(f64, String)> {
        match self {
            Self::Linear(low, high) => linear(*low, *high, most, unit),
            Self::Log(low, high) => log(*low, *high, most, unit),
            Self::Days(low, high) => days(*low, *high, most),
            Self::Names(names) => names.iter().enumerate().map(|(at, name)| (at as f64, name.clone())).collect(),
        }
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let found = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if found.0 <= found.1 { found } else { (0.0, 1.0) }
}

fn linear(low: f64, high: f64, most: usize, unit: Unit) -> Vec<(f64, String)> {
    let rough = (high - low) / most.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|of| of * power).find(|step| *step >= rough * 0.999);
    // Nothing lies between two counts.
    let step = step.unwrap_or(10.0 * power).max(if unit == Unit::Count { 1.0 } else { 0.0 });
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    (first..=last.min(first + 40))
        .map(|at| {
            let value = at as f64 * step;
            (
                value,
                if unit == Unit::Plain || unit == Unit::Count {
                    format!("{value:.decimals$}")
                } else {
                    short(value, unit)
                },
            )
        })
        .collect()
}

fn log(low: f64, high: f64, most: usize, unit: Unit) -> Vec<(f64, String)> {
    let decades = (high / low).log10();
    // A factor below 3 has no two ticks of 1, 2, 5: even steps are read more easily.
    if decades < 0.5 {
        return linear(low, high, most, unit);
    }
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let every = ((f64::from(last - first) / most.max(1) as f64).ceil() as i32).max(1);
    let within: &[f64] = if decades < most as f64 / 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    (first..=last)
        .filter(|power| power.rem_euclid(every) == 0)
        .flat_map(|power| within.iter().map(move |of| of * 10f64.powi(power)))
        .filter(|value| (low * 0.9999..=high * 1.0001).contains(value))
        .map(|value| (value, short(value, unit)))
        .collect()
}

fn days(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let (Some(from), Some(to)) = (date_after_origin(low), date_after_origin(high)) else { return Vec::new() };
    let months = (high - low) / 30.44;
    let step = [1, 3, 6, 12, 24, 60, 120, 240, 600].into_iter().find(|step| months / f64::from(*step) <= most as f64);
    let step = step.unwrap_or(1200);
    let number = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    (number(from)..=number(to))
        .filter(|month| month.rem_euclid(step) == 0)
        .filter_map(|month| {
            let year = i16::try_from(month.div_euclid(12)).ok()?;
            let date = Date::new(year, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()?;
            let words = if step >= 12 { year.to_string() } else { date.strftime("%b %Y").to_string() };
            let day = days_since_origin(date);
            (low..=high).contains(&day).then_some((day, words))
        })
        .collect()
}

/// A tick in few characters: `2 B`, `500 M`, `0.05`.
fn short(value: f64, unit: Unit) -> String {
    let (divisor, symbol) = unit.scale(value * 1.000_000_1);
    let scaled = value / divisor;
    let number = if scaled != 0.0 && !(1e-4..1e6).contains(&scaled.abs()) {
        format!("{scaled:.0e}")
    } else {
        let text = format!("{scaled:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match unit {
        Unit::Params | Unit::Bytes | Unit::Nanoseconds | Unit::Hertz if !symbol.is_empty() => {
            format!("{number} {symbol}")
        }
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(scale: &Scale, most: usize, unit: Unit) -> Vec<String> {
        scale.ticks(most, unit).into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(words(&Scale::Linear(0.0, 184.0), 5, Unit::Plain), ["0", "50", "100", "150"]);
        assert_eq!(words(&Scale::Linear(0.8, 4.2), 7, Unit::Count), ["1", "2", "3", "4"]);
        assert_eq!(words(&Scale::Linear(0.0, 0.9), 4, Unit::Plain), ["0.0", "0.5"]);
        assert_eq!(words(&Scale::Log(5e8, 3e12), 6, Unit::Params), ["1 B", "10 B", "100 B", "1 T"]);
        assert_eq!(words(&Scale::Log(2.0, 60.0), 6, Unit::Plain), ["2", "5", "10", "20", "50"]);
        assert_eq!(words(&Scale::Log(90.0, 110.0), 4, Unit::Plain), ["90", "95", "100", "105", "110"]);
        let years = Scale::dates(jiff::civil::date(2023, 2, 1), jiff::civil::date(2028, 5, 1));
        assert_eq!(words(&years, 6, Unit::Date), ["2024", "2025", "2026", "2027", "2028"]);
        let months = Scale::dates(jiff::civil::date(2026, 1, 1), jiff::civil::date(2026, 12, 31));
        assert_eq!(words(&months, 5, Unit::Date), ["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026"]);
    }

    #[test]
    fn no_scale_without_room_panics() {
        for scale in
            [Scale::around([3.0].into_iter()), Scale::from_zero(std::iter::empty()), Scale::log([f64::NAN].into_iter())]
        {
            assert!(scale.ticks(5, Unit::Plain).len() < 50);
            assert!(scale.place(1.0).is_finite());
        }
    }
}
