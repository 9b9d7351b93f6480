//! What is graded of an answer that was made elsewhere, by a program that knew neither our prompts nor our stops.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// What opens and closes a block of code.
const FENCE: &str = "```";

/// The inside of the first block of code between fences; `None` without one. A block that nothing closes goes to the end.
#[must_use]
pub fn code_block(text: &str) -> Option<&str> {
    let (_, after) = text.split_once(FENCE)?;
    let (_, inside) = after.split_once('\n')?;
    Some(inside.split(FENCE).next().unwrap_or(inside))
}

/// The text before the first stop; a stop at the very beginning is none, since the text would be empty.
#[must_use]
pub fn before_stop<'a>(text: &'a str, stops: &[String]) -> &'a str {
    let begin = text.len() - text.trim_start().len();
    let find = |stop: &String| text.match_indices(stop.as_str()).map(|(at, _)| at).find(|at| *at > begin);
    let end = stops.iter().filter(|stop| !stop.is_empty()).filter_map(find).min();
    &text[..end.unwrap_or(text.len())]
}

/// The index of the option whose letter a text answers with, of so many: the letter alone or at the beginning (`B`,
/// `(B)`, `B. …`), else the one after the last `answer is` or `answer:`; `None` for a text that names none so.
#[must_use]
pub fn letter(text: &str, options: usize) -> Option<usize> {
    static FIRST: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"^[\s*]*\(?([A-Z])\)?(?:[\s.,:*)]|$)"));
    static STATED: LazyLock<Regex> = LazyLock::new(|| {
        pattern::own(r"(?i:answer)(?i:\s+is)?\s*:?[\s*]*(?i:option\s+)?\(?([A-Z])\)?(?:[\s.,:;*)]|$)")
    });
    let index = |letter: &str| letter.bytes().next().map(|letter| usize::from(letter - b'A'));
    let named = |found: regex::Captures<'_>| found.get(1).and_then(|letter| index(letter.as_str()));
    let stated = STATED.captures_iter(text).last().and_then(named);
    // `A` may be an article: a sentence that begins with it names no option.
    let article = text.trim_start().strip_prefix("A ").is_some_and(|rest| !rest.trim().is_empty());
    let first = || FIRST.captures(text).filter(|_| !article).and_then(named);
    stated.or_else(first).filter(|index| *index < options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_of_code_is_taken_out() {
        assert_eq!(code_block("Here:\n```python\nx = 1\n```\nand\n```\ny\n```"), Some("x = 1\n"));
        assert_eq!(code_block("```\nopen"), Some("open"));
        assert_eq!(code_block("x = 1"), None);
    }

    #[test]
    fn a_text_ends_before_its_first_stop_but_not_at_its_beginning() {
        let stops = ["Question:".to_owned(), "\n\n".to_owned()];
        assert_eq!(before_stop("5\n\nQuestion: next", &stops), "5");
        assert_eq!(before_stop("Question: what?\nIt is 5. Question: next", &stops), "Question: what?\nIt is 5. ");
        assert_eq!(before_stop("5", &stops), "5");
    }

    #[test]
    fn letters_are_read_where_they_answer() {
        for (text, index) in [
            ("B", Some(1)),
            ("(C)", Some(2)),
            ("D. Paris", Some(3)),
            ("**A**", Some(0)),
            ("I think the answer is (B).", Some(1)),
            ("Answer: C", Some(2)),
            ("The answer is A. No: the answer is D.", Some(3)),
            ("A cat is not a dog", None),
            ("E", None),
            ("Because", None),
            ("", None),
        ] {
            assert_eq!(letter(text, 4), index, "{text}");
        }
    }
}
