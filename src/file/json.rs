//! JSON that is looked at before it is read as a type, or beside another.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads a value as a type, by way of its text: a second kind of reader beside that of texts would be made for every type
/// within, which is half a megabyte of a binary that is sent to phones.
///
/// # Errors
/// What does not fit, without its place, which nobody could find.
pub fn read_again<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    read_part(&value.to_string())
}

/// Reads the text of a part of a document as a type.
///
/// # Errors
/// What does not fit, without its place, which counts from the part's beginning.
pub fn read_part<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        said.rsplit_once(" at line ").map_or(said.clone(), |(what, _)| what.to_owned())
    })
}

/// The first place, by the alphabet, in which what is stored is not what is wanted, and what stands in either:
/// `settings.exact: false there, true now`.
#[must_use]
pub fn difference<T: Serialize>(stored: &T, wanted: &T) -> Option<String> {
    let [stored, wanted] = [stored, wanted].map(|value| serde_json::to_value(value).unwrap_or_default());
    first("", &stored, &wanted)
}

fn first(place: &str, stored: &Value, wanted: &Value) -> Option<String> {
    if stored == wanted {
        return None;
    }
    let (Value::Object(before), Value::Object(after)) = (stored, wanted) else {
        return Some(format!("{place}: {stored} there, {wanted} now"));
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().find_map(|name| {
        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        let of = |side: &Map<String, Value>| side.get(name).cloned().unwrap_or_default();
        first(&place, &of(before), &of(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_with_both_sides() {
        let of = |a: serde_json::Value, b: serde_json::Value| difference(&a, &b);
        let whole = serde_json::json!({ "b": { "x": 1, "y": [1, 2] }, "a": "t" });
        assert_eq!(of(whole.clone(), whole.clone()), None);
        let mut other = whole.clone();
        other["b"]["y"] = serde_json::json!([1]);
        assert_eq!(of(whole.clone(), other.clone()).unwrap(), "b.y: [1,2] there, [1] now");
        other["a"] = Value::Null;
        assert_eq!(of(whole, other).unwrap(), "a: \"t\" there, null now");
    }

    #[test]
    fn numbers_come_through_as_they_were_and_a_fault_has_no_place() {
        let value = serde_json::json!({ "a": 0.1, "b": 123_456_789.123_456_78 });
        let again: std::collections::BTreeMap<String, f64> = read_again(&value).unwrap();
        assert_eq!(serde_json::json!(again), value);
        let error = read_again::<Vec<u8>>(&value).unwrap_err();
        assert!(error.contains("invalid type: map") && !error.contains("line"), "{error}");
    }
}
