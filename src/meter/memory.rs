//! Memory of a process as the kernel counts it.

use serde::{Deserialize, Serialize};

use crate::sysfs::{self, Missing, Reasons, Root, or_note};
use crate::unit::Bytes;

/// Memory of one process at one moment. `None` has its reason in `reasons` under the field's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryReading {
    /// High-water mark of the resident set (`VmHWM`) since the start or the last [`MemoryMeter::reset_peak`].
    /// Pages of a mapped model file count once they are touched.
    pub peak_rss: Option<Bytes>,
    /// Resident set now (`VmRSS`).
    pub rss: Option<Bytes>,
    /// Proportional set size: shared pages divided among those who share them. Only in [`MemoryMeter::read_in_full`].
    pub pss: Option<Bytes>,
    /// Pages that no file backs: what cannot be dropped and read again. Only in [`MemoryMeter::read_in_full`].
    pub anonymous: Option<Bytes>,
    /// Pages of the process in swap (`VmSwap`).
    pub swap: Option<Bytes>,
    /// Page faults served from memory since the start of the process.
    pub minor_faults: Option<u64>,
    /// Page faults that waited for a disk since the start of the process.
    pub major_faults: Option<u64>,
    /// Why a value is absent.
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    pub reasons: Reasons,
}

/// Reads the memory of one process.
#[derive(Debug, Clone)]
pub struct MemoryMeter {
    root: Root,
    process: String,
}

impl MemoryMeter {
    /// The memory of this process.
    #[must_use]
    pub fn of_self(root: Root) -> Self {
        Self { root, process: "proc/self".to_owned() }
    }

    /// The memory of another process.
    #[must_use]
    pub fn of_process(root: Root, pid: u32) -> Self {
        Self { root, process: format!("proc/{pid}") }
    }

    /// Everything but PSS and anonymous memory; costs some tens of microseconds.
    #[must_use]
    pub fn read(&self) -> MemoryReading {
        let mut reasons = Reasons::new();
        let status = self.root.text(&format!("{}/status", self.process));
        let stat = self.root.text(&format!("{}/stat", self.process));
        let mut kib = |key: &str, name: &str| or_note(self.kib(&status, "status", key), name, &mut reasons);
        let (peak_rss, rss, swap) = (kib("VmHWM", "peak_rss"), kib("VmRSS", "rss"), kib("VmSwap", "swap"));
        let mut faults = |field: usize, name: &str| {
            or_note(stat.clone().and_then(|text| stat_field(&text, field)), name, &mut reasons)
        };
        let (minor_faults, major_faults) = (faults(10, "minor_faults"), faults(12, "major_faults"));
        for name in ["pss", "anonymous"] {
            reasons.insert(name.to_owned(), "not asked for in this reading: it walks every mapping".to_owned());
        }
        MemoryReading { peak_rss, rss, pss: None, anonymous: None, swap, minor_faults, major_faults, reasons }
    }

    /// Everything. Costs milliseconds (the kernel walks every mapping): never inside a timed section.
    #[must_use]
    pub fn read_in_full(&self) -> MemoryReading {
        let mut reading = self.read();
        reading.reasons.retain(|name, _| name != "pss" && name != "anonymous");
        let rollup = self.root.text(&format!("{}/smaps_rollup", self.process));
        reading.pss = or_note(self.kib(&rollup, "smaps_rollup", "Pss"), "pss", &mut reading.reasons);
        reading.anonymous = or_note(self.kib(&rollup, "smaps_rollup", "Anonymous"), "anonymous", &mut reading.reasons);
        reading
    }

    /// Sets the high-water mark back to the present resident set.
    ///
    /// # Errors
    /// [`Missing`] where the kernel has no `clear_refs` or does not let this user write it: the mark then still counts
    /// from the start of the process.
    pub fn reset_peak(&self) -> Result<(), Missing> {
        let relative = format!("{}/clear_refs", self.process);
        std::fs::OpenOptions::new()
            .write(true)
            .open(self.root.path(&relative))
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"5"))
            .map_err(|error| Missing::because(&relative, &error))
    }

    fn kib(&self, text: &Result<String, Missing>, file: &str, key: &str) -> Result<Bytes, Missing> {
        let text = text.as_ref().map_err(Clone::clone)?;
        let line =
            sysfs::field(text, key).ok_or_else(|| Missing::Absent(format!("'{key}' in /{}/{file}", self.process)))?;
        line.strip_suffix("kB")
            .and_then(|number| number.trim().parse().ok())
            .map(Bytes::from_kib)
            .ok_or_else(|| Missing::Malformed(format!("'{key}' in /{}/{file}", self.process), line.to_owned()))
    }
}

/// Field `number` (from 1, as proc(5) counts) of `/proc/<pid>/stat`; the name in field 2 may hold blanks and brackets.
pub(super) fn stat_field(text: &str, number: usize) -> Result<u64, Missing> {
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    number
        .checked_sub(3)
        .and_then(|index| after_name.split_whitespace().nth(index))
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| Missing::Malformed(format!("field {number} of the process's stat"), String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "77 (a) b (c) R 1 77 77 0 -1 4194304 97 5 3 2 11 7 0 0 20 0 1 0 191400 3133440 380";

    fn tree(status: &str, rollup: Option<&str>) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        let process = tree.path().join("proc/77");
        std::fs::create_dir_all(&process).unwrap();
        std::fs::write(process.join("status"), status).unwrap();
        std::fs::write(process.join("stat"), STAT).unwrap();
        if let Some(rollup) = rollup {
            std::fs::write(process.join("smaps_rollup"), rollup).unwrap();
        }
        tree
    }

    #[test]
    fn reads_what_the_kernel_wrote() {
        let tree = tree(
            "Name:\ta) b (c\nVmHWM:\t  2048 kB\nVmRSS:\t    1024 kB\nVmSwap:\t 0 kB\n",
            Some("55a7-7ffc ---p 00000000 00:00 0 [rollup]\nRss: 1024 kB\nPss:  300 kB\nAnonymous:  116 kB\n"),
        );
        let reading = MemoryMeter::of_process(Root::at(tree.path()), 77).read_in_full();
        assert_eq!(reading.peak_rss, Some(Bytes::from_bytes(2 << 20)));
        assert_eq!(reading.pss, Some(Bytes::from_bytes(300 * 1024)));
        assert_eq!(reading.anonymous, Some(Bytes::from_bytes(116 * 1024)));
        assert_eq!(reading.swap, Some(Bytes::from_bytes(0)));
        assert_eq!((reading.minor_faults, reading.major_faults), (Some(97), Some(3)));
        assert!(reading.reasons.is_empty());
    }

    #[test]
    fn what_is_not_there_is_null_with_a_reason() {
        let tree = tree("Name:\tx\nVmRSS:\t lots\n", None);
        let reading = MemoryMeter::of_process(Root::at(tree.path()), 77).read_in_full();
        assert_eq!((reading.peak_rss, reading.rss, reading.pss), (None, None, None));
        assert_eq!(reading.reasons["peak_rss"], "'VmHWM' in /proc/77/status does not exist");
        assert_eq!(reading.reasons["rss"], "'VmRSS' in /proc/77/status has no usable value: 'lots'");
        assert_eq!(reading.reasons["pss"], "/proc/77/smaps_rollup does not exist");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_follows_an_allocation_and_its_reset() {
        const SIZE: usize = 64 << 20;
        let meter = MemoryMeter::of_self(Root::system());
        if meter.reset_peak().is_err() {
            return;
        }
        let before = meter.read().peak_rss.unwrap().bytes();
        let block = std::hint::black_box(vec![1_u8; SIZE]);
        let held = meter.read().peak_rss.unwrap().bytes();
        drop(block);
        assert!(held >= before + SIZE as u64 / 2, "{held} after {before}");
        meter.reset_peak().unwrap();
        assert!(meter.read().peak_rss.unwrap().bytes() < held);
    }
}
