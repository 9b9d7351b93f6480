//! How long it takes to invert a reference curve, to fit one and to impute a mean.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use densimeter::law::fit::{Resampling, ScorePoint, performance_step};
use densimeter::law::impute::five_mean;
use densimeter::published::{Library, reference_points, shipped};
use densimeter::unit::Scores;

fn inversion(criterion: &mut Criterion) {
    let family = &Library::shipped().family;
    criterion.bench_function("score to effective parameters", |bencher| {
        bencher.iter(|| family.average.effective_params(black_box(47.2), black_box(5e12)));
    });
    let releases = Library::shipped().releases.iter();
    let complete: Vec<Scores> = releases.map(|r| r.scores).filter(|s| s.five_mean().is_some()).collect();
    let partial = Scores::from_percent([Some(66.7), None, Some(20.3), None, Some(47.6)]).expect("percent");
    criterion.bench_function("imputed mean of five", |bencher| {
        bencher.iter(|| five_mean(black_box(&partial), black_box(&complete)));
    });
}

fn fitting(criterion: &mut Criterion) {
    let rows = reference_points::scores("performance_points.csv", shipped::PERFORMANCE_POINTS).expect("they parse");
    let points: Vec<ScorePoint> = rows
        .into_iter()
        .filter(|row| row.benchmark == "average" && !row.held_out)
        .map(|row| ScorePoint { loss: row.loss, percent: row.percent })
        .collect();
    let once = Resampling { resamples: 0, seed: 1 };
    criterion.bench_function("performance step from 24 starts", |bencher| {
        bencher.iter(|| performance_step(black_box(&points), true, once));
    });
}

criterion_group!(benches, inversion, fitting);
criterion_main!(benches);
