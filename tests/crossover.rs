//! Tests of `crossover` through the public API and the binary.
