//! A stored report, read as what it is: a file from somebody else.
//!
//! It is looked through once without building anything (size, depth, lengths, names that stand twice, schema), and
//! only then read into the types of the program.

use std::path::{Path, PathBuf};

use super::import::{self, Format, ImportError};
use super::run::{RunDevice, RunReport};
use crate::file::bounded::{self, ReadError};
use crate::file::digest::sha256_hex;
use crate::file::json::read_again;
use crate::file::run_folder::REPORT;
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::SCHEMA;
use crate::server::report::FILE as SERVER;

mod contradiction;
mod error;
mod outline;
mod plausible;
mod sanitize;

pub use contradiction::Contradiction;
pub use error::StoredError;

use error::{cut, fault};
use outline::Outline;

/// Largest report that is read, in bytes: hundreds of times an ordinary one.
pub const LARGEST: u64 = 64 << 20;

/// What wrote a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `densimeter run`.
    Run,
    /// `densimeter bench`: speed alone.
    Bench,
    /// llama-bench, imported.
    LlamaBench,
}

/// A report as the program works with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The file.
    pub path: PathBuf,
    /// What wrote it.
    pub origin: Origin,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Its content; that of a bench stands in its part, the others are null with the reason.
    pub report: RunReport,
}

impl Stored {
    /// Reads a report, or the `report.json` of a folder.
    ///
    /// Characters that steer a terminal or turn the direction of writing come back as U+FFFD.
    ///
    /// # Errors
    /// [`StoredError`] names the file and the way out.
    pub fn read(path: &Path) -> Result<Self, StoredError> {
        let (file, bytes) = Self::open(path)?;
        Self::parse(&file, &bytes)
    }

    fn open(path: &Path) -> Result<(PathBuf, Vec<u8>), StoredError> {
        let file = if path.is_dir() { path.join(REPORT) } else { path.to_owned() };
        // In a folder that came from elsewhere a pipe would be waited for without end.
        if path.is_dir() && std::fs::metadata(&file).is_ok_and(|about| !about.is_file()) {
            return Err(StoredError::NoReport(path.to_owned()));
        }
        match bounded::bytes(&file, LARGEST) {
            Err(error) if error.is_not_found() && path.join(SERVER).is_file() => {
                Err(StoredError::OfServer(path.join(SERVER)))
            }
            Err(error) if error.is_not_found() && path.is_dir() => Err(StoredError::NoReport(path.to_owned())),
            read => Ok((file, read?)),
        }
    }

    /// Reads the bytes of a report; `path` is its name in messages.
    ///
    /// # Errors
    /// As [`Stored::read`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, StoredError> {
        let text = text(path, bytes)?;
        if text.trim().is_empty() {
            return Err(StoredError::Empty(path.to_owned()));
        }
        let sha256 = sha256_hex(bytes);
        if let Some(line) = import::before_json(text) {
            return Err(StoredError::Preceded { path: path.to_owned(), line: cut(line) });
        }
        if let Some(line) = import::before_table(text) {
            return Err(StoredError::PrecededTable { path: path.to_owned(), line: cut(line) });
        }
        if import::is_empty_run(text) {
            return Err(StoredError::NoTest(path.to_owned()));
        }
        if let Some(format) = Format::of(text) {
            return Self::imported(path, text, format, sha256);
        }
        if import::is_markdown(text) {
            return Err(StoredError::Table(path.to_owned()));
        }
        let outline = Outline::of(text).map_err(|error| fault(path, &error))?;
        let origin = origin(path, &outline)?;
        let report = match origin {
            Origin::Run => read_as::<RunReport>(path, text, &outline)?,
            Origin::Bench | Origin::LlamaBench => of_bench(read_as::<BenchReport>(path, text, &outline)?),
        };
        plausible::check(&report).map_err(|found| StoredError::Contradiction { path: path.to_owned(), found })?;
        Ok(Self { path: path.to_owned(), origin, sha256, report })
    }

    /// Output of llama-bench.
    fn imported(path: &Path, text: &str, format: Format, sha256: String) -> Result<Self, StoredError> {
        let wrong = |error| {
            let what = match error {
                ImportError::Json(error) if error.is_eof() => format!("cut off at line {}", error.line()),
                ImportError::Json(error) => error.to_string(),
                ImportError::Content(what) => what,
            };
            StoredError::Import { path: path.to_owned(), what: cut(&what) }
        };
        let mended = import::mend(text, format);
        let steers = match format {
            Format::Json | Format::JsonLines => {
                Outline::of_all(&mended.text).map_err(|error| wrong(error.into()))?.steers
            }
            Format::Sql | Format::Csv => text.chars().any(crate::sanitize::steers),
        };
        let mut report = import::report(path, &mended, format, &sha256).map_err(wrong)?;
        if steers {
            let mut value = serde_json::to_value(&report).map_err(|error| fault(path, &error))?;
            sanitize::sanitize(&mut value);
            let content = |what: String| StoredError::Content { path: path.to_owned(), what: cut(&what) };
            report = read_again(&value).map_err(content)?;
        }
        plausible::check(&report)
            .map_err(|found| StoredError::Import { path: path.to_owned(), what: found.to_string() })?;
        Ok(Self { path: path.to_owned(), origin: Origin::LlamaBench, sha256, report })
    }
}

/// The text of a file, without the mark that some editors and shells put before it.
fn text<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, StoredError> {
    // No JSON begins with a zero byte or has one behind its first sign.
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] = bytes {
        return Err(StoredError::Utf16(path.to_owned()));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ReadError::NotText { path: path.to_owned(), at: error.valid_up_to() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Which document it is, by its own version and the names of its parts.
fn origin(path: &Path, outline: &Outline) -> Result<Origin, StoredError> {
    let path = || path.to_owned();
    let has = |name: &str| outline.names.iter().any(|own| own == name);
    if has("server") && has("results") {
        return Err(StoredError::OfServer(path()));
    }
    let origin = if has("run_id") && has("results") {
        Origin::Bench
    } else if has("run_id") && has("bench") {
        Origin::Run
    } else {
        let names = outline.names.iter().take(6).map(|name| format!("`{}`", cut(name))).collect::<Vec<_>>().join(", ");
        let found = match (outline.object, names.is_empty()) {
            (false, _) => "its JSON is no object".to_owned(),
            (true, true) => "an empty object".to_owned(),
            (true, false) => format!("it holds {names}"),
        };
        return Err(StoredError::NotReport { path: path(), found });
    };
    match outline.schema {
        Some(found) if found == u64::from(SCHEMA) => Ok(origin),
        Some(found) if found > u64::from(SCHEMA) => Err(StoredError::Newer { path: path(), found }),
        _ => Err(StoredError::NoVersion { path: path() }),
    }
}

fn read_as<T: serde::de::DeserializeOwned>(path: &Path, text: &str, outline: &Outline) -> Result<T, StoredError> {
    if !outline.steers {
        return serde_json::from_str(text).map_err(|error| fault(path, &error));
    }
    let mut value = serde_json::from_str(text).map_err(|error| fault(path, &error))?;
    sanitize::sanitize(&mut value);
    read_again(&value).map_err(|what| StoredError::Content { path: path.to_owned(), what: cut(&what) })
}

/// A bench as a report whose other parts are null.
fn of_bench(bench: BenchReport) -> RunReport {
    const OTHERS: [&str; 6] = ["eval", "density", "density_edge", "crossover", "recommend", "audit"];
    let reason = "a bench measures speed alone; `densimeter run` measures all parts";
    RunReport {
        schema: bench.schema,
        run_id: bench.run_id.clone(),
        device: bench.device.clone().map(RunDevice::from),
        valid: bench.valid,
        eval: None,
        density: None,
        density_edge: None,
        crossover: None,
        recommend: None,
        audit: None,
        reasons: OTHERS.map(|part| (part.to_owned(), reason.to_owned())).into(),
        warnings: Vec::new(),
        verdicts: Vec::new(),
        seconds: std::collections::BTreeMap::new(),
        complete: bench.results.iter().all(|row| row.reason.is_none()),
        command: None,
        imported: None,
        frontier: None,
        supersedes: None,
        bench: Some(bench),
    }
}
