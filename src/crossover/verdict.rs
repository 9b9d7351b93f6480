//! One sentence on when a class meets GPT-4's level.

use std::fmt;

use super::crossing::{Crossing, Status};
use super::target::GPT_4;

/// When a class meets GPT-4's level, as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct ClassVerdict<'a> {
    crossing: &'a Crossing,
    own: bool,
}

impl<'a> ClassVerdict<'a> {
    /// Of a crossing; `None` where it is of another level. `own` is the class of the device that is spoken of.
    #[must_use]
    pub fn of(crossing: &'a Crossing, own: &str) -> Option<Self> {
        (crossing.capability == GPT_4).then(|| Self { crossing, own: crossing.class == own })
    }
}

impl fmt::Display for ClassVerdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { crossing, own } = self;
        f.write_str("GPT-4's level on ")?;
        if *own {
            f.write_str("this class")?
        } else {
            write!(f, "class {}", crossing.class)?
        }
        match &crossing.date {
            Some(date) => {
                let since = if crossing.status == Status::Crossed { "since" } else { "at" };
                write!(f, ": {since} {date} by the trend")?;
            }
            None => write!(f, ": {}", crossing.reason.as_deref().unwrap_or("never"))?,
        }
        if let Some(within) = &crossing.date_with_ttft {
            write!(f, "; first token in time: {}", within.point)?;
        }
        match &crossing.first_release {
            Some(release) => write!(f, "; first release that did it: {}", release.model),
            None => f.write_str("; no listed release has done it"),
        }
    }
}
