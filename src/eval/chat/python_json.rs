//! JSON as Python's `json.dumps(…, ensure_ascii=False)` writes it, which is what `tojson` means in chat templates.

use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};

/// Most values within one another.
const MOST_DEPTH: usize = 100;

/// Most spaces of a level.
const MOST_INDENT: i64 = 64;

/// Bytes of a text that one unit of a template's fuel pays for: escaping takes longer than copying.
const BYTES_A_FUEL: usize = 4;

/// How it is laid out.
struct Layout {
    /// A line for every entry, indented by this for every level.
    indent: Option<String>,
    between: String,
    after_key: String,
    sort_keys: bool,
    ascii: bool,
}

/// The filter `tojson` of `apply_chat_template`, with its arguments in their order: `ensure_ascii`, `indent`, `separators` and
/// `sort_keys`.
pub(super) fn to_json(state: &State<'_, '_>, value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    if given.len() > 4 {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let argument = |at: usize, name: &str| -> Result<Option<Value>, Error> {
        let value = match given.get(at) {
            Some(value) => Some(value.clone()),
            None => named.get(name)?,
        };
        Ok(value.filter(|value| !value.is_none() && !value.is_undefined()))
    };
    let ascii = argument(0, "ensure_ascii")?.is_some_and(|value| value.is_true());
    let indent = match argument(1, "indent")? {
        None => None,
        Some(value) => Some(match value.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(i64::try_from(value)?.clamp(0, MOST_INDENT)).unwrap_or(0)),
        }),
    };
    let (mut between, mut after_key) = (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned());
    if let Some(separators) = argument(2, "separators")? {
        let text = |at: usize| separators.get_item_by_index(at).map(|part| part.to_string());
        (between, after_key) = (text(0)?, text(1)?);
    }
    let sort_keys = argument(3, "sort_keys")?.is_some_and(|value| value.is_true());
    named.assert_all_used()?;
    let mut out = String::new();
    Layout { indent, between, after_key, sort_keys, ascii }.write(&mut out, value, 0, state)?;
    Ok(Value::from(out))
}

impl Layout {
    fn write(&self, out: &mut String, value: &Value, depth: usize, state: &State<'_, '_>) -> Result<(), Error> {
        if depth > MOST_DEPTH {
            return Err(Error::new(ErrorKind::BadSerialization, "tojson: too deeply nested"));
        }
        let before = out.len();
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => out.push_str(&number(value)),
            ValueKind::String => self.text(out, value.as_str().unwrap_or_default()),
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort_keys {
                    keys.sort();
                }
                out.push('{');
                for (at, key) in keys.iter().enumerate() {
                    self.entry(out, at, depth);
                    match key.as_str() {
                        Some(text) => self.text(out, text),
                        None => self.text(
                            out,
                            &match key.kind() {
                                ValueKind::None => "null".to_owned(),
                                ValueKind::Bool => key.to_string().to_lowercase(),
                                _ => number(key),
                            },
                        ),
                    }
                    out.push_str(&self.after_key);
                    self.write(out, &value.get_item(key)?, depth + 1, state)?;
                }
                self.close(out, keys.is_empty(), depth);
                out.push('}');
            }
            ValueKind::Seq => {
                out.push('[');
                let mut empty = true;
                for (at, part) in value.try_iter()?.enumerate() {
                    empty = false;
                    self.entry(out, at, depth);
                    self.write(out, &part, depth + 1, state)?;
                }
                self.close(out, empty, depth);
                out.push(']');
            }
            other => {
                let kind = if value.is_undefined() { "Undefined".to_owned() } else { other.to_string() };
                let reason = format!("Object of type {kind} is not JSON serializable");
                return Err(Error::new(ErrorKind::BadSerialization, reason));
            }
        }
        // Texts are paid for by their length, what holds them by the piece.
        let bytes = if value.kind() == ValueKind::String { out.len() - before } else { 0 };
        state.consume_fuel((bytes / BYTES_A_FUEL + 1) as u64)
    }

    /// What stands before an entry.
    fn entry(&self, out: &mut String, at: usize, depth: usize) {
        if at > 0 {
            out.push_str(&self.between);
        }
        if let Some(indent) = &self.indent {
            out.push('\n');
            (0..=depth).for_each(|_| out.push_str(indent));
        }
    }

    /// What stands before the closing bracket.
    fn close(&self, out: &mut String, empty: bool, depth: usize) {
        if let (Some(indent), false) = (&self.indent, empty) {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    }

    fn text(&self, out: &mut String, text: &str) {
        out.push('"');
        for sign in text.chars() {
            match sign {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                sign if u32::from(sign) < 0x20 || (self.ascii && !(' '..='~').contains(&sign)) => {
                    for unit in sign.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                sign => out.push(sign),
            }
        }
        out.push('"');
    }
}

/// A number as Python writes it.
fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    match f64::try_from(value.clone()) {
        Ok(float) if float.is_nan() => "NaN".to_owned(),
        Ok(float) if float.is_infinite() => if float > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        Ok(float) => python_float(float),
        Err(_) => value.to_string(),
    }
}

/// `repr` of a float: Rust's shortest digits and thresholds are Python's, its exponent is written otherwise.
fn python_float(float: f64) -> String {
    let text = format!("{float:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(rest) => ('-', rest),
                None => ('+', exponent),
            };
            format!("{}e{sign}{exponent:0>2}", digits.strip_suffix(".0").unwrap_or(digits))
        }
    }
}
