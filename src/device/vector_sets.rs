//! Vector instruction sets that bear on inference, by the kernel's names for them.

use crate::sysfs::cpuinfo::{CpuInfo, Family};

/// Names among the flags of all families; the rest of the flags is noise here.
const SETS: &[&str] = &[
    // x86
    "pni",
    "ssse3",
    "sse4_1",
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "bmi2",
    "avx_vnni",
    "avx512f",
    "avx512cd",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "avx512vbmi",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
    // ARM
    "neon",
    "vfpv4",
    "asimd",
    "asimdhp",
    "fphp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
    "sve2",
    "svei8mm",
    "sme",
    "sme2",
    // LoongArch, z/Architecture, MIPS, SPARC
    "lsx",
    "lasx",
    "vx",
    "vxe",
    "vxe2",
    "nnpa",
    "msa",
    "vis",
    "vis2",
    "vis3",
];

/// The keys under which families list their flags.
const KEYS: &[&str] = &["flags", "Features", "features", "ASEs implemented", "cpucaps"];

/// The sets of a processor, or why none is known.
///
/// # Errors
/// What the file says instead.
pub(super) fn of(info: &CpuInfo) -> Result<Vec<String>, String> {
    if info.family() == Family::RiscV {
        return of_riscv(info);
    }
    // POWER says it behind the processor's name.
    if let Some(name) = info.first("cpu").filter(|name| name.contains("altivec supported")) {
        let newer = ["POWER7", "POWER8", "POWER9", "POWER10", "Power11"].iter().any(|known| name.contains(known));
        let sets: &[&str] = if newer { &["altivec", "vsx"] } else { &["altivec"] };
        return Ok(sets.iter().map(|&set| set.to_owned()).collect());
    }
    let Some(listed) = KEYS.iter().find_map(|key| info.first(key)) else {
        return Err("/proc/cpuinfo lists no instruction sets".to_owned());
    };
    let flags: Vec<&str> = listed.split([' ', ',', '\t']).collect();
    let sets: Vec<String> = SETS.iter().filter(|set| flags.contains(*set)).map(|&set| set.to_owned()).collect();
    if sets.is_empty() {
        return Err("/proc/cpuinfo lists no vector instruction set".to_owned());
    }
    Ok(sets)
}

/// RISC-V: single letters up to the first `_`, longer names behind; `v` is the vector extension, `zve*` a part of it.
fn of_riscv(info: &CpuInfo) -> Result<Vec<String>, String> {
    let isa = info.first("isa").or_else(|| info.first("hart isa")).unwrap_or("").to_lowercase();
    let Some(rest) = isa.strip_prefix("rv").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit())) else {
        return Err("/proc/cpuinfo has no `isa` that names extensions".to_owned());
    };
    let mut names = rest.split('_');
    let letters = names.next().unwrap_or("");
    // Old kernels of vendors write longer names behind the letters without a sign between.
    let single = letters.split(['z', 's', 'x']).next().unwrap_or("");
    let mut sets: Vec<String> = single.contains('v').then(|| "v".to_owned()).into_iter().collect();
    let vector = |name: &&str| {
        name.starts_with("zve")
            || ["zvfh", "zvfhmin", "zvfbfmin", "zvfbfwma", "zfh", "zvl"].iter().any(|own| name.starts_with(own))
            || name.starts_with("xtheadvector")
    };
    sets.extend(names.filter(vector).map(str::to_owned));
    sets.dedup();
    if sets.iter().any(|set| set == "v" || set.starts_with("zve") || set.starts_with("xthead")) {
        Ok(sets)
    } else {
        Err(format!("its isa '{}' has no vector extension", isa.chars().take(60).collect::<String>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysfs::Root;

    fn sets(text: &str) -> Result<Vec<String>, String> {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("proc")).unwrap();
        std::fs::write(tree.path().join("proc/cpuinfo"), text).unwrap();
        of(&CpuInfo::read(&Root::at(tree.path())).unwrap())
    }

    #[test]
    fn vectors_of_riscv_are_letters_and_names() {
        assert_eq!(sets("isa\t: rv64imafdcv_zicbom_zfh_zvfh_zvkt\n").unwrap(), ["v", "zfh", "zvfh"]);
        assert_eq!(sets("isa\t: rv64imafdc_zve32x_zba\n").unwrap(), ["zve32x"]);
        let none = sets("isa\t: rv64imafdc_zicntr_zba_zbb\n").unwrap_err();
        assert_eq!(none, "its isa 'rv64imafdc_zicntr_zba_zbb' has no vector extension");
        assert!(sets("isa\t: rv64imafdcsu_svinval\n").is_err());
    }

    #[test]
    fn other_families() {
        assert_eq!(sets("CPU Family : Loongson-64bit\nFeatures : cpucfg lam lsx lasx\n").unwrap(), ["lsx", "lasx"]);
        assert_eq!(sets("cpu\t\t: POWER9, altivec supported\n").unwrap(), ["altivec", "vsx"]);
        assert_eq!(sets("features\t: esan3 zarch vx vxd vxe\n").unwrap(), ["vx", "vxe"]);
        assert_eq!(
            sets("Features : half thumb\nCPU implementer : 0x41\n").unwrap_err(),
            "/proc/cpuinfo lists no vector instruction set"
        );
        assert_eq!(sets("processor : 0\n").unwrap_err(), "/proc/cpuinfo lists no instruction sets");
    }
}
