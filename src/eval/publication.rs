//! Gets what a benchmark's authors published: from their hosts, checked against the pins, into the cache.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::convert::ConvertError;
use super::data::Pin;
use crate::file::atomic;
use crate::file::digest::sha256_hex;
use crate::model::http;

/// Bytes beyond which a download is refused; MMLU's archive has 166 MB.
const MOST_BYTES: u64 = 1 << 30;

/// What stops a download.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The host did not answer as it should.
    #[error("{url}: {reason}; get the benchmark folder another way and name it with --data or in DENSIMETER_DATA")]
    Http {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// What came is not the published file.
    #[error("{url}: {source}; get the benchmark folder another way and name it with --data or in DENSIMETER_DATA")]
    Convert {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: ConvertError,
    },
    /// What came is another version.
    #[error(
        "{url}: gives {path} with SHA-256 {found}, not the pinned {expected}; the host changed it or it was damaged on the way (name a good copy with --data or in DENSIMETER_DATA)"
    )]
    Hash {
        /// The address.
        url: String,
        /// The file of the layout.
        path: String,
        /// The pinned hash.
        expected: String,
        /// The hash found.
        found: String,
    },
    /// It is not fetched.
    #[error("{path}: not fetched by this program; name the folder that has it with --data or in DENSIMETER_DATA")]
    Elsewhere {
        /// The file of the layout.
        path: String,
    },
    /// The cache cannot be written.
    #[error("{}: {source}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where the publications are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// Serves `~hendrycks/data.tar` and `~hendrycks/MATH.tar`.
    pub berkeley: String,
    /// Serves raw files of repositories: `<owner>/<repository>/<branch>/<path>`.
    pub github: String,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            berkeley: "https://people.eecs.berkeley.edu".to_owned(),
            github: "https://raw.githubusercontent.com".to_owned(),
        }
    }
}

impl Hosts {
    /// The official hosts, or mirrors named in `DENSIMETER_BERKELEY_URL` and `DENSIMETER_GITHUB_RAW_URL`.
    #[must_use]
    pub fn from_environment() -> Self {
        let official = Self::default();
        let or =
            |name: &str, otherwise: String| std::env::var(name).ok().filter(|url| !url.is_empty()).unwrap_or(otherwise);
        Self {
            berkeley: or("DENSIMETER_BERKELEY_URL", official.berkeley),
            github: or("DENSIMETER_GITHUB_RAW_URL", official.github),
        }
    }
}

/// Fills the cache: what a task's `fetch` works with.
pub struct Fetcher<'a> {
    pub(super) folder: &'a Path,
    pub(super) hosts: &'a Hosts,
    pub(super) pins: Vec<Pin>,
    pub(super) note: &'a mut dyn FnMut(&str),
}

impl Fetcher<'_> {
    /// The files whose paths begin so and that the cache lacks.
    pub(super) fn missing(&self, data: &str) -> Vec<Pin> {
        let lacks = |pin: &&Pin| pin.path.starts_with(data) && !self.folder.join(&pin.path).is_file();
        self.pins.iter().filter(lacks).cloned().collect()
    }

    fn get(url: &str) -> Result<impl Read + use<>, DownloadError> {
        let fault = |reason: String| DownloadError::Http { url: url.to_owned(), reason };
        let request = http::Request { url, token: None, from: 0, if_range: None };
        let response = http::get(&request).map_err(|error| fault(error.to_string()))?;
        match response.status {
            200 => Ok(response.take(MOST_BYTES)),
            status => Err(fault(format!("the host answered with status {status}"))),
        }
    }

    /// A text as it is served.
    pub(super) fn text(&mut self, url: &str) -> Result<String, DownloadError> {
        (self.note)(&format!("fetching {url}"));
        let mut text = String::new();
        Self::get(url)?
            .read_to_string(&mut text)
            .map_err(|error| DownloadError::Http { url: url.to_owned(), reason: error.to_string() })?;
        Ok(text)
    }

    /// Turns what is served into files of the layout, and keeps them.
    pub(super) fn convert(
        &mut self,
        url: &str,
        convert: impl FnOnce(&mut dyn Read) -> Result<Vec<(&'static str, String)>, ConvertError>,
    ) -> Result<(), DownloadError> {
        (self.note)(&format!("fetching {url}"));
        let files =
            convert(&mut Self::get(url)?).map_err(|source| DownloadError::Convert { url: url.to_owned(), source })?;
        files.iter().try_for_each(|(path, text)| self.keep(url, path, text))
    }

    /// Checks a converted file and puts it into the cache, whole or not at all.
    pub(super) fn keep(&self, url: &str, path: &str, text: &str) -> Result<(), DownloadError> {
        let found = sha256_hex(text.as_bytes());
        let expected = self.pins.iter().find(|pin| pin.path == path).map_or("", |pin| &pin.sha256);
        if found != expected {
            let (url, path, expected) = (url.to_owned(), path.to_owned(), expected.to_owned());
            return Err(DownloadError::Hash { url, path, expected, found });
        }
        let target = self.folder.join(path);
        let write = || -> io::Result<()> {
            std::fs::create_dir_all(target.parent().unwrap_or(self.folder))?;
            atomic::write(&target, text.as_bytes())
        };
        write().map_err(|source| DownloadError::Cache { path: target.clone(), source })
    }
}
