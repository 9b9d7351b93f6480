//! The density by the edge family: what it rests on, the size to divide by, and its document.

pub mod inputs;
pub mod ladder_curve;
pub mod report;
pub mod scored;
pub mod size;
pub mod verdict;
