//! What verdicts on instructions come to, by the prompt and by the instruction, strictly and loosely.

use serde::{Deserialize, Serialize};

use super::record::Record;
use super::summary::{ratio, within_unit};
use crate::stat::Estimate;
use crate::stat::proportion::wilson;

/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// The four scores of IFEval, in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InstructionScores {
    /// Instructions that were checked.
    pub instructions: u64,
    /// Prompts all of whose instructions the text follows as it is.
    pub prompt_strict: Estimate,
    /// The same, where a shortened form of the text may follow each.
    pub prompt_loose: Estimate,
    /// Instructions that are followed by the text as it is; those of one prompt are a cluster. Null below two prompts.
    pub instruction_strict: Option<Estimate>,
    /// The same, where a shortened form of the text may follow each.
    pub instruction_loose: Option<Estimate>,
}

impl InstructionScores {
    /// The scores of graded items; `None` where no item has instructions.
    #[must_use]
    pub fn of(records: &[Record]) -> Option<Self> {
        let strict: Vec<&[bool]> = records.iter().filter_map(|record| record.strict.as_deref()).collect();
        let loose: Vec<&[bool]> = records.iter().filter_map(|record| record.loose.as_deref()).collect();
        Some(Self {
            instructions: strict.iter().map(|verdicts| verdicts.len() as u64).sum(),
            prompt_strict: by_prompt(&strict)?,
            prompt_loose: by_prompt(&loose)?,
            instruction_strict: by_instruction(&strict),
            instruction_loose: by_instruction(&loose),
        })
    }
}

fn percent(estimate: Estimate) -> Estimate {
    estimate.map(|share| 100.0 * share)
}

fn by_prompt(verdicts: &[&[bool]]) -> Option<Estimate> {
    let right = verdicts.iter().filter(|verdicts| verdicts.iter().all(|followed| *followed)).count();
    wilson(right as u64, verdicts.len() as u64, LEVEL).ok().map(percent)
}

fn by_instruction(verdicts: &[&[bool]]) -> Option<Estimate> {
    let followed = |verdicts: &&[bool]| verdicts.iter().filter(|followed| **followed).count() as f64;
    let units: Vec<(f64, f64)> = verdicts.iter().map(|all| (followed(all), all.len() as f64)).collect();
    // None or all: the clusters have no spread to estimate an error from. At the safe side each prompt counts once.
    let prompts = units.len() as u64;
    let none = units.iter().all(|(followed, _)| *followed == 0.0);
    if prompts > 1 && (none || units.iter().all(|(followed, all)| followed == all)) {
        let interval = wilson(if none { 0 } else { prompts }, prompts, LEVEL).ok();
        return interval.map(|found| percent(Estimate { method: "wilson over prompts".into(), ..found }));
    }
    ratio(&units, "cluster-ratio-t").map(within_unit).map(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn prompts_and_instructions_are_counted_apart() {
        let strict: [&[bool]; 3] = [&[true, false], &[true], &[false, true, true]];
        assert_relative_eq!(by_prompt(&strict).unwrap().point, 100.0 / 3.0, max_relative = 1e-12);
        let instruction = by_instruction(&strict).unwrap();
        assert_relative_eq!(instruction.point, 100.0 * 4.0 / 6.0, max_relative = 1e-12);
        // Linearised: units (1,2), (1,1), (2,3); residuals −1/3, 1/3, 0; s² = 3/2·(2/9); t with 2 degrees is 4.302653.
        let half = 4.302_652_729_911_275 * (1.5_f64 * 2.0 / 9.0).sqrt() / 6.0;
        assert_relative_eq!(instruction.low.unwrap(), 100.0 * (4.0 / 6.0 - half), max_relative = 1e-6);
        let none: [&[bool]; 4] = [&[false, false], &[false], &[false], &[false, false]];
        let found = by_instruction(&none).unwrap();
        // statsmodels: proportion_confint(0, 4, method="wilson") is (0, 0.489891).
        assert_relative_eq!(found.high.unwrap(), 48.989_1, max_relative = 1e-5);
        assert_eq!((found.point, found.low), (0.0, Some(0.0)));
        assert!(by_instruction(&strict[..1]).is_none() && by_prompt(&[]).is_none());
    }
}
