//! A device's own model: a set of files is measured on it, and the cost of a token fitted to what was measured.

pub(crate) mod cost_fit;
pub(crate) mod cost_report;
pub(crate) mod device_model;
pub(crate) mod error;
pub(crate) mod rows;
pub(crate) mod session;
pub(crate) mod set;
pub(crate) mod text;
