//! `densimeter fleet submit --slurm`, and collecting what its array job left.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::job::{data, inventory, model, understood};
use super::text::note;
use crate::cli::Global;
use crate::cli::fleet::Submit;
use crate::cmd::{Outcome, Usage, terminal};
use crate::eval::journal::Key;
use crate::eval::merge::{self, Merged};
use crate::file::run_folder as store;
use crate::fleet::document::{CollectedShards, CollectedTask, Submitted};
use crate::fleet::inventory::{Inventory, Slurm};
use crate::fleet::slurm::{command, finished, job_id, script, shard_folders};
use crate::fleet::transport::Transport;
use crate::fleet::upload::Line;
use crate::meter::deadline::Deadline;
use crate::process::interrupt::{self, interrupted};
use crate::process::shell::quoted;
use crate::sanitize::printable;

/// Name of the script in the shared folder.
const SCRIPT: &str = "densimeter.sbatch";

/// How long a copy into the shared folder may take.
const COPY: Duration = Duration::from_secs(86_400);

/// Writes the job, copies model and data to where the nodes see them, and submits it.
pub(super) fn submit(args: &Submit, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let inventory = inventory(&args.inventory)?;
    understood(&inventory, &args.inventory)?;
    let Some(slurm) = &inventory.slurm else {
        return Err(Usage(format!("{}: has no [slurm] part", args.inventory.display())).into());
    };
    // Before a model is fetched: what can be wrong with the job does not depend on it.
    script(&inventory, slurm, None).map_err(|error| Usage(format!("{}: {error}", args.inventory.display())))?;
    let upload = model(&inventory, args.offline, global)?;
    let text = script(&inventory, slurm, upload.as_ref().map(|model| model.place.as_str()))?;
    if args.dry_run {
        terminal::out(&text)?;
        return Ok(Outcome::Done);
    }
    store::prepare(&slurm.folder)?;
    for folder in ["shards", "logs"] {
        std::fs::create_dir_all(slurm.folder.join(folder))?;
    }
    if !merge::tasks(&shard_folders(slurm)).is_empty() {
        bail!("{}: holds the shards of an earlier job; give another folder, or remove them", slurm.folder.display());
    }
    let folder = slurm.folder.display().to_string();
    let transport = Transport::local();
    let line = Line {
        transport: &transport,
        folder: &folder,
        bytes_per_s: None,
        free_bytes: None,
        deadline: &Deadline::new(COPY),
        interrupted: &interrupted,
    };
    for upload in upload.iter().chain(&data(&inventory)?) {
        upload.send(&line, &|_| {})?;
    }
    let path = slurm.folder.join(SCRIPT);
    store::write(&path, text.as_bytes())?;
    let answer = Command::new("sbatch")
        .arg("--parsable")
        .arg(&path)
        .stdin(Stdio::null())
        .output()
        .context("sbatch cannot be started: is this a login node?")?;
    let said = String::from_utf8_lossy(&answer.stdout);
    let Some(job) = job_id(&said).filter(|_| answer.status.success()) else {
        bail!("sbatch refused: {}", printable(&String::from_utf8_lossy(&answer.stderr), 400));
    };
    if global.json {
        terminal::json(&Submitted::new(job, slurm.shards, path))?;
    } else {
        terminal::out(&format!("job {job}: {} shards, script {}\n", slurm.shards, path.display()))?;
    }
    note(global, &format!("when it has ended: densimeter fleet collect {} -o DIR", args.inventory.display()));
    Ok(Outcome::Done)
}

/// Merges the logs of the shards.
pub(super) fn collect(inventory: &Inventory, slurm: &Slurm, output: &Path, global: &Global) -> anyhow::Result<Outcome> {
    let folders = shard_folders(slurm);
    let open: Vec<usize> = (0..folders.len()).filter(|&shard| !finished(&folders[shard])).collect();
    let tasks = merge::tasks(&folders);
    store::prepare(output)?;
    let mut rows = Vec::new();
    for task in tasks {
        let merged = merge::merge(&folders, &task)?;
        write(&merged, output)?;
        rows.push(CollectedTask::of(task, &merged));
    }
    // The model as the shards had it; where this machine does not know it, as the inventory names it.
    let sent = model(inventory, true, global).ok().flatten();
    let command = command(&inventory.job, slurm, sent.as_ref().map(|model| model.place.as_str()));
    let score = format!("{command} -o {} --resume", quoted(&std::path::absolute(output)?.display().to_string()));
    let names: Vec<String> = open.iter().map(ToString::to_string).collect();
    let collected = CollectedShards::new(open, rows, score);
    if global.json {
        terminal::json(&collected)?;
    } else {
        for row in &collected.tasks {
            terminal::out(&format!("{}: {} of {} items\n", row.task, row.collected, row.items))?;
        }
    }
    if collected.complete() {
        note(global, &format!("scores, without evaluating anything again: {}", collected.score_with));
        return Ok(Outcome::Done);
    }
    note(global, &format!("not complete: shards {} have not ended; collect again later", names.join(", ")));
    Ok(Outcome::SomeFailed)
}

/// Leaves the merged log as an evaluation on one machine would have.
fn write(merged: &Merged, folder: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for record in &merged.records {
        text += &serde_json::to_string(record)?;
        text.push('\n');
    }
    let task = &merged.key.task;
    let log = folder.join(format!("{task}.jsonl"));
    // A folder of something else must not be written over.
    let key_path = folder.join(format!("{task}.key.json"));
    if let Ok(before) = std::fs::read_to_string(&key_path) {
        let before: Key = serde_json::from_str(&before).with_context(|| key_path.display().to_string())?;
        if before != merged.key {
            bail!("{}: of another evaluation; give another folder with -o", key_path.display());
        }
    }
    store::write(&log, text.as_bytes())?;
    store::write_json(&key_path, &merged.key)?;
    Ok(())
}
