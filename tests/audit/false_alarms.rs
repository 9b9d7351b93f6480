//! Simulated nulls: how often does an audit cry wolf?

use std::io::Write as _;

use densimeter::law::audit::{ALPHA, Margin, Question, Verdict, judge};
use densimeter::law::audit_loss;
use densimeter::law::audit_scores::{self, Ground, TaskAnswers};
use densimeter::law::paired_scores::{self, Design};
use densimeter::published::Library;
use densimeter::stat::Bootstrap;
use densimeter::stat::draw::standard_normal;
use densimeter::stat::paired::PairedCost;
use densimeter::stat::sequential::{Boundary, Mixture};
use densimeter::unit::Benchmark;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const NULLS: usize = 2000;
const MODELS: usize = 2;
const TASKS: [Benchmark; 3] = [Benchmark::Mmlu, Benchmark::Bbh, Benchmark::Math];
/// Items a task in the fixed design.
const ITEMS: usize = 200;
/// Looks of the sequential design.
const LOOKS: usize = 20;
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 999, seed: 5 };

/// Losses of an original and of a model whose losses have the same expectation: long and short texts, skewed noise.
fn null_losses(rng: &mut ChaCha8Rng) -> Vec<Vec<PairedCost>> {
    const NOISE: f64 = 0.3;
    let texts = [6.0, 5.0, 3.0];
    texts
        .iter()
        .map(|size| {
            (0..ITEMS)
                .map(|_| {
                    let before: f64 = (size + 0.8 * standard_normal(rng)).exp();
                    let noise = (NOISE * standard_normal(rng) - NOISE * NOISE / 2.0).exp();
                    PairedCost { before, after: before * noise }
                })
                .collect()
        })
        .collect()
}

/// Answers of an original and of a model that is right as often, but on other items.
fn null_answers(rng: &mut ChaCha8Rng) -> Vec<TaskAnswers> {
    let right = [0.6, 0.5, 0.35];
    let answers = |rng: &mut ChaCha8Rng, p: f64| {
        // A third of the items is answered anew by the second model.
        let before = rng.random::<f64>() < p;
        let after = if rng.random::<f64>() < 0.33 { rng.random::<f64>() < p } else { before };
        (before, after)
    };
    let task = |(benchmark, p): (Benchmark, f64), rng: &mut ChaCha8Rng| TaskAnswers {
        benchmark,
        pairs: (0..ITEMS).map(|_| answers(rng, p)).collect(),
    };
    TASKS.into_iter().zip(right).map(|task_and_p| task(task_and_p, rng)).collect()
}

/// The family of one audit: the whole and each task of every model.
fn loss_family(models: &[Vec<Vec<PairedCost>>], design: Design) -> Vec<Question> {
    let question = |strata: &[Vec<PairedCost>]| Question {
        evidence: audit_loss::compare(strata, design).unwrap(),
        margin: Margin::Ratio(0.01),
    };
    models
        .iter()
        .flat_map(|tasks| {
            let each = tasks.iter().map(|task| question(std::slice::from_ref(task)));
            std::iter::once(question(tasks)).chain(each).collect::<Vec<_>>()
        })
        .collect()
}

fn score_family(ground: &Ground<'_>, models: &[Vec<TaskAnswers>], design: Design) -> Vec<Question> {
    models
        .iter()
        .flat_map(|tasks| {
            let whole = audit_scores::compare(ground, tasks, design).unwrap().evidence;
            let each = tasks.iter().map(|task| Question {
                evidence: paired_scores::difference(&task.pairs, design).unwrap(),
                margin: Margin::Difference(0.0),
            });
            std::iter::once(Question { evidence: whole, margin: Margin::Ratio(0.05) }).chain(each).collect::<Vec<_>>()
        })
        .collect()
}

fn alarm(family: &[Question]) -> bool {
    alarm_at(family, ALPHA)
}

fn alarm_at(family: &[Question], alpha: f64) -> bool {
    judge(family, alpha).iter().any(|finding| finding.verdict == Verdict::Dropped)
}

/// The first items of every task, as a sequential design has them after `look` looks.
fn seen<T: Clone>(items: &[T], look: usize) -> Vec<T> {
    items[..items.len() * look / LOOKS].to_vec()
}

fn mixture() -> Boundary {
    Boundary::Mixture(Mixture::narrowest_at((ITEMS * TASKS.len()) as f64 / 10.0, ALPHA))
}

#[test]
fn losses_cry_wolf_no_more_often_than_stated() {
    let mut rng = ChaCha8Rng::seed_from_u64(2026);
    let (mut fixed, mut sequential, mut first_looks) = (0, 0, 0);
    for _ in 0..NULLS {
        let models: Vec<_> = (0..MODELS).map(|_| null_losses(&mut rng)).collect();
        fixed += usize::from(alarm(&loss_family(&models, Design::Fixed(BOOTSTRAP))));
        let look = |look: usize| -> Vec<Vec<Vec<PairedCost>>> {
            models.iter().map(|tasks| tasks.iter().map(|items| seen(items, look)).collect()).collect()
        };
        // The first look: five items of two tasks, at a tenth of the level; the others are not paid for with it.
        let first: Vec<Vec<Vec<PairedCost>>> =
            models.iter().map(|tasks| tasks[1..].iter().map(|items| items[..5].to_vec()).collect()).collect();
        let at_first = alarm_at(&loss_family(&first, Design::Sequential(Boundary::Single)), ALPHA / 10.0);
        first_looks += usize::from(at_first);
        sequential += usize::from(
            at_first || (1..=LOOKS).any(|at| alarm(&loss_family(&look(at), Design::Sequential(mixture())))),
        );
    }
    let first_looks = first_looks as f64 / NULLS as f64;
    let _ = writeln!(std::io::stderr(), "losses: {first_looks} at the first look");
    assert!(first_looks <= 0.01, "{first_looks} at the first look");
    report("losses", fixed, sequential);
}

#[test]
fn scores_cry_wolf_no_more_often_than_stated() {
    let Library { family, complete, .. } = Library::shipped();
    let ground = Ground { family, d0: family.d0_tokens, releases: complete };
    let mut rng = ChaCha8Rng::seed_from_u64(2027);
    let (mut fixed, mut sequential) = (0, 0);
    for _ in 0..NULLS {
        let models: Vec<_> = (0..MODELS).map(|_| null_answers(&mut rng)).collect();
        fixed += usize::from(alarm(&score_family(&ground, &models, Design::Fixed(BOOTSTRAP))));
        let look = |look: usize| -> Vec<Vec<TaskAnswers>> {
            let part = |task: &TaskAnswers| TaskAnswers { pairs: seen(&task.pairs, look), ..task.clone() };
            models.iter().map(|tasks| tasks.iter().map(part).collect()).collect()
        };
        sequential += usize::from((1..=LOOKS).any(|at| {
            let models = look(at);
            // An original that is still at chance has no density yet: that look decides nothing.
            models.iter().all(|tasks| audit_scores::capability(&ground, tasks, false).is_ok())
                && alarm(&score_family(&ground, &models, Design::Sequential(mixture())))
        }));
    }
    report("scores", fixed, sequential);
}

fn report(what: &str, fixed: usize, sequential: usize) {
    let rate = |alarms: usize| alarms as f64 / NULLS as f64;
    let (fixed, sequential) = (rate(fixed), rate(sequential));
    let _ = writeln!(std::io::stderr(), "{what}: {fixed} fixed, {sequential} sequential of {NULLS} nulls");
    assert!(fixed <= 0.07 && sequential <= 0.07, "{what}: {fixed} fixed, {sequential} sequential");
    assert!(fixed >= 0.03, "{what}: {fixed}: power is thrown away");
}
