//! CPU levels of the binaries that `make dist` builds: which one a processor can run, and which is the best.
//!
//! llama.cpp's kernels are compiled in; a binary of too high a level dies of an illegal instruction once a model is
//! loaded, one of too low a level measures the device far below what it can do.

/// A level: its name is the end of the binary's name, `densimeter-<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsaLevel {
    /// Name.
    pub name: &'static str,
    /// Architecture, as [`std::env::consts::ARCH`] has it.
    pub architecture: &'static str,
    /// What a processor must have, by the kernel's names in `/proc/cpuinfo`.
    pub needs: &'static [&'static str],
}

/// Every level of `scripts/dist.sh`, within an architecture from the lowest to the highest.
pub const LEVELS: &[IsaLevel] = &[
    IsaLevel { name: "aarch64-armv8.0", architecture: "aarch64", needs: &["asimd"] },
    IsaLevel { name: "aarch64-dotprod", architecture: "aarch64", needs: &["asimd", "asimddp"] },
    IsaLevel { name: "aarch64-i8mm", architecture: "aarch64", needs: &["asimd", "asimddp", "asimdhp", "i8mm"] },
    IsaLevel { name: "armv7-neon", architecture: "arm", needs: &["neon", "vfpv4"] },
    IsaLevel { name: "x86_64-v2", architecture: "x86_64", needs: &["ssse3", "sse4_2"] },
    IsaLevel { name: "x86_64-v3", architecture: "x86_64", needs: &["sse4_2", "avx2", "fma", "f16c", "bmi2"] },
    IsaLevel {
        name: "x86_64-avx512",
        architecture: "x86_64",
        needs: &[
            "sse4_2",
            "avx2",
            "fma",
            "f16c",
            "bmi2",
            "avx512f",
            "avx512cd",
            "avx512bw",
            "avx512dq",
            "avx512vl",
            "avx512_vnni",
        ],
    },
];

/// The architecture that a name of `uname -m` stands for, in Rust's words; a 32-bit system on a 64-bit chip says `armv8l`.
#[must_use]
pub fn architecture(machine: &str) -> Option<&'static str> {
    match machine {
        "aarch64" | "arm64" => Some("aarch64"),
        "armv7l" | "armv8l" => Some("arm"),
        "x86_64" | "amd64" => Some("x86_64"),
        _ => None,
    }
}

/// The level of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static IsaLevel> {
    LEVELS.iter().find(|level| level.name == name)
}

impl IsaLevel {
    /// What the processor lacks for this level.
    #[must_use]
    pub fn lacking(&self, has: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
        self.needs.iter().copied().filter(|need| !has(need)).collect()
    }
}

/// The levels that a processor can run, the best first.
#[must_use]
pub fn usable(architecture: &str, has: &dyn Fn(&str) -> bool) -> Vec<&'static IsaLevel> {
    let mut usable: Vec<&IsaLevel> =
        LEVELS.iter().filter(|level| level.architecture == architecture && level.lacking(has).is_empty()).collect();
    usable.reverse();
    usable
}

/// Whether this very processor has what the kernel calls `name`: asked from the processor or from the kernel's auxiliary
/// vector, since `/proc/cpuinfo` under an emulator is that of the host.
#[must_use]
pub fn present(name: &str) -> bool {
    #[cfg(target_arch = "aarch64")]
    {
        use std::arch::is_aarch64_feature_detected as detected;
        match name {
            "asimd" => detected!("neon"),
            "asimddp" => detected!("dotprod"),
            "asimdhp" => detected!("fp16"),
            "i8mm" => detected!("i8mm"),
            _ => false,
        }
    }
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as detected;
        match name {
            "ssse3" => detected!("ssse3"),
            "sse4_2" => detected!("sse4.2"),
            "avx2" => detected!("avx2"),
            "fma" => detected!("fma"),
            "f16c" => detected!("f16c"),
            "bmi2" => detected!("bmi2"),
            "avx512f" => detected!("avx512f"),
            "avx512cd" => detected!("avx512cd"),
            "avx512bw" => detected!("avx512bw"),
            "avx512dq" => detected!("avx512dq"),
            "avx512vl" => detected!("avx512vl"),
            "avx512_vnni" => detected!("avx512vnni"),
            _ => false,
        }
    }
    // Rust has no stable question for 32-bit ARM: bits of AT_HWCAP (Linux, arch/arm/include/uapi/asm/hwcap.h).
    #[cfg(target_arch = "arm")]
    {
        let (capabilities, _) = rustix::param::linux_hwcap();
        match name {
            "neon" => capabilities & (1 << 12) != 0,
            "vfpv4" => capabilities & (1 << 16) != 0,
            _ => false,
        }
    }
    #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64", target_arch = "arm")))]
    {
        let _ = name;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features as the kernels of such devices list them.
    const CORTEX_A53: &str = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid";
    const CORTEX_A76: &str =
        "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp";
    const CORTEX_X3: &str = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma \
        lrcpc dcpop sha3 sm3 sm4 asimddp sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs sb paca pacg dcpodp sve2 \
        flagm2 frint i8mm bf16 bti";

    fn best(architecture: &str, features: &str) -> Option<&'static str> {
        let has = |name: &str| features.split_whitespace().any(|feature| feature == name);
        usable(architecture, &has).first().map(|level| level.name)
    }

    #[test]
    fn each_processor_gets_its_level() {
        assert_eq!(best("aarch64", CORTEX_A53), Some("aarch64-armv8.0"));
        assert_eq!(best("aarch64", CORTEX_A76), Some("aarch64-dotprod"));
        assert_eq!(best("aarch64", CORTEX_X3), Some("aarch64-i8mm"));
        assert_eq!(best("x86_64", "ssse3 sse4_2 avx"), Some("x86_64-v2"));
        let v3 = "ssse3 sse4_2 avx avx2 fma f16c bmi2 avx512f";
        assert_eq!(best("x86_64", v3), Some("x86_64-v3"));
        // A Cascade Lake: no VBMI, which no kernel of ggml uses.
        let cascade_lake = format!("{v3} avx512cd avx512bw avx512dq avx512vl avx512_vnni");
        assert_eq!(best("x86_64", &cascade_lake), Some("x86_64-avx512"));
    }

    #[test]
    fn a_level_of_another_architecture_is_never_chosen() {
        assert_eq!(best("arm", CORTEX_X3), None);
        assert_eq!(best("riscv64", CORTEX_X3), None);
        assert_eq!(architecture("riscv64"), None);
    }

    #[test]
    fn every_level_is_one_that_the_script_builds() {
        let script = include_str!("../../scripts/dist.sh");
        for level in LEVELS {
            assert!(script.contains(&format!("\n{}|", level.name)), "{} is not in scripts/dist.sh", level.name);
        }
        let list = script.split("VARIANTS='\n").nth(1).and_then(|rest| rest.split("\n'").next()).unwrap();
        assert_eq!(list.lines().count(), LEVELS.len());
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_processor_and_the_kernel_agree() {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap();
        let flags = crate::sysfs::field(&info, "flags").unwrap();
        for need in LEVELS.iter().filter(|level| level.architecture == "x86_64").flat_map(|level| level.needs) {
            assert_eq!(present(need), flags.split(' ').any(|flag| flag == *need), "{need}");
        }
    }
}
