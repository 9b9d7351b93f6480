//! An offer as a branch of a clone of the project. The clone's own files stay as they are, and nothing is pushed.

use std::io;
use std::path::{Path, PathBuf};

use super::collection::{check, find};
use super::git::{GitError, git};
use super::index::Indexed;
use super::offer::{Offer, OfferedFile};
use super::rule::{Finding, Refusal, Rule};
use crate::file::digest::sha256_hex;
use crate::file::run_folder;
use crate::model::catalog::Catalog;
use crate::process::shell::bare;
use crate::report::gallery::GalleryError;
use crate::report::reported_index::csv;

/// Where the index lies in the project.
pub(crate) const INDEX: &str = "reports/index.csv";

/// Who a commit is by: a report names no person, and neither does its commit. Pushing it does.
const AUTHOR: [&str; 4] = ["-c", "user.name=densimeter share", "-c", "user.email=share@densimeter.invalid"];

/// Why there is no branch.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BranchError {
    /// Git says no.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The folder is no clone of the project.
    #[error("{}: no clone of the project: it has no {INDEX}", .0.display())]
    Foreign(PathBuf),
    /// The branch is there.
    #[error("{}: branch `{branch}` is there already; push it, or remove it: git -C {} branch -D {branch}", clone.display(), bare(&clone.display().to_string()))]
    There {
        /// The clone.
        clone: PathBuf,
        /// The branch.
        branch: String,
    },
    /// Among the other reports it breaks a rule.
    #[error("refused among the reports of the project: {0}")]
    Refused(Refusal),
    /// A file cannot be written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// The reports of the project cannot be listed.
    #[error(transparent)]
    List(#[from] GalleryError),
    /// The index cannot be written as a table.
    #[error("{INDEX}: {0}")]
    Table(#[from] ::csv::Error),
}

/// A branch that is ready to be pushed.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Prepared {
    /// The clone.
    pub clone: PathBuf,
    /// The branch.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// Rows that the index has with it.
    pub index_rows: usize,
}

/// A clone of the project below the cache: made where it is missing, brought up to date where it is there.
///
/// # Errors
/// [`BranchError`].
pub(crate) fn cached_clone(address: &str, cache: &Path) -> Result<PathBuf, BranchError> {
    let clone = cache.join("share").join(&sha256_hex(address.as_bytes())[..12]);
    if clone.join(".git").is_dir() {
        git(&clone, &["fetch", "--quiet", "origin"])?;
        // The branch of the project may have been renamed since.
        git(&clone, &["remote", "set-head", "origin", "--auto"])?;
        return Ok(clone);
    }
    let parent = clone.parent().unwrap_or(cache);
    std::fs::create_dir_all(parent).map_err(|error| BranchError::Io { path: parent.to_owned(), error })?;
    // Half a clone is none: it takes its name when it is whole.
    let half = tempfile::tempdir_in(parent).map_err(|error| BranchError::Io { path: parent.to_owned(), error })?;
    let target = half.path().join("clone");
    git(parent, &["clone", "--quiet", "--no-tags", "--single-branch", "--", address, &target.display().to_string()])?;
    std::fs::rename(&target, &clone).map_err(|error| BranchError::Io { path: clone.clone(), error })?;
    Ok(clone)
}

/// Puts an offer on a branch of its own that begins at `base`, with the index derived anew.
///
/// # Errors
/// [`BranchError`]; then the clone is as before.
pub(crate) fn prepare(
    offer: &Offer,
    files: &[OfferedFile],
    (clone, base): (&Path, &str),
    catalog: &Catalog,
    now: jiff::Timestamp,
) -> Result<Prepared, BranchError> {
    let clone = clone.canonicalize().map_err(|error| BranchError::Io { path: clone.to_owned(), error })?;
    if git(&clone, &["cat-file", "-e", &format!("{base}:{INDEX}")]).is_err() {
        // Without git, or outside a clone, this says so.
        git(&clone, &["rev-parse", "--git-dir"])?;
        return Err(BranchError::Foreign(clone));
    }
    let branch = format!("report/{}/{}", offer.device, offer.stored.report.run_id);
    if git(&clone, &["show-ref", "--verify", "--quiet", &format!("refs/heads/{branch}")]).is_ok() {
        return Err(BranchError::There { clone, branch });
    }
    let own = tempfile::tempdir().map_err(|error| BranchError::Io { path: std::env::temp_dir(), error })?;
    let tree = own.path().join("tree");
    let name = tree.display().to_string();
    git(&clone, &["worktree", "add", "--quiet", "--no-track", "-b", &branch, &name, base])?;
    let made = commit(offer, files, &tree, catalog, now);
    // Its files are in the commit by now, or nowhere.
    let removed = git(&clone, &["worktree", "remove", "--force", &name]);
    if made.is_err() {
        let _ = git(&clone, &["branch", "-D", &branch]);
    }
    let (commit, index_rows) = made?;
    removed?;
    Ok(Prepared { clone, branch, commit, index_rows })
}

fn commit(
    offer: &Offer,
    files: &[OfferedFile],
    tree: &Path,
    catalog: &Catalog,
    now: jiff::Timestamp,
) -> Result<(String, usize), BranchError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| BranchError::Io { path, error }
    };
    let folder = tree.join(offer.folder());
    if folder.exists() {
        let finding = Finding::new(Rule::Duplicate, format!("the project has it already: {}", offer.folder()));
        return Err(BranchError::Refused(Refusal { report: offer.folder(), finding }));
    }
    let texts: Vec<(String, String)> = files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    run_folder::write_files(tree, &texts).map_err(io(tree))?;
    let reports = tree.join("reports");
    let checked = check(&find(std::slice::from_ref(&reports))?, catalog, now);
    let own = folder.display().to_string();
    // Of two that are the same the later one by its path is refused, which may be the one that was there.
    let about_it = |refusal: &Refusal| {
        refusal.report.starts_with(&own)
            || (refusal.finding.rule == Rule::Duplicate && refusal.finding.text.contains(&own))
    };
    if let Some(mut refusal) = checked.refusals.into_iter().find(about_it) {
        // The tree is gone when this is read.
        let within = format!("{}/", tree.display());
        refusal.finding.text = match refusal.report.starts_with(&own) {
            true => refusal.finding.text.replace(&within, ""),
            false => format!("the project has it as {}", refusal.report.replace(&within, "")),
        };
        return Err(BranchError::Refused(refusal));
    }
    let indexed = Indexed::of(&[reports], catalog, &|_| {})?;
    let rows = indexed.rows.len();
    let index = tree.join(INDEX);
    run_folder::write(&index, csv(indexed.rows)?.as_bytes()).map_err(io(&index))?;
    git(tree, &["add", "--force", "--", &offer.folder(), INDEX])?;
    let message = format!("Report of {}, run {}", offer.device, offer.stored.report.run_id);
    git(tree, &[&AUTHOR[..], &["commit", "--quiet", "--no-verify", "-m", &message]].concat())?;
    Ok((git(tree, &["rev-parse", "HEAD"])?, rows))
}
