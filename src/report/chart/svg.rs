//! SVG text, an element a line, so that two versions of a figure differ where they differ.

use std::fmt::Write;

use crate::report::view::words;

/// A growing picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Svg(String);

/// Text of others as it may stand in an element or an attribute.
#[must_use]
pub(super) fn escaped(text: &str) -> String {
    marked(&words::plain(text))
}

/// The same of our own values, which are never cut: a line of many points would not be drawn at all.
fn marked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate: one decimal is finer than a screen; what is no number stands at the edge.
#[must_use]
pub(super) fn coordinate(value: f64) -> String {
    let bounded = if value.is_finite() { value.clamp(-1e4, 1e4) } else { 0.0 };
    let text = format!("{bounded:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

impl Svg {
    /// An element without content but, where given, the words that are shown when a pointer rests on it.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, String)], tip: Option<&str>) {
        let _ = write!(self.0, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.0, " {key}=\"{}\"", marked(value));
        }
        match tip {
            Some(tip) => {
                let _ = writeln!(self.0, "><title>{}</title></{name}>", escaped(tip));
            }
            None => self.0 += "/>\n",
        }
    }

    /// Words at a place; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, anchor: &str, text: &str) {
        let (x, y, text) = (coordinate(x), coordinate(y), escaped(text));
        let _ = writeln!(self.0, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\" text-anchor=\"{anchor}\">{text}</text>");
    }

    /// A line that is markup already.
    pub(super) fn raw(&mut self, line: &str) {
        self.0 += line;
        self.0.push('\n');
    }

    /// The whole text.
    #[must_use]
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_all_its_points_and_words_are_bounded() {
        let points: Vec<String> = (0..400).map(|at| format!("{at},{at}")).collect();
        let mut svg = Svg::default();
        svg.element("polyline", &[("points", points.join(" "))], Some(&"word ".repeat(4000)));
        let text = svg.finish();
        assert!(text.contains("399,399\""), "{}", &text[text.len() - 200..]);
        assert!(text.len() < 10_000, "{}", text.len());
    }
}
