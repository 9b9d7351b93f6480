//! Characters that do something instead of showing something.

use serde_json::Value;

/// Whether a character steers a terminal or turns the direction of writing.
pub(super) fn steers(c: char) -> bool {
    let hides = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    hides || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// The character, or U+FFFD where it steers.
pub(super) fn character(c: char) -> char {
    if steers(c) { char::REPLACEMENT_CHARACTER } else { c }
}

/// Replaces them in every string and every name below a value.
pub(super) fn neutralise(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.chars().map(character).collect(),
        Value::Array(items) => items.iter_mut().for_each(neutralise),
        Value::Object(members) => {
            let old = std::mem::take(members);
            for (name, mut member) in old {
                neutralise(&mut member);
                members.insert(name.chars().map(character).collect(), member);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
