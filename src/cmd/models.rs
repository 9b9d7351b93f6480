//! `densimeter models`.

use serde::Serialize;

use super::progress::Terminal;
use super::{Outcome, terminal};
use crate::cli::{
    Global,
    models::{Action, Models},
};
use crate::model::cache::Cache;
use crate::model::catalog::{Catalog, CatalogEntry};
use crate::model::resolve::{self, ResolveOptions};
use crate::unit::Bytes;

mod check;
mod quantize;
mod show;

/// Runs the command.
pub(super) fn run(args: &Models, global: &Global) -> anyhow::Result<Outcome> {
    match &args.action {
        Action::List => list(global),
        Action::Show { model } => show::run(model, global),
        Action::Fetch { models, offline } => fetch(models, *offline, global),
        Action::Check { models, offline } => check::run(models, *offline, global),
        Action::Quantize(args) => quantize::run(args, global),
    }
}

/// A model with where its files lie.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    entry: &'a CatalogEntry,
    /// Paths of the files that are in the cache.
    cached: Vec<std::path::PathBuf>,
}

fn list(global: &Global) -> anyhow::Result<Outcome> {
    let catalog = Catalog::load()?;
    let cache = Cache::of_this_user()?;
    let listed: Vec<Listed<'_>> = catalog
        .entries()
        .iter()
        .map(|entry| {
            let paths = entry.files.iter().map(|file| cache.model_path(&entry.id, &file.name));
            Listed { entry, cached: paths.filter(|path| path.is_file()).collect() }
        })
        .collect();
    if global.json {
        terminal::json(&listed)?;
        return Ok(Outcome::Done);
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["model", "params", "released", "licence", "files", "size", "MMLU %", "here"]);
    for Listed { entry, cached } in &listed {
        let size = entry.files.first().and_then(|file| file.bytes);
        let mmlu = entry.scores.as_ref().and_then(|scores| scores.mmlu);
        table.add_row([
            format!("{}{}", entry.id, if entry.default { " (default)" } else { "" }),
            entry.parameters.total.to_string(),
            entry.released(),
            entry.licence.clone(),
            entry.files.iter().map(|file| file.quantisation.as_str()).collect::<Vec<_>>().join(", "),
            size.map_or("unknown".to_owned(), |bytes| bytes.to_string()),
            mmlu.map_or(String::new(), |score| format!("{score:.1}")),
            if cached.is_empty() { "no" } else { "yes" }.to_owned(),
        ]);
    }
    terminal::out(&format!("{}\n", table.trim_fmt()))?;
    Ok(Outcome::Done)
}

/// One line of `models fetch`.
#[derive(Serialize)]
struct Fetched {
    model: String,
    id: Option<String>,
    path: Option<std::path::PathBuf>,
    sha256: Option<String>,
    bytes: Option<Bytes>,
    /// Why it could not be fetched.
    reason: Option<String>,
}

fn fetch(models: &[String], offline: bool, global: &Global) -> anyhow::Result<Outcome> {
    let mut options = ResolveOptions::from_environment(offline)?;
    options.fetch.verify = true;
    let mut fetched = Vec::new();
    let mut failures = Vec::new();
    for model in models {
        fetched.push(match resolve::resolve_watched(model, &options, &Terminal::new(global.quiet)) {
            Ok(found) => {
                if !global.json {
                    terminal::out(&format!("{}\n", found.path.display()))?;
                }
                Fetched {
                    model: model.clone(),
                    id: Some(found.id),
                    path: Some(found.path),
                    sha256: Some(found.sha256),
                    bytes: Some(found.bytes),
                    reason: None,
                }
            }
            Err(error) => {
                let reason = Some(error.to_string());
                failures.push(error);
                Fetched { model: model.clone(), id: None, path: None, sha256: None, bytes: None, reason }
            }
        });
    }
    if global.json {
        terminal::json(&fetched)?;
    }
    let some = failures.len() < models.len();
    let Some(last) = failures.pop() else { return Ok(Outcome::Done) };
    for error in failures {
        terminal::error(&error.into());
    }
    if !some {
        return Err(last.into());
    }
    terminal::error(&last.into());
    Ok(Outcome::SomeFailed)
}
