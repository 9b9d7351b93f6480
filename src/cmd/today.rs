//! The date that trends are counted to.

use jiff::civil::Date;

use super::outcome::Usage;
use crate::crossover::error::CrossingError;
use crate::crossover::inputs::Inputs;
use crate::meter::clock::BEFORE_THIS_PROGRAM;

/// Days without a release, after which too little is known of what came out: releases to come are drawn from the last two years.
const STALE_DAYS: i32 = 540;

/// The date that was typed, else the clock's.
///
/// # Errors
/// A clock that was never set: boards without a battery begin in 1970, and nothing is small enough for that year.
pub(super) fn today(typed: Option<Date>) -> anyhow::Result<Date> {
    if let Some(date) = typed {
        return Ok(date);
    }
    let now = jiff::ZonedDateTime::now().date();
    if now < BEFORE_THIS_PROGRAM {
        anyhow::bail!("the clock says {now}, before this program was built: set the clock, or give --today YYYY-MM-DD");
    }
    Ok(now)
}

/// What to say where the list of releases ends long before the day: then none is expected to come either.
pub(super) fn stale(inputs: &Inputs<'_>) -> Option<String> {
    let today = inputs.today();
    let newest = inputs.world.releases.iter().map(|release| release.date).max()?;
    if (today - newest).get_days() <= STALE_DAYS {
        return None;
    }
    Some(format!(
        "the newest release listed is of {newest}: what came out in the time since is not known, and too few releases are \
         expected after {today}"
    ))
}

/// Why a typed day gives no answer: what was known then is too little.
pub(super) fn not_yet(typed: Option<Date>, error: CrossingError) -> anyhow::Error {
    match typed {
        Some(day) => {
            let way = if day < jiff::ZonedDateTime::now().date() { "a later" } else { "an earlier" };
            Usage(format!("--today {day}: {error}; name {way} day")).into()
        }
        None => error.into(),
    }
}
