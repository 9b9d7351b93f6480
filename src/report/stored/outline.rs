//! A look through a JSON document that builds nothing but the names of its top.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::sanitize::steers;

/// Longest string of a report in bytes: messages and paths, never a document.
const LONGEST_STRING: usize = 64 << 10;
/// Longest name of a member in bytes.
const LONGEST_NAME: usize = 256;
/// Most values in a report.
const MOST_VALUES: usize = 1_000_000;
/// Deepest nesting.
const DEEPEST: usize = 64;

/// What a document is, before it is read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outline {
    /// Whether it is an object.
    pub(super) object: bool,
    /// The names at its top.
    pub(super) names: Vec<String>,
    /// Its `schema`, where that is a whole number.
    pub(super) schema: Option<u64>,
    /// Whether a string holds characters that steer.
    pub(super) steers: bool,
}

impl Outline {
    /// Looks through a text of one document after another.
    ///
    /// # Errors
    /// As [`Outline::of`].
    pub(super) fn of_all(text: &str) -> serde_json::Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let seen = Seen::default();
        while reader.end().is_err() {
            Walk { seen: &seen, depth: 0 }.deserialize(&mut reader)?;
        }
        Ok(Self { steers: seen.steers.get(), ..Self::default() })
    }

    /// Looks through a text.
    ///
    /// # Errors
    /// Text that is no JSON, ends early, or goes beyond a bound; a name that stands twice in one object.
    pub(super) fn of(text: &str) -> serde_json::Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let seen = Seen::default();
        let top = Walk { seen: &seen, depth: 0 }.deserialize(&mut reader)?;
        reader.end()?;
        Ok(Self { object: top.object, names: top.names, schema: top.schema, steers: seen.steers.get() })
    }
}

/// What is counted over the whole document.
#[derive(Default)]
struct Seen {
    values: Cell<usize>,
    steers: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    seen: &'a Seen,
    depth: usize,
}

/// What a walk brings back: of an object at the top its names, of a number its value.
#[derive(Default)]
struct Found {
    object: bool,
    names: Vec<String>,
    schema: Option<u64>,
    number: Option<u64>,
}

/// The name of a member, borrowed from the text where it has no escape.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

impl Walk<'_> {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom(format!("nested deeper than {DEEPEST} levels")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn string<E: Error>(self, text: &str, longest: usize) -> Result<(), E> {
        if text.len() > longest {
            return Err(E::custom(format!("a string of {} bytes where {longest} is the most", text.len())));
        }
        if !text.bytes().all(|b| matches!(b, b' '..=b'~')) && text.chars().any(steers) {
            self.seen.steers.set(true);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Found, D::Error> {
        let count = self.seen.values.get() + 1;
        self.seen.values.set(count);
        if count > MOST_VALUES {
            return Err(D::Error::custom(format!("more than {MOST_VALUES} values")));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found, E> {
        Ok(Found { number: Some(number), ..Found::default() })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Found, E> {
        self.string(text, LONGEST_STRING)?;
        Ok(Found::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        let inner = self.inner()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(Found::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Found, A::Error> {
        let inner = self.inner()?;
        let mut found = Found { object: true, ..Found::default() };
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Name(name)) = members.next_key()? {
            self.string(&name, LONGEST_NAME)?;
            let member = members.next_value_seed(inner)?;
            if self.depth == 0 && name == "schema" {
                found.schema = member.number;
            }
            if self.depth == 0 && found.names.len() < 64 {
                found.names.push(name.clone().into_owned());
            }
            names.push(name);
        }
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(A::Error::custom(format!("`{}` stands twice in one object", twice[0])));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_told_and_nothing_below_it() {
        let outline = Outline::of(r#"{"schema": 2, "run_id": "x", "bench": {"schema": 7, "a": [1, -2, 0.5, null]}}"#);
        let names = ["schema", "run_id", "bench"].map(str::to_owned).to_vec();
        assert_eq!(outline.unwrap(), Outline { object: true, names, schema: Some(2), steers: false });
        assert!(!Outline::of("[1, 2]").unwrap().object);
        assert!(Outline::of(r#"{"a": ["\u001b[31m"]}"#).unwrap().steers);
        assert!(!Outline::of("{\"a\": \"two\\nlines\"}").unwrap().steers);
    }

    #[test]
    fn every_bound_holds() {
        let message = |text: &str| Outline::of(text).unwrap_err().to_string();
        assert!(message(&format!("{}1{}", "[".repeat(65), "]".repeat(65))).contains("deeper than 64"));
        assert!(Outline::of(&format!("{}1{}", "[".repeat(64), "]".repeat(64))).is_ok());
        assert!(message(&"[".repeat(1_000_000)).contains("deeper than 64"));
        assert!(message(&format!("{{\"{}\": 1}}", "n".repeat(300))).contains("300 bytes"));
        assert!(message(&format!("[\"{}\"]", "n".repeat(70_000))).contains("70000 bytes"));
        assert!(message(&format!("[{}0]", "0,".repeat(MOST_VALUES))).contains("more than"));
        assert!(message(r#"{"a": {"b": 1, "c": 2, "b": 3}}"#).contains("`b` stands twice"));
        assert!(message("[1] x").contains("trailing"));
    }
}
