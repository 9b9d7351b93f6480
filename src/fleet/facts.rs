//! A first look at a target, before anything was sent: machine, processor, clock, free space.

use std::time::Duration;

use super::transport::Transport;
use super::transport_error::TransportError;
use crate::device::isa_level;
use crate::process::shell::quoted;
use crate::sanitize::printable;
use crate::sysfs::field;

/// Bytes taken of the answer: /proc/cpuinfo is cut at 64 KiB on the target.
const MOST: u64 = 128 << 10;

/// How long it may take, at most.
const LIMIT: Duration = Duration::from_secs(60);

/// What a target says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// `uname -m`, of plain characters only.
    pub(crate) machine: String,
    /// Rust's name of it.
    pub(crate) architecture: Option<&'static str>,
    /// Features of the processor, by the kernel's names.
    pub(crate) features: Vec<String>,
    /// Bytes free where the fleet's folder is; `None` where `df` says nothing usable.
    pub(crate) free_bytes: Option<u64>,
    /// Seconds that the target's clock is ahead of this one; negative where it is behind.
    pub(crate) clock_ahead_s: Option<i64>,
}

/// Makes the folder and looks.
///
/// # Errors
/// [`TransportError`]; an answer of another shape is `Garbled`.
pub(crate) fn gather_facts(
    transport: &Transport,
    folder: &str,
    limit: Duration,
    interrupted: &dyn Fn() -> bool,
) -> Result<Facts, TransportError> {
    let folder = quoted(folder);
    let script = format!(
        "umask 077; mkdir -p -- {folder} && cd -- {folder} || exit 1; echo machine: $(uname -m); echo now: $(date +%s); \
         echo free: $(df -Pk . 2>/dev/null | tail -n 1); head -c 65536 /proc/cpuinfo; echo; echo end: densimeter"
    );
    let answer = transport.run(&script, MOST, LIMIT.min(limit), interrupted)?;
    parse(&String::from_utf8_lossy(&answer), jiff::Timestamp::now().as_second())
}

fn parse(answer: &str, now: i64) -> Result<Facts, TransportError> {
    let garbled = || TransportError::Garbled(format!("'{}'", printable(answer, 60)));
    if field(answer, "end") != Some("densimeter") {
        return Err(garbled());
    }
    let machine: String = field(answer, "machine").ok_or_else(garbled)?.chars().take(32).collect();
    if !machine.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(garbled());
    }
    let features = ["flags", "Features"].iter().find_map(|key| field(answer, key)).unwrap_or_default();
    // The mount point may hold spaces; the columns before it do not: device, blocks, used, available.
    let free_kib = field(answer, "free").and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    let clock = field(answer, "now").and_then(|now| now.parse::<i64>().ok());
    Ok(Facts {
        architecture: isa_level::architecture(&machine),
        machine,
        features: features.split_whitespace().take(512).map(str::to_owned).collect(),
        free_bytes: free_kib.map(|kib| kib.saturating_mul(1024)),
        clock_ahead_s: clock.map(|clock| clock.saturating_sub(now)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PI: &str = "machine: aarch64\nnow: 1000\nfree: /dev/mmcblk0p2 29000000 1 12000 50% /\nprocessor\t: 0\n\
        Features\t: fp asimd asimddp\n\nend: densimeter\n";

    #[test]
    fn an_answer_is_read() {
        let facts = parse(PI, 31_537_000).unwrap();
        assert_eq!((facts.machine.as_str(), facts.architecture), ("aarch64", Some("aarch64")));
        assert_eq!(facts.free_bytes, Some(12_288_000));
        assert_eq!(facts.clock_ahead_s, Some(-31_536_000));
        assert!(facts.features.contains(&"asimddp".to_owned()));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_in_the_targets_words() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let folder = file.path().join("below a file").display().to_string();
        let error = gather_facts(&Transport::local(), &folder, LIMIT, &|| false).unwrap_err();
        assert!(matches!(&error, TransportError::Failed { said, .. } if said.contains("mkdir")), "{error}");
    }

    #[test]
    fn another_answer_is_refused() {
        for answer in ["", "Welcome!\n", "machine: $(id)\nend: densimeter\n", &PI.replace("end: densimeter", "")] {
            assert!(matches!(parse(answer, 0), Err(TransportError::Garbled(_))), "{answer}");
        }
    }
}
