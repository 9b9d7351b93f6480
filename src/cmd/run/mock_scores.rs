//! Scores made up for a test on the double: `mmlu=60`, or `mmlu=60/100` for so many items.

use std::str::FromStr;

use crate::cli::bench::Engine;
use crate::cli::run::Run;
use crate::cmd::Usage;
use crate::density::from_scores::ModelScores;
use crate::unit::{Benchmark, Scores};

/// The scores of `--mock-scores`; `None` without it, and on the real engine.
pub(super) fn of(args: &Run) -> Result<Option<ModelScores>, Usage> {
    let Some(text) = args.mock_scores.as_ref().filter(|_| args.engine == Engine::Mock) else { return Ok(None) };
    let wrong = |what: String| Usage(format!("--mock-scores {text}: {what}"));
    let mut percent = [None; 5];
    let mut items = [None; 5];
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=').ok_or_else(|| wrong("write NAME=PERCENT".to_owned()))?;
        let at = Benchmark::from_str(name).map_err(|error| wrong(error.to_string()))? as usize;
        let (score, of) = value.split_once('/').map_or((value, None), |(score, of)| (score, Some(of)));
        percent[at] = Some(score.parse().map_err(|_| wrong(format!("`{score}` is not a number")))?);
        items[at] = of.map(|of| of.parse().map_err(|_| wrong(format!("`{of}` is no number of items")))).transpose()?;
    }
    let percent = Scores::from_percent(percent).map_err(|error| wrong(error.to_string()))?;
    Ok(Some(ModelScores { items, ..ModelScores::published(percent) }))
}
