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

use super::math_normal::normalise;
use super::math_value::value;

/// Whether two answers mean the same (see the module's documentation for what does).
#[must_use]
pub fn equivalent(a: &str, b: &str) -> bool {
    let (a, b) = (normalise(a), normalise(b));
    !a.is_empty() && !b.is_empty() && same(&a, &b, 0)
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
            ("3 1/2", r"\frac{7}{2}"),
            ("-3 1/2", "-3.5"),
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
            ("3 1/2", "15.5"),
        ] {
            assert!(!equivalent(a, b), "{a} is not {b}: {} and {}", normalise(a), normalise(b));
        }
    }
}
