//! A device's own model: a set of files is measured on it, and the cost of a token fitted to what was measured.

pub mod cost_fit;
pub mod cost_report;
pub mod device_model;
pub mod error;
pub(crate) mod rows;
pub mod session;
pub mod set;
pub mod text;
