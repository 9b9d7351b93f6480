//! Capability density: from scores, a loss, a release or a whole table to documents, and the law through them.

pub mod comparison;
pub mod cost;
pub mod edge;
pub mod family_fit;
pub mod format_loss;
pub mod from_scores;
pub mod frontier;
pub mod inputs;
pub mod law;
pub mod measured;
pub mod reference_family;
pub mod report;
pub mod scored;
pub mod verdict;
