//! The user's own audits: what they tell of a format comes before any published pair.

use std::path::PathBuf;

use super::terminal;
use crate::audit::own_losses::own_losses;
use crate::audit::record::AuditRecord;
use crate::law::arrival::own_loss::OwnLoss;

/// Reads them; of those that count for nothing a warning says why.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<OwnLoss>> {
    let records = paths.iter().map(|path| AuditRecord::read_all(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let (losses, passed_over) = own_losses(&records);
    passed_over.iter().for_each(|why| terminal::warning(why));
    Ok(losses)
}
