//! What was asked for wrongly is told as wrong usage.

use crate::audit::error::AuditError;
use crate::cmd::Usage;

/// The error as the command ends with it.
pub(super) fn refused(error: AuditError) -> anyhow::Error {
    if error.is_refusal() { Usage(error.to_string()).into() } else { error.into() }
}
