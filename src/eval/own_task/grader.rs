//! How answers to a task of one's own are graded.

use regex::Regex;
use serde::Deserialize;

use super::schema::JsonSchema;
use crate::eval::answer_text::code_block;
use crate::eval::number;

/// The graders by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GraderName {
    /// The answer is one of the gold texts, white space around it apart.
    Exact,
    /// The letter of one of some choices, by its probability.
    Choice,
    /// The last number, or that after `####`, is the gold one.
    Number,
    /// The answer matches the gold regular expression.
    Regex,
    /// All gold texts occur.
    Contains,
    /// The answer is JSON that a schema allows.
    JsonSchema,
    /// The answer is a program that passes the row's test.
    Python,
}

impl GraderName {
    /// Whether a row has gold texts that a model could have written.
    pub(super) const fn has_gold_text(self) -> bool {
        matches!(self, Self::Exact | Self::Choice | Self::Number)
    }
}

/// What a text is held against; choices and programs are graded elsewhere.
#[derive(Debug)]
pub(super) enum Check<'a> {
    /// One of these.
    Exact { gold: &'a [String], ignore_case: bool },
    /// This number, within a share of it.
    Number { gold: &'a str, tolerance: f64 },
    /// An expression.
    Regex(&'a Regex),
    /// All of these.
    Contains { gold: &'a [String], ignore_case: bool },
    /// A schema.
    JsonSchema(&'a JsonSchema),
}

impl Check<'_> {
    /// What is read out of an answer, and whether it is right.
    pub(super) fn grade(&self, answer: &str) -> (Option<String>, bool) {
        let trimmed = answer.trim();
        let some = (!trimmed.is_empty()).then(|| trimmed.to_owned());
        let folded = |text: &str, ignore: bool| if ignore { text.to_lowercase() } else { text.to_owned() };
        match self {
            Self::Exact { gold, ignore_case } => {
                let same = |gold: &String| folded(gold.trim(), *ignore_case) == folded(trimmed, *ignore_case);
                (some, gold.iter().any(same))
            }
            Self::Number { gold, tolerance } => {
                let found = number::stated(answer);
                let right = found.is_some_and(|found| near(found, gold, *tolerance));
                (found.map(str::to_owned), right)
            }
            Self::Regex(expression) => {
                let found = expression.find(answer).map(|found| found.as_str().to_owned());
                let right = found.is_some();
                (found, right)
            }
            Self::Contains { gold, ignore_case } => {
                let text = folded(answer, *ignore_case);
                (some, gold.iter().all(|gold| text.contains(&folded(gold, *ignore_case))))
            }
            Self::JsonSchema(schema) => {
                let inside = code_block(answer).unwrap_or(answer).trim();
                match serde_json::from_str(inside) {
                    Ok(value) => (Some(inside.to_owned()), schema.allows(&value)),
                    Err(_) => (None, false),
                }
            }
        }
    }
}

/// Whether a number is the gold one, or off by no more than a share of it.
fn near(found: &str, gold: &str, tolerance: f64) -> bool {
    if number::same(found, gold) {
        return true;
    }
    match (number::value(found), number::value(gold)) {
        (Some(found), Some(gold)) => (found - gold).abs() <= tolerance * gold.abs(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::pattern;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn exact_answers_are_one_of_the_gold_texts() {
        let gold = texts(&["Bern", "Berne"]);
        let exact = |ignore_case| Check::Exact { gold: &gold, ignore_case };
        assert_eq!(exact(false).grade(" Berne\n"), (Some("Berne".to_owned()), true));
        assert!(!exact(false).grade("bern").1 && exact(true).grade("BERN").1 && !exact(true).grade("Bern.").1);
        assert_eq!(exact(true).grade(" ").0, None);
    }

    #[test]
    fn numbers_may_be_off_by_a_share() {
        let number = |tolerance| Check::Number { gold: "200", tolerance };
        assert_eq!(number(0.0).grade("It is 2 * 100 = 200."), (Some("200".to_owned()), true));
        assert!(!number(0.0).grade("201").1 && number(0.01).grade("about 201").1 && !number(0.01).grade("none").1);
    }

    #[test]
    fn contained_texts_must_all_occur() {
        let gold = texts(&["red", "Blue"]);
        let contains = |ignore_case| Check::Contains { gold: &gold, ignore_case };
        assert!(contains(false).grade("Blue and red").1 && !contains(false).grade("blue and red").1);
        assert!(contains(true).grade("BLUE, RED").1 && !contains(true).grade("red").1);
    }

    #[test]
    fn expressions_match_anywhere() {
        let expression = pattern::own(r"(?i)\b\d{4}-\d{2}\b");
        let check = Check::Regex(&expression);
        assert_eq!(check.grade("It was 2024-05, I think"), (Some("2024-05".to_owned()), true));
        assert_eq!(check.grade("May"), (None, false));
    }

    #[cfg(feature = "json-schema")]
    #[test]
    fn a_schema_sees_what_stands_in_a_block_of_code() {
        let schema = serde_json::json!({"type": "object", "required": ["city"], "additionalProperties": false,
            "properties": {"city": {"type": "string"}}});
        let schema = JsonSchema::of(&schema).unwrap();
        let check = Check::JsonSchema(&schema);
        assert!(check.grade("Here:\n```json\n{\"city\": \"Bern\"}\n```").1 && check.grade("{\"city\": \"Bern\"}").1);
        assert!(!check.grade("{\"city\": 1}").1 && !check.grade("{\"city\": \"Bern\"} so").1);
    }
}
