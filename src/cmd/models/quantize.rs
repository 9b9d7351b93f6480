//! `densimeter models quantize`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::Global;
use crate::cli::models::Quantize;
use crate::cmd::bench::kind;
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, terminal};
use crate::measure::quantizer::{Quantizer, cache_path, earlier};
use crate::model::gguf::{Header, Lineage};
use crate::model::recipe::{Fallback, Recipe};
use crate::model::resolve::{self, ResolveOptions, ResolvedModel};
use crate::process::interrupt;
use crate::unit::{BitsPerWeight, Bytes, Params};

mod target;

use target::{Target, targets};

/// One line of `models quantize`.
#[derive(Serialize)]
struct Quantized {
    model: String,
    recipe: Recipe,
    path: Option<PathBuf>,
    /// Taken from the cache, made of the same source by the same recipe.
    reused: bool,
    sha256: Option<String>,
    file_bytes: Option<Bytes>,
    params: Option<Params>,
    bits_per_weight: Option<BitsPerWeight>,
    tensor_types: BTreeMap<&'static str, usize>,
    /// Matrices that do not have the type that was asked for.
    fallbacks: Vec<Fallback>,
    /// What it was made of.
    lineage: Option<Lineage>,
    warnings: Vec<String>,
    /// Why there is no file.
    reason: Option<String>,
}

pub(super) fn run(args: &Quantize, global: &Global) -> anyhow::Result<Outcome> {
    let options = ResolveOptions::from_environment(false)?;
    let targets = targets(args)?;
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    let source = resolve::resolve_watched(&args.model, &options, &observer)?;
    let quantizer = Quantizer::new(kind(args.engine), args.threads, &observer);
    let mut lines = Vec::new();
    let mut failures = Vec::new();
    for (recipe, target) in targets {
        let target = target.map_or_else(|| Target::Cache(cache_path(&options.cache, &source, &recipe)), Target::Named);
        lines.push(match one(args, &quantizer, &source, &recipe, &target) {
            Ok((header, reused)) => describe(args, &source, recipe, &target, &header, reused, &options)?,
            Err(error) => {
                let line = failed(args, recipe, &error);
                failures.push(error);
                line
            }
        });
    }
    if failures.len() == lines.len()
        && let Some(first) = failures.pop()
    {
        return Err(first);
    }
    if global.json {
        terminal::json(&lines)?;
    } else {
        lines.iter().filter(|line| line.path.is_some()).try_for_each(|line| terminal::out(&text(line)))?;
    }
    let some_failed = !failures.is_empty();
    failures.iter().for_each(terminal::error);
    Ok(if some_failed { Outcome::SomeFailed } else { Outcome::Done })
}

fn one(
    args: &Quantize,
    quantizer: &Quantizer<'_>,
    source: &ResolvedModel,
    recipe: &Recipe,
    target: &Target,
) -> anyhow::Result<(Header, bool)> {
    match target {
        Target::Cache(path) if !args.force => {
            if let Some(header) = earlier(path, source) {
                return Ok((header, true));
            }
        }
        Target::Named(path) if path.exists() => {
            let same = std::fs::canonicalize(path).ok() == std::fs::canonicalize(&source.path).ok();
            anyhow::ensure!(!same, "{}: is the model itself; name another file", path.display());
            anyhow::ensure!(args.force, "{}: exists; name another file, or add --force", path.display());
        }
        _ => {}
    }
    Ok((quantizer.write(source, recipe, target.path())?, false))
}

fn describe(
    args: &Quantize,
    source: &ResolvedModel,
    recipe: Recipe,
    target: &Target,
    header: &Header,
    reused: bool,
    options: &ResolveOptions,
) -> anyhow::Result<Quantized> {
    let read = Header::read(&source.path)?;
    let mut warnings = Vec::new();
    if read.tensors.iter().any(|tensor| tensor.kind.block_values > 1) {
        let types = read.types_by_size().join(", ");
        warnings.push(format!(
            "made from {types}: what was lost there stays lost, so its quality is not that of this format from the full weights"
        ));
    }
    Ok(Quantized {
        model: args.model.clone(),
        fallbacks: recipe.fallbacks(&read, header),
        recipe,
        path: Some(target.path().to_owned()),
        reused,
        sha256: Some(options.cache.sha256(target.path(), &mut |_| {})?.sha256),
        file_bytes: Some(header.file_bytes),
        params: Some(header.params()),
        bits_per_weight: header.bits_per_weight(),
        tensor_types: header.tensor_types(),
        lineage: header.lineage(),
        warnings,
        reason: None,
    })
}

fn failed(args: &Quantize, recipe: Recipe, error: &anyhow::Error) -> Quantized {
    Quantized {
        model: args.model.clone(),
        recipe,
        path: None,
        reused: false,
        sha256: None,
        file_bytes: None,
        params: None,
        bits_per_weight: None,
        tensor_types: BTreeMap::new(),
        fallbacks: Vec::new(),
        lineage: None,
        warnings: Vec::new(),
        reason: Some(format!("{error:#}")),
    }
}

fn text(line: &Quantized) -> String {
    let mut text = String::new();
    let path = line.path.as_ref().map_or(String::new(), |path| path.display().to_string());
    let reused = if line.reused { " (made earlier)" } else { "" };
    let size = line.file_bytes.map_or(String::new(), |bytes| bytes.to_string());
    let bits = line.bits_per_weight.map_or("no tensors".to_owned(), |bits| bits.to_string());
    let types: Vec<String> = line.tensor_types.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let _ = writeln!(text, "{path}{reused}");
    let _ = writeln!(text, "  {}: {size}, {bits}; tensors {}", line.recipe.name(), types.join(", "));
    for fallback in &line.fallbacks {
        let Fallback { row, asked, got, tensors, params } = fallback;
        let share = line.params.map_or(0.0, |all| 100.0 * params.count() / all.count());
        let _ = writeln!(
            text,
            "  fallback: {tensors} tensors ({share:.0} % of the parameters) are {got}: rows of {row} values have no whole blocks of {asked}"
        );
    }
    line.warnings.iter().for_each(|warning| {
        let _ = writeln!(text, "  warning: {warning}");
    });
    text
}
