//! The tensor types of ggml: how many bytes a row of them takes.

use super::problem::Problem;

/// A tensor type: its name, the values in one block and the bytes of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorType {
    /// Number in the file (`enum ggml_type`).
    pub number: u32,
    /// Name as ggml prints it.
    pub name: &'static str,
    /// Values in one block.
    pub block_values: u64,
    /// Bytes of one block.
    pub block_bytes: u64,
}

/// Types by number: `enum ggml_type` and the block layouts of ggml (`ggml.h`, `ggml-common.h`).
/// Numbers missing here were removed from the format or never assigned.
const TYPES: &[(u32, &str, u64, u64)] = &[
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 36),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
    (40, "NVFP4", 64, 36),
    (41, "Q1_0", 128, 18),
    (42, "Q2_0", 64, 18),
];

/// Types that were removed from the format: number, name, and what is taken instead.
const REMOVED: &[(u32, &str, &str)] = &[
    (4, "Q4_2", "Q4_0"),
    (5, "Q4_3", "Q4_1"),
    (31, "Q4_0_4_4", "Q4_0, which is repacked for this processor when it is loaded"),
    (32, "Q4_0_4_8", "Q4_0, which is repacked for this processor when it is loaded"),
    (33, "Q4_0_8_8", "Q4_0, which is repacked for this processor when it is loaded"),
    (36, "IQ4_NL_4_4 (or a fork's I2_S)", "IQ4_NL or TQ2_0"),
    (37, "IQ4_NL_4_8", "IQ4_NL, which is repacked for this processor when it is loaded"),
    (38, "IQ4_NL_8_8", "IQ4_NL, which is repacked for this processor when it is loaded"),
];

/// The first number of types that forks added for themselves (ik_llama.cpp begins there).
const FORKS: u32 = 97;

/// Why a tensor of this type cannot be read.
pub(super) fn unknown(tensor: String, number: u32) -> Problem {
    match REMOVED.iter().find(|(removed, ..)| *removed == number) {
        Some((_, name, instead)) => Problem::RemovedType { tensor, number, name, instead },
        None if number >= FORKS => Problem::ForkType { tensor, number },
        None => Problem::TensorType { tensor, number },
    }
}

impl TensorType {
    /// The type with this number in the file, if it is known.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        TYPES.iter().find(|row| row.0 == number).map(Self::of)
    }

    /// The type of this name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TYPES.iter().find(|row| row.1.eq_ignore_ascii_case(name)).map(Self::of)
    }

    /// All names, by number.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|row| row.1)
    }

    const fn of(row: &(u32, &'static str, u64, u64)) -> Self {
        Self { number: row.0, name: row.1, block_values: row.2, block_bytes: row.3 }
    }

    /// Bits of one value, scales of its block included.
    #[must_use]
    pub fn bits(&self) -> f64 {
        self.block_bytes as f64 * 8.0 / self.block_values as f64
    }

    /// Bytes of a tensor with these dimensions; `None` where rows are not whole blocks or the size overflows.
    #[must_use]
    pub fn bytes(&self, dimensions: &[u64]) -> Option<u64> {
        let row = dimensions.first().copied().unwrap_or(1);
        if row % self.block_values != 0 {
            return None;
        }
        let row_bytes = (row / self.block_values).checked_mul(self.block_bytes)?;
        dimensions.iter().skip(1).try_fold(row_bytes, |bytes, n| bytes.checked_mul(*n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_types_are_read_and_removed_ones_name_what_to_take() {
        // 128 values of one bit and a scale of 16; 64 of two bits; four blocks of 16 with a scale of 8 bits each.
        assert_eq!(TensorType::from_number(41).unwrap().bits(), 1.125);
        assert_eq!(TensorType::from_number(42).unwrap().bits(), 2.25);
        assert_eq!(TensorType::from_number(40).unwrap().bits(), 4.5);
        for number in [4, 5, 31, 32, 33, 36, 37, 38] {
            assert!(TensorType::from_number(number).is_none());
            assert!(unknown("t".to_owned(), number).to_string().contains("was removed"), "{number}");
        }
        assert!(unknown("t".to_owned(), 139).to_string().contains("ik_llama.cpp"));
        assert!(unknown("t".to_owned(), 43).to_string().contains("a newer densimeter may"));
    }
}
