//! The catalogue: `models/catalog/*.toml`, built into the binary, and a folder of the user's own.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::file::bounded::{self, ReadError};
use crate::file::packed;

mod cache_shape;
pub mod check;
mod entry;
mod fetched;
mod validate;

pub use cache_shape::CacheShape;
pub use entry::{CatalogEntry, CatalogFile, Kind, KnownTo, Lineage, Parameters, PublishedScore, Scores};
use validate::validate;

/// The files of `models/catalog/`, put behind each other by `build.rs`; before each stands [`FILE`] with its name.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.gz"));

/// What begins a file.
const FILE: &str = "#: ";

/// Largest catalogue that is read.
const LARGEST: u64 = 16 << 20;

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file that cannot be read, or is larger than a catalogue is.
    #[error(transparent)]
    File(#[from] ReadError),
    /// A file that is not a catalogue.
    #[error("{}: {}; docs/add-a-model.md shows the fields", path.display(), one_line(&error.to_string()))]
    Toml {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        error: Box<toml::de::Error>,
    },
    /// An entry that contradicts itself.
    #[error("{}: model `{model}`: {reason}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// Id of the model.
        model: String,
        /// What is wrong.
        reason: String,
    },
}

fn one_line(text: &str) -> String {
    text.split_whitespace().filter(|word| word.chars().any(|c| c != '^' && c != '|')).collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    family: String,
    model: Vec<CatalogEntry>,
}

/// All models known here.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    entries: Vec<CatalogEntry>,
}

impl Catalog {
    /// The catalogue built into the binary.
    ///
    /// # Errors
    /// [`Error`] where a file of it is wrong, which the tests exclude.
    pub fn embedded() -> Result<Self, Error> {
        let mut entries = Vec::new();
        for file in packed::text(EMBEDDED).split(FILE).skip(1) {
            let (name, text) = file.split_once('\n').unwrap_or((file, ""));
            entries.extend(parse(Path::new(name), text)?);
        }
        entries.sort_by(|a: &CatalogEntry, b| a.id.cmp(&b.id));
        Ok(Self { entries })
    }

    /// The built-in catalogue with the `*.toml` files of the user's folder added; a model with the same id replaces.
    /// The folder is `$DENSIMETER_MODELS`, or `densimeter/models` in the platform's configuration directory.
    ///
    /// # Errors
    /// [`Error`] where a file of the user is wrong.
    pub fn load() -> Result<Self, Error> {
        let mut catalog = Self::embedded()?;
        if let Some(folder) = user_folder() {
            catalog.add_folder(&folder)?;
        }
        Ok(catalog)
    }

    /// Adds the `*.toml` files of `folder`, in the order of their names. A folder that is not there adds nothing.
    ///
    /// # Errors
    /// [`Error`] where one of them is wrong.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), Error> {
        let read = |path: &Path, error| Error::Read { path: path.to_owned(), error };
        let listing = match std::fs::read_dir(folder) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
            listing => listing.map_err(|error| read(folder, error))?,
        };
        let mut paths = Vec::new();
        for entry in listing {
            let path = entry.map_err(|error| read(folder, error))?.path();
            if path.extension().is_some_and(|end| end == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            let text = bounded::text(&path, LARGEST)?;
            for entry in parse(&path, &text)? {
                self.entries.retain(|old| old.id != entry.id);
                if entry.default {
                    self.entries.iter_mut().for_each(|old| old.default = false);
                }
                self.entries.push(entry);
            }
        }
        self.entries.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }

    /// Every model, by id.
    #[must_use]
    pub fn entries(&self) -> &[CatalogEntry] {
        &self.entries
    }

    /// The model with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&CatalogEntry> {
        self.entries.iter().find(|entry| entry.id.eq_ignore_ascii_case(id))
    }

    /// The model taken where none is named.
    #[must_use]
    pub fn default_model(&self) -> Option<&CatalogEntry> {
        self.entries.iter().find(|entry| entry.default)
    }
}

/// The model taken where none is named.
///
/// # Errors
/// [`Error`] where a catalogue file of the user is wrong.
pub fn default_model() -> Result<CatalogEntry, Error> {
    let catalog = Catalog::load()?;
    catalog.default_model().cloned().ok_or_else(|| Error::Entry {
        path: PathBuf::from("models"),
        model: "default".to_owned(),
        reason: "no model of the catalogue has `default = true`; name one with -m".to_owned(),
    })
}

fn user_folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("DENSIMETER_MODELS") {
        return Some(PathBuf::from(folder));
    }
    use etcetera::BaseStrategy;
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("densimeter/models"))
}

fn parse(path: &Path, text: &str) -> Result<Vec<CatalogEntry>, Error> {
    let document: Document =
        toml::from_str(text).map_err(|error| Error::Toml { path: path.to_owned(), error: Box::new(error) })?;
    let mut entries = document.model;
    for entry in &mut entries {
        entry.family.clone_from(&document.family);
        validate(entry).map_err(|reason| Error::Entry { path: path.to_owned(), model: entry.id.clone(), reason })?;
    }
    Ok(entries)
}
