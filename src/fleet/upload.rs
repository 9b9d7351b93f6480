//! Sending a file: nothing where the target has it, the rest where it has a part, and the hash compared at the end.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::pipe::Input;
use super::transport::Transport;
use super::transport_error::TransportError;
use crate::file::digest::sha256_of;
use crate::meter::deadline::Deadline;
use crate::process::shell::quoted;

/// How long a question may take, hashing a large file from a slow card included.
const ANSWER: Duration = Duration::from_secs(1800);

/// A file to send.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// The file here.
    pub(crate) path: PathBuf,
    /// Where it goes, below the fleet's folder.
    pub(crate) place: String,
    /// Its SHA-256.
    pub(crate) sha256: String,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// Whether it is a program.
    pub(crate) program: bool,
}

/// The connection that a file goes through.
pub(crate) struct Line<'a> {
    /// The way to the target.
    pub(crate) transport: &'a Transport,
    /// The fleet's folder there.
    pub(crate) folder: &'a str,
    /// Bytes per second at most.
    pub(crate) bytes_per_s: Option<u64>,
    /// Bytes free there.
    pub(crate) free_bytes: Option<u64>,
    /// When to give up.
    pub(crate) deadline: &'a Deadline,
    /// Whether the user interrupted.
    pub(crate) interrupted: &'a dyn Fn() -> bool,
}

impl Line<'_> {
    /// How long an answer may take.
    fn answer(&self) -> Duration {
        ANSWER.min(self.deadline.left())
    }
}

/// What the target has of a file.
#[derive(Debug, PartialEq, Eq)]
enum Had {
    Whole,
    Part(u64),
}

impl Upload {
    /// A file with its hash, which is read here.
    ///
    /// # Errors
    /// The file system's, with the path.
    pub(crate) fn of(path: &Path, place: String, program: bool) -> std::io::Result<Self> {
        let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let (sha256, bytes) = File::open(path).and_then(|file| sha256_of(file, &mut |_| {})).map_err(named)?;
        Ok(Self { path: path.to_owned(), place, sha256, bytes, program })
    }

    /// Makes sure that the target has the file. `sent` hears of every piece that goes over the line.
    ///
    /// # Errors
    /// [`TransportError`]; a full disk there is told before anything is sent, and named when it fills up meanwhile.
    pub(crate) fn send(&self, line: &Line<'_>, sent: &(dyn Fn(u64) + Sync)) -> Result<(), TransportError> {
        let begun = match self.had(line)? {
            Had::Whole => return Ok(()),
            Had::Part(bytes) if bytes <= self.bytes => bytes,
            Had::Part(_) => 0,
        };
        if line.free_bytes.is_some_and(|free| free < self.bytes - begun) {
            return Err(self.full(line.free_bytes.unwrap_or(0), begun));
        }
        match self.transfer(line, begun, sent) {
            // A part that was damaged on the target: once more from its beginning.
            Err(TransportError::Garbled(_)) if begun > 0 => self.transfer(line, 0, sent),
            done => done,
        }
    }

    fn full(&self, free: u64, begun: u64) -> TransportError {
        TransportError::Failed {
            code: None,
            said: format!(
                "disk full on the target: {} needs {} bytes more, {free} are free; make room or set `folder` to another disk",
                self.name(),
                self.bytes - begun
            ),
        }
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn had(&self, line: &Line<'_>) -> Result<Had, TransportError> {
        let script = format!(
            "cd -- {} && if [ -f {place} ]; then sha256sum < {place}; \
             elif [ -f {place}.part ]; then echo part $(wc -c < {place}.part); else echo part 0; fi",
            quoted(line.folder),
            place = quoted(&self.place),
        );
        let answer = line.transport.run(&script, 4096, line.answer(), line.interrupted)?;
        let answer = String::from_utf8_lossy(&answer).trim().to_owned();
        if let Some(bytes) = answer.strip_prefix("part ").and_then(|bytes| bytes.trim().parse().ok()) {
            return Ok(Had::Part(bytes));
        }
        match hash_of(&answer) {
            Some(hash) if hash == self.sha256 => Ok(Had::Whole),
            Some(_) => Ok(Had::Part(0)),
            None => Err(TransportError::Garbled("no SHA-256 from sha256sum".to_owned())),
        }
    }

    fn transfer(&self, line: &Line<'_>, begun: u64, sent: &(dyn Fn(u64) + Sync)) -> Result<(), TransportError> {
        let here = |error: std::io::Error| TransportError::Here(format!("{}: {error}", self.path.display()));
        let mut file = File::open(&self.path).map_err(here)?;
        file.seek(SeekFrom::Start(begun)).map_err(here)?;
        // The jail of a target whose user is root runs this very file as somebody else; its folder lets nobody else in.
        let (place, mode) = (quoted(&self.place), if self.program { "755" } else { "600" });
        let parent = Path::new(&self.place).parent().unwrap_or(Path::new(".")).display().to_string();
        let redirect = if begun == 0 { ">" } else { ">>" };
        let script = format!(
            "umask 077; cd -- {} && mkdir -p -- {} && cat {redirect} {place}.part && sha256sum < {place}.part",
            quoted(line.folder),
            quoted(&parent),
        );
        let mut answer = Vec::new();
        let input = Input { file, bytes_per_s: line.bytes_per_s, sent };
        let done =
            line.transport.stream(&script, Some(input), &mut answer, 4096, line.deadline.left(), line.interrupted);
        if let Err(TransportError::Failed { said, .. }) = &done
            && said.contains("No space left")
        {
            return Err(self.full(0, begun));
        }
        done?;
        if hash_of(&String::from_utf8_lossy(&answer)).is_none_or(|hash| hash != self.sha256) {
            let remove = format!("cd -- {} && rm -f -- {place}.part", quoted(line.folder));
            line.transport.run(&remove, 4096, line.answer(), line.interrupted)?;
            return Err(TransportError::Garbled(format!("{} arrived with another SHA-256", self.name())));
        }
        let keep =
            format!("cd -- {} && chmod {mode} {place}.part && mv -f -- {place}.part {place}", quoted(line.folder));
        line.transport.run(&keep, 4096, line.answer(), line.interrupted).map(drop)
    }
}

/// The hash that `sha256sum` printed.
fn hash_of(answer: &str) -> Option<String> {
    let hash = answer.split_whitespace().next()?;
    (hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then(|| hash.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::fleet::inventory::Target;

    fn upload(here: &Path, there: &Path, free: Option<u64>) -> (Result<(), TransportError>, u64) {
        send(here, there, free, false)
    }

    fn send(here: &Path, there: &Path, free: Option<u64>, program: bool) -> (Result<(), TransportError>, u64) {
        let target: Target = toml::from_str("name = \"x\"\naddress = \"local\"").unwrap();
        let transport = Transport::of(&target);
        let line = Line {
            transport: &transport,
            folder: there.to_str().unwrap(),
            bytes_per_s: None,
            free_bytes: free,
            deadline: &Deadline::new(Duration::from_secs(60)),
            interrupted: &|| false,
        };
        let sent = AtomicU64::new(0);
        let upload = Upload::of(here, "models/it's $HOME.gguf".to_owned(), program).unwrap();
        let done = upload.send(&line, &|bytes| {
            sent.fetch_add(bytes, Ordering::SeqCst);
        });
        (done, sent.into_inner())
    }

    #[cfg(unix)]
    #[test]
    fn a_program_may_be_run_by_the_jails_user_and_a_model_is_for_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("a");
        std::fs::write(&here, "content").unwrap();
        for (program, mode) in [(true, 0o755), (false, 0o600)] {
            let there = folder.path().join(format!("board {program}"));
            std::fs::create_dir(&there).unwrap();
            send(&here, &there, None, program).0.unwrap();
            let kept = std::fs::metadata(there.join("models/it's $HOME.gguf")).unwrap();
            assert_eq!(kept.permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn only_what_is_missing_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("a"), folder.path().join("a board"));
        std::fs::create_dir(&there).unwrap();
        let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&here, &content).unwrap();
        let place = there.join("models/it's $HOME.gguf");
        let part = there.join("models/it's $HOME.gguf.part");

        let (done, _) = upload(&here, &there, Some(10));
        assert!(done.unwrap_err().to_string().contains("disk full"));

        let (done, sent) = upload(&here, &there, None);
        done.unwrap();
        assert_eq!((sent, std::fs::read(&place).unwrap() == content), (1_200_000, true));
        assert_eq!(upload(&here, &there, None).1, 0, "the target has it");

        // A cut cable: half of it is there.
        std::fs::remove_file(&place).unwrap();
        std::fs::write(&part, &content[..500_000]).unwrap();
        let (done, sent) = upload(&here, &there, None);
        done.unwrap();
        assert_eq!((sent, std::fs::read(&place).unwrap() == content), (700_000, true));

        // A damaged part costs the whole once more, never a wrong file.
        std::fs::remove_file(&place).unwrap();
        std::fs::write(&part, vec![1; 500_000]).unwrap();
        let (done, sent) = upload(&here, &there, None);
        done.unwrap();
        assert_eq!((sent, std::fs::read(&place).unwrap() == content), (1_900_000, true));

        // Another file of the same name and size.
        std::fs::write(&place, vec![1; 1_200_000]).unwrap();
        assert_eq!(upload(&here, &there, None).1, 1_200_000);
    }
}
