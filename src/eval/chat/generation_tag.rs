//! The tag `{% generation %}`, with which `transformers` marks what an assistant wrote. It changes no output, and is read as
//! a scope of its own, which it is there.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::eval::pattern;

/// The template with the tag written as `{% with %}`; lines keep their numbers.
pub(super) fn without(source: &str) -> Cow<'_, str> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})"));
    TAG.replace_all(source, "${1}${2}with${3}")
}
