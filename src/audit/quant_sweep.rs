//! A sweep over formats: requantises a model to one after another, and weighs what each costs and loses.

use super::error::AuditError;
use super::measured::SweepPoint;
use super::plan::AuditPlan;
use super::record::AuditRecord;
use super::session::audit_subjects;
use super::subject::Subject;
use crate::law::audit::{Kind, Verdict};
use crate::law::pareto::front;
use crate::measure::quantizer::{Quantizer, cache_path, earlier};
use crate::model::recipe::Recipe;
use crate::model::resolve::{self, ResolveOptions, ResolvedModel};
use crate::observer::Observer;
use crate::unit::BitsPerWeight;

/// Requantises a model by every recipe, audits each result against it, and marks its place among them.
///
/// # Errors
/// As of an audit of files, or no recipe that this model can have.
pub(crate) fn audit_sweep(
    model: &str,
    recipes: &[Recipe],
    plan: &AuditPlan,
    observer: &dyn Observer,
) -> Result<Vec<AuditRecord>, AuditError> {
    let options = ResolveOptions::from_environment(plan.offline)?;
    let source = resolve::resolve_watched(model, &options, observer)?;
    let original = Subject::resolve(model, plan, observer)?;
    let quantizer = Quantizer::new(plan.engine, plan.threads, observer);
    let mut compressed = Vec::new();
    for recipe in recipes {
        match requantised(recipe, &source, &options, &quantizer, plan) {
            Ok(subject) => compressed.push(subject),
            // A format that this model cannot have is one point less, no broken sweep.
            Err(error) if !observer.interrupted() => {
                observer.warn(&format!("no rung {}: {error}", recipe.name()));
            }
            Err(error) => return Err(error),
        }
    }
    if compressed.is_empty() {
        let formats: Vec<String> = recipes.iter().map(Recipe::name).collect();
        return Err(AuditError::NoneQuantised { model: model.to_owned(), formats: formats.join(", ") });
    }
    let mut records = audit_subjects(original, compressed, plan, observer)?;
    weigh(&mut records);
    Ok(records)
}

/// The file of a recipe, made anew or found in the cache, under its real bits per weight.
fn requantised(
    recipe: &Recipe,
    source: &ResolvedModel,
    options: &ResolveOptions,
    quantizer: &Quantizer<'_>,
    plan: &AuditPlan,
) -> Result<Subject, AuditError> {
    let path = cache_path(&options.cache, source, recipe);
    if earlier(&path, source).is_none() {
        quantizer.write(source, recipe, &path)?;
    }
    let mut subject = Subject::resolve(&path.display().to_string(), plan, quantizer.observer)?;
    let bits = BitsPerWeight::from_bits(subject.file.info.bits_per_weight);
    subject.file.info.id = format!("{} ({bits})", recipe.name());
    Ok(subject)
}

/// Marks the points that no other beats in bytes, seconds and loss together, and the best for this device: the fastest
/// (the smallest, where nothing was timed) of those that surely held the original's quality.
fn weigh(records: &mut [AuditRecord]) {
    let costs: Vec<[f64; 3]> = records
        .iter()
        .map(|record| {
            let measured = &record.measured;
            let speed = measured.speed.as_ref().and_then(|speed| speed.compressed.as_ref());
            [
                measured.sizes.as_ref().map_or(f64::INFINITY, |sizes| sizes.compressed.weight_bytes),
                speed.map_or(0.0, |speed| speed.seconds_per_request),
                measured.compressed_loss().unwrap_or(f64::INFINITY),
            ]
        })
        .collect();
    let pareto = front(&costs);
    let quality = |record: &AuditRecord| record.verdicts.get(&Kind::Params).map(|found| found.verdict);
    let held = |at: &usize| matches!(quality(&records[*at]), Some(Verdict::Held | Verdict::Gained));
    let best = (0..records.len())
        .filter(held)
        .min_by(|&a, &b| costs[a][1].total_cmp(&costs[b][1]).then(costs[a][0].total_cmp(&costs[b][0])));
    for (at, record) in records.iter_mut().enumerate() {
        record.measured.sweep = Some(SweepPoint {
            name: record.compressed.clone(),
            bits_per_weight: record.measured.sizes.as_ref().map(|sizes| sizes.compressed.bits_per_weight),
            pareto: pareto[at],
            best: best == Some(at),
            rule: "pareto: no other rung is at least as good in bytes, seconds and loss; best: the fastest that held"
                .into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::audit::kind_verdict::KindVerdict;
    use crate::audit::measured::{BothFiles, BothSpeeds, FileSize, LossPair, RequestSpeed};
    use crate::audit::sweep_text;
    use crate::stat::Estimate;

    fn record(name: &str, bytes: f64, seconds: f64, loss: f64, verdict: Verdict) -> AuditRecord {
        let own = KindVerdict { verdict, ..KindVerdict::none("made up") };
        let names = ["original".to_owned(), name.to_owned(), "quantization".to_owned()];
        let mut record = AuditRecord::new(names, Kind::Params, BTreeMap::from([(Kind::Params, own)]), 42);
        let certain = |value: f64| Estimate::new(value, value, value, 0.95, "made up");
        let size = |bytes: f64| FileSize {
            file_bytes: bytes as u64,
            weight_bytes: bytes,
            bits_per_weight: bytes / 1e6,
            ..FileSize::default()
        };
        let speed = |seconds: f64| RequestSpeed {
            prefill_tokens_per_second: certain(100.0 / seconds),
            decode_tokens_per_second: certain(1.0 / seconds),
            seconds_per_request: seconds,
            valid: true,
        };
        let loss = LossPair { original: Some(certain(1.0)), compressed: Some(certain(loss)), ..LossPair::default() };
        record.measured.loss = Some(loss);
        record.measured.sizes = Some(BothFiles { original: size(16e6), compressed: size(bytes) });
        record.measured.speed = Some(BothSpeeds { original: speed(4.0), compressed: Some(speed(seconds)) });
        record
    }

    #[test]
    fn the_fastest_that_held_is_best_and_what_another_beats_is_off_the_front() {
        let mut records = [
            record("Q8_0", 8.5e6, 2.0, 1.001, Verdict::Held),
            record("Q6_K", 6.6e6, 1.8, 1.004, Verdict::Held),
            record("Q5_0", 6.7e6, 1.9, 1.020, Verdict::Undecided),
            record("Q2_K", 3.2e6, 1.0, 1.400, Verdict::Dropped),
        ];
        weigh(&mut records);
        let points: Vec<&SweepPoint> = records.iter().filter_map(|record| record.measured.sweep.as_ref()).collect();
        assert_eq!(points.iter().map(|point| point.pareto).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!(points.iter().map(|point| point.best).collect::<Vec<_>>(), [false, true, false, false]);
        assert_eq!(points[3].bits_per_weight, Some(3.2));
        let text = sweep_text::render(&records);
        assert!(text.contains("Pareto set (bytes, seconds, loss): Q8_0, Q6_K, Q2_K\n"), "{text}");
        assert!(text.ends_with("best for this device: Q6_K, the fastest that held\n"), "{text}");
        let beaten = text.lines().find(|line| line.trim_start().starts_with("Q5_0")).unwrap();
        let cells: Vec<&str> = beaten.split_whitespace().collect();
        assert_eq!(
            cells,
            ["Q5_0", "6.39", "MiB", "53", "0.5", "1.0200", "+2.00", "%", "–", "–", "undecided", "–", "–"]
        );
        assert!(text.contains(&format!("{:<24} {}| 1.4000 bits/byte\n", "Q2_K", "=".repeat(48))), "{text}");
        assert!(text.contains(&format!("{:<24} | 1.0010 bits/byte\n", "Q8_0")), "{text}");
    }
}
