//! A document of others without characters that do something instead of showing something.

use serde_json::Value;

use crate::sanitize::text;

/// Replaces them in every string and every name below a value.
pub(super) fn sanitize(value: &mut Value) {
    match value {
        Value::String(string) => *string = text(string),
        Value::Array(items) => items.iter_mut().for_each(sanitize),
        Value::Object(members) => {
            let old = std::mem::take(members);
            for (name, mut member) in old {
                sanitize(&mut member);
                members.insert(text(&name), member);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
