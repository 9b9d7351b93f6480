//! Tests of `probe` through the public API and the binary.
