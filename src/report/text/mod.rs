//! Documents as text for a terminal.

pub mod card;
pub mod crossover;
pub mod density;
pub mod density_all;
pub mod density_edge;
pub mod details;
pub mod devices;
pub mod law;
pub mod law_classes;
pub mod law_extension;
pub mod law_rolling;
pub mod recommend;
pub mod server;
pub mod sustain;
