//! Methods of Python's texts that the library's own list of them lacks.

use minijinja::{Error, ErrorKind, State, Value};

/// The method of a value: one of the library's, or one of these.
pub(super) fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    let own = value.as_str().and_then(|text| own(text, name, arguments));
    own.unwrap_or_else(|| minijinja_contrib::pycompat::unknown_method_callback(state, value, name, arguments))
}

fn own(text: &str, name: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
    let known = ["rsplit", "partition", "rpartition", "removeprefix", "removesuffix"];
    if !known.contains(&name) {
        return None;
    }
    let part = arguments.first().and_then(|argument| argument.as_str()).filter(|part| !part.is_empty());
    let Some(part) = part else {
        let reason = format!("{name} is known with a text as its first argument");
        return Some(Err(Error::new(ErrorKind::InvalidOperation, reason)));
    };
    let three = |found: Option<(&str, &str)>, whole_first: bool| {
        let parts = match found {
            Some((before, after)) => [before, part, after],
            None if whole_first => [text, "", ""],
            None => ["", "", text],
        };
        Value::from(parts.map(Value::from).to_vec())
    };
    Some(Ok(match name {
        "removeprefix" => Value::from(text.strip_prefix(part).unwrap_or(text)),
        "removesuffix" => Value::from(text.strip_suffix(part).unwrap_or(text)),
        "partition" => three(text.split_once(part), true),
        "rpartition" => three(text.rsplit_once(part), false),
        _ => {
            let most = arguments.get(1).and_then(|most| i64::try_from(most.clone()).ok());
            let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(text.len());
            let mut parts: Vec<Value> = text.rsplitn(most.saturating_add(1), part).map(Value::from).collect();
            parts.reverse();
            Value::from(parts)
        }
    }))
}
