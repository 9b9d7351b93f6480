//! The first pick as a sentence, beside the listed release that does most on the same device.

use std::fmt;

use super::picks::{Pick, Recommendations};
use crate::stat::Estimate;
use crate::unit::{Bytes, Params, plain};

/// A release of the published list that a device runs, by its scores.
#[derive(Debug, Clone, Copy)]
pub struct ListedRelease<'a> {
    /// Its name.
    pub model: &'a str,
    /// What it does there.
    pub effective_params: &'a Estimate,
}

/// What to run, and why not what the list of releases names where that does more.
#[derive(Debug, Clone, Copy)]
pub struct RunHere<'a> {
    found: &'a Recommendations,
    pick: &'a Pick,
    listed: Option<ListedRelease<'a>>,
}

impl<'a> RunHere<'a> {
    /// The sentence; `None` where nothing fits.
    #[must_use]
    pub fn of(found: &'a Recommendations, listed: Option<ListedRelease<'a>>) -> Option<Self> {
        Some(Self { found, pick: found.picks.first()?, listed })
    }
}

impl fmt::Display for RunHere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pick = self.pick;
        write!(
            f,
            "run {} {} ({}) here: {} t/s expected, first token after {} s, {} of memory",
            pick.model,
            pick.quantization,
            Bytes::from_bytes(pick.file_bytes as u64),
            short(&pick.tokens_per_second),
            short(&pick.first_token_seconds),
            Bytes::from_bytes(pick.memory_bytes.point as u64),
        )?;
        if !pick.doubtful.is_empty() {
            write!(f, ", {} in doubt", pick.doubtful.join(" and "))?;
        }
        if let Some(params) = &pick.effective_params {
            let expected = if pick.basis.is_scored() { "" } else { ", expected of its size and day" };
            write!(f, "; as good as {} parameters{expected}", params.clone().map(Params::from_count))?;
        }
        let less = |listed: &&ListedRelease<'_>| {
            let does = pick.effective_params.as_ref().map_or(0.0, |found| found.point);
            pick.basis.scored_by.as_deref() != Some(listed.model) && does < listed.effective_params.point
        };
        let Some(listed) = self.listed.as_ref().filter(less) else { return Ok(()) };
        let name = listed.model;
        match self.found.place(name) {
            Place::Pick(other) if other.doubtful.is_empty() => {
                write!(f, "; {name} does less in its file of the catalogue")
            }
            Place::Pick(other) => write!(f, "; {name} may do more, {} in doubt", other.doubtful.join(" and ")),
            Place::Left(reason) => write!(f, "; {name} does more, but its file is left out ({reason})"),
            Place::Unknown => write!(f, "; {name} does more, but the catalogue has no file of it"),
        }
    }
}

/// Where the file of a release stands.
enum Place<'a> {
    Pick(&'a Pick),
    Left(&'a str),
    Unknown,
}

impl Recommendations {
    fn place(&self, release: &str) -> Place<'_> {
        let left = self.left_out.iter().find(|left| left.release.as_deref() == Some(release));
        let pick = self.picks.iter().find(|pick| pick.basis.scored_by.as_deref() == Some(release));
        match (pick, left) {
            (Some(pick), _) => Place::Pick(pick),
            (None, Some(left)) => Place::Left(&left.reason),
            (None, None) => Place::Unknown,
        }
    }
}

/// A number with its interval, to three digits.
#[must_use]
pub fn short(estimate: &Estimate) -> String {
    estimate.clone().map(|value| plain(value, if value < 10.0 { 2 } else { 0 })).to_string()
}
