//! What a JSON Schema allows. The library is as large as a third of the rest of densimeter, so that binaries to push to other
//! machines go without (feature `json-schema`), and say so.

use serde_json::Value;

/// A schema that was understood.
#[cfg(feature = "json-schema")]
#[derive(Debug)]
pub(super) struct JsonSchema(jsonschema::Validator);

/// There is none without the library.
#[cfg(not(feature = "json-schema"))]
#[derive(Debug)]
pub(super) enum JsonSchema {}

impl JsonSchema {
    /// Understands a schema. References to other documents are refused: nothing is fetched.
    ///
    /// # Errors
    /// Why it is none, or that this build has no grader for it.
    #[cfg(feature = "json-schema")]
    pub(super) fn of(schema: &Value) -> Result<Self, String> {
        jsonschema::validator_for(schema).map(Self).map_err(|error| format!("no JSON Schema: {error}"))
    }

    /// Understands a schema.
    ///
    /// # Errors
    /// Always: this build has no grader for it.
    #[cfg(not(feature = "json-schema"))]
    pub(super) fn of(_: &Value) -> Result<Self, String> {
        Err("this build has no grader json-schema (feature `json-schema`): grade elsewhere with eval --responses"
            .to_owned())
    }

    /// Whether a value is allowed.
    #[cfg(feature = "json-schema")]
    pub(super) fn allows(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }

    /// Whether a value is allowed.
    #[cfg(not(feature = "json-schema"))]
    pub(super) fn allows(&self, _: &Value) -> bool {
        match *self {}
    }
}
