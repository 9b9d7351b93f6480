//! How long the parts of `law` take on the paper's 51 models.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use densimeter::density::measured::dated;
use densimeter::law::densing::DensingLaw;
use densimeter::law::envelope_bootstrap::{Coefficient, Scheme, replicates};
use densimeter::law::frontier::{DatedDensity, Frontier};
use densimeter::published::Library;
use densimeter::stat::{Bootstrap, Line, quantile_line};

fn models() -> Vec<DatedDensity> {
    Library::shipped().densities.iter().map(dated).collect()
}

fn trend(c: &mut Criterion) {
    let models = models();
    let law = DensingLaw::fit(models.clone()).expect("51 models have a law");
    let series = law.frontier.series();
    let envelope = law.frontier.record_series();
    c.bench_function("envelope of 51 models", |b| b.iter(|| Frontier::new(black_box(models.clone()))));
    c.bench_function("line through 9 records", |b| {
        b.iter(|| Line::fit(black_box(&envelope.days), black_box(&envelope.values)));
    });
    c.bench_function("0.9 quantile line of 51 models", |b| {
        b.iter(|| quantile_line(black_box(&series.days), black_box(&series.values), 0.9));
    });
    c.bench_function("bootstrap of the envelope, 10000 resamples", |b| {
        let run = Bootstrap { resamples: 10_000, seed: 42 };
        b.iter(|| replicates(black_box(&series), &[], &law.line, Scheme::OutOf, Coefficient::Slope, run));
    });
}

criterion_group!(benches, trend);
criterion_main!(benches);
