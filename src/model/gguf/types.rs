//! The tensor types of ggml: how many bytes a row of them takes.

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
];

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
