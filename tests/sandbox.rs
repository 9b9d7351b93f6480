//! Tests of `sandbox` through the public API and the binary.
