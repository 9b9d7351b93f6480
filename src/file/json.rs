//! JSON that was looked at before it is read as a type.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a value as a type, by way of its text: a second kind of reader beside that of texts would be made for every type
/// within, which is half a megabyte of a binary that is sent to phones.
///
/// # Errors
/// What does not fit, without its place, which nobody could find.
pub fn read_again<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_str(&value.to_string()).map_err(|error| {
        let said = error.to_string();
        said.rsplit_once(" at line ").map_or(said.clone(), |(what, _)| what.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_through_as_they_were_and_a_fault_has_no_place() {
        let value = serde_json::json!({ "a": 0.1, "b": 123_456_789.123_456_78 });
        let again: std::collections::BTreeMap<String, f64> = read_again(&value).unwrap();
        assert_eq!(serde_json::json!(again), value);
        let error = read_again::<Vec<u8>>(&value).unwrap_err();
        assert!(error.contains("invalid type: map") && !error.contains("line"), "{error}");
    }
}
