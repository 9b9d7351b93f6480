//! Fetches the benchmarks from where they were published, converts them and checks them against the pinned hashes.
//!
//! | benchmark | host |
//! | --- | --- |
//! | MMLU | `people.eecs.berkeley.edu/~hendrycks/data.tar` (CSV; the Hugging Face copy is Parquet only) |
//! | BBH | `github.com/suzgunmirac/BIG-Bench-Hard`, `bbh/` and `cot-prompts/` |
//! | MATH | `people.eecs.berkeley.edu/~hendrycks/MATH.tar`; the Minerva shots from `EleutherAI/lm-evaluation-harness` |
//! | HumanEval | `github.com/openai/human-eval` |
//! | MBPP | `github.com/google-research/google-research`, else the copy in `deepseek-ai/DeepSeek-Coder` |

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::convert::{self, ConvertError};
use super::data::{PINS, Pin, parse_pins};
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

/// Fetches what is missing for the tasks; `note` gets a line for each file on the way.
///
/// # Errors
/// A host that fails, or content that is not the pinned one. Nothing unchecked is left in the cache.
pub fn fetch(folder: &Path, tasks: &[String], hosts: &Hosts, note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
    Download { folder, hosts, pins: parse_pins(PINS) }.tasks(tasks, note)
}

/// As [`fetch`], with other pins (for content of one's own).
///
/// # Errors
/// As [`fetch`].
pub fn fetch_pinned(
    folder: &Path,
    tasks: &[String],
    hosts: &Hosts,
    pins: &str,
    note: &mut dyn FnMut(&str),
) -> Result<(), DownloadError> {
    Download { folder, hosts, pins: parse_pins(pins) }.tasks(tasks, note)
}

struct Download<'a> {
    folder: &'a Path,
    hosts: &'a Hosts,
    pins: Vec<Pin>,
}

impl Download<'_> {
    fn tasks(&self, tasks: &[String], note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
        for task in tasks {
            let prefix = format!("{task}/");
            let missing: Vec<&Pin> = self
                .pins
                .iter()
                .filter(|pin| pin.path.starts_with(&prefix) && !self.folder.join(&pin.path).is_file())
                .collect();
            if missing.is_empty() {
                continue;
            }
            match task.as_str() {
                "mmlu" => self.mmlu(note)?,
                "bbh" => self.bbh(&missing, note)?,
                "math" => self.math(note)?,
                "humaneval" => {
                    let url = format!("{}/openai/human-eval/master/data/HumanEval.jsonl.gz", self.hosts.github);
                    self.convert(&url, note, |body| Ok(vec![("humaneval/test.jsonl", convert::humaneval(body)?)]))?;
                }
                "mbpp" => self.mbpp(note)?,
                _ => {}
            }
        }
        Ok(())
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

    fn text(url: &str, note: &mut dyn FnMut(&str)) -> Result<String, DownloadError> {
        note(&format!("fetching {url}"));
        let mut text = String::new();
        Self::get(url)?
            .read_to_string(&mut text)
            .map_err(|error| DownloadError::Http { url: url.to_owned(), reason: error.to_string() })?;
        Ok(text)
    }

    fn convert(
        &self,
        url: &str,
        note: &mut dyn FnMut(&str),
        convert: impl FnOnce(&mut dyn Read) -> Result<Vec<(&'static str, String)>, ConvertError>,
    ) -> Result<(), DownloadError> {
        note(&format!("fetching {url}"));
        let files =
            convert(&mut Self::get(url)?).map_err(|source| DownloadError::Convert { url: url.to_owned(), source })?;
        files.iter().try_for_each(|(path, text)| self.keep(url, path, text))
    }

    /// Checks a converted file and puts it into the cache, whole or not at all.
    fn keep(&self, url: &str, path: &str, text: &str) -> Result<(), DownloadError> {
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

    fn mmlu(&self, note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
        let url = format!("{}/~hendrycks/data.tar", self.hosts.berkeley);
        self.convert(&url, note, |body| {
            let mut splits = convert::mmlu(body, &["dev", "test"])?;
            let mut take = |split: &str| splits.remove(split).unwrap_or_default();
            Ok(vec![("mmlu/dev.jsonl", take("dev")), ("mmlu/test.jsonl", take("test"))])
        })
    }

    fn bbh(&self, missing: &[&Pin], note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
        let root = format!("{}/suzgunmirac/BIG-Bench-Hard/main", self.hosts.github);
        let name = |pin: &Pin| Some(pin.path.strip_prefix("bbh/cot_prompts/")?.strip_suffix(".txt")?.to_owned());
        for pin in missing {
            if let Some(task) = name(pin) {
                let url = format!("{root}/cot-prompts/{task}.txt");
                let text = Self::text(&url, note)?;
                self.keep(&url, &pin.path, &text)?;
            }
        }
        if missing.iter().any(|pin| pin.path == "bbh/test.jsonl") {
            let mut files = BTreeMap::new();
            for task in self.pins.iter().filter_map(name) {
                let text = Self::text(&format!("{root}/bbh/{task}.json"), note)?;
                files.insert(task, text);
            }
            let url = format!("{root}/bbh");
            let text = convert::bbh(&files).map_err(|source| DownloadError::Convert { url: url.clone(), source })?;
            self.keep(&url, "bbh/test.jsonl", &text)?;
        }
        Ok(())
    }

    fn math(&self, note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
        let path = "EleutherAI/lm-evaluation-harness/v0.4.9/lm_eval/tasks/minerva_math/utils.py";
        let url = format!("{}/{path}", self.hosts.github);
        let source = Self::text(&url, note)?;
        let shots = convert::minerva(&source).map_err(|source| DownloadError::Convert { url: url.clone(), source })?;
        self.keep(&url, "math/fewshot.jsonl", &shots)?;
        let url = format!("{}/~hendrycks/MATH.tar", self.hosts.berkeley);
        self.convert(&url, note, |body| Ok(vec![("math/test.jsonl", convert::math(body)?)]))
    }

    fn mbpp(&self, note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
        let mut last = None;
        for path in [
            "google-research/google-research/master/mbpp/mbpp.jsonl",
            "deepseek-ai/DeepSeek-Coder/main/Evaluation/MBPP/data/mbpp.jsonl",
        ] {
            let url = format!("{}/{path}", self.hosts.github);
            let done = self.convert(&url, note, |body| {
                let mut text = String::new();
                body.read_to_string(&mut text)?;
                let part = |ids| convert::mbpp(&text, ids);
                Ok(vec![("mbpp/prompt.jsonl", part(2..=4)?), ("mbpp/test.jsonl", part(11..=510)?)])
            });
            match done {
                Ok(()) => return Ok(()),
                // The first host has had several versions; the copy is tried before giving up.
                Err(error) => last = Some(error),
            }
        }
        last.map_or(Ok(()), Err)
    }
}
