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

/// A report as JSON, from which cells are read by pointer.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a>(pub &'a Value);

impl<'a> Source<'a> {
    /// The value at a pointer; `None` for null, too.
    #[must_use]
    pub fn at(self, pointer: &str) -> Option<&'a Value> {
        let mut at = self.0;
        // As `Value::pointer`, without its escapes: the pointers here are the program's own and have none.
        for part in pointer.split('/').skip(1) {
            at = match at {
                Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                other => other.get(part)?,
            };
        }
        Some(at).filter(|value| !value.is_null())
    }

    /// The number at a pointer, or the point of the estimate there.
    #[must_use]
    pub fn number(self, pointer: &str) -> Option<f64> {
        let value = self.at(pointer)?;
        value.as_f64().or_else(|| value["point"].as_f64())
    }

    /// The words at a pointer, as a page may show them.
    #[must_use]
    pub fn words(self, pointer: &str) -> Option<String> {
        self.at(pointer)?.as_str().map(words::plain)
    }

    /// The elements of the list at a pointer, with their own pointers.
    pub fn list(self, pointer: &str) -> impl Iterator<Item = (String, &'a Value)> + use<'a> {
        let list = self.at(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let base = pointer.to_owned();
        list.iter().enumerate().map(move |(index, value)| (format!("{base}/{index}"), value))
    }

    /// The cell of a number, an estimate, a date or an estimate of dates; absent for null.
    #[must_use]
    pub fn cell(self, pointer: &str, unit: Unit) -> Cell {
        let Some(value) = self.at(pointer) else { return Cell::absent() };
        let raw = |value: &Value| match value {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) if unit == Unit::Date => Some(words::cut(text, 10)),
            _ => None,
        };
        let point = value.get("point").unwrap_or(value);
        let Some(shown) = raw(point) else { return Cell::absent() };
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
        Cell {
            text,
            number: Some(Number {
                at: pointer.to_owned(),
                value: shown,
                low,
                high,
                level: part("level").map(Value::to_string),
                method: part("method").and_then(Value::as_str).map(words::plain),
                unit: unit.name(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_keeps_its_place_and_its_raw_value() {
        let document = json!({
            "a": [{ "point": 0.1, "low": null, "high": 0.25, "level": 0.95, "method": "t" }, null, 7],
            "d": { "point": "2026-11-02", "low": "2024-10-27", "high": null, "level": 0.95, "method": "x" }
        });
        let source = Source(&document);
        let cell = source.cell("/a/0", Unit::Plain);
        assert_eq!(cell.text, "0.1000 [≤ 0.2500]");
        let number = cell.number.unwrap();
        assert_eq!((number.at.as_str(), number.value.as_str(), number.low), ("/a/0", "0.1", None));
        assert_eq!(source.cell("/a/1", Unit::Plain), Cell::absent());
        assert_eq!(source.cell("/a/2", Unit::Count).text, "7");
        assert_eq!(source.cell("/d", Unit::Date).text, "2026-11-02 [≥ 2024-10-27]");
        assert_eq!(source.cell("/none", Unit::Date), Cell::absent());
    }
}
