//! Tests of `models` through the public API and the binary.
