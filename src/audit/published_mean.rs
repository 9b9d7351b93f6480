//! Pairs of which only the mean of several tests is published: the three densities as points, and one sentence on them.

use std::collections::BTreeMap;

use super::kind_verdict::KindVerdict;
use super::plan::Rules;
use crate::law::audit::{Kind, published_point};
use crate::law::audit_published::ln_ratio_of_means;
use crate::law::audit_scores::Ground;
use crate::published::pairs::{Pair, PublishedMean, ScoredPair};

/// Why there is no density by time.
const NO_SPEED: &str = "no speed of both files on one device is published";

/// Memory of the original over that of the compressed model: published bytes, else what parameters and bits come to.
pub(super) fn memory_ratio(pair: &ScoredPair) -> f64 {
    let counted = |side: &crate::published::pairs::Published| side.params.count() * side.bits / 8.0;
    match (pair.original.bytes, pair.compressed.bytes) {
        (Some(before), Some(after)) => before / after,
        _ => counted(&pair.original) / counted(&pair.compressed),
    }
}

/// The verdicts on a pair of means.
pub(super) fn verdicts(
    pair: &ScoredPair,
    mean: &PublishedMean,
    ground: &Ground<'_>,
    rules: &Rules,
) -> BTreeMap<Kind, KindVerdict> {
    let Some(ln) = ln_ratio_of_means(ground, mean.original, mean.compressed) else {
        let reason = format!("the {} lies off the curve", mean.metric);
        return Kind::ALL.into_iter().map(|kind| (kind, KindVerdict::none(reason.clone()))).collect();
    };
    let reason = format!("the {} read on the curve of the mean of five others, a stand-in", mean.metric);
    let of = |cost: f64| {
        let ratio = ln.exp() * cost;
        KindVerdict::published(ratio, published_point(ratio, rules.margin), false, Some(reason.clone()))
    };
    BTreeMap::from([
        (Kind::Params, of(pair.original.params.count() / pair.compressed.params.count())),
        (Kind::Memory, of(memory_ratio(pair))),
        (Kind::Time, KindVerdict::none(NO_SPEED)),
    ])
}

/// The three densities in one sentence, the best news first.
pub(super) fn sentence(
    pair: &Pair,
    scored: &ScoredPair,
    mean: &PublishedMean,
    verdicts: &BTreeMap<Kind, KindVerdict>,
) -> String {
    let mut told: Vec<(&Kind, &KindVerdict)> = verdicts.iter().collect();
    told.sort_by_key(|(kind, found)| (std::cmp::Reverse(found.verdict), **kind));
    told.sort_by_key(|(_, found)| found.ratio.is_none());
    let words = |(kind, found): (&Kind, &KindVerdict)| match &found.ratio {
        Some(ratio) => format!("by {} {} (density x {:.2})", long(*kind), found.verdict, ratio.point),
        None => format!("by {} not known ({})", long(*kind), found.reason.as_deref().unwrap_or("no number")),
    };
    let sizes = match (scored.original.bytes, scored.compressed.bytes) {
        (Some(before), Some(after)) => format!(", {:.2} against {:.1} GB", after / 1e9, before / 1e9),
        _ => String::new(),
    };
    format!(
        "{} against {}: {}; {} {} against {}{sizes}",
        pair.compressed,
        pair.original,
        told.into_iter().map(words).collect::<Vec<_>>().join(", "),
        mean.metric,
        mean.compressed,
        mean.original,
    )
}

const fn long(kind: Kind) -> &'static str {
    match kind {
        Kind::Params => "parameters",
        Kind::Memory => "memory",
        Kind::Time => "time",
    }
}
