//! The normal form of a final answer of MATH: what a writer may add or spell in several ways is taken away.

/// Words that are units or counted things, and mean nothing to the value.
const UNITS: &str = "\
    square cubic sq cu ways integers dollars dollar mph inches inch in ft foot feet hours hour hr km kilometers \
    units unit points point minutes minute min digits cents cent degrees degree cm centimeters mm gm g grams kg \
    pounds pound lbs meters meter m meals edges students people multiples miles mile yards yard seconds second \
    sec s days day weeks years year percent per th ounces oz gallons liters each";

fn is_unit(words: &str) -> bool {
    let mut words = words.split_whitespace().map(|word| word.trim_end_matches(['.', ',']).to_lowercase()).peekable();
    words.peek().is_some() && words.all(|word| UNITS.split(' ').any(|unit| unit == word))
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

/// `3 1/2` as `3\frac{1}{2}`, before its space is lost and it reads as 31/2; anything else as it is.
fn with_mixed_fraction(text: &str) -> String {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mixed = || {
        let (whole, fraction) = text.trim().split_once(' ')?;
        let (top, bottom) = fraction.trim().split_once('/')?;
        let numbers = [whole.strip_prefix('-').unwrap_or(whole), top, bottom];
        numbers.into_iter().all(digits).then(|| format!("{whole}\\frac{{{top}}}{{{bottom}}}"))
    };
    mixed().unwrap_or_else(|| text.to_owned())
}

/// An answer without what does not change its meaning, and without spaces.
pub(super) fn normalise(answer: &str) -> String {
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
    text = with_mixed_fraction(&text);
    text.retain(|c| !c.is_whitespace());
    text = text.replace('\u{1}', "\\\\");
    with_braces(&without_separators(text))
}
