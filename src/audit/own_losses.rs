//! A user's own audits as what formats cost.

use crate::audit::record::AuditRecord;
use crate::law::arrival::own_loss::OwnLoss;
use crate::law::audit::{Basis, Kind};

/// Parameters of two files of one model differ by no more than this share.
const SAME_PARAMS: f64 = 0.02;

/// What the audits of quantised files say, and of the others why they say nothing.
#[must_use]
pub(crate) fn own_losses(records: &[AuditRecord]) -> (Vec<OwnLoss>, Vec<String>) {
    let (mut found, mut passed_over) = (Vec::new(), Vec::new());
    for record in records {
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
