//! The edge family: a ladder of small reference models on eight cloze tasks, and what their scores say of another model.
//!
//! Source: Bhagia et al. 2024, *Establishing Task Scaling Laws via Compute-Efficient Model Ladders* (the OLMo-2 ladder).
//! Its own loss step, with a floor, and its own score step: nothing of it stands on an axis with the five-benchmark
//! family.

pub mod capability;
pub mod chance;
pub mod comparison;
pub mod curve;
pub mod error;
pub mod evidence;
pub mod family;
pub mod floor_law;
pub mod ladder;
pub mod routes;

/// Tokens at which the family is read: a training that the ladder covers within its range of tokens per parameter.
pub const D0_TOKENS: f64 = 1e12;
/// Fewest effective parameters that are published.
pub const FEWEST_PARAMS: f64 = 30e6;
/// Most effective parameters that are published: twice the largest rung.
pub const MOST_PARAMS: f64 = 6.4e9;
/// What a density of this family may claim, and what not.
pub const CLAIM: &str = "does as well on eight cloze tasks as an OLMo-2-recipe model of so many effective parameters trained \
on 1 T tokens; says nothing of mathematics, code or following instructions, and does not compare with a five-benchmark density";
