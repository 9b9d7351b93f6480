//! The main job: probe, fetch, bench, evaluate, density, crossover, report.
//!
//! [`job::run`] does all of it from a [`plan::MainPlan`]. Each part is a document of its own or null with its reason; what
//! was measured lies on the disk before the next step begins.

mod cloze_evidence;
mod conclusions;
mod density;
mod density_edge;
mod earlier;
pub(crate) mod error;
mod evaluation;
pub(crate) mod job;
mod overview;
pub(crate) mod plan;
pub(crate) mod recommended;
mod steps;
pub(crate) mod this_device;
