//! Tests of `eval` through the public API and the binary.
