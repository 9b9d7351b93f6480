//! Files: read with a bound, written whole or not at all, hashed, locked.

pub mod atomic;
pub mod bounded;
pub mod digest;
pub mod json;
pub mod lock;
pub(crate) mod packed;
pub mod run_folder;
pub(crate) mod space;
