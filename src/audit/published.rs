//! Verdicts on a table of published pairs.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::AuditError;
use super::evidence::ground;
use super::kind_verdict::{KindVerdict, published_estimate};
use super::plan::Rules;
use super::published_mean;
use super::record::{AuditRecord, PublishedPair};
use crate::law::audit::{ALPHA, Basis, Kind, Margin, Question, judge, published_point};
use crate::law::audit_published::{self, Published};
use crate::law::audit_scores::Ground;
use crate::law::density::{self, Chip, Size};
use crate::law::evidence::Cost;
use crate::published::checkpoint::Checkpoint;
use crate::published::pairs::{self, Numbers, Pair, ScoredPair};
use crate::stat::Bootstrap;
use crate::table;

/// A pair with what was found, before the family is judged.
struct Open {
    /// Kinds that need a test.
    questions: Vec<(Kind, Question)>,
    /// Kinds that have their verdict already.
    settled: BTreeMap<Kind, KindVerdict>,
    published: Option<Published>,
}

/// The records of a CSV of pairs.
///
/// # Errors
/// A table that is none, a cell that does not hold what it should.
pub(crate) fn audit_table(path: &Path, rules: &Rules) -> Result<Vec<AuditRecord>, AuditError> {
    let rows = pairs::pairs(&path.display().to_string(), &table::read(path)?)?;
    let ground = ground();
    let open: Vec<Open> = rows
        .iter()
        .zip(0_u64..)
        .map(|(pair, row)| {
            let bootstrap = Bootstrap { seed: rules.bootstrap.seed.wrapping_add(row), ..rules.bootstrap };
            match &pair.numbers {
                Numbers::Densities { original, compressed } => Ok(points(*original, *compressed, rules.margin)),
                Numbers::Scores(scored) => scores(scored, &ground, rules, bootstrap),
            }
        })
        .collect::<Result<_, AuditError>>()?;
    let mut verdicts: Vec<BTreeMap<Kind, KindVerdict>> = open.iter().map(|row| row.settled.clone()).collect();
    // One family for each kind, since the exit code is about one kind only, and one for each sort of model: the scores of
    // instruct models are made otherwise than those of base models, and how many of the one there are is no matter of the other.
    let sorts = || Checkpoint::ALL.map(Some).into_iter().chain([None]);
    for (kind, sort) in Kind::ALL.into_iter().flat_map(|kind| sorts().map(move |sort| (kind, sort))) {
        let (places, family): (Vec<usize>, Vec<Question>) = open
            .iter()
            .enumerate()
            .filter(|(row, _)| rows[*row].checkpoint == sort)
            .flat_map(|(row, open)| {
                open.questions.iter().filter(|(of, _)| *of == kind).map(move |(_, q)| (row, q.clone()))
            })
            .unzip();
        for (row, finding) in places.into_iter().zip(judge(&family, ALPHA)) {
            let compressed = open[row].published.as_ref().and_then(|published| published.compressed.as_ref().err());
            verdicts[row].insert(kind, KindVerdict::of(finding, Basis::Density).without_effective(compressed));
        }
    }
    let mut records: Vec<AuditRecord> = rows
        .iter()
        .zip(open)
        .zip(verdicts)
        .map(|((pair, open), verdicts)| record(pair, open, verdicts, rules))
        .collect::<Result<_, AuditError>>()?;
    name_exceptions(&rows, &mut records);
    Ok(records)
}

fn points(original: f64, compressed: f64, margin: f64) -> Open {
    const ONE_DENSITY: &str = "the file gives densities by parameters only";
    let ratio = compressed / original;
    let settled = BTreeMap::from([
        (Kind::Params, KindVerdict::published(ratio, published_point(ratio, margin), false, None)),
        (Kind::Memory, KindVerdict::none(ONE_DENSITY)),
        (Kind::Time, KindVerdict::none(ONE_DENSITY)),
    ]);
    Open { questions: Vec::new(), settled, published: None }
}

fn scores(pair: &ScoredPair, ground: &Ground<'_>, rules: &Rules, bootstrap: Bootstrap) -> Result<Open, AuditError> {
    let (before, after) = audit_published::common(&pair.original.scores, &pair.compressed.scores);
    if before.present().next().is_none() || after.present().next().is_none() {
        if let Some(mean) = &pair.mean {
            let settled = published_mean::verdicts(pair, mean, ground, rules);
            return Ok(Open { questions: Vec::new(), settled, published: None });
        }
        return Ok(without_scores(pair, rules.loss_margin));
    }
    let published =
        match audit_published::compare(ground, &pair.original.scores, &pair.compressed.scores, pair.mixed, bootstrap) {
            Ok(published) => published,
            Err(error) => return Ok(nothing(&format!("the original has no effective parameters: {error}"))),
        };
    let size = |side: &pairs::Published| Size { bits: side.bits, ..Size::dense(side.params) };
    let (before, after) = (size(&pair.original), size(&pair.compressed));
    let seconds = |size: Size| density::inference_time(size, Chip::PUBLISHED, rules.workload);
    let costs = [
        (Kind::Params, before.total.count() / after.total.count()),
        (Kind::Memory, published_mean::memory_ratio(pair)),
        (Kind::Time, seconds(before)? / seconds(after)?),
    ];
    let questions = costs
        .into_iter()
        .map(|(kind, ratio)| {
            let evidence = published.evidence.with_cost(Cost { ln: ratio.ln(), error: 0.0 }, bootstrap.seed);
            (kind, Question { evidence, margin: Margin::Ratio(rules.margin) })
        })
        .collect();
    Ok(Open { questions, settled: BTreeMap::new(), published: Some(published) })
}

/// Rows without a common score: the ratio of published log-perplexities where there are two, else nothing.
fn without_scores(pair: &ScoredPair, margin: f64) -> Open {
    let Some(perplexity) = &pair.perplexity else { return nothing("no benchmark has a score of both models") };
    if pair.original.params != pair.compressed.params {
        return nothing("losses of models of different sizes say nothing about a density");
    }
    let ratio = perplexity.original.ln() / perplexity.compressed.ln();
    let reason = format!("ratio of the losses behind the published perplexities ({})", perplexity.metric);
    let verdict = KindVerdict::published(ratio, published_point(ratio, margin), true, Some(reason));
    const LOSS: &str = "a loss gives no density without a curve of its own kind";
    let settled = BTreeMap::from([
        (Kind::Params, verdict),
        (Kind::Memory, KindVerdict::none(LOSS)),
        (Kind::Time, KindVerdict::none(LOSS)),
    ]);
    Open { questions: Vec::new(), settled, published: None }
}

fn nothing(reason: &str) -> Open {
    let settled = Kind::ALL.into_iter().map(|kind| (kind, KindVerdict::none(reason))).collect();
    Open { questions: Vec::new(), settled, published: None }
}

fn record(
    pair: &Pair,
    open: Open,
    verdicts: BTreeMap<Kind, KindVerdict>,
    rules: &Rules,
) -> Result<AuditRecord, AuditError> {
    let names = [pair.original.clone(), pair.compressed.clone(), pair.method.clone()];
    let mut record = AuditRecord::new(names, rules.by, verdicts, rules.bootstrap.seed);
    record.published.variant = pair.variant.clone();
    record.published.checkpoint = pair.checkpoint;
    match &pair.numbers {
        Numbers::Densities { original, compressed } => {
            record.density_original = Some(published_estimate(*original));
            record.density_compressed = Some(published_estimate(*compressed));
        }
        Numbers::Scores(scored) => {
            record.published = PublishedPair {
                same_protocol: Some(!scored.mixed),
                bits: Some([scored.original.bits, scored.compressed.bits]),
                params: Some([scored.original.params, scored.compressed.params]),
                bytes: scored.original.bytes.zip(scored.compressed.bytes).map(|(before, after)| [before, after]),
                densities_text: (scored.mean.as_ref())
                    .filter(|_| open.published.is_none())
                    .map(|mean| published_mean::sentence(pair, scored, mean, &record.verdicts)),
                benchmarks: open.published.as_ref().map(|published| published.common.clone()),
                ..record.published
            };
            if let Some(published) = &open.published {
                let params = [scored.original.params, scored.compressed.params];
                let compressed = published.compressed.as_ref().ok().map(|found| &found.effective);
                record.take_densities(&published.original.effective, compressed, params)?;
            }
        }
    }
    Ok(record)
}

/// Of one original compressed by one variant, a file of fewer bits should not fare better; where it does, it is named.
fn name_exceptions(rows: &[Pair], records: &mut [AuditRecord]) {
    let bits = |pair: &Pair| match &pair.numbers {
        Numbers::Scores(scored) if pair.method.contains("quanti") => Some(scored.compressed.bits),
        _ => None,
    };
    for (at, pair) in rows.iter().enumerate() {
        let Some(own) = bits(pair) else { continue };
        let richer = rows.iter().enumerate().filter(|(other, candidate)| {
            *other != at
                && candidate.original == pair.original
                && family(candidate) == family(pair)
                && bits(candidate).is_some_and(|bits| bits > own)
                && records[*other].basis == records[at].basis
        });
        let worse =
            richer.filter(|(other, _)| records[*other].verdict < records[at].verdict).map(|(other, _)| other).next();
        if let Some(other) = worse {
            let text = format!(
                "{} at {own} bits, but {} at {} bits ({})",
                records[at].verdict,
                records[other].verdict,
                bits(&rows[other]).unwrap_or(f64::NAN),
                rows[other].compressed,
            );
            records[at].published.exception = Some(text);
        }
    }
}

/// The method without its number of bits: `SmoothQuant-W8A8 per-channel` and `…-W4A8 …` are one.
fn family(pair: &Pair) -> String {
    let text = pair.variant.as_deref().unwrap_or(&pair.method);
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
