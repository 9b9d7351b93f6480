//! What is kept: the journal, the versioned report, and its renderings.

pub mod bench;
pub mod csv;
pub mod journal;
pub mod load;
pub mod markdown;
pub mod run;
pub mod store;
pub mod sustain;
pub mod table;
