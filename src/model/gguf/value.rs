//! A value of the metadata.

/// A metadata value. Integers and floats are widened; long arrays keep only their length.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An unsigned integer of any width.
    Unsigned(u64),
    /// A signed integer of any width.
    Signed(i64),
    /// A float of any width.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A string.
    Text(String),
    /// An array; `kept` is empty where the elements are strings or more than 4096.
    Array {
        /// Number of elements in the file.
        length: u64,
        /// The elements, where they are kept.
        kept: Vec<Value>,
    },
}
