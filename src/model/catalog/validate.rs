//! What the types of an entry do not say by themselves.

use super::entry::{CatalogEntry, Parameters};

/// Refuses an entry that contradicts itself or whose names could leave their folder.
pub(super) fn validate(entry: &CatalogEntry) -> Result<(), String> {
    let plain = |text: &str| {
        !text.is_empty()
            && !text.starts_with(['.', '-'])
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    if !plain(&entry.id) || entry.id.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("an id has lower-case letters, digits, `.`, `-` and `_` only".to_owned());
    }
    let Parameters { total, active } = entry.parameters;
    if !(active.count() >= 1.0 && total.count() >= active.count() && total.count() < 1e15) {
        return Err("parameters: 1 <= active <= total".to_owned());
    }
    if entry.training_tokens.is_some_and(|tokens| !(tokens.is_finite() && tokens > 0.0)) {
        return Err("training_tokens is a positive number of tokens".to_owned());
    }
    if let Some(scores) = &entry.scores {
        let all = [scores.mmlu, scores.bbh, scores.math, scores.humaneval, scores.mbpp];
        if !all.into_iter().flatten().all(|score| (0.0..=100.0).contains(&score)) {
            return Err("scores are percentages".to_owned());
        }
    }
    if entry.files.is_empty() {
        return Err("it has no file".to_owned());
    }
    for (at, file) in entry.files.iter().enumerate() {
        if !plain(&file.name) {
            return Err(format!("`{}` is not a plain file name", file.name));
        }
        if entry.files[..at].iter().any(|other| other.quantisation.eq_ignore_ascii_case(&file.quantisation)) {
            return Err(format!("two files are {}", file.quantisation));
        }
        let hex = |hash: &str| hash.len() == 64 && hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        if file.sha256.as_deref().is_some_and(|hash| !hex(hash)) {
            return Err(format!("{}: sha256 is 64 lower-case hexadecimal digits", file.name));
        }
        if file.sources.is_empty() {
            return Err(format!("{} has no source", file.name));
        }
    }
    Ok(())
}
