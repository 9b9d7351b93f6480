//! Values that the types allow and nature does not.

use super::contradiction::Contradiction;
use crate::bench::measurement::Speed;
use crate::eval::report::EvalReport;
use crate::measure::bench_report::{BenchReport, LatencyReport, RowReport};
use crate::report::run::RunReport;
use crate::stat::Estimate;

/// What is impossible in a report, first come first told.
pub(super) fn check(report: &RunReport) -> Result<(), Contradiction> {
    let Some(bench) = &report.bench else { return Ok(()) };
    if bench.schema != report.schema {
        return Err(format!("its bench part has schema {}, the report {}", bench.schema, report.schema).into());
    }
    for model in bench.models.iter().chain(&bench.model) {
        if model.bits_per_weight <= 0.0 {
            return Err(format!("model `{}`: {} bits per weight", super::cut(&model.id), model.bits_per_weight).into());
        }
    }
    let imported = report.imported.is_some();
    for row in &bench.results {
        check_row(bench, row)
            .map_err(Contradiction::from)
            .and_then(|()| check_speed(row, imported))
            .map_err(|found| Contradiction { row: Some(super::cut(&row.test)), ..found })?;
    }
    if (report.valid || bench.valid) && bench.results.iter().any(|row| !row.valid) {
        return Err("it calls itself valid, and one of its rows is not".to_owned().into());
    }
    report.eval.as_ref().map_or(Ok(()), check_scores).map_err(Contradiction::from)
}

/// Scores are percentages.
fn check_scores(eval: &EvalReport) -> Result<(), String> {
    for score in eval.tasks.iter().filter_map(|task| task.score.as_ref()) {
        for percent in [Some(score.point), score.low, score.high].into_iter().flatten() {
            if !(0.0..=100.0).contains(&percent) {
                return Err(format!("a score of {percent} %"));
            }
        }
    }
    Ok(())
}

fn check_row(bench: &BenchReport, row: &RowReport) -> Result<(), String> {
    if !bench.models.iter().any(|model| model.id == row.model) {
        return Err(format!("its model `{}` is none of the report's", super::cut(&row.model)));
    }
    if row.samples_ns.contains(&0) {
        return Err("a repetition took no time".to_owned());
    }
    let speeds = [
        ("tokens_per_second", row.tokens_per_second.as_ref().map(|speed| speed.point)),
        ("median_tokens_per_second", row.median_tokens_per_second),
    ];
    for (name, value) in speeds {
        if value.is_some_and(|value| value <= 0.0) {
            return Err(format!("`{name}` is not above 0"));
        }
    }
    if let Some(speed) = &row.tokens_per_second {
        ordered("tokens_per_second", speed)?;
    }
    if row.valid && row.warnings.iter().any(|warning| warning.invalidates || warning.warning.invalidates()) {
        return Err("it is called valid beside a warning that says it is not".to_owned());
    }
    row.latency.as_ref().map_or(Ok(()), check_latency)
}

/// Share of the mean speed by which two computers may differ over the same repetitions.
const ROUNDING: f64 = 1e-6;

/// The speeds of a row are those of its repetitions: anybody may write a number, and these are what it rests on.
fn check_speed(row: &RowReport, imported: bool) -> Result<(), Contradiction> {
    let stated = row.tokens_per_second.as_ref();
    if stated.is_none() && row.median_tokens_per_second.is_none() {
        return Ok(());
    }
    if imported && row.valid {
        return Err("an imported row is called valid, and nothing vouches for its machine".to_owned().into());
    }
    let Some(speed) = Speed::of(row.tokens, &row.samples_ns) else {
        // llama-bench's SQL and CSV hold no repetitions.
        return if imported { Ok(()) } else { Err("a speed without a repetition".to_owned().into()) };
    };
    let mean = &speed.mean;
    let slack = ROUNDING * mean.point;
    let numbers = [
        ("tokens_per_second", stated.map(|own| own.point), Some(mean.point), slack),
        ("the lower end of tokens_per_second", stated.and_then(|own| own.low), mean.low, slack),
        ("the upper end of tokens_per_second", stated.and_then(|own| own.high), mean.high, slack),
        ("median_tokens_per_second", row.median_tokens_per_second, Some(speed.median), slack),
        ("stddev_tokens_per_second", row.stddev_tokens_per_second, speed.deviation, slack),
        ("spread", row.spread, speed.spread, ROUNDING),
    ];
    for (name, own, derived, slack) in numbers {
        match (own, derived) {
            (Some(own), Some(derived)) if (own - derived).abs() > slack => {
                let what = format!("{name} is {own}, and its repetitions give {derived}");
                return Err(Contradiction { numbers: Some((own, derived)), ..what.into() });
            }
            (Some(own), None) => return Err(format!("{name} is {own}, and one repetition gives none").into()),
            _ => {}
        }
    }
    Ok(())
}

fn check_latency(latency: &LatencyReport) -> Result<(), String> {
    for percentile in [&latency.p50, &latency.p90, &latency.p95, &latency.p99].into_iter().flatten() {
        ordered("latency", percentile)?;
        if percentile.point < 0.0 {
            return Err("a latency below 0".to_owned());
        }
    }
    Ok(())
}

/// The point lies in its interval.
fn ordered(name: &str, estimate: &Estimate) -> Result<(), String> {
    let below = estimate.low.is_some_and(|low| low > estimate.point);
    let above = estimate.high.is_some_and(|high| high < estimate.point);
    if below || above { Err(format!("`{name}` lies outside its own interval")) } else { Ok(()) }
}
