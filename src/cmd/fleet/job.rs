//! The job of an inventory: its targets, and the files that they are sent.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;

use crate::cli::{self, Cli, Global};
use crate::cmd::Usage;
use crate::cmd::progress::Terminal;
use crate::fleet::inventory::{Inventory, Measuring, Target};
use crate::fleet::program::model_upload;
use crate::fleet::upload::Upload;
use crate::measure::model_file::resolve_all;
use crate::process::host;
use crate::worker::protocol::EngineKind;

/// Files of benchmarks that are sent along at most, and bytes of each.
const MOST_DATA: (usize, u64) = (256, 256 << 20);

/// The inventory; what is wrong in it was typed by the user, as arguments are.
pub(super) fn inventory(path: &Path) -> Result<Inventory, Usage> {
    Inventory::read(path).map_err(|error| Usage(error.to_string()))
}

/// The targets that were asked for.
pub(super) fn chosen<'a>(inventory: &'a Inventory, only: &[String]) -> Result<Vec<&'a Target>, Usage> {
    if let Some(name) = only.iter().find(|name| !inventory.targets.iter().any(|target| target.name == **name)) {
        return Err(Usage(format!("--only {name}: the inventory has no such target")));
    }
    let targets: Vec<&Target> =
        inventory.targets.iter().filter(|target| only.is_empty() || only.contains(&target.name)).collect();
    if targets.is_empty() {
        let what = "the inventory names no [[target]]; the shards of [slurm] are for `fleet submit --slurm` and `fleet collect`";
        return Err(Usage(what.to_owned()));
    }
    Ok(targets)
}

/// Whether the job's command takes its arguments; a target would only find out once everything was sent.
pub(super) fn understood(inventory: &Inventory, path: &Path) -> Result<(), Usage> {
    let job = &inventory.job;
    // What the target adds matters too: some options ask for it.
    let words = job.command.words(&job.arguments, "MODEL", "FOLDER", job.data.as_ref().map(|_| "FOLDER"));
    let words = std::iter::once("densimeter".to_owned()).chain(words).map(Into::into);
    Cli::try_parse_from(cli::canonical(words)).map(drop).map_err(|error| {
        let said = error.to_string();
        // Its first lines say what is wrong; the usage and the tip that follow are of another command line.
        let first: Vec<&str> = said.lines().map(str::trim).take_while(|line| !line.starts_with("Usage")).collect();
        let first = first.join(" ");
        let first = first.strip_prefix("error: ").unwrap_or(&first).trim_end();
        Usage(format!("{}: job.arguments: {first}", path.display()))
    })
}

/// Whether the job runs on the double.
fn engine(inventory: &Inventory) -> EngineKind {
    let words = &inventory.job.arguments;
    let mock = words.iter().any(|word| word == "--engine=mock")
        || words.windows(2).any(|pair| pair[0] == "--engine" && pair[1] == "mock");
    if mock { EngineKind::Mock } else { EngineKind::Llama }
}

/// The model's file as it is sent; an evaluation on the double needs none.
pub(super) fn model(inventory: &Inventory, offline: bool, global: &Global) -> anyhow::Result<Option<Upload>> {
    if engine(inventory) == EngineKind::Mock && inventory.job.command == Measuring::Eval {
        return Ok(None);
    }
    // This machine only sends the file: whether it has an engine itself does not matter.
    let chosen = resolve_all(&[inventory.model()], offline, EngineKind::Mock, &Terminal::new(global.quiet))?.remove(0);
    Ok(Some(model_upload(&chosen.path)?))
}

/// The benchmarks as they are sent.
pub(super) fn data(inventory: &Inventory) -> anyhow::Result<Vec<Upload>> {
    let Some(folder) = &inventory.job.data else { return Ok(Vec::new()) };
    if inventory.job.command == Measuring::Bench {
        return Ok(Vec::new());
    }
    let mut uploads = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.clone()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let below = path.strip_prefix(folder)?.display().to_string();
                let upload = Upload::of(&path, format!("data/{below}"), false)?;
                if uploads.len() == MOST_DATA.0 || upload.bytes > MOST_DATA.1 {
                    anyhow::bail!("{}: too much for a folder of benchmarks", folder.display());
                }
                uploads.push(upload);
            }
        }
    }
    if uploads.is_empty() {
        anyhow::bail!("{}: holds no benchmarks", folder.display());
    }
    uploads.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(uploads)
}

/// Who asks, for whoever finds a board locked.
pub(super) fn from() -> String {
    let host = host::name();
    format!(
        "{}@{host}",
        std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_else(|_| "user".to_owned())
    )
}
