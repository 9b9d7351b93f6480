//! Two models on the same cloze items, through the edge family's curve.

use densimeter::law::audit::{ALPHA, Margin, Question, Verdict, judge};
use densimeter::law::edge::D0_TOKENS;
use densimeter::law::edge::comparison::{Answers, Compared, compare};
use densimeter::law::paired_scores::Design;
use densimeter::published::Library;
use densimeter::stat::Bootstrap;
use densimeter::unit::ClozeTask;

/// So many items a task, of which the compressed model loses `lost` and wins `won` of a hundred.
fn answers(items: usize, lost: usize, won: usize) -> Answers {
    let pair = |at: usize| match at % 100 {
        at if at < lost => (true, false),
        at if at < lost + won => (false, true),
        at => (at % 2 == 0, at % 2 == 0),
    };
    ClozeTask::ALL.map(|task| (task, (0..items).map(pair).collect())).into_iter().collect()
}

fn verdict(answers: &Answers) -> (Compared, Verdict) {
    let family = Library::edge_family();
    let design = Design::Fixed(Bootstrap { resamples: 500, seed: 3 });
    let found = compare(family, D0_TOKENS, answers, design).unwrap();
    let question = Question { evidence: found.evidence.clone(), margin: Margin::Ratio(0.05) };
    let verdict = judge(&[question], ALPHA).remove(0).verdict;
    (found, verdict)
}

#[test]
fn the_difference_is_the_curves_and_known_better_than_either_side() {
    let before = answers(200, 4, 0);
    let (found, verdict) = verdict(&before);
    assert_eq!(verdict, Verdict::Dropped);
    let curve = Library::edge_family().curve();
    let ln = |share: f64| curve.ln_params_of_accuracy(share, 1e12).unwrap();
    let share =
        |after| before[&ClozeTask::Piqa].iter().filter(|p| if after { p.1 } else { p.0 }).count() as f64 / 200.0;
    let question = Question { evidence: found.evidence, margin: Margin::Ratio(0.05) };
    let effect = judge(&[question], ALPHA).remove(0).effect.unwrap();
    approx::assert_relative_eq!(effect.point, (ln(share(true)) - ln(share(false))).exp(), max_relative = 1e-9);
    let width = |low: f64, high: f64| (high / low).ln();
    let sides = &found.original.effective;
    let either = width(sides.low.unwrap().count(), sides.high.unwrap().count());
    assert!(width(effect.low.unwrap(), effect.high.unwrap()) < 0.7 * either, "{effect:?} {either}");
}

#[test]
fn a_model_against_itself_has_not_dropped() {
    assert_ne!(verdict(&answers(200, 0, 0)).1, Verdict::Dropped);
    assert_ne!(verdict(&answers(200, 3, 3)).1, Verdict::Dropped);
}
