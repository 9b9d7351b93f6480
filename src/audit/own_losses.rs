//! A user's own audits as what formats cost.

use std::collections::BTreeSet;

use crate::audit::record::AuditRecord;
use crate::law::arrival::own_loss::OwnLoss;
use crate::law::audit::{Basis, Kind};

/// Bits of a weight of an original that lost next to nothing: Q8_0 has 8.5.
const WHOLE_BITS: f64 = 8.0;

/// Parameters of two files of one model differ by no more than this share.
const SAME_PARAMS: f64 = 0.02;

/// What the audits of quantised files say, and of the others why they say nothing.
#[must_use]
pub(crate) fn own_losses(records: &[AuditRecord]) -> (Vec<OwnLoss>, Vec<String>) {
    let (mut found, mut passed_over) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for record in records {
        let files = record.measured.sizes.as_ref();
        if files.is_some_and(|files| !seen.insert((&files.original.sha256, &files.compressed.sha256))) {
            passed_over.push(format!("the audit of {} is there twice and counts once", record.compressed));
            continue;
        }
        match own_loss(record) {
            Ok(loss) => found.push(loss),
            Err(why) => passed_over.push(format!("the audit of {} counts for no format: {why}", record.compressed)),
        }
    }
    (found, passed_over)
}

fn own_loss(record: &AuditRecord) -> Result<OwnLoss, &'static str> {
    let sizes = record.measured.sizes.as_ref().ok_or("it compares no files")?;
    if record.measured.mock == Some(true) {
        return Err("its numbers are made up (mock engine)");
    }
    if sizes.original.bits_per_weight < WHOLE_BITS {
        return Err("its original is quantised itself: what was lost there is not counted");
    }
    let (original, compressed) = (sizes.original.params as f64, sizes.compressed.params as f64);
    if (compressed / original - 1.0).abs() > SAME_PARAMS {
        return Err("parameters were dropped, not only bits");
    }
    let found = record.verdicts.get(&Kind::Params).ok_or("it has no density by parameters")?;
    if !matches!(found.basis, Some(Basis::Density | Basis::DensityEdge)) || found.of_losses {
        return Err("it rests on losses, not on densities");
    }
    let ratio = found.ratio.as_ref().ok_or("its ratio is null")?;
    let ends = ratio.low.zip(ratio.high).ok_or("its interval is open")?;
    OwnLoss::of(original, sizes.compressed.bits_per_weight, (ratio.point, ends.0, ends.1), ratio.level)
        .ok_or("its interval is open")
}
