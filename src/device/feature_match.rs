//! Whether the engine was built for the processor it runs on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The engine's names (llama.cpp's system info) and the kernel's flags that they stand for, all of which must be there.
const FEATURES: &[(&str, &[&str])] = &[
    ("SSE3", &["pni"]),
    ("SSSE3", &["ssse3"]),
    ("AVX", &["avx"]),
    ("AVX2", &["avx2"]),
    ("FMA", &["fma"]),
    ("F16C", &["f16c"]),
    ("BMI2", &["bmi2"]),
    ("AVX_VNNI", &["avx_vnni"]),
    ("AVX512", &["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"]),
    ("AVX512_VBMI", &["avx512vbmi"]),
    ("AVX512_VNNI", &["avx512_vnni"]),
    ("AVX512_BF16", &["avx512_bf16"]),
    ("AMX_INT8", &["amx_int8"]),
    ("NEON", &["asimd"]),
    ("ARM_FMA", &["asimd"]),
    ("FP16_VA", &["asimdhp"]),
    ("DOTPROD", &["asimddp"]),
    ("MATMUL_INT8", &["i8mm"]),
    ("SVE", &["sve"]),
    ("SME", &["sme"]),
];

/// What a 32-bit ARM kernel calls the same.
const IN_32_BITS: &[(&str, &str)] = &[("NEON", "neon"), ("ARM_FMA", "vfpv4")];

/// A difference between processor and engine build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FeatureWarning {
    /// The processor has them, the engine was built without: it is slower than it could be.
    Unused {
        /// The engine's names of the features.
        features: Vec<String>,
    },
    /// The engine was built with them, the processor lacks them: the engine will die of an illegal instruction.
    Unsupported {
        /// The engine's names of the features.
        features: Vec<String>,
    },
}

impl FeatureWarning {
    fn features(&self) -> &[String] {
        match self {
            Self::Unused { features } | Self::Unsupported { features } => features,
        }
    }
}

impl fmt::Display for FeatureWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unused { features } => {
                let it = if features.len() == 1 { "it" } else { "them" };
                write!(
                    f,
                    "the processor has {}, but the engine was built without {it} and is slower than it could be",
                    features.join(", ")
                )
            }
            Self::Unsupported { features } => {
                write!(
                    f,
                    "the engine was built with {}, which this processor lacks: expect an illegal instruction",
                    features.join(", ")
                )
            }
        }
    }
}

/// Compares the processor's flags (the kernel's names) with the features of the engine build (the engine's names, either
/// plain or as `NAME = 1`). Names that are in no list are passed over; an engine without any known feature gives no
/// warnings, since it does not say how it was built (the mock engine).
#[must_use]
pub fn compare(processor: &[String], engine: &[String]) -> Vec<FeatureWarning> {
    let built: Vec<&str> = engine
        .iter()
        .filter_map(|feature| match feature.split_once('=') {
            Some((name, value)) => (value.trim() == "1").then(|| name.trim()),
            None => Some(feature.trim()),
        })
        .collect();
    if !FEATURES.iter().any(|(name, _)| built.contains(name)) {
        return Vec::new();
    }
    let own = |flag: &str| processor.iter().any(|own| own == flag);
    let has = |name: &str, flags: &[&str]| {
        flags.iter().all(|flag| own(flag)) || IN_32_BITS.iter().any(|(other, flag)| *other == name && own(flag))
    };
    let where_it_is = |on_processor: bool, in_build: bool| -> Vec<String> {
        let here =
            |(name, flags): &&(&str, &[&str])| has(name, flags) == on_processor && built.contains(name) == in_build;
        FEATURES.iter().filter(here).map(|(name, _)| (*name).to_owned()).collect()
    };
    let unsupported = FeatureWarning::Unsupported { features: where_it_is(false, true) };
    let unused = FeatureWarning::Unused { features: where_it_is(true, false) };
    [unsupported, unused].into_iter().filter(|warning| !warning.features().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn an_armv8_build_on_a_newer_phone() {
        let warnings = compare(&texts("asimd asimdhp asimddp i8mm"), &texts("NEON ARM_FMA"));
        assert_eq!(warnings, [FeatureWarning::Unused { features: texts("FP16_VA DOTPROD MATMUL_INT8") }]);
        assert!(warnings[0].to_string().contains("has FP16_VA, DOTPROD, MATMUL_INT8, but"), "{}", warnings[0]);
    }

    #[test]
    fn a_32_bit_kernel_has_names_of_its_own() {
        // /proc/cpuinfo of a Raspberry Pi 2 (Cortex-A7).
        let flags = texts("half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm");
        assert_eq!(compare(&flags, &texts("NEON ARM_FMA LLAMAFILE REPACK")), []);
    }

    #[test]
    fn a_build_that_will_crash() {
        let engine = vec!["AVX = 1".to_owned(), "AVX2 = 1".to_owned(), "FMA = 0".to_owned()];
        let warnings = compare(&texts("avx"), &engine);
        assert_eq!(warnings, [FeatureWarning::Unsupported { features: texts("AVX2") }]);
    }

    #[test]
    fn half_of_avx512_is_not_avx512() {
        assert!(compare(&texts("avx avx512f"), &texts("AVX")).is_empty());
    }
}
