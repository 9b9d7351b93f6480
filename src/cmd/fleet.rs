//! `densimeter fleet`: the same on other machines.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;

use super::progress::Terminal;
use super::{Outcome, Usage, terminal};
use crate::cli::fleet::{Action, Fleet};
use crate::cli::{self, Cli, Global};
use crate::fleet::inventory::{Inventory, Measuring, Target};
use crate::fleet::program::model_upload;
use crate::fleet::upload::Upload;
use crate::measure::model_file::resolve_all;
use crate::worker::protocol::EngineKind;

mod collect;
mod run;
mod slurm;
mod status;
mod table;

/// Files of benchmarks that are sent along at most, and bytes of each.
const MOST_DATA: (usize, u64) = (256, 256 << 20);

/// Runs the command.
pub(super) fn run(args: &Fleet, global: &Global) -> anyhow::Result<Outcome> {
    match &args.action {
        Action::Run(args) => run::run(args, global),
        Action::Submit(args) => slurm::submit(args, global),
        Action::Status(args) => status::run(args, global),
        Action::Collect(args) => collect::run(args, global),
    }
}

/// The inventory; what is wrong in it was typed by the user, as arguments are.
fn inventory(path: &Path) -> Result<Inventory, Usage> {
    Inventory::read(path).map_err(|error| Usage(error.to_string()))
}

/// The targets that were asked for.
fn chosen<'a>(inventory: &'a Inventory, only: &[String]) -> Result<Vec<&'a Target>, Usage> {
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
fn understood(inventory: &Inventory, path: &Path) -> Result<(), Usage> {
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
fn model(inventory: &Inventory, offline: bool, global: &Global) -> anyhow::Result<Option<Upload>> {
    if engine(inventory) == EngineKind::Mock && inventory.job.command == Measuring::Eval {
        return Ok(None);
    }
    // This machine only sends the file: whether it has an engine itself does not matter.
    let chosen = resolve_all(&[inventory.model()], offline, EngineKind::Mock, &Terminal::new(global.quiet))?.remove(0);
    Ok(Some(model_upload(&chosen.path)?))
}

/// The benchmarks as they are sent.
fn data(inventory: &Inventory) -> anyhow::Result<Vec<Upload>> {
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

/// An empty table; on a terminal it is no wider than that.
fn table(headings: &[&str]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY).set_header(headings);
    if let Some(columns) = terminal::width() {
        table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic).set_width(columns);
    }
    table
}

/// A line for people, unless they want none.
fn note(global: &Global, text: &str) {
    if !global.quiet {
        terminal::note(text);
    }
}

/// Who asks, for whoever finds a board locked.
fn from() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{}@{host}", std::env::var("USER").unwrap_or_else(|_| "user".to_owned()))
}
