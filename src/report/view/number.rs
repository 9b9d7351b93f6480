//! A number as every rendering shows it: text made once, the raw value beside it, and where in the report it stands.

use serde::Serialize;
use serde_json::Value;

use super::unit::Unit;
use super::words;
use crate::report::table::ABSENT;
use crate::stat::estimate::interval;

/// The raw number behind a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Number {
    /// JSON pointer into the report.
    pub at: String,
    /// The value as the report writes it (a date: without quotes).
    pub value: String,
    /// Lower end of the interval; `None` where it is open or there is none.
    pub low: Option<String>,
    /// Upper end.
    pub high: Option<String>,
    /// Coverage of the interval.
    pub level: Option<String>,
    /// How the interval was made.
    pub method: Option<String>,
    /// Unit of the raw values.
    pub unit: &'static str,
}

/// One cell of a table: its text, and the number that it stands for if it is one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// What is read.
    pub text: String,
    /// What was measured.
    pub number: Option<Number>,
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn words(text: impl AsRef<str>) -> Self {
        Self { text: words::plain(text.as_ref()), number: None }
    }

    /// Words that may be missing.
    #[must_use]
    pub fn told(text: Option<impl AsRef<str>>) -> Self {
        text.map_or_else(Self::absent, Self::words)
    }

    /// A number, an estimate, a date or an estimate of dates, with its place in the report as a JSON pointer; absent for
    /// null.
    #[must_use]
    pub fn of(at: impl Into<String>, value: &impl Serialize, unit: Unit) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let raw = |value: &Value| match value {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) if unit == Unit::Date => Some(words::cut(text, 10)),
            _ => None,
        };
        let point = value.get("point").unwrap_or(&value);
        let Some(shown) = raw(point) else { return Self::absent() };
        let part = |key: &str| value.get(key).filter(|part| !part.is_null());
        let end = |key: &str| part(key).and_then(raw);
        let (low, high) = (end("low"), end("high"));
        let text = match point.as_f64() {
            Some(number) => {
                let of = |key: &str| part(key).and_then(Value::as_f64);
                unit.show(number, value.is_object().then(|| (of("low"), of("high"))))
            }
            None => match interval(low.as_deref(), high.as_deref()) {
                Some(ends) => format!("{shown} {ends}"),
                None => shown.clone(),
            },
        };
        Self {
            text,
            number: Some(Number {
                at: at.into(),
                value: shown,
                low,
                high,
                level: part("level").map(Value::to_string),
                method: part("method").and_then(Value::as_str).map(words::plain),
                unit: unit.name(),
            }),
        }
    }

    /// Nothing was measured.
    #[must_use]
    pub fn absent() -> Self {
        Self { text: ABSENT.to_owned(), number: None }
    }

    /// Whether it shows something.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.text != ABSENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::Estimate;
    use jiff::civil::date;

    #[test]
    fn a_cell_keeps_its_place_and_its_raw_value() {
        let speed = Estimate { point: 0.1, low: None, high: Some(0.25), level: 0.95, method: "t".into() };
        let cell = Cell::of("/a/0", &speed, Unit::Plain);
        assert_eq!(cell.text, "0.1000 [≤ 0.2500]");
        let number = cell.number.unwrap();
        assert_eq!((number.at.as_str(), number.value.as_str(), number.low), ("/a/0", "0.1", None));
        assert_eq!(Cell::of("/a/1", &None::<f64>, Unit::Plain), Cell::absent());
        assert_eq!(Cell::of("/a/2", &7, Unit::Count).text, "7");
        let (point, low) = (date(2026, 11, 2), Some(date(2024, 10, 27)));
        let when = Estimate { point, low, high: None, level: 0.95, method: "x".into() };
        assert_eq!(Cell::of("/d", &when, Unit::Date).text, "2026-11-02 [≥ 2024-10-27]");
    }
}
