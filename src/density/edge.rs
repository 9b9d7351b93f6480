//! The density by the edge family: what it rests on, the size to divide by, and its document.

pub mod inputs;
pub mod report;
pub mod size;
