//! What a reader may doubt, and how far that moves a date.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::error::CrossingError;
use super::inputs::Inputs;
use super::target::Target;
use crate::law::arrival::assumptions::Assumptions;
use crate::law::arrival::penalty::Penalty;
use crate::law::arrival::prospect::Prospect;
use crate::law::arrival::room::Room;
use crate::law::corollary::DAYS_PER_MONTH;
use crate::law::frontier::{date_after_origin, days_since_origin};
use crate::unit::iso::IsoDate;

/// Something that one might have wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Change {
    /// Half the speed of decoding that is taken for the class.
    #[serde(rename = "decode speed / 2")]
    HalfSpeed,
    /// Half the share of RAM that may be used.
    #[serde(rename = "usable RAM / 2")]
    HalfUsableRam,
    /// The format costs twice as much.
    #[serde(rename = "loss of the format x 2")]
    TwiceLoss,
    /// The format costs half as much.
    #[serde(rename = "loss of the format / 2")]
    HalfLoss,
    /// Growth is that of the last months rather than of the last year.
    #[serde(rename = "half-life of releases 0.5 years")]
    ShortMemory,
    /// Growth is that of all years since 2023.
    #[serde(rename = "all releases weigh the same")]
    LongMemory,
    /// Growth ahead stays what it is today.
    #[serde(rename = "growth does not slow")]
    Undamped,
    /// Half as many releases are to come.
    #[serde(rename = "rate of releases / 2")]
    HalfRate,
    /// Twice as many releases are to come.
    #[serde(rename = "rate of releases x 2")]
    TwiceRate,
    /// One evaluator shifts nothing in all scores at once.
    #[serde(rename = "no common spread of evaluators")]
    NoEvaluators,
    /// One evaluator shifts twice as much.
    #[serde(rename = "common spread of evaluators x 2")]
    TwiceEvaluators,
    /// No mixtures of experts.
    #[serde(rename = "dense models only")]
    DenseOnly,
    /// No imputed scores.
    #[serde(rename = "complete scores only")]
    CompleteOnly,
    /// No models with data made of instructions, no looped ones.
    #[serde(rename = "without instruction data and loops")]
    PlainOnly,
    /// Models tuned to instructions, too.
    #[serde(rename = "with instruct models")]
    WithInstruct,
    /// A change of the method of before 27 November 2026.
    #[serde(other, rename = "superseded")]
    Superseded,
}

/// What a change moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Shift {
    /// The change; reports of before 27 November 2026 name others.
    #[schemars(with = "String")]
    pub change: Change,
    /// F(today) with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The headline date with it; null where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<IsoDate>")]
    pub date: Option<Date>,
    /// Months by which the headline date moves; null where there is no date before or after.
    pub months: Option<f64>,
}

impl Change {
    /// All changes in the order of reports.
    pub const ALL: [Self; 15] = [
        Self::HalfSpeed,
        Self::HalfUsableRam,
        Self::TwiceLoss,
        Self::HalfLoss,
        Self::ShortMemory,
        Self::LongMemory,
        Self::Undamped,
        Self::HalfRate,
        Self::TwiceRate,
        Self::NoEvaluators,
        Self::TwiceEvaluators,
        Self::DenseOnly,
        Self::CompleteOnly,
        Self::PlainOnly,
        Self::WithInstruct,
    ];

    /// Name in reports: that of the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HalfSpeed => "decode speed / 2",
            Self::HalfUsableRam => "usable RAM / 2",
            Self::TwiceLoss => "loss of the format x 2",
            Self::HalfLoss => "loss of the format / 2",
            Self::ShortMemory => "half-life of releases 0.5 years",
            Self::LongMemory => "all releases weigh the same",
            Self::Undamped => "growth does not slow",
            Self::HalfRate => "rate of releases / 2",
            Self::TwiceRate => "rate of releases x 2",
            Self::NoEvaluators => "no common spread of evaluators",
            Self::TwiceEvaluators => "common spread of evaluators x 2",
            Self::DenseOnly => "dense models only",
            Self::CompleteOnly => "complete scores only",
            Self::PlainOnly => "without instruction data and loops",
            Self::WithInstruct => "with instruct models",
            Self::Superseded => "superseded",
        }
    }

    fn room(self, room: Room) -> Room {
        match self {
            Self::HalfSpeed => Room { decode: room.decode.map(|line| line.times(0.5)), ..room },
            Self::HalfUsableRam => Room { memory: room.memory.map(|line| line.times(0.5)), ..room },
            _ => room,
        }
    }

    fn penalty(self, penalty: Penalty) -> Penalty {
        let factor = match self {
            Self::TwiceLoss => 2.0,
            Self::HalfLoss => 0.5,
            _ => 1.0,
        };
        Penalty { loss: penalty.loss * factor, ..penalty }
    }

    /// The releases and laws with the change; `None` where it leaves them as they are.
    fn inputs<'a>(self, inputs: &Inputs<'a>) -> Option<Result<Inputs<'a>, CrossingError>> {
        let (mut selection, mut assumptions) = (inputs.selection, inputs.world.assumptions);
        let usual = Assumptions::SHIPPED;
        match self {
            Self::ShortMemory => assumptions.half_life = Some(0.5),
            Self::LongMemory => assumptions.half_life = None,
            Self::Undamped => assumptions.damping = None,
            Self::HalfRate => assumptions.rate = usual.rate * 0.5,
            Self::TwiceRate => assumptions.rate = usual.rate * 2.0,
            Self::NoEvaluators => selection.common_sd = 0.0,
            Self::TwiceEvaluators => selection.common_sd *= 2.0,
            Self::DenseOnly => selection.mixtures = false,
            Self::CompleteOnly => selection.most_imputed = 0,
            Self::PlainOnly => (selection.looped, selection.instruction_data) = (false, false),
            Self::WithInstruct => selection.instruct = true,
            Self::HalfSpeed | Self::HalfUsableRam | Self::TwiceLoss | Self::HalfLoss | Self::Superseded => return None,
        }
        Some(Inputs::with(inputs.library, inputs.today(), inputs.run, selection, assumptions))
    }
}

/// How far each change moves the headline date, which is `date` without it.
///
/// # Errors
/// A change that leaves too few releases for a law.
pub fn shifts(
    date: Option<Date>,
    room: &Room,
    penalty: Penalty,
    target: &Target,
    inputs: &Inputs<'_>,
) -> Result<Vec<Shift>, CrossingError> {
    let before = date.map(days_since_origin);
    let each = Change::ALL.iter().map(|&change| {
        let other = change.inputs(inputs).transpose()?;
        let inputs = other.as_ref().unwrap_or(inputs);
        let target = Target::judged(&target.capability, inputs.library, inputs.selection.common_sd)?;
        let prospect = Prospect::of(&inputs.world, target.level, change.penalty(penalty));
        let arrival = prospect.arrival(&change.room(room.once_read()));
        let day = arrival.day(0.5);
        Ok(Shift {
            change,
            probability: Some(arrival.probability()),
            date: day.and_then(date_after_origin),
            months: day.zip(before).map(|(day, before)| (day - before) / DAYS_PER_MONTH),
        })
    });
    each.collect()
}
