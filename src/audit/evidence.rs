//! From paired records to evidence: what it rests on, and why.

use std::path::Path;

use super::loss_curve;
use super::measured::{LostAndWon, ScoreDifference};
use super::pairing::{Paired, PairedLoss};
use super::plan::Rules;
use crate::law::audit::{ALPHA, Basis, Margin, Question, judge};
use crate::law::audit_loss;
use crate::law::audit_scores::{self, Ground, TaskAnswers};
use crate::law::density::EffectiveParams;
use crate::law::edge::{D0_TOKENS, comparison};
use crate::law::evidence as effect;
use crate::law::paired_scores::{self, Design};
use crate::published::Library;
use crate::stat::Estimate;
use crate::stat::paired::{Discordant, PairedCost};
use crate::unit::Benchmark;

/// What turns scores into sizes: the shipped curves, and the releases that complete a row of scores.
pub(super) fn ground() -> Ground<'static> {
    let library = Library::shipped();
    Ground { family: &library.family, d0: library.family.d0_tokens, releases: &library.complete }
}

/// A file against itself.
const UNCHANGED: effect::Evidence = effect::Evidence::Certain { effect: 0.0 };

/// The effective parameters of both models, in the family of the basis.
pub(super) struct Sizes {
    /// Of the original.
    pub(super) original: Estimate<EffectiveParams>,
    /// Of the compressed model, or why it has none.
    pub(super) compressed: Result<Estimate<EffectiveParams>, String>,
}

/// What the comparison of two models has shown.
pub(super) struct Evidence {
    /// What it rests on.
    pub(super) basis: Basis,
    /// Effective parameters, or losses, compressed against original.
    pub(super) overall: effect::Evidence,
    /// The same, task by task, where there are several.
    pub(super) tasks: Vec<(String, Question)>,
    /// Both sizes, where scores give them.
    pub(super) sizes: Option<Sizes>,
    /// Why the basis is not the other one.
    pub(super) why: Option<String>,
    /// Score differences, task by task, whatever the verdict rests on.
    pub(super) differences: Vec<(String, ScoreDifference)>,
}

/// A way from paired records to evidence.
type Way<'a> = fn(&Weighing<'a>, &Paired, bool) -> Result<Evidence, String>;

/// How evidence is drawn from paired records.
pub(super) struct Weighing<'a> {
    pub(super) rules: &'a Rules,
    pub(super) ground: Ground<'a>,
    pub(super) design: Design,
    /// A family of curves of losses, which gives densities from losses.
    pub(super) reference: Option<&'a Path>,
    /// Of the original.
    pub(super) tokenizer: Option<String>,
}

impl Weighing<'_> {
    /// Densities where the original's scores give one, else losses; `fixed` keeps to the basis of an earlier look.
    pub(super) fn evidence(&self, paired: &Paired, same_file: bool, fixed: Option<Basis>) -> Result<Evidence, String> {
        let mut evidence = self.of_either(paired, same_file, fixed)?;
        evidence.differences = paired
            .answers
            .iter()
            .map(|(task, pairs)| Ok((task.clone(), self.difference(pairs, same_file)?)))
            .collect::<Result<_, String>>()?;
        Ok(evidence)
    }

    fn answers(&self, pairs: &[(bool, bool)], same_file: bool) -> Result<effect::Evidence, String> {
        if same_file {
            return Ok(UNCHANGED);
        }
        paired_scores::difference(pairs, self.design).map_err(|error| error.to_string())
    }

    /// The score difference of one task in points, at the level of a test alone.
    fn difference(&self, answers: &[(bool, bool)], same_file: bool) -> Result<ScoreDifference, String> {
        let question = Question { evidence: self.answers(answers, same_file)?, margin: Margin::Difference(0.0) };
        let pairs = Discordant::count(answers.iter().copied());
        let finding = judge(&[question], ALPHA).remove(0);
        Ok(ScoreDifference {
            points: finding.effect.map(|effect| effect.map(|difference| 100.0 * difference)),
            p_value: finding.p_value,
            items: pairs.items,
            discordant: LostAndWon { lost: pairs.lost, won: pairs.won },
            detectable_drop: finding.detectable_drop.map(|drop| 100.0 * drop),
        })
    }

    fn of_either(&self, paired: &Paired, same_file: bool, fixed: Option<Basis>) -> Result<Evidence, String> {
        let mut reasons = Vec::new();
        for (basis, of) in [(Basis::Density, Self::of_scores as Way<'_>), (Basis::DensityEdge, Self::of_cloze)] {
            if fixed.is_some_and(|fixed| fixed != basis) {
                continue;
            }
            match of(self, paired, same_file) {
                Ok(evidence) => return Ok(evidence),
                Err(reason) if fixed == Some(basis) => return Err(reason),
                Err(reason) => reasons.push(reason),
            }
        }
        let has_losses = paired.losses.iter().any(|(_, losses)| !losses.is_empty());
        if fixed == Some(Basis::Score) || (!has_losses && !paired.answers.is_empty() && fixed.is_none()) {
            return self.of_answers(paired, same_file);
        }
        let why = (!reasons.is_empty()).then(|| format!("the verdict rests on losses: {}", reasons.join("; ")));
        let mut evidence = self.of_losses(paired, same_file)?;
        evidence.why = why;
        if let (Some(path), false) = (self.reference, same_file) {
            evidence.overall = loss_curve::evidence(path, paired, self.tokenizer.as_deref(), self.rules.bootstrap)?;
            evidence.basis = Basis::Density;
            evidence.why = Some(format!("the density is that of the loss on the curve of {}", path.display()));
        }
        Ok(evidence)
    }

    fn of_scores(&self, paired: &Paired, same_file: bool) -> Result<Evidence, String> {
        if paired.answers.is_empty() {
            return Err("no item was answered by both models".to_owned());
        }
        // Scores of all tasks or of none: a mean over those that happen to be answered is another quantity.
        let five = scored(&paired.answers);
        if five.is_empty() {
            return Err("no item of a benchmark that the capability score is made of was answered".to_owned());
        }
        if five.len() < paired.losses.iter().filter(|(task, _)| task.parse::<Benchmark>().is_ok()).count() {
            let only: Vec<&str> = five.iter().map(|task| task.benchmark.name()).collect();
            return Err(format!("only {} was answered, and at chance", only.join(", ")));
        }
        let compared = audit_scores::compare(&self.ground, &five, self.design).map_err(|error| error.to_string())?;
        let sizes = Sizes {
            original: compared.original.effective,
            compressed: compared.compressed.map(|found| found.effective).map_err(|error| error.to_string()),
        };
        self.of_sizes(Basis::Density, compared.evidence, sizes, paired, same_file)
    }

    /// The edge family's densities, from the eight cloze tasks.
    fn of_cloze(&self, paired: &Paired, same_file: bool) -> Result<Evidence, String> {
        let cloze: comparison::Answers =
            paired.answers.iter().filter_map(|(task, pairs)| Some((task.parse().ok()?, pairs.clone()))).collect();
        if cloze.is_empty() {
            return Err("no cloze task was answered (--task edge gives small models a density)".to_owned());
        }
        let compared = comparison::compare(Library::edge_family(), D0_TOKENS, &cloze, self.design)
            .map_err(|error| error.to_string())?;
        let sizes = Sizes {
            original: compared.original.effective,
            compressed: compared.compressed.map(|found| found.effective).map_err(|error| error.to_string()),
        };
        self.of_sizes(Basis::DensityEdge, compared.evidence, sizes, paired, same_file)
    }

    /// Densities of either family, beside the question on every task's score.
    fn of_sizes(
        &self,
        basis: Basis,
        ratio: effect::Evidence,
        sizes: Sizes,
        paired: &Paired,
        same_file: bool,
    ) -> Result<Evidence, String> {
        Ok(Evidence {
            basis,
            overall: if same_file { UNCHANGED } else { ratio },
            tasks: self.score_questions(paired, same_file)?,
            sizes: Some(sizes),
            why: None,
            differences: Vec::new(),
        })
    }

    /// The question on every task's score, where there are several.
    fn score_questions(&self, paired: &Paired, same_file: bool) -> Result<Vec<(String, Question)>, String> {
        let task = |(task, pairs): &(String, Vec<(bool, bool)>)| {
            let evidence = self.answers(pairs, same_file)?;
            Ok((task.clone(), Question { evidence, margin: Margin::Difference(0.0) }))
        };
        paired.answers.iter().map(task).collect::<Result<_, String>>().map(several)
    }

    /// The difference of all answers, of tasks that have no text to measure a loss on.
    fn of_answers(&self, paired: &Paired, same_file: bool) -> Result<Evidence, String> {
        let all: Vec<(bool, bool)> = paired.answers.iter().flat_map(|(_, pairs)| pairs.iter().copied()).collect();
        Ok(Evidence {
            basis: Basis::Score,
            overall: self.answers(&all, same_file)?,
            tasks: self.score_questions(paired, same_file)?,
            sizes: None,
            why: Some("the verdict rests on scores: no item has a loss of both models".to_owned()),
            differences: Vec::new(),
        })
    }

    fn of_losses(&self, paired: &Paired, same_file: bool) -> Result<Evidence, String> {
        let evidence = |strata: &[Vec<PairedCost>]| {
            if same_file {
                return Ok(UNCHANGED);
            }
            audit_loss::compare(strata, self.design).map_err(|error| error.to_string())
        };
        let bits = |losses: &[PairedLoss]| losses.iter().map(|loss| loss.bits).collect::<Vec<PairedCost>>();
        let strata: Vec<Vec<PairedCost>> = paired.losses.iter().map(|(_, losses)| bits(losses)).collect();
        if strata.is_empty() {
            return Err("no item has a loss of both models".to_owned());
        }
        let task = |(task, losses): &(String, Vec<PairedLoss>)| {
            let evidence = evidence(&[bits(losses)])?;
            Ok((task.clone(), Question { evidence, margin: Margin::Ratio(self.rules.loss_margin) }))
        };
        let tasks = paired.losses.iter().map(task).collect::<Result<Vec<_>, String>>()?;
        Ok(Evidence {
            basis: Basis::Loss,
            overall: evidence(&strata)?,
            tasks: several(tasks),
            sizes: None,
            why: None,
            differences: Vec::new(),
        })
    }
}

/// The answers to those of the five benchmarks that were asked: other tasks are tested and have no part in a density.
fn scored(answers: &[(String, Vec<(bool, bool)>)]) -> Vec<TaskAnswers> {
    let of_five = |(task, pairs): &(String, Vec<(bool, bool)>)| {
        Some(TaskAnswers { benchmark: task.parse().ok()?, pairs: pairs.clone() })
    };
    answers.iter().filter_map(of_five).collect()
}

/// One task alone is the whole: it is asked about once.
fn several(tasks: Vec<(String, Question)>) -> Vec<(String, Question)> {
    if tasks.len() > 1 { tasks } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_outside_the_five_has_no_part_in_a_density() {
        let answers = [("another".to_owned(), vec![(true, false)]), ("mmlu".to_owned(), vec![(true, true)])];
        let pairs = vec![(true, true)];
        assert_eq!(scored(&answers), [TaskAnswers { benchmark: Benchmark::Mmlu, pairs }]);
    }
}
