//! What the types of an entry do not say by themselves.

use super::cache_shape::CacheShape;
use super::entry::{CatalogEntry, KnownTo, Parameters};

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
    let Parameters { total, active, non_embedding } = entry.parameters;
    if !(active.count() >= 1.0 && total.count() >= active.count() && total.count() < 1e15) {
        return Err("parameters: 1 <= active <= total".to_owned());
    }
    if non_embedding.is_some_and(|count| !(count.count() >= 1.0 && count.count() <= total.count())) {
        return Err("parameters: 1 <= non_embedding <= total".to_owned());
    }
    if let Some(fault) = entry.cache.as_ref().and_then(CacheShape::fault) {
        return Err(fault.to_owned());
    }
    if entry.context == Some(0) {
        return Err("context is a number of tokens above zero".to_owned());
    }
    let first_day = match entry.released_known_to {
        KnownTo::Day => true,
        KnownTo::Month => entry.released.day() == 1,
        KnownTo::Year => entry.released.day() == 1 && entry.released.month() == 1,
    };
    if !first_day {
        return Err("released: what is known to the month or year begins with its first day".to_owned());
    }
    if entry.published.iter().any(|score| !(0.0..=100.0).contains(&score.percent) || score.source.is_empty()) {
        return Err("published scores are percentages with a source".to_owned());
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
