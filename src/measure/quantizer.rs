//! Quantising in a child process: a crash of the quantiser is an error, and a file is whole or not there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::MeasureError;
use super::own_worker::untimed_worker;
use crate::engine::Quantization;
use crate::model::cache::Cache;
use crate::model::gguf::{Header, LINEAGE_SHA256, LINEAGE_TYPES};
use crate::model::recipe::Recipe;
use crate::model::resolve::ResolvedModel;
use crate::observer::{Counted, Observer};
use crate::worker::host::{HostError, Worker};
use crate::worker::protocol::{EngineKind, Event, Job, VERSION, Work};

/// A quantiser that works on one file for so long hangs: 70 B parameters take about an hour on two cores.
const PATIENCE: Duration = Duration::from_secs(6 * 3600);

/// How to quantise.
pub struct Quantizer<'a> {
    /// The engine.
    pub engine: EngineKind,
    /// Threads.
    pub threads: u32,
    /// Who looks on, and may ask for the end.
    pub observer: &'a dyn Observer,
}

/// Where the cache keeps what was made of a file: one folder for each source, named by its hash.
#[must_use]
pub fn cache_path(cache: &Cache, source: &ResolvedModel, recipe: &Recipe) -> PathBuf {
    let id = source.entry.as_ref().map_or(source.id.as_str(), |entry| entry.id.as_str());
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect();
    let folder = cache.root().join("quantized").join(source.sha256.get(..16).unwrap_or(&source.sha256));
    folder.join(format!("{id}.{}.gguf", recipe.name()))
}

/// The header of an earlier result at `path`, if it was made of this very source.
#[must_use]
pub fn earlier(path: &Path, source: &ResolvedModel) -> Option<Header> {
    let header = Header::read(path).ok()?;
    header.lineage().filter(|lineage| lineage.sha256 == source.sha256).map(|_| header)
}

impl<'a> Quantizer<'a> {
    /// The quantiser on every processor that this process may use.
    #[must_use]
    pub fn new(engine: EngineKind, threads: Option<u32>, observer: &'a dyn Observer) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u32);
        Self { engine, threads: threads.unwrap_or(processors), observer }
    }

    /// Writes `source` to `target` as `recipe` says and gives the new header. An existing `target` is replaced.
    ///
    /// # Errors
    /// A model that cannot be quantised so, a quantiser that gave up, or the file system's.
    pub fn write(&self, source: &ResolvedModel, recipe: &Recipe, target: &Path) -> Result<Header, MeasureError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| MeasureError::File { path, error }
        };
        let read = Header::read(&source.path)?;
        recipe.check(&read).map_err(|error| MeasureError::Recipe { path: source.path.clone(), error })?;
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(at(folder))?;
        let part = part_file(folder).map_err(at(folder))?;
        let lineage = vec![
            (LINEAGE_SHA256.to_owned(), source.sha256.clone()),
            (LINEAGE_TYPES.to_owned(), read.types_by_size().join(", ")),
        ];
        let order = Quantization {
            source: source.path.clone(),
            target: part.path().to_owned(),
            recipe: recipe.clone(),
            threads: self.threads,
            lineage,
        };
        let expected = (read.params().count() * recipe.format.kind().bits() / 8.0) as u64;
        self.drive(order, expected)?;
        let written = Header::read(part.path())?;
        let (before, after) = (read.params().count(), written.params().count());
        if before != after && read.facts().split_files.is_none() {
            return Err(MeasureError::Lost { path: source.path.clone(), before, after });
        }
        // The child wrote it; on disk it must be before it has its name.
        File::open(part.path())?.sync_all().map_err(at(target))?;
        part.persist(target).map_err(|error| at(target)(error.error))?;
        Ok(written)
    }

    /// Runs the child to its end.
    fn drive(&self, order: Quantization, expected: u64) -> Result<(), MeasureError> {
        let name = format!("quantising to {}", order.recipe.name());
        let bar = self.observer.bar(&name, Some(expected), Counted::Bytes);
        let (target, source) = (order.target.clone(), order.source.clone());
        let job = Job { version: VERSION, engine: self.engine, model: source, work: Work::Quantize(order) };
        let look = || {
            bar.position(fs::metadata(&target).map_or(0, |facts| facts.len()));
            self.observer.interrupted()
        };
        let end = Worker::start(untimed_worker()?, &job).and_then(|mut worker| worker.next(PATIENCE, &look));
        bar.finish();
        match end {
            Ok(Event::Finished { .. }) => Ok(()),
            Ok(other) => Err(HostError::Garbled(format!("{other:?} instead of having finished")).into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A file beside its later place, readable as the user's other files are; it goes when it is dropped.
fn part_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quantizing-").suffix(".gguf.part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
