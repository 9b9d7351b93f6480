//! Tests of `density` through the public API and the binary.
