//! Reading files of the user that must not be larger than they could sensibly be.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

use crate::table::MOST_BYTES;

/// Reads a table or a report as text.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let read = file.take(MOST_BYTES as u64 + 1).read_to_string(&mut text);
    let bytes = read.with_context(|| format!("cannot read {} as text", path.display()))?;
    if bytes > MOST_BYTES {
        bail!("{}: larger than {} MiB", path.display(), MOST_BYTES >> 20);
    }
    Ok(text)
}
