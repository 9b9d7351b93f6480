//! The control variate of the bits per byte: two real models on the same items, and what the interval of one gains.
//!
//! `fixtures/edge_gemma_bits.csv` is gemma-3-270m on the items of `models/edge_control.csv`, made by the same script.

use std::collections::BTreeMap;

use densimeter::law::edge::D0_TOKENS;
use densimeter::law::edge::capability::by_bits_per_byte;
use densimeter::law::edge::evidence::{Evidence, Mean, TaskEvidence, mean_bits};
use densimeter::law::edge::family::{EdgeFamily, sizes};
use densimeter::law::fit::Resampling;
use densimeter::model::catalog;
use densimeter::published::Library;
use densimeter::published::edge_control::{MODEL, SHA256, key};
use densimeter::stat::control_variate::control_variate;
use densimeter::unit::ClozeTask;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Bits per byte of each item, (gemma-3-270m, the control), by task.
fn pairs() -> BTreeMap<ClozeTask, Vec<(f64, f64)>> {
    let control = &Library::shipped().edge_control;
    let mut pairs: BTreeMap<ClozeTask, Vec<(f64, f64)>> = BTreeMap::new();
    let fixture = include_str!("fixtures/edge_gemma_bits.csv");
    for line in fixture.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let [task, item, prompt, bits] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let task: ClozeTask = task.parse().unwrap();
        let known = control[&task].get(&key(item, prompt)).unwrap_or_else(|| panic!("the control lacks {line}"));
        pairs.entry(task).or_default().push((bits.parse().unwrap(), *known));
    }
    assert_eq!(pairs.len(), ClozeTask::ALL.len());
    pairs
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, (values.map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// What a model would measure on `items` random items a task, whose items differ from the mean as gemma's do, with the
/// control known on all of the drawn ones: with it, or without. `at` is the true mean by task.
fn drawn(
    of: &BTreeMap<ClozeTask, Vec<(f64, f64)>>,
    at: &dyn Fn(ClozeTask) -> f64,
    items: usize,
    rng: &mut ChaCha8Rng,
) -> [Evidence; 2] {
    let mut both = [Evidence::new(), Evidence::new()];
    for (task, pairs) in of {
        // Both samples are of all the items there could be; the real pairs stand for these.
        let known: Vec<(f64, f64)> = (0..pairs.len()).map(|_| pairs[rng.random_range(0..pairs.len())]).collect();
        let (centre, _) = moments(pairs.iter().map(|pair| pair.0));
        let own: Vec<(f64, f64)> = known[..items].iter().map(|(y, x)| (y - centre + at(*task), *x)).collect();
        let (mean, spread) = moments(own.iter().map(|pair| pair.0));
        let plain = Mean { value: mean, standard_error: spread / (items as f64).sqrt() };
        let (control, control_spread) = moments(known.iter().map(|pair| pair.1));
        let found = control_variate(&own, control, control_spread / (known.len() as f64).sqrt()).unwrap();
        let adjusted = Mean { value: found.mean, standard_error: found.standard_error };
        for (evidence, bits_controlled) in both.iter_mut().zip([None, Some(adjusted)]) {
            let counted = TaskEvidence::counted(*task, 0.5, items as u64);
            evidence.insert(*task, TaskEvidence { bits_per_byte: Some(plain), bits_controlled, ..counted });
        }
    }
    both
}

#[test]
fn the_control_is_the_default_models_own_file() {
    let default = catalog::default_model().unwrap();
    assert_eq!(default.id, MODEL);
    assert!(default.files.iter().any(|file| file.sha256.as_deref() == Some(SHA256)));
}

#[test]
fn the_error_of_another_model_falls_and_is_what_is_claimed() {
    let of = pairs();
    let truth = |task: ClozeTask| moments(of[&task].iter().map(|pair| pair.0)).0;
    let mean = ClozeTask::ALL.into_iter().map(truth).sum::<f64>() / 8.0;
    let mut rng = ChaCha8Rng::seed_from_u64(15);
    let rounds = 2_000;
    let (mut squares, mut claimed, mut held) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for _ in 0..rounds {
        for (at, evidence) in drawn(&of, &truth, 20, &mut rng).iter().enumerate() {
            let found = mean_bits(evidence).unwrap();
            squares[at] += (found.value - mean).powi(2) / f64::from(rounds);
            claimed[at] += found.standard_error / f64::from(rounds);
            let inside = (found.value - mean).abs() < 1.96 * found.standard_error;
            held[at] += f64::from(u8::from(inside)) / f64::from(rounds);
        }
    }
    let error = squares.map(f64::sqrt);
    assert!(error[1] < 0.6 * error[0] && claimed[1] < 0.6 * claimed[0], "{error:?} {claimed:?}");
    assert!((claimed[1] / error[1] - 1.0).abs() < 0.12, "{error:?} {claimed:?}");
    assert!(held.iter().all(|held| (0.93..=0.985).contains(held)), "{held:?}");
}

#[test]
fn a_narrower_interval_still_holds_the_true_parameters_of_a_size_left_out() {
    let (of, ladder) = (pairs(), &Library::shipped().edge_ladder);
    let mut rng = ChaCha8Rng::seed_from_u64(15);
    let (mut held, mut asked, mut sampling) = ([0_u32; 2], [0_u32; 2], [0.0; 2]);
    for size in sizes(ladder) {
        let (out, kept): (Vec<_>, Vec<_>) = ladder.iter().cloned().partition(|run| run.params == size);
        let family = EdgeFamily::fitted(&kept, Resampling { resamples: 60, seed: 1 }).unwrap();
        for run in &out {
            for _ in 0..20 {
                let both = drawn(&of, &|task| run.bits_per_byte[task as usize], 20, &mut rng);
                let found = both.map(|evidence| by_bits_per_byte(&family, run.tokens, &evidence));
                let [Ok(plain), Ok(controlled)] = found else { continue };
                for (at, found) in [plain, controlled].iter().enumerate() {
                    let (low, high) = (found.effective.low, found.effective.high);
                    let inside =
                        low.is_none_or(|low| low.count() <= size) && high.is_none_or(|high| high.count() >= size);
                    held[at] += u32::from(inside);
                    asked[at] += 1;
                    sampling[at] += found.uncertainty.sampling;
                }
            }
        }
    }
    assert!(asked[0] > 400 && sampling[1] < 0.6 * sampling[0], "{asked:?} {sampling:?}");
    let share = f64::from(held[1]) / f64::from(asked[1]);
    assert!((0.90..=0.99).contains(&share), "{held:?} of {asked:?}");
}

#[test]
fn the_method_of_the_interval_names_the_control() {
    let even = |bits_controlled: Option<Mean>| -> Evidence {
        let task = |task: ClozeTask| {
            let bits_per_byte = Some(Mean { value: 1.2, standard_error: 0.1 });
            (task, TaskEvidence { bits_per_byte, bits_controlled, ..TaskEvidence::counted(task, 0.5, 20) })
        };
        ClozeTask::ALL.into_iter().map(task).collect()
    };
    let family = Library::edge_family();
    let found = |bits| by_bits_per_byte(family, D0_TOKENS, &even(bits)).unwrap();
    let (plain, with) = (found(None), found(Some(Mean { value: 1.25, standard_error: 0.05 })));
    assert!(with.effective.method.contains("control variate on 8 of 8 tasks"), "{}", with.effective.method);
    assert!(!plain.effective.method.contains("control"), "{}", plain.effective.method);
    assert!(with.score.method.contains("control variate") && (with.score.point - 1.25).abs() < 1e-12);
    assert!(with.uncertainty.sampling < plain.uncertainty.sampling);
    let half = |found: &densimeter::stat::Estimate| found.high.unwrap() - found.point;
    assert!((half(&plain.score) / half(&with.score) - 2.0).abs() < 1e-9);
}
