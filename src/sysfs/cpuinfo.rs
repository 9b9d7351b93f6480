//! `/proc/cpuinfo`: which family of processors wrote it, and what it says of a hardware thread.

use super::{Missing, Root, field};

/// Families whose kernels write this file in a way of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Intel, AMD and their kin.
    X86,
    /// ARM, of 32 or 64 bits.
    Arm,
    /// RISC-V.
    RiscV,
    /// LoongArch.
    LoongArch,
    /// Any other, or no file.
    Other,
}

/// The file's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpuInfo(String);

impl CpuInfo {
    /// Reads it below a root.
    ///
    /// # Errors
    /// [`Missing`] with the reason.
    pub fn read(root: &Root) -> Result<Self, Missing> {
        root.text("proc/cpuinfo").map(Self)
    }

    /// The family that wrote it, by the keys that only its kernel writes.
    #[must_use]
    pub fn family(&self) -> Family {
        let has = |key: &str| self.first(key).is_some();
        match () {
            () if has("CPU implementer") || has("CPU architecture") => Family::Arm,
            () if has("isa") || has("hart") => Family::RiscV,
            () if self.first("CPU Family").is_some_and(|name| name.starts_with("Loongson")) => Family::LoongArch,
            () if self.first("Features").is_some_and(|all| all.split(' ').any(|name| name == "cpucfg")) => {
                Family::LoongArch
            }
            () if has("flags") => Family::X86,
            () => Family::Other,
        }
    }

    /// The first value of a key.
    #[must_use]
    pub fn first(&self, key: &str) -> Option<&str> {
        field(&self.0, key).filter(|value| !value.is_empty())
    }

    /// What a hardware thread's paragraph says; where the file says it once for all, as kernels before 3.8 did, that.
    #[must_use]
    pub fn of_thread(&self, thread: u32, key: &str) -> Option<&str> {
        let number = thread.to_string();
        let own = self.0.split("\n\n").find(|text| field(text, "processor").is_some_and(|n| n == number));
        own.and_then(|text| field(text, key)).or_else(|| {
            let named = |line: &&str| line.split_once(':').is_some_and(|(name, _)| name.trim() == key);
            if self.0.lines().filter(named).count() == 1 { field(&self.0, key) } else { None }
        })
    }

    /// Implementer and part number of an ARM core.
    #[must_use]
    pub fn arm_part(&self, thread: u32) -> Option<(u32, u32)> {
        let hex = |key: &str| u32::from_str_radix(self.of_thread(thread, key)?.strip_prefix("0x")?, 16).ok();
        hex("CPU implementer").zip(hex("CPU part"))
    }

    /// What tells cores of different make apart: the part number, or the instruction set and the maker's name for it.
    #[must_use]
    pub fn make(&self, thread: u32) -> Option<String> {
        match self.family() {
            Family::Arm => self.arm_part(thread).map(|(implementer, part)| format!("{implementer:#04x}/{part:#05x}")),
            Family::RiscV => {
                let keys = ["uarch", "marchid", "isa"].map(|key| self.of_thread(thread, key).unwrap_or(""));
                Some(keys.join(" "))
            }
            Family::X86 | Family::LoongArch | Family::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(text: &str) -> CpuInfo {
        CpuInfo(text.to_owned())
    }

    #[test]
    fn families_by_their_own_keys() {
        assert_eq!(info("processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n").family(), Family::Arm);
        assert_eq!(info("processor\t: 0\nhart\t\t: 1\nisa\t: rv64imafdc\n").family(), Family::RiscV);
        assert_eq!(info("CPU Family\t\t: Loongson-64bit\nFeatures\t: cpucfg lsx\n").family(), Family::LoongArch);
        assert_eq!(info("processor : 0\nflags : fpu vme\n").family(), Family::X86);
        assert_eq!(info("cpu\t\t: POWER9, altivec supported\n").family(), Family::Other);
    }

    #[test]
    fn an_old_kernel_says_the_part_once_for_all() {
        let old = info(
            "Processor\t: ARMv7\nprocessor\t: 0\n\nprocessor\t: 1\n\nCPU implementer\t: 0x41\nCPU part\t: 0xc09\n",
        );
        assert_eq!(old.arm_part(1), Some((0x41, 0xc09)));
        let two = info(
            "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\nprocessor\t: 1\n\nprocessor\t: 2\nCPU implementer\t: 0x41\nCPU part\t: 0xd09\n",
        );
        assert_eq!((two.arm_part(0), two.arm_part(1)), (Some((0x41, 0xd03)), None));
        assert_eq!(two.make(2).as_deref(), Some("0x41/0xd09"));
    }
}
