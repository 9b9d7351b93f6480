//! The date that trends are counted to.

use jiff::civil::Date;

use crate::meter::clock::BEFORE_THIS_PROGRAM;

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
