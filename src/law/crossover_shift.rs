//! What a factor two in one assumption moves a crossover by.

use serde::{Deserialize, Serialize};

use super::crossover::{self, Required, Runnable, World};

/// A factor 2 in something one might have wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Change {
    /// Half the share of bandwidth that decode reaches.
    #[serde(rename = "efficiency / 2")]
    HalfEfficiency,
    /// Half the share of RAM that may be used.
    #[serde(rename = "usable RAM / 2")]
    HalfUsableRam,
    /// Twice the bits per weight.
    #[serde(rename = "bits per weight x 2")]
    TwiceBits,
    /// Twice the target speed.
    #[serde(rename = "target speed x 2")]
    TwiceTargetSpeed,
    /// Half the density of the format.
    #[serde(rename = "format density / 2")]
    HalfFormatDensity,
    /// The law's density doubles in twice the time, its level in the middle of the data kept.
    #[serde(rename = "densing rate / 2")]
    HalfDensingRate,
    /// The law's density doubles in half the time, its level in the middle of the data kept.
    #[serde(rename = "densing rate x 2")]
    TwiceDensingRate,
}

impl Change {
    /// All changes in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::HalfEfficiency,
        Self::HalfUsableRam,
        Self::TwiceBits,
        Self::TwiceTargetSpeed,
        Self::HalfFormatDensity,
        Self::HalfDensingRate,
        Self::TwiceDensingRate,
    ];

    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HalfEfficiency => "efficiency / 2",
            Self::HalfUsableRam => "usable RAM / 2",
            Self::TwiceBits => "bits per weight x 2",
            Self::TwiceTargetSpeed => "target speed x 2",
            Self::HalfFormatDensity => "format density / 2",
            Self::HalfDensingRate => "densing rate / 2",
            Self::TwiceDensingRate => "densing rate x 2",
        }
    }

    fn apply(self, runnable: &mut Runnable, required: &mut Required) {
        match self {
            Self::HalfEfficiency | Self::TwiceTargetSpeed => runnable.decode = runnable.decode.times(0.5),
            Self::HalfUsableRam => runnable.memory = runnable.memory.times(0.5),
            Self::TwiceBits => {
                runnable.memory = runnable.memory.times(0.5);
                runnable.decode = runnable.decode.times(0.5);
            }
            Self::HalfFormatDensity => required.format_density *= 0.5,
            Self::HalfDensingRate => required.density = required.density.at_rate(0.5),
            Self::TwiceDensingRate => required.density = required.density.at_rate(2.0),
        }
    }
}

/// Months by which a change moves the headline date (memory and decode); `None` where there is no date before or after.
#[must_use]
pub fn shift_months(change: Change, runnable: &Runnable, required: &Required) -> Option<f64> {
    let usable = |runnable: &Runnable, required: &Required| {
        Some(crossover::usable(World::of(runnable, required).days())).filter(|day| day.is_finite())
    };
    let before = usable(runnable, required)?;
    let (mut changed, mut demanded) = (*runnable, *required);
    change.apply(&mut changed, &mut demanded);
    Some((usable(&changed, &demanded)? - before) / (365.25 / 12.0))
}
