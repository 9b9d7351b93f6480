//! That a model is what it is called: names and hashes of the catalogue belong together, sizes to parameters.

use super::rule::{Finding, LONGEST, Rule};
use crate::measure::bench_report::wire::ModelReport;
use crate::model::catalog::Catalog;
use crate::report::run::RunReport;
use crate::sanitize::line;

/// Share by which a count of parameters may differ from the catalogue's: some of them are rounded.
const ROUNDED: f64 = 0.05;

/// Bits per weight that a file can have.
const BITS: std::ops::RangeInclusive<f64> = 1.0..=33.0;

/// Bytes of a header with its vocabulary, at most.
const HEADER: f64 = 64e6;

/// What is found.
pub(super) fn look(report: &RunReport, catalog: &Catalog) -> Vec<Finding> {
    let Some(bench) = &report.bench else { return Vec::new() };
    let mut found = Vec::new();
    for (at, model) in bench.models.iter().enumerate() {
        if bench.models[..at].iter().any(|other| other.id == model.id) {
            found.push(about(model, "stands there twice"));
        }
        found.extend(size(model));
        found.extend(identity(model, catalog));
    }
    if bench.model.as_ref() != bench.models.first() {
        found.push(Finding::new(Rule::Model, "`model` is not the first of `models`"));
    }
    if let Some(eval) = &report.eval {
        let evaluated = bench.models.iter().find(|model| model.id == eval.model.id);
        if !eval.mock && evaluated.is_none_or(|model| model.sha256 != eval.model.sha256) {
            let text = format!("`{}` was evaluated, a file that was not timed", line(&eval.model.id, LONGEST));
            found.push(Finding::new(Rule::Model, text));
        }
    }
    found
}

fn about(model: &ModelReport, what: &str) -> Finding {
    Finding::new(Rule::Model, format!("`{}`: {what}", line(&model.id, LONGEST)))
}

/// The file holds its tensors, and little else.
fn size(model: &ModelReport) -> Option<Finding> {
    let (bytes, bits) = (model.bytes as f64, model.bits_per_weight);
    if !BITS.contains(&bits) {
        let bound = if bits < *BITS.start() { *BITS.start() } else { *BITS.end() };
        return Some(about(model, &format!("no file has {bits} bits per weight")).number(bits, bound));
    }
    let weights = model.params as f64 * bits / 8.0;
    if weights > bytes * 1.000_001 {
        let what = format!("a file of {bytes} bytes does not hold {} weights of {bits:.3} bits", model.params);
        return Some(about(model, &what).number(bytes, weights));
    }
    let most = 1.1 * weights + HEADER;
    (bytes > most).then(|| {
        let what = format!("{} weights of {bits:.3} bits make no file of {bytes} bytes", model.params);
        about(model, &what).number(bytes, most)
    })
}

fn identity(model: &ModelReport, catalog: &Catalog) -> Option<Finding> {
    let Some(hash) = &model.sha256 else { return Some(about(model, "its file has no hash")) };
    if hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Some(about(model, "its hash is no SHA-256"));
    }
    if let Some(entry) = catalog.get(&model.id) {
        let known: Vec<&str> = entry.files.iter().filter_map(|file| file.sha256.as_deref()).collect();
        // Where a file of the catalogue has no hash, it may be that one.
        if known.len() == entry.files.len() && !known.contains(&hash.as_str()) {
            let what = format!(
                "its file has the hash {}…, the catalogue's {}…",
                &hash[..12],
                &known[0][..12.min(known[0].len())]
            );
            return Some(about(model, &what));
        }
        let (own, total) = (model.params as f64, entry.parameters.total.count());
        if (own / total - 1.0).abs() > ROUNDED {
            return Some(about(model, &format!("{own} parameters, the catalogue's has {total}")).number(own, total));
        }
    }
    let files = catalog.entries().iter().flat_map(|entry| entry.files.iter().map(move |file| (entry, file)));
    let (entry, file) = files.into_iter().find(|(_, file)| file.sha256.as_ref() == Some(hash))?;
    let size = file.bytes.map(|bytes| bytes.bytes()).filter(|bytes| *bytes != model.bytes);
    if let Some(size) = size {
        let what = format!("a file of {} bytes with the hash of {}, which has {size}", model.bytes, entry.id);
        return Some(about(model, &what).number(model.bytes as f64, size as f64));
    }
    let (own, total) = (model.params as f64, entry.parameters.total.count());
    ((own / total - 1.0).abs() > ROUNDED).then(|| {
        about(model, &format!("{own} parameters with the hash of {}, which has {total}", entry.id)).number(own, total)
    })
}
