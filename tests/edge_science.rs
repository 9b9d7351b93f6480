//! The edge family: the published table comes back from the shipped ladder, and its intervals hold what they claim.

use densimeter::law::edge::D0_TOKENS;
use densimeter::law::edge::capability::{by_accuracy, by_bits_per_byte};
use densimeter::law::edge::curve::{AccuracyLaw, EdgeCurve};
use densimeter::law::edge::error::EdgeError;
use densimeter::law::edge::evidence::{Evidence, Mean, TaskEvidence, mean_accuracy};
use densimeter::law::edge::family::{EdgeFamily, sizes};
use densimeter::law::edge::ladder::{LadderRun, accuracy_fit, loss_fit};
use densimeter::law::fit::Resampling;
use densimeter::published::Library;
use densimeter::unit::{ClozeTask, Params};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

fn ladder() -> &'static [LadderRun] {
    &Library::shipped().edge_ladder
}

#[test]
fn the_shipped_ladder_is_thirty_rungs_and_two_large_models() {
    let rungs = ladder().iter().filter(|run| run.rung).count();
    assert_eq!((ladder().len(), rungs, sizes(ladder()).len()), (32, 30, 5));
    let last = ladder().iter().find(|run| run.model == "3B-10xC").unwrap();
    assert_eq!((last.params, last.tokens), (3_169_537_280.0, 633_939_689_472.0));
    assert!((last.mean_accuracy() - 0.6015).abs() < 5e-5 && (last.mean_bits() - 0.9078).abs() < 5e-5);
}

#[test]
fn the_published_table_of_the_loss_step_comes_back() {
    // E, A, α, B, β, rms in percent, as printed.
    let table = [
        [0.471, 0.113, 0.545, 0.158, 0.329, 1.7],
        [0.648, 0.087, 0.590, 0.233, 0.238, 1.0],
        [0.591, 0.087, 0.357, 0.110, 0.236, 0.50],
        [0.800, 0.059, 0.577, 0.178, 0.187, 0.57],
        [0.284, 0.124, 0.506, 0.694, 0.126, 1.9],
        [0.951, 0.068, 0.581, 0.086, 0.356, 0.90],
        [1.134, 0.128, 0.399, 0.179, 0.271, 0.96],
        [0.544, 0.184, 0.370, 0.330, 0.199, 0.91],
    ];
    for (task, printed) in ClozeTask::ALL.into_iter().zip(table) {
        let found = loss_fit(ladder(), Some(task)).unwrap();
        let law = found.law;
        let ours = [law.e, law.a, law.alpha, law.b, law.beta, 100.0 * found.rms];
        let last_digit = [0.001, 0.001, 0.001, 0.001, 0.001, if printed[5] < 1.0 { 0.01 } else { 0.1 }];
        for ((ours, printed), last) in ours.into_iter().zip(printed).zip(last_digit) {
            assert!((ours - printed).abs() <= last, "{task}: {ours} for {printed}");
        }
    }
    let found = loss_fit(ladder(), None).unwrap();
    let law = found.law;
    let ours = [law.e, law.a, law.alpha, law.b, law.beta, 100.0 * found.rms];
    let printed = [(0.7136, 0.003), (0.1013, 0.001), (0.494, 0.005), (0.2151, 0.002), (0.232, 0.005), (0.81, 0.03)];
    for (ours, (printed, within)) in ours.into_iter().zip(printed) {
        assert!((ours - printed).abs() <= within, "{ours} for {printed}");
    }
    // Standard errors of α and β, as printed.
    assert!((found.fit.standard_error(2).unwrap() - 0.08).abs() < 0.005);
    assert!((found.fit.standard_error(4).unwrap() - 0.03).abs() < 0.005);
}

#[test]
fn the_score_step_agrees_with_scipy_and_with_the_printed_curve_within_a_point() {
    let found = accuracy_fit(ladder(), None).unwrap();
    // scipy.optimize.least_squares (lm) on the 32 runs: c 0.8657, γ 4.4028, l 0.7654, d 0.3077; rms 0.352 points.
    let (law, scipy) = (found.law, [0.8657, 4.4028, 0.7654, 0.3077]);
    for (ours, theirs) in [law.c, law.gamma, law.l, law.d].into_iter().zip(scipy) {
        assert!((ours - theirs).abs() < 2e-3, "{ours} for {theirs}");
    }
    assert!((0.0035..=0.0048).contains(&found.rms), "{}", found.rms);
    // c, γ, l and d trade against each other; the curves themselves hardly differ where the family publishes.
    let printed = AccuracyLaw { c: 0.772, gamma: 4.29, l: 0.801, d: 0.306 };
    for step in 0..=60 {
        let loss = 0.88 + 0.01 * f64::from(step);
        assert!((law.accuracy(loss) - printed.accuracy(loss)).abs() < 0.01, "at {loss}");
    }
}

#[test]
fn sizes_left_out_and_larger_runs_are_predicted() {
    let family = Library::edge_family();
    assert!(family.left_out.bits_per_byte <= 0.20, "{:?}", family.left_out);
    assert!(family.left_out.accuracy <= 0.31, "{:?}", family.left_out);
    let (large, small): (Vec<LadderRun>, Vec<LadderRun>) =
        ladder().iter().filter(|run| run.rung).cloned().partition(|run| run.params > 1.3e9);
    let law = loss_fit(&small, None).unwrap().law;
    assert_eq!((large.len(), small.len()), (6, 24));
    for run in large {
        let ratio = law.loss(Params::from_count(run.params), run.tokens) / run.mean_bits();
        assert!((ratio - 1.0).abs() < 0.02, "{}: {ratio}", run.model);
    }
}

/// What a run of the ladder would measure on so many items of each task.
fn evidence(run: &LadderRun, items: u64) -> Evidence {
    ClozeTask::ALL
        .into_iter()
        .map(|task| {
            let bits_per_byte = Some(Mean { value: run.bits_per_byte[task as usize], standard_error: 0.02 });
            let counted = TaskEvidence::counted(task, run.accuracy[task as usize], items);
            (task, TaskEvidence { bits_per_byte, ..counted })
        })
        .collect()
}

fn rung(name: &str) -> &'static LadderRun {
    ladder().iter().find(|run| run.model == name).unwrap()
}

#[test]
fn the_uncertainties_are_those_of_the_specification() {
    let family = Library::edge_family();
    let curve = family.curve();
    // Sampling by accuracy at 160, 500 and 2000 items, at 0.1, 0.3, 1 and 3 B.
    let printed = [(20, [0.50, 0.62, 1.0, 1.6]), (63, [0.28, 0.35, 0.56, 0.92]), (250, [0.14, 0.18, 0.28, 0.46])];
    for (items, by_size) in printed {
        for (params, sd) in [1e8, 3e8, 1e9, 3e9].into_iter().zip(by_size) {
            let accuracy = curve.accuracy_of(Params::from_count(params), D0_TOKENS);
            let even = ClozeTask::ALL.into_iter().map(|task| (task, TaskEvidence::counted(task, accuracy, items)));
            let found = by_accuracy(family, D0_TOKENS, &even.collect()).unwrap();
            assert!((found.effective.point.count() / params - 1.0).abs() < 1e-6);
            let ratio = found.uncertainty.sampling / sd;
            assert!(
                (0.8..1.25).contains(&ratio),
                "{items} items at {params:e}: {} for {sd}",
                found.uncertainty.sampling
            );
        }
    }
    for (params, low, high) in [(1e8, 0.07, 0.20), (1e9, 0.06, 0.20), (4e9, 0.15, 0.40)] {
        let loss = curve.loss.loss(Params::from_count(params), D0_TOKENS);
        let accuracy = curve.accuracy.accuracy(loss);
        let even = ClozeTask::ALL.into_iter().map(|task| {
            let bits_per_byte = Some(Mean { value: loss, standard_error: 0.01 });
            (task, TaskEvidence { bits_per_byte, ..TaskEvidence::counted(task, accuracy, 1_000) })
        });
        let even: Evidence = even.collect();
        for found in [by_accuracy(family, D0_TOKENS, &even), by_bits_per_byte(family, D0_TOKENS, &even)] {
            let found = found.unwrap().uncertainty.curve.unwrap();
            assert!((low..high).contains(&found), "{params:e}: {found}");
        }
    }
}

#[test]
fn what_gives_no_density_says_why() {
    let family = Library::edge_family();
    let whole = evidence(rung("1B-5xC"), 200);
    let mut missing = whole.clone();
    missing.remove(&ClozeTask::Csqa);
    let error = by_accuracy(family, D0_TOKENS, &missing).unwrap_err();
    assert_eq!(error, EdgeError::MissingTask(ClozeTask::Csqa));
    assert!(error.to_string().contains("csqa"));
    let guessing = ClozeTask::ALL.into_iter().map(|task| {
        let counted = TaskEvidence::counted(task, 0.0, 20);
        (task, TaskEvidence { accuracy: counted.chance + 0.02, ..counted })
    });
    assert!(matches!(mean_accuracy(&guessing.collect()), Err(EdgeError::AtChance { .. })));
    let with = |accuracy: f64| -> Evidence {
        ClozeTask::ALL.into_iter().map(|task| (task, TaskEvidence::counted(task, accuracy, 2_000))).collect()
    };
    let below = by_accuracy(family, D0_TOKENS, &with(0.33)).unwrap_err();
    assert!(matches!(below, EdgeError::BelowRange { .. }), "{below}");
    assert!(below.to_string().contains("30"), "{below}");
    let above = by_accuracy(family, D0_TOKENS, &with(0.68)).unwrap_err();
    assert!(matches!(above, EdgeError::AboveRange { .. } | EdgeError::LossAtOrBelowFloor { .. }), "{above}");
    // An interval that leaves the range is open there, and only there.
    let small = by_accuracy(family, D0_TOKENS, &with(0.39)).unwrap();
    assert!(small.effective.low.is_none() && small.effective.high.is_some(), "{small:?}");
}

/// A run measured on `items` random items, an equal share of each task.
fn drawn(run: &LadderRun, items: u64, rng: &mut ChaCha8Rng) -> Evidence {
    let each = items / 8;
    let task = |task: ClozeTask| {
        let right = (0..each).filter(|_| rng.random::<f64>() < run.accuracy[task as usize]).count();
        (task, TaskEvidence::counted(task, right as f64 / each as f64, each))
    };
    ClozeTask::ALL.into_iter().map(task).collect()
}

#[test]
fn intervals_hold_the_true_parameters_of_a_size_left_out() {
    let mut rng = ChaCha8Rng::seed_from_u64(15);
    let (mut held, mut asked) = ([0_u32; 3], [0_u32; 3]);
    for size in sizes(ladder()) {
        let (out, kept): (Vec<LadderRun>, Vec<LadderRun>) =
            ladder().iter().cloned().partition(|run| run.params == size);
        let family = EdgeFamily::fitted(&kept, Resampling { resamples: 60, seed: 1 }).unwrap();
        for run in &out {
            for (at, items) in [160, 500, 2_000].into_iter().enumerate() {
                for _ in 0..20 {
                    // The truth is the run's own size, at its own tokens; a run without a density claims nothing.
                    if let Ok(found) = by_accuracy(&family, run.tokens, &drawn(run, items, &mut rng)) {
                        let (low, high) = (found.effective.low, found.effective.high);
                        let inside =
                            low.is_none_or(|low| low.count() <= size) && high.is_none_or(|high| high.count() >= size);
                        held[at] += u32::from(inside);
                        asked[at] += 1;
                    }
                }
            }
        }
    }
    for (held, asked) in held.into_iter().zip(asked) {
        let share = f64::from(held) / f64::from(asked);
        assert!(asked > 400 && (0.90..=0.99).contains(&share), "{held} of {asked}");
    }
}

#[test]
fn a_single_task_orders_published_models_as_the_specification_says() {
    // HellaSwag accuracy as published (10-shot, so ±1.5 points): parameters in 1e9, share, and the density that the
    // specification reads off the HellaSwag curve. OPT and Pythia are not dense, SmolLM2 and Qwen2.5 are.
    let curve = EdgeCurve {
        loss: loss_fit(ladder(), Some(ClozeTask::HellaSwag)).unwrap().law,
        accuracy: accuracy_fit(ladder(), Some(ClozeTask::HellaSwag)).unwrap().law,
    };
    let fixture = include_str!("fixtures/published_hellaswag.csv");
    let rows = fixture.lines().filter(|line| !line.starts_with('#')).skip(1);
    for row in rows {
        let fields: Vec<&str> = row.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().unwrap();
        let density = curve.ln_params_of_accuracy(number(2), D0_TOKENS).unwrap().exp() / (number(1) * 1e9);
        assert!((number(3)..=number(4)).contains(&density), "{row}: {density}");
    }
}
