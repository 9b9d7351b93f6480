//! IFEval: whether an answer follows instructions that a program can check, such as "at least 300 words" or "no commas".
//!
//! The 25 kinds of instruction and their rules are those of `instruction_following_eval` in google-research (Zhou et al.,
//! *Instruction-Following Evaluation for Large Language Models*, 2023), oddities included: a score is comparable with a
//! published one only where every rule is the same. The rules are stated again here, and held against published verdicts
//! (`tests/eval/ifeval.rs`). Languages are told by another library than there: see [`language`].

pub mod arguments;
mod ends;
mod followed;
pub mod instruction;
mod keywords;
pub mod language;
mod layout;
mod length;
mod letter_case;
pub mod relation;
mod sentence_model;
mod sentence_token;
pub mod sentences;
pub mod verdict;
pub mod words;
