//! The value of a LaTeX expression, letters standing for given numbers.

/// Characters beyond which nothing is evaluated.
const MOST_CHARS: usize = 1000;
/// Brackets within brackets beyond which nothing is evaluated.
const MOST_DEPTH: usize = 40;

/// Evaluates a normalised expression (no spaces, no `\left`); `None` for anything that is no plain expression.
///
/// Understood: numbers, `+ - * / ^ !`-free arithmetic, `\cdot \times \frac \sqrt \pi`, brackets, juxtaposition, mixed
/// numbers such as `3\frac{1}{2}`, and letters, whose values come from `letter`.
#[must_use]
pub fn value(text: &str, letter: &dyn Fn(char) -> f64) -> Option<f64> {
    if text.is_empty() || text.len() > MOST_CHARS {
        return None;
    }
    let mut parser = Parser { rest: text, letter, depth: 0 };
    let value = parser.sum()?;
    (parser.rest.is_empty() && value.is_finite()).then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    letter: &'a dyn Fn(char) -> f64,
    depth: usize,
}

impl Parser<'_> {
    fn eat(&mut self, what: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(what) else { return false };
        // A command ends where its letters end: \pi is no beginning of \pitchfork.
        let command = what.len() > 1 && what.starts_with('\\');
        if command && rest.starts_with(|c: char| c.is_ascii_alphabetic()) && what != "\\frac" && what != "\\sqrt" {
            let known = ["\\cdot", "\\times", "\\pi"].contains(&what);
            if !known {
                return false;
            }
        }
        self.rest = rest;
        true
    }

    fn sum(&mut self) -> Option<f64> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return None;
        }
        let mut total = self.product()?;
        loop {
            if self.eat("+") {
                total += self.product()?;
            } else if self.eat("-") {
                total -= self.product()?;
            } else {
                self.depth -= 1;
                return Some(total);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut total = self.signed()?;
        loop {
            if self.eat("\\cdot") || self.eat("\\times") || self.eat("*") {
                total *= self.signed()?;
            } else if self.eat("/") {
                total /= self.signed()?;
            } else if self.rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "({\\.".contains(c)) {
                total *= self.power()?;
            } else {
                return Some(total);
            }
        }
    }

    fn signed(&mut self) -> Option<f64> {
        if self.eat("-") {
            return Some(-self.power()?);
        }
        self.eat("+");
        self.power()
    }

    fn power(&mut self) -> Option<f64> {
        let base = self.atom()?;
        if !self.eat("^") {
            return Some(base);
        }
        let exponent = if self.eat("-") { -self.argument()? } else { self.argument()? };
        Some(base.powf(exponent))
    }

    /// What follows `^` or a command: a group in braces, or a single digit, letter or command.
    fn argument(&mut self) -> Option<f64> {
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let (digit, rest) = self.rest.split_at(1);
            self.rest = rest;
            return digit.parse().ok();
        }
        self.atom()
    }

    fn number(&mut self) -> Option<f64> {
        let end = self.rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        let number: f64 = digits.parse().ok()?;
        self.rest = rest;
        let mixed = number.fract() == 0.0 && !digits.contains('.') && rest.starts_with("\\frac{");
        if mixed && let Some((top, bottom, rest)) = digit_fraction(rest) {
            self.rest = rest;
            return Some(number + top / bottom);
        }
        Some(number)
    }

    fn group(&mut self, close: &str) -> Option<f64> {
        let value = self.sum()?;
        self.eat(close).then_some(value)
    }

    fn atom(&mut self) -> Option<f64> {
        let next = self.rest.chars().next()?;
        if next.is_ascii_digit() || next == '.' {
            return self.number();
        }
        if next.is_ascii_alphabetic() {
            self.rest = &self.rest[1..];
            return Some((self.letter)(next));
        }
        if self.eat("(") {
            return self.group(")");
        }
        if self.eat("{") {
            return self.group("}");
        }
        if self.eat("\\frac") {
            let top = self.argument()?;
            return Some(top / self.argument()?);
        }
        if self.eat("\\sqrt") {
            let index = if self.eat("[") { self.group("]")? } else { 2.0 };
            let radicand = self.argument()?;
            // An odd root of a negative number is real; powf does not know it.
            if radicand < 0.0 && index % 2.0 == 1.0 {
                return Some(-(-radicand).powf(1.0 / index));
            }
            return Some(if index == 2.0 { radicand.sqrt() } else { radicand.powf(1.0 / index) });
        }
        self.eat("\\pi").then_some(std::f64::consts::PI)
    }
}

/// `\frac{digits}{digits}` at the beginning of a text.
fn digit_fraction(text: &str) -> Option<(f64, f64, &str)> {
    let digits = |text: &'_ str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<f64>().ok()).flatten();
    let (top, rest) = text.strip_prefix("\\frac{")?.split_once('}')?;
    let (bottom, rest) = rest.strip_prefix('{')?.split_once('}')?;
    Some((digits(top)?, digits(bottom)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_expressions_have_their_value() {
        let cases = [
            (r"\frac{1}{2}", 0.5),
            (r"-\frac{3}{4}", -0.75),
            ("3/4", 0.75),
            (r"2\sqrt{3}", 2.0 * 3f64.sqrt()),
            (r"\sqrt[3]{27}", 3.0),
            (r"3\frac{1}{2}", 3.5),
            (r"2^{10}", 1024.0),
            (r"12\pi", 12.0 * std::f64::consts::PI),
            (r"(1+2)\cdot3-4", 5.0),
            (".5", 0.5),
        ];
        for (text, expected) in cases {
            let got = value(text, &|_| 0.0).unwrap();
            assert!((got - expected).abs() < 1e-12, "{text}: {got} is not {expected}");
        }
        for text in ["", "1+", "(1", r"\infty", r"\foo{1}", "1/0", "1,2", "[1]"] {
            assert_eq!(value(text, &|_| 0.0), None, "{text}");
        }
        assert_eq!(value(&"(".repeat(500), &|_| 0.0), None);
    }
}
