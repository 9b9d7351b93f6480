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
    let tenths = bounded * 10.0;
    // Between two tenths all digits of the number decide, which take a formatter of floats its time; a picture has thousands.
    let tenths = if (tenths.fract().abs() - 0.5).abs() > 1e-6 {
        tenths.round() as i64
    } else {
        format!("{bounded:.1}").replace('.', "").parse().unwrap_or(0)
    };
    let (sign, whole, tenth) = (if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
    if tenth == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{tenth}") }
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
    fn a_coordinate_has_the_tenth_that_a_formatter_gives_it() {
        let mut seen = std::collections::BTreeSet::new();
        for step in -40_000..40_000 {
            let value = f64::from(step) / 800.0 + f64::from(step % 13) * 1e-9;
            let text = coordinate(value);
            assert_eq!(text.parse::<f64>().unwrap(), format!("{value:.1}").parse::<f64>().unwrap(), "{value}");
            assert!(!text.ends_with(".0") && text != "-0", "{text}");
            seen.insert(text);
        }
        assert_eq!(seen.len(), 1001, "every tenth from -50 to 50");
        assert_eq!(
            [f64::NAN, f64::INFINITY, 1e9, -1e9, 0.25, 0.35].map(coordinate),
            ["0", "0", "10000", "-10000", "0.2", "0.3"]
        );
    }

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
