//! Quantising in a child process: a crash of the quantiser is an error, and a file is whole or not there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use super::interrupt::{self, interrupted};
use super::measure::worker_command;
use super::progress::Terminal;
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
pub(super) struct Quantizer {
    /// The engine.
    pub(super) engine: EngineKind,
    /// Threads.
    pub(super) threads: u32,
    /// No progress bar.
    pub(super) quiet: bool,
}

/// Where the cache keeps what was made of a file: one folder for each source, named by its hash.
pub(super) fn cache_path(cache: &Cache, source: &ResolvedModel, recipe: &Recipe) -> PathBuf {
    let id = source.entry.as_ref().map_or(source.id.as_str(), |entry| entry.id.as_str());
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect();
    let folder = cache.root().join("quantized").join(source.sha256.get(..16).unwrap_or(&source.sha256));
    folder.join(format!("{id}.{}.gguf", recipe.name()))
}

/// The header of an earlier result at `path`, if it was made of this very source.
pub(super) fn earlier(path: &Path, source: &ResolvedModel) -> Option<Header> {
    let header = Header::read(path).ok()?;
    header.lineage().filter(|lineage| lineage.sha256 == source.sha256).map(|_| header)
}

impl Quantizer {
    /// The quantiser on every processor that this process may use.
    pub(super) fn new(engine: EngineKind, threads: Option<u32>, quiet: bool) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u32);
        Self { engine, threads: threads.unwrap_or(processors), quiet }
    }

    /// Writes `source` to `target` as `recipe` says and gives the new header. An existing `target` is replaced.
    pub(super) fn write(&self, source: &ResolvedModel, recipe: &Recipe, target: &Path) -> anyhow::Result<Header> {
        interrupt::listen();
        let read = Header::read(&source.path)?;
        recipe.check(&read).with_context(|| source.path.display().to_string())?;
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let part = part_file(folder).with_context(|| folder.display().to_string())?;
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
        anyhow::ensure!(
            before == after || read.facts().split_files.is_some(),
            "{}: the quantiser wrote {after} of {before} parameters",
            source.path.display()
        );
        // The child wrote it; on disk it must be before it has its name.
        File::open(part.path())?.sync_all().with_context(|| target.display().to_string())?;
        part.persist(target).map_err(|error| error.error).with_context(|| target.display().to_string())?;
        Ok(written)
    }

    /// Runs the child to its end.
    fn drive(&self, order: Quantization, expected: u64) -> anyhow::Result<()> {
        let name = format!("quantising to {}", order.recipe.name());
        let bar = Terminal::new(self.quiet).bar(&name, Some(expected), Counted::Bytes);
        let (target, source) = (order.target.clone(), order.source.clone());
        let job = Job { version: VERSION, engine: self.engine, model: source, work: Work::Quantize(order) };
        let look = || {
            bar.position(fs::metadata(&target).map_or(0, |facts| facts.len()));
            interrupted()
        };
        let end = Worker::start(worker_command()?, &job).and_then(|mut worker| worker.next(PATIENCE, &look));
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
