//! Tests of `devices` through the public API and the binary.
