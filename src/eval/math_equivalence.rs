//! Whether two final answers of MATH mean the same.
//!
//! Counted as the same: spacing and sizing commands, `\dfrac`/`\tfrac`/`\frac12` forms, `\text{…}` around words, known
//! units and dollar, percent and degree signs, thousands separators, `x=` before a value, a final period; numbers and
//! expressions of equal value (`0.5`, `\frac{1}{2}`, `x^2-1` and `(x-1)(x+1)`); intervals and tuples with the same
//! brackets and equal parts; sets and bare lists in any order; matrices entry by entry.
//!
//! Not the same, though a person might accept it: rounded decimals for exact values (`3.14`, `\pi`), `50\%` and `0.5`,
//! `a\pm b` and the two values, a number with and without its base, an interval and an inequality, equations rearranged,
//! functions other than roots and powers, words for numbers.

use super::math_value::value;

/// Words that are units or counted things, and mean nothing to the value.
const UNITS: &[&str] = &[
    "square",
    "cubic",
    "sq",
    "cu",
    "ways",
    "integers",
    "dollars",
    "dollar",
    "mph",
    "inches",
    "inch",
    "in",
    "ft",
    "foot",
    "feet",
    "hours",
    "hour",
    "hr",
    "km",
    "kilometers",
    "units",
    "unit",
    "points",
    "point",
    "minutes",
    "minute",
    "min",
    "digits",
    "cents",
    "cent",
    "degrees",
    "degree",
    "cm",
    "centimeters",
    "mm",
    "gm",
    "g",
    "grams",
    "kg",
    "pounds",
    "pound",
    "lbs",
    "meters",
    "meter",
    "m",
    "meals",
    "edges",
    "students",
    "people",
    "multiples",
    "miles",
    "mile",
    "yards",
    "yard",
    "seconds",
    "second",
    "sec",
    "s",
    "days",
    "day",
    "weeks",
    "years",
    "year",
    "percent",
    "per",
    "th",
    "ounces",
    "oz",
    "gallons",
    "liters",
    "each",
];

/// Whether two answers mean the same (see the module's documentation for what does).
#[must_use]
pub fn equivalent(a: &str, b: &str) -> bool {
    let (a, b) = (normalise(a), normalise(b));
    !a.is_empty() && !b.is_empty() && same(&a, &b, 0)
}

fn is_unit(words: &str) -> bool {
    let mut words = words.split_whitespace().map(|word| word.trim_end_matches(['.', ',']).to_lowercase()).peekable();
    words.peek().is_some() && words.all(|word| UNITS.contains(&word.as_str()))
}

/// Removes an exponent of two or three (of a unit that was removed) from the beginning.
fn without_power(text: &str) -> &str {
    let bare = text.trim_start();
    ["^2", "^3", "^{2}", "^{3}"].iter().find_map(|power| bare.strip_prefix(power)).unwrap_or(text)
}

/// Replaces `\text{…}` and its kin by their content, or by nothing where that is a unit behind a value.
fn unwrap_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let command = ["\\text{", "\\textbf{", "\\textit{", "\\mbox{", "\\mathrm{", "\\mathbf{", "\\operatorname{"]
            .iter()
            .find_map(|command| rest.strip_prefix(command));
        match command.and_then(|inside| inside.split_once('}')) {
            Some((content, after)) if is_unit(content) && out.contains(|c: char| c.is_ascii_digit() || c == '}') => {
                rest = without_power(after);
            }
            Some((content, after)) => {
                out.push(' ');
                out.push_str(content);
                out.push(' ');
                rest = after;
            }
            None => {
                out.push('\\');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Removes unit words behind a value: `5 square inches`.
fn without_units(text: &str) -> &str {
    let mut text = text.trim();
    while let Some((before, word)) = text.rsplit_once(' ') {
        let word = ["^2", "^3", "^{2}", "^{3}"].iter().find_map(|power| word.strip_suffix(power)).unwrap_or(word);
        if !is_unit(word) || !before.contains(|c: char| c.is_ascii_digit()) {
            break;
        }
        text = before.trim_end();
    }
    text
}

/// `1,234,567.8` without its separators; anything else as it is.
fn without_separators(text: String) -> String {
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
    let mut parts = whole.split(',');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let first = parts.next().is_some_and(|part| (1..=3).contains(&part.len()) && digits(part));
    if first && parts.all(|part| part.len() == 3 && digits(part)) { text.replace(',', "") } else { text }
}

/// `\frac12` and `\sqrt3` with their braces.
fn with_braces(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut owed = 0;
    while let Some(c) = rest.chars().next() {
        if owed > 0 && c.is_ascii_alphanumeric() {
            out.push('{');
            out.push(c);
            out.push('}');
            rest = &rest[1..];
            owed -= 1;
            // The second argument of \frac12 follows at once; after \frac{1}2 the group is seen below.
            continue;
        }
        if owed > 0 && c == '{' {
            let end = group_end(rest).unwrap_or(rest.len());
            out.push('{');
            out.push_str(&with_braces(&rest[1..end.max(2) - 1]));
            out.push('}');
            rest = &rest[end..];
            owed -= 1;
            continue;
        }
        owed = 0;
        if let Some(after) = rest.strip_prefix("\\frac") {
            out.push_str("\\frac");
            rest = after;
            owed = 2;
        } else if let Some(after) = rest.strip_prefix("\\sqrt") {
            out.push_str("\\sqrt");
            rest = after;
            owed = usize::from(!rest.starts_with('['));
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Length of the braced group at the beginning of a text.
fn group_end(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(at + c.len_utf8());
        }
    }
    None
}

fn normalise(answer: &str) -> String {
    let mut text: String = answer.chars().take(2000).collect::<String>().trim().to_owned();
    // A row end (two backslashes) before a space is not the spacing command.
    text = text.replace("\\\\", "\u{1}");
    for remove in
        ["\\$", "$", "\\!", "\\%", "%", "^{\\circ}", "^\\circ", "\\degree", "\\displaystyle", "\\left", "\\right"]
    {
        text = text.replace(remove, "");
    }
    for (from, to) in [
        ("\\dfrac", "\\frac"),
        ("\\tfrac", "\\frac"),
        ("\\cfrac", "\\frac"),
        ("{,}", ","),
        ("bmatrix", "pmatrix"),
        ("\\lbrace", "\\{"),
        ("\\rbrace", "\\}"),
        ("\\infinity", "\\infty"),
        ("+\\infty", "\\infty"),
        ("\\text{ and }", ","),
        ("\\text{and}", ","),
        ("\\text{ or }", ","),
        (" and ", ","),
        (" or ", ","),
        ("\\,", " "),
        ("\\;", " "),
        ("\\:", " "),
        ("\\ ", " "),
        ("\\quad", " "),
        ("~", " "),
        ("−", "-"),
        ("\n", " "),
    ] {
        text = text.replace(from, to);
    }
    text = unwrap_text(&text);
    text = without_units(text.trim_end_matches(['.', ' '])).to_owned();
    if let Some((_, after)) = text.split_once("\\in ").or_else(|| text.split_once("\\in["))
        && text.find("\\in").is_some_and(|at| at <= 2)
    {
        text = if text.contains("\\in[") { format!("[{after}") } else { after.to_owned() };
    }
    if let [before, after] = text.split('=').collect::<Vec<_>>()[..]
        && before.trim().len() <= 2
        && !after.trim().is_empty()
    {
        text = after.to_owned();
    }
    text.retain(|c| !c.is_whitespace());
    text = text.replace('\u{1}', "\\\\");
    with_braces(&without_separators(text))
}

/// The parts between top-level commas, where brackets balance in count (`[2,5)` does).
fn split(text: &str, separator: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0i32;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if depth == 0 && rest.starts_with(separator) {
            parts.push(String::new());
            rest = &rest[separator.len()..];
            continue;
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    parts
}

/// The brackets around a whole answer, and what is inside.
fn brackets(text: &str) -> Option<(&'static str, &'static str, &str)> {
    for (open, close) in [("(", ")"), ("(", "]"), ("[", ")"), ("[", "]"), ("\\{", "\\}")] {
        if let Some(inside) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            let mut depth = 0i32;
            let balanced = inside.chars().all(|c| {
                depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
                depth >= 0
            });
            return (balanced && depth == 0).then_some((open, close, inside));
        }
    }
    None
}

fn in_order(a: &[String], b: &[String], depth: usize) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, depth + 1))
}

fn in_any_order(a: &[String], b: &[String], depth: usize) -> bool {
    let mut left: Vec<&String> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|a| match left.iter().position(|b| same(a, b, depth + 1)) {
            Some(at) => {
                left.swap_remove(at);
                true
            }
            None => false,
        })
}

fn matrix(text: &str) -> Option<Vec<Vec<String>>> {
    let inside = text.strip_prefix("\\begin{pmatrix}")?.strip_suffix("\\end{pmatrix}")?;
    let inside = inside.strip_suffix("\\\\").unwrap_or(inside);
    Some(inside.split("\\\\").map(|row| split(row, "&")).collect())
}

/// Two expressions of equal value wherever their letters are put; words are no expressions.
fn same_value(a: &str, b: &str) -> bool {
    let wordy = |text: &str| {
        let mut run = 0;
        let mut command = false;
        text.chars().any(|c| {
            command = c == '\\' || (command && c.is_ascii_alphabetic());
            run = if c.is_ascii_alphabetic() && !command { run + 1 } else { 0 };
            run > 3
        })
    };
    if wordy(a) || wordy(b) {
        return false;
    }
    [0.0, 0.618].iter().all(|shift| {
        let letter = |c: char| 1.0 + (f64::from(u32::from(c)) * 0.754_877_666 + shift).fract();
        match (value(a, &letter), value(b, &letter)) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6),
            _ => false,
        }
    })
}

fn same(a: &str, b: &str, depth: usize) -> bool {
    if a == b {
        return true;
    }
    if depth > 8 {
        return false;
    }
    if let (Some(a), Some(b)) = (matrix(a), matrix(b)) {
        return a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| in_order(a, b, depth));
    }
    let (unions_a, unions_b) = (split(a, "\\cup"), split(b, "\\cup"));
    if unions_a.len() > 1 || unions_b.len() > 1 {
        return in_any_order(&unions_a, &unions_b, depth);
    }
    let (list_a, list_b) = (split(a, ","), split(b, ","));
    if list_a.len() > 1 || list_b.len() > 1 {
        return in_any_order(&list_a, &list_b, depth);
    }
    if let (Some((open_a, close_a, inside_a)), Some((open_b, close_b, inside_b))) = (brackets(a), brackets(b)) {
        let (parts_a, parts_b) = (split(inside_a, ","), split(inside_b, ","));
        if parts_a.len() > 1 || parts_b.len() > 1 || open_a != "(" {
            let set = open_a == "\\{";
            return (open_a, close_a) == (open_b, close_b)
                && if set { in_any_order(&parts_a, &parts_b, depth) } else { in_order(&parts_a, &parts_b, depth) };
        }
    }
    same_value(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_mean_the_same() {
        for (a, b) in [
            (r"\frac{1}{2}", r"\dfrac12"),
            (r"$\frac{1}{2}$", "0.5"),
            ("1/2", r"\tfrac{1}{2}"),
            (r"-\frac{3}{4}", r"\frac{-3}{4}"),
            ("10,000", "10000"),
            (r"10{,}000", "10000"),
            (r"\$5.50", "5.5"),
            (r"50\%", "50"),
            (r"90^\circ", "90"),
            (r"5\text{ cm}", "5"),
            (r"12\text{ cm}^2", "12"),
            ("5 square inches", "5"),
            (r"\text{Evelyn}", "Evelyn"),
            (r"\text{(B)}", "(B)"),
            ("x=5", "5"),
            (r"x \in [-2,7]", "[-2,7]"),
            (r"\left[2,5\right)", "[2,5)"),
            (r"(-\infty,2)\cup(3,\infty)", r"(-\infty, 2) \cup (3, +\infty)"),
            (r"\left(\frac12,3\right)", "(0.5, 3)"),
            (r"\{1,2,3\}", r"\{3, 1, 2\}"),
            ("1,-2", "-2,1"),
            (r"1 \text{ and } 2", "1, 2"),
            (r"\sqrt3", r"\sqrt{3}"),
            (r"2\sqrt{3}", r"\sqrt{12}"),
            (r"(x-1)(x+1)", "x^2-1"),
            (r"\begin{pmatrix} 1 & 0.5 \\ 0 & 1 \end{pmatrix}", r"\begin{bmatrix}1&\frac{1}{2}\\0&1\end{bmatrix}"),
            ("6.", "6"),
            (r"3\frac{1}{2}", "3.5"),
            ("2+2i", "2i+2"),
        ] {
            assert!(equivalent(a, b), "{a} = {b}: {} and {}", normalise(a), normalise(b));
            assert!(equivalent(b, a), "{b} = {a}");
        }
    }

    #[test]
    fn these_do_not() {
        for (a, b) in [
            ("3.14", r"\pi"),
            ("0.33", r"\frac{1}{3}"),
            ("[2,5]", "[2,5)"),
            ("(1,2)", "(2,1)"),
            ("(1,2)", "[1,2]"),
            ("1,2", "(1,2)"),
            ("1,2", "1,2,2"),
            (r"50\%", "0.5"),
            (r"3\pm\sqrt{2}", r"3+\sqrt{2},3-\sqrt{2}"),
            ("1011_2", "1011"),
            ("Evelyn", "nylevE"),
            ("x+1", "y+1"),
            ("", ""),
            ("5", ""),
            ("12", "21"),
            (r"\frac{1}{0}", r"\frac{2}{0}"),
            ("-5", "5"),
        ] {
            assert!(!equivalent(a, b), "{a} is not {b}: {} and {}", normalise(a), normalise(b));
        }
    }
}
