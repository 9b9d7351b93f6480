//! Reports that are given to the project: what they are checked for, what is taken out of them, how they are offered.

mod address;
pub(crate) mod branch;
pub(crate) mod collection;
mod date;
mod git;
pub(crate) mod index;
mod model_identity;
pub(crate) mod offer;
pub(crate) mod personal;
mod physics;
mod place;
mod rows;
pub(crate) mod rule;
mod samples;
mod scores;
pub(crate) mod strip;
