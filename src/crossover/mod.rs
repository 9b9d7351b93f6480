//! When a class of devices, or one device, holds what a capability needs: Moore's law against the Densing Law.

pub mod capacity;
pub mod compute;
pub mod crossing;
pub mod curve;
pub mod device_today;
pub mod doubt;
pub mod error;
pub mod inputs;
pub mod one_model;
pub mod plan;
pub mod recommendation;
pub mod requirements;
pub mod target;
pub mod target_edge;
pub mod verdict;
