//! Tests of `bench` through the public API and the binary.
