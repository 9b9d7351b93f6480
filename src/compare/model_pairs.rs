//! Which model of one report is which of the other.

use super::identity::{Aspect, Differ};
use crate::measure::bench_report::ModelReport;

/// Pairs the models: by their files' hashes, then by their names, then in their order.
pub(super) fn pairs<'a>(
    base: &'a [ModelReport],
    other: &'a [ModelReport],
    differ: &mut Differ,
) -> Vec<(&'a ModelReport, &'a ModelReport)> {
    let mut left: Vec<&ModelReport> = other.iter().collect();
    let mut found: Vec<Option<&ModelReport>> = vec![None; base.len()];
    let rules: [fn(&ModelReport, &ModelReport) -> bool; 3] = [
        |a, b| a.sha256.is_some() && a.sha256 == b.sha256,
        |a, b| a.id == b.id && a.params == b.params && a.bytes == b.bytes,
        |_, _| true,
    ];
    for same in rules {
        for (own, partner) in base.iter().zip(&mut found).filter(|(_, partner)| partner.is_none()) {
            if let Some(at) = left.iter().position(|candidate| same(own, candidate)) {
                *partner = Some(left.remove(at));
            }
        }
    }
    let mut pairs = Vec::new();
    for (own, partner) in base.iter().zip(found) {
        match partner {
            Some(partner) => {
                judge(own, partner, differ);
                pairs.push((own, partner));
            }
            None => differ.add(Aspect::Shapes, "model", Some(own.id.clone()), None),
        }
    }
    for extra in left {
        differ.add(Aspect::Shapes, "model", None, Some(extra.id.clone()));
    }
    pairs
}

/// Whether two paired models are the same file.
fn judge(own: &ModelReport, partner: &ModelReport, differ: &mut Differ) {
    let named = |model: &ModelReport| {
        let hash = model
            .sha256
            .as_deref()
            .and_then(|hash| hash.get(..12))
            .map_or_else(|| "no SHA-256".to_owned(), |hash| format!("sha256 {hash}…"));
        Some(format!("{} ({hash}, {} parameters, {} bytes)", model.id, model.params, model.bytes))
    };
    let alike = own.params == partner.params && own.bytes == partner.bytes && own.id == partner.id;
    match (&own.sha256, &partner.sha256) {
        (Some(own), Some(partner)) if own == partner => {}
        (None, None) if alike => differ.note(format!(
            "{}: taken for the same file by its name, parameters and bytes; neither report has its SHA-256",
            own.id
        )),
        _ => differ.add(Aspect::Model, "model", named(own), named(partner)),
    }
}
