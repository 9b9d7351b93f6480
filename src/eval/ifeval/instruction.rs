//! An instruction as the data give it: a name and its arguments.

use regex::Regex;

use super::arguments::Arguments;
use super::ends;
use super::relation::Relation;
use crate::eval::pattern;

/// A kind of instruction with its arguments.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields bear the names of the data")]
pub enum Instruction {
    /// `keywords:existence`: all occur.
    Keywords { keywords: Vec<Regex> },
    /// `keywords:frequency`: one occurs so often.
    KeywordFrequency { keyword: Regex, relation: Relation, frequency: usize },
    /// `keywords:forbidden_words`: none occurs.
    ForbiddenWords { forbidden_words: Vec<Regex> },
    /// `keywords:letter_frequency`: a letter occurs so often.
    LetterFrequency { letter: char, relation: Relation, frequency: usize },
    /// `language:response_language`: the whole is in one language.
    Language { language: String },
    /// `length_constraints:number_sentences`.
    Sentences { relation: Relation, sentences: usize },
    /// `length_constraints:number_paragraphs`: so many, three stars between them.
    Paragraphs { paragraphs: usize },
    /// `length_constraints:number_words`.
    Words { relation: Relation, words: usize },
    /// `length_constraints:nth_paragraph_first_word`: so many paragraphs, and the first word of one of them.
    NthParagraph { paragraphs: usize, nth: usize, first_word: String },
    /// `detectable_content:number_placeholders`: at least so many texts in square brackets.
    Placeholders { placeholders: usize },
    /// `detectable_content:postscript`.
    Postscript { mark: Regex },
    /// `detectable_format:number_bullet_lists`: exactly so many bullet points.
    Bullets { bullets: usize },
    /// `detectable_format:constrained_response`: one of three sentences.
    Constrained,
    /// `detectable_format:number_highlighted_sections`: at least so many passages between stars.
    Highlights { highlights: usize },
    /// `detectable_format:multiple_sections`: at least so many.
    Sections { mark: Regex, sections: usize },
    /// `detectable_format:json_format`.
    Json,
    /// `detectable_format:title`: in double angular brackets.
    Title,
    /// `combination:two_responses`: six stars between them.
    TwoResponses,
    /// `combination:repeat_prompt`: the answer begins with it.
    RepeatPrompt { prompt: String },
    /// `startend:end_checker`: the last phrase.
    End { phrase: String },
    /// `startend:quotation`: all of it in double quotation marks.
    Quotation,
    /// `change_case:capital_word_frequency`: so many words in capitals.
    CapitalWords { relation: Relation, frequency: usize },
    /// `change_case:english_capital`: English in capitals.
    EnglishCapital,
    /// `change_case:english_lowercase`: English in small letters.
    EnglishLowercase,
    /// `punctuation:no_comma`.
    NoComma,
}

/// Why an instruction cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum InstructionError {
    /// No such kind.
    #[error("'{0}' is none of the 25 kinds of instruction")]
    Unknown(String),
    /// An argument is missing.
    #[error("{id} without \"{name}\"")]
    Missing {
        /// The kind of instruction.
        id: String,
        /// The argument.
        name: &'static str,
    },
    /// An argument is no such number or letter.
    #[error("{id}: {reason}")]
    Value {
        /// The kind of instruction.
        id: String,
        /// Why.
        reason: String,
    },
    /// A word is no regular expression, which it is in the published program.
    #[error("{id}: {error}")]
    Pattern {
        /// The kind of instruction.
        id: String,
        /// Why.
        error: Box<regex::Error>,
    },
}

impl Instruction {
    /// Reads an instruction of the data.
    ///
    /// # Errors
    /// [`InstructionError`].
    pub fn parse(id: &str, arguments: &Arguments) -> Result<Self, InstructionError> {
        let pattern = |result: Result<Regex, regex::Error>| {
            result.map_err(|error| InstructionError::Pattern { id: id.to_owned(), error: Box::new(error) })
        };
        let value = |reason: &str| InstructionError::Value { id: id.to_owned(), reason: reason.to_owned() };
        let missing = |name| InstructionError::Missing { id: id.to_owned(), name };
        let number = |given: Option<usize>, name| given.ok_or_else(|| missing(name));
        let relation = |given: Option<Relation>, name| given.ok_or_else(|| missing(name));
        let text = |given: &Option<String>, name| given.clone().ok_or_else(|| missing(name));
        let words = |given: &Option<Vec<String>>, name, expression: &dyn Fn(&str) -> String| {
            let given = given.as_ref().filter(|words| !words.is_empty()).ok_or_else(|| missing(name))?;
            given.iter().map(|word| pattern(pattern::of_data(&expression(word)))).collect::<Result<Vec<_>, _>>()
        };
        let of = arguments;
        Ok(match id {
            "keywords:existence" => {
                Self::Keywords { keywords: words(&of.keywords, "keywords", &|word| word.to_owned())? }
            }
            "keywords:frequency" => Self::KeywordFrequency {
                keyword: pattern(pattern::of_data(text(&of.keyword, "keyword")?.trim()))?,
                relation: relation(of.relation, "relation")?,
                frequency: number(of.frequency, "frequency")?,
            },
            "keywords:forbidden_words" => {
                let whole = |word: &str| format!(r"\b{word}\b");
                Self::ForbiddenWords { forbidden_words: words(&of.forbidden_words, "forbidden_words", &whole)? }
            }
            "keywords:letter_frequency" => {
                let letter = text(&of.letter, "letter")?;
                let mut letters = letter.chars();
                let (Some(letter), None) = (letters.next(), letters.next()) else {
                    return Err(value("\"letter\" is not one letter"));
                };
                Self::LetterFrequency {
                    letter: letter.to_lowercase().next().unwrap_or(letter),
                    relation: relation(of.let_relation, "let_relation")?,
                    frequency: number(of.let_frequency, "let_frequency")?,
                }
            }
            "language:response_language" => Self::Language { language: text(&of.language, "language")? },
            "length_constraints:number_sentences" => Self::Sentences {
                relation: relation(of.relation, "relation")?,
                sentences: number(of.num_sentences, "num_sentences")?,
            },
            "length_constraints:number_paragraphs" => {
                Self::Paragraphs { paragraphs: number(of.num_paragraphs, "num_paragraphs")? }
            }
            "length_constraints:number_words" => {
                Self::Words { relation: relation(of.relation, "relation")?, words: number(of.num_words, "num_words")? }
            }
            "length_constraints:nth_paragraph_first_word" => {
                let paragraphs = number(of.num_paragraphs, "num_paragraphs")?;
                let nth = number(of.nth_paragraph, "nth_paragraph")?;
                if !(1..=paragraphs).contains(&nth) {
                    return Err(value("\"nth_paragraph\" is not among the paragraphs"));
                }
                let first_word = text(&of.first_word, "first_word")?.to_lowercase();
                Self::NthParagraph { paragraphs, nth, first_word }
            }
            "detectable_content:number_placeholders" => {
                Self::Placeholders { placeholders: number(of.num_placeholders, "num_placeholders")? }
            }
            "detectable_content:postscript" => {
                let mark = text(&of.postscript_marker, "postscript_marker")?;
                Self::Postscript { mark: pattern(ends::postscript(mark.trim()))? }
            }
            "detectable_format:number_bullet_lists" => {
                Self::Bullets { bullets: number(of.num_bullets, "num_bullets")? }
            }
            "detectable_format:constrained_response" => Self::Constrained,
            "detectable_format:number_highlighted_sections" => {
                Self::Highlights { highlights: number(of.num_highlights, "num_highlights")? }
            }
            "detectable_format:multiple_sections" => {
                let mark = text(&of.section_spliter, "section_spliter")?;
                let mark = format!(r"(?-i:\s?{}\s?\d+\s?)", mark.trim());
                Self::Sections {
                    mark: pattern(pattern::of_data(&mark))?,
                    sections: number(of.num_sections, "num_sections")?,
                }
            }
            "detectable_format:json_format" => Self::Json,
            "detectable_format:title" => Self::Title,
            "combination:two_responses" => Self::TwoResponses,
            "combination:repeat_prompt" => {
                Self::RepeatPrompt { prompt: text(&of.prompt_to_repeat, "prompt_to_repeat")? }
            }
            "startend:end_checker" => Self::End { phrase: text(&of.end_phrase, "end_phrase")? },
            "startend:quotation" => Self::Quotation,
            "change_case:capital_word_frequency" => Self::CapitalWords {
                relation: relation(of.capital_relation, "capital_relation")?,
                frequency: number(of.capital_frequency, "capital_frequency")?,
            },
            "change_case:english_capital" => Self::EnglishCapital,
            "change_case:english_lowercase" => Self::EnglishLowercase,
            "punctuation:no_comma" => Self::NoComma,
            other => return Err(InstructionError::Unknown(other.to_owned())),
        })
    }
}
