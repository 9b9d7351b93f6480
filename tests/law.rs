//! Tests of `law` through the public API and the binary.
