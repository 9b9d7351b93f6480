//! `audit --pairs`: verdicts on published numbers.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::{Shipped, kind};
use crate::cli::Global;
use crate::cli::audit::Audit;
use crate::law::audit::{ALPHA, Basis, Kind, Margin, Question, judge, published_point};
use crate::law::audit_published::{self, Published};
use crate::law::density::{self, Chip, Size, Workload};
use crate::law::evidence::Cost;
use crate::published::pairs::{self, Numbers, Pair, ScoredPair};
use crate::report::audit::{self, AuditRecord, KindVerdict};
use crate::stat::{Bootstrap, Estimate};
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
pub(super) fn records(path: &Path, args: &Audit, global: &Global) -> anyhow::Result<Vec<AuditRecord>> {
    let rows = pairs::pairs(&path.display().to_string(), &table::read(path)?)?;
    let shipped = Shipped::load()?;
    let workload = Workload { n_in: args.n_in, n_out: args.n_out };
    let open: Vec<Open> = rows
        .iter()
        .zip(0_u64..)
        .map(|(pair, row)| {
            let bootstrap = Bootstrap { resamples: args.resamples as usize, seed: global.seed.wrapping_add(row) };
            match &pair.numbers {
                Numbers::Densities { original, compressed } => Ok(points(*original, *compressed, args.margin)),
                Numbers::Scores(scored) => scores(scored, &shipped, args, workload, bootstrap),
            }
        })
        .collect::<anyhow::Result<_>>()?;
    let mut verdicts: Vec<BTreeMap<Kind, KindVerdict>> = open.iter().map(|row| row.settled.clone()).collect();
    // One family for each kind: the exit code is about one kind only.
    for kind in Kind::ALL {
        let (places, family): (Vec<usize>, Vec<Question>) = open
            .iter()
            .enumerate()
            .flat_map(|(row, open)| {
                open.questions.iter().filter(|(of, _)| *of == kind).map(move |(_, q)| (row, q.clone()))
            })
            .unzip();
        for (row, finding) in places.into_iter().zip(judge(&family, ALPHA)) {
            let mut found = KindVerdict::of(finding, Basis::Density);
            if let Some(Err(error)) = open[row].published.as_ref().map(|published| &published.compressed) {
                found.reason = Some(format!("the compressed model has no effective parameters: {error}"));
            }
            verdicts[row].insert(kind, found);
        }
    }
    let mut records: Vec<AuditRecord> = rows
        .iter()
        .zip(open)
        .zip(verdicts)
        .map(|((pair, open), verdicts)| record(pair, open, verdicts, args, global))
        .collect::<anyhow::Result<_>>()?;
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

fn scores(
    pair: &ScoredPair,
    shipped: &Shipped,
    args: &Audit,
    workload: Workload,
    bootstrap: Bootstrap,
) -> anyhow::Result<Open> {
    let (before, after) = audit_published::common(&pair.original.scores, &pair.compressed.scores);
    if before.present().next().is_none() || after.present().next().is_none() {
        return Ok(without_scores(pair, args));
    }
    let ground = shipped.ground();
    let published = match audit_published::compare(
        &ground,
        &pair.original.scores,
        &pair.compressed.scores,
        pair.mixed,
        bootstrap,
    ) {
        Ok(published) => published,
        Err(error) => return Ok(nothing(&format!("the original has no effective parameters: {error}"))),
    };
    let size = |side: &pairs::Published| Size { bits: side.bits, ..Size::dense(side.params) };
    let (before, after) = (size(&pair.original), size(&pair.compressed));
    let seconds = |size: Size| density::inference_time(size, Chip::PUBLISHED, workload);
    let costs = [
        (Kind::Params, before.total.count() / after.total.count()),
        (Kind::Memory, before.total.count() * before.bits / (after.total.count() * after.bits)),
        (Kind::Time, seconds(before)? / seconds(after)?),
    ];
    let questions = costs
        .into_iter()
        .map(|(kind, ratio)| {
            let evidence = published.evidence.with_cost(Cost { ln: ratio.ln(), error: 0.0 }, bootstrap.seed);
            (kind, Question { evidence, margin: Margin::Ratio(args.margin) })
        })
        .collect();
    Ok(Open { questions, settled: BTreeMap::new(), published: Some(published) })
}

/// Rows without a common score: the ratio of published log-perplexities where there are two, else nothing.
fn without_scores(pair: &ScoredPair, args: &Audit) -> Open {
    let Some(perplexity) = &pair.perplexity else { return nothing("no benchmark has a score of both models") };
    if pair.original.params != pair.compressed.params {
        return nothing("losses of models of different sizes say nothing about a density");
    }
    let ratio = perplexity.original.ln() / perplexity.compressed.ln();
    let reason = format!("ratio of the losses behind the published perplexities ({})", perplexity.metric);
    let verdict = KindVerdict::published(ratio, published_point(ratio, args.loss_margin), true, Some(reason));
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
    args: &Audit,
    global: &Global,
) -> anyhow::Result<AuditRecord> {
    let names = [pair.original.clone(), pair.compressed.clone(), pair.method.clone()];
    let mut record = AuditRecord::new(names, kind(args.by), verdicts);
    let details = &mut record.details;
    details.insert("seed".to_owned(), json!(global.seed));
    if let Some(variant) = &pair.variant {
        details.insert("variant".to_owned(), json!(variant));
    }
    match &pair.numbers {
        Numbers::Densities { original, compressed } => {
            record.density_original = Some(audit::published_point(*original));
            record.density_compressed = Some(audit::published_point(*compressed));
        }
        Numbers::Scores(scored) => {
            details.insert("same_protocol".to_owned(), json!(!scored.mixed));
            details.insert("bits".to_owned(), json!([scored.original.bits, scored.compressed.bits]));
            details.insert("params".to_owned(), json!([scored.original.params, scored.compressed.params]));
            if let Some(published) = &open.published {
                details.insert("benchmarks".to_owned(), json!(published.common));
                let size = |estimate: &Estimate<density::EffectiveParams>| estimate.clone().map(|n| n.count());
                record.effective_params_original = Some(size(&published.original.effective));
                let own = |estimate, params| density::by_params(estimate, params).map(|d| d.map(|d| d.ratio()));
                record.density_original = Some(own(&published.original.effective, scored.original.params)?);
                if let Ok(compressed) = &published.compressed {
                    record.effective_params_compressed = Some(size(&compressed.effective));
                    record.density_compressed = Some(own(&compressed.effective, scored.compressed.params)?);
                }
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
            records[at].details.insert("exception".to_owned(), json!(text));
        }
    }
}

/// The method without its number of bits: `SmoothQuant-W8A8 per-channel` and `…-W4A8 …` are one.
fn family(pair: &Pair) -> String {
    let text = pair.variant.as_deref().unwrap_or(&pair.method);
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
