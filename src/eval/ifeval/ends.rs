//! How an answer begins and ends.

use regex::Regex;

use crate::eval::pattern;

/// Whether a postscript with that mark stands somewhere, in any case; two marks may hold white space.
pub(super) fn has_postscript(mark: &Regex, text: &str) -> bool {
    mark.is_match(&text.to_lowercase())
}

/// The expression for a postscript's mark, over lower-case text.
pub(super) fn postscript(mark: &str) -> Result<Regex, regex::Error> {
    pattern::of_data(&match mark {
        "P.P.S" => r"p\.\s?p\.\s?s".to_owned(),
        "P.S." => r"p\.\s?s\.".to_owned(),
        other => other.to_lowercase(),
    })
}

/// Whether the answer begins with the question, word for word but for case.
pub(super) fn repeats(question: &str, text: &str) -> bool {
    text.trim().to_lowercase().starts_with(&question.trim().to_lowercase())
}

/// Whether the answer ends with a phrase, quotation marks around the whole apart.
pub(super) fn ends_with(phrase: &str, text: &str) -> bool {
    text.trim().trim_matches('"').to_lowercase().ends_with(&phrase.trim().to_lowercase())
}

/// Whether the whole stands between double quotation marks.
pub(super) fn is_quoted(text: &str) -> bool {
    let text = text.trim();
    text.len() > 1 && text.starts_with('"') && text.ends_with('"')
}

/// Whether there is no comma.
pub(super) fn has_no_comma(text: &str) -> bool {
    !text.contains(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postscripts_are_found_in_any_case() {
        let found = |mark: &str, text: &str| has_postscript(&postscript(mark).unwrap(), text);
        assert!(found("P.S.", "Text.\n\nP. S. more") && found("P.S.", "p.s. more"));
        assert!(!found("P.S.", "Text. PS: more"));
        assert!(found("P.P.S", "Text.\nP.P.S more") && !found("P.P.S", "P.S. more"));
        assert!(found("NB", "Text. nb: more"));
    }

    #[test]
    fn the_question_comes_first() {
        assert!(repeats("Write a poem.", " write a POEM. Here it is"));
        assert!(!repeats("Write a poem.", "Sure! Write a poem."));
    }

    #[test]
    fn the_last_phrase_may_be_quoted() {
        assert!(ends_with("Is that all?", "Yes. is that all?\" "));
        assert!(!ends_with("Is that all?", "Is that all? No."));
    }

    #[test]
    fn one_quotation_mark_is_no_pair() {
        assert!(is_quoted(" \"all of it\"\n") && !is_quoted("\"") && !is_quoted("\"part\" of it"));
    }

    #[test]
    fn other_commas_are_none() {
        assert!(has_no_comma("a; b، c") && !has_no_comma("a, b"));
    }
}
