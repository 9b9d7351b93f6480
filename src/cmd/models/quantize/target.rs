//! What is to be made, and where it goes.

use std::path::{Path, PathBuf};

use crate::cli::models::Quantize;
use crate::cmd::Usage;
use crate::model::recipe::{Recipe, UnknownName};

/// Where a file goes.
pub(super) enum Target {
    /// Into the cache, where an earlier result is as good.
    Cache(PathBuf),
    /// Where the user said.
    Named(PathBuf),
}

impl Target {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Cache(path) | Self::Named(path) => path,
        }
    }
}

/// The recipes with the files that the user named for them.
pub(super) fn targets(args: &Quantize) -> anyhow::Result<Vec<(Recipe, Option<PathBuf>)>> {
    let names_file = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gguf"));
    let one_file = args.output.as_deref().filter(|path| names_file(path) && !path.is_dir());
    if one_file.is_some() && args.formats.len() > 1 {
        return Err(Usage("several formats need a folder: -o names one file".to_owned()).into());
    }
    let stem = args.model.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(&args.model);
    let stem = stem.strip_suffix(".gguf").unwrap_or(stem).replace(':', "-");
    let token_embedding = args.token_embedding_type.as_deref().map(typed).transpose()?;
    let output = args.output_tensor_type.as_deref().map(typed).transpose()?;
    let mut targets = Vec::new();
    for format in &args.formats {
        let recipe = Recipe { format: typed(format)?, pure: args.pure, token_embedding, output };
        let in_folder = |folder: &PathBuf| folder.join(format!("{stem}.{}.gguf", recipe.name()));
        let named = one_file.map(Path::to_owned).or_else(|| args.output.as_ref().map(in_folder));
        targets.push((recipe, named));
    }
    Ok(targets)
}

/// Reads a name of a format or type; an unknown one is a mistake in what was typed.
fn typed<T: std::str::FromStr<Err = UnknownName>>(text: &str) -> Result<T, Usage> {
    text.parse().map_err(|error: UnknownName| Usage(error.to_string()))
}
