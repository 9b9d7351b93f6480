//! From what the user typed to a file on this disk.

use std::path::{Path, PathBuf};

use super::cache::{self, Cache};
use super::catalog::{self, Catalog, CatalogEntry, CatalogFile};
use super::fetch::watched::Watched;
use super::fetch::{self, Listener, Options, Progress};
use super::gguf;
use super::source::{self, HubFile, Source};
use crate::file::digest::sha256_hex;
use crate::observer::Observer;
use crate::unit::Bytes;

/// How to resolve.
#[derive(Debug, Clone)]
pub struct ResolveOptions {
    /// How to fetch what is not there.
    pub fetch: Options,
    /// The cache.
    pub cache: Cache,
}

impl ResolveOptions {
    /// The settings of the environment, with or without the network.
    ///
    /// # Errors
    /// Where no cache folder is known.
    pub fn from_environment(offline: bool) -> Result<Self, Error> {
        let fetch = Options { offline, ..Options::from_environment() };
        Ok(Self { fetch, cache: Cache::of_this_user()? })
    }
}

/// A model file on this disk.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedModel {
    /// The file.
    pub path: PathBuf,
    /// Catalogue id, `hf:` source, or the file's name without its ending.
    pub id: String,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: Bytes,
    /// The catalogue's entry: of the id, or of the model with this hash.
    pub entry: Option<CatalogEntry>,
}

/// Why there is no model file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither an id nor a file.
    #[error(
        "no model `{name}` in the catalogue and no such file{}; `densimeter models list` names them",
        did_you_mean(near)
    )]
    Unknown {
        /// What was typed.
        name: String,
        /// Ids that look like it, the nearest first.
        near: Vec<String>,
    },
    /// The model has no file of this quantisation.
    #[error("model `{id}` has no {wanted} file in the catalogue; it has {}", there.join(", "))]
    Quantisation {
        /// Id of the model.
        id: String,
        /// What was typed after the colon.
        wanted: String,
        /// What there is.
        there: Vec<String>,
    },
    /// A source that cannot be read.
    #[error(transparent)]
    Source(#[from] source::ParseError),
    /// The catalogue cannot be read.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The file cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// The file is no model.
    #[error(transparent)]
    Gguf(#[from] gguf::Error),
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(" or ")) }
}

/// A model as the user named it, before anything is fetched.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// A catalogue model and one of its files.
    Catalogue(Box<CatalogEntry>, CatalogFile),
    /// A file of a Hugging Face repository.
    Hub(HubFile),
    /// A file on this disk.
    Path(PathBuf),
}

/// Reads a model argument: `hf:owner/repo[@revision]/file.gguf`, a catalogue id, `id:QUANTISATION`, or a path.
///
/// # Errors
/// [`Error`] where it is none of these.
pub fn name(argument: &str, catalog: &Catalog) -> Result<Named, Error> {
    if argument.starts_with("hf:") {
        return Ok(Named::Hub(argument.parse()?));
    }
    let (id, quantisation) = match argument.split_once(':') {
        Some((id, quantisation)) => (id, Some(quantisation)),
        None => (argument, None),
    };
    if let Some(entry) = catalog.get(id) {
        let file = entry.file(quantisation).ok_or_else(|| Error::Quantisation {
            id: entry.id.clone(),
            wanted: quantisation.unwrap_or_default().to_owned(),
            there: entry.files.iter().map(|file| file.quantisation.clone()).collect(),
        })?;
        return Ok(Named::Catalogue(Box::new(entry.clone()), file.clone()));
    }
    let path = Path::new(argument);
    let path_like = argument.contains(std::path::MAIN_SEPARATOR) || argument.to_lowercase().ends_with(".gguf");
    if path_like || path.exists() {
        return Ok(Named::Path(path.to_owned()));
    }
    let lower = id.to_lowercase();
    let mut near: Vec<(f64, String)> = catalog
        .entries()
        .iter()
        .map(|entry| (strsim::jaro_winkler(&lower, &entry.id), entry.id.clone()))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near = near.into_iter().take(2).map(|(_, id)| format!("`{id}`")).collect();
    Err(Error::Unknown { name: argument.to_owned(), near })
}

/// [`resolve`], shown to an observer.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_watched(
    argument: &str,
    options: &ResolveOptions,
    observer: &dyn Observer,
) -> Result<ResolvedModel, Error> {
    let mut watched = Watched::new(observer);
    resolve(argument, options, &mut |event| watched.hear(event))
}

/// The model file that `argument` names, fetched if need be, with its header checked.
///
/// # Errors
/// [`Error`], one line that names the file and the way out.
pub fn resolve(argument: &str, options: &ResolveOptions, listener: &mut Listener<'_>) -> Result<ResolvedModel, Error> {
    let catalog = Catalog::load()?;
    let named = name(argument, &catalog)?;
    let (path, id, entry, record) = match named {
        Named::Catalogue(entry, file) => {
            let path = options.cache.model_path(&entry.id, &file.name);
            let record = fetch::fetch(&file, &path, &options.cache, &options.fetch, listener)?;
            (path, entry.id.clone(), Some(*entry), record)
        }
        Named::Hub(source) => {
            let path = options.cache.hub_path(&source);
            let file = CatalogFile {
                fetched: false,
                name: source.file_name().to_owned(),
                quantisation: String::new(),
                bytes: None,
                sha256: None,
                sources: vec![Source::Hub(source.clone())],
            };
            let record = fetch::fetch(&file, &path, &options.cache, &options.fetch, listener)?;
            fetch_siblings(&source, &path, options, listener)?;
            (path, source.to_string(), None, record)
        }
        Named::Path(path) => {
            let header = gguf::Header::read(&path)?;
            let total = header.file_bytes.bytes();
            let verifying = &mut |done| listener(Progress::Verifying { done, total });
            let record = options.cache.sha256(&path, verifying)?;
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (path, id, None, record)
        }
    };
    let header = gguf::Header::read(&path)?;
    let (sha256, bytes) = match &header.files[..] {
        [] => (record.sha256.clone(), record.bytes),
        files => (sha256_of_set(files, options)?, header.file_bytes),
    };
    let by_hash =
        |entry: &&CatalogEntry| entry.files.iter().any(|file| file.sha256.as_deref() == Some(record.sha256.as_str()));
    let entry = entry.or_else(|| catalog.entries().iter().find(by_hash).cloned());
    Ok(ResolvedModel { path, id, sha256, bytes, entry })
}

/// Fetches the other files of a split model, of which the first was named.
fn fetch_siblings(
    source: &HubFile,
    path: &Path,
    options: &ResolveOptions,
    listener: &mut Listener<'_>,
) -> Result<(), Error> {
    for sibling in gguf::Header::read_alone(path)?.other_files(path) {
        let Some(name) = sibling.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let folder = source.file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let source = HubFile { file: format!("{folder}{name}"), ..source.clone() };
        let file = CatalogFile {
            fetched: false,
            name,
            quantisation: String::new(),
            bytes: None,
            sha256: None,
            sources: vec![Source::Hub(source.clone())],
        };
        fetch::fetch(&file, &options.cache.hub_path(&source), &options.cache, &options.fetch, listener)?;
    }
    Ok(())
}

/// The identity of a split model: the SHA-256 of those of all its files in order, one a line. That of the first alone, which
/// may hold no weights, would be the same for different models.
fn sha256_of_set(files: &[PathBuf], options: &ResolveOptions) -> Result<String, Error> {
    let mut listed = String::new();
    for file in files {
        listed += &options.cache.sha256(file, &mut |_| {})?.sha256;
        listed.push('\n');
    }
    Ok(sha256_hex(listed.as_bytes()))
}
