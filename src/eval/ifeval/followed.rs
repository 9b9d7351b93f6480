//! Whether an answer follows one instruction.

use super::instruction::Instruction;
use super::{ends, keywords, language, layout, length, letter_case, sentences, words};

/// Whether an answer, which is not empty, follows the instruction.
pub(super) fn is_followed(instruction: &Instruction, text: &str) -> bool {
    use Instruction as I;
    match instruction {
        I::Keywords { keywords } => keywords::all_occur(keywords, text),
        I::KeywordFrequency { keyword, relation, frequency } => keywords::occurs(keyword, *relation, *frequency, text),
        I::ForbiddenWords { forbidden_words } => keywords::none_occurs(forbidden_words, text),
        I::LetterFrequency { letter, relation, frequency } => {
            keywords::letter_occurs(*letter, *relation, *frequency, text)
        }
        I::Language { language } => language::may_be(language, text),
        I::Sentences { relation, sentences } => relation.holds(sentences::split(text).len(), *sentences),
        I::Paragraphs { paragraphs } => length::has_paragraphs(*paragraphs, text),
        I::Words { relation, words } => relation.holds(words::count(text), *words),
        I::NthParagraph { paragraphs, nth, first_word } => {
            length::nth_paragraph_begins(*paragraphs, *nth, first_word, text)
        }
        I::Placeholders { placeholders } => layout::has_placeholders(*placeholders, text),
        I::Postscript { mark } => ends::has_postscript(mark, text),
        I::Bullets { bullets } => layout::has_bullets(*bullets, text),
        I::Constrained => layout::is_constrained(text),
        I::Highlights { highlights } => layout::has_highlights(*highlights, text),
        I::Sections { mark, sections } => layout::has_sections(mark, *sections, text),
        I::Json => layout::is_json(text),
        I::Title => layout::has_title(text),
        I::TwoResponses => length::has_two_answers(text),
        I::RepeatPrompt { prompt } => ends::repeats(prompt, text),
        I::End { phrase } => ends::ends_with(phrase, text),
        I::Quotation => ends::is_quoted(text),
        I::CapitalWords { relation, frequency } => letter_case::has_capital_words(*relation, *frequency, text),
        I::EnglishCapital => letter_case::is_english_capitals(text),
        I::EnglishLowercase => letter_case::is_english_lowercase(text),
        I::NoComma => ends::has_no_comma(text),
    }
}
