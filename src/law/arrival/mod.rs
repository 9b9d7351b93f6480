//! When a release that meets a capability is there for a device: one distribution F(t), from what was released and what
//! will be. The paper's law of densities stands beside it, as the paper has it; `docs/methodology-frontier.md` says why
//! dates do not rest on it.

pub mod assumptions;

pub mod distribution;
pub mod draws;
pub mod need;
pub mod own_loss;
pub mod penalty;
pub mod prospect;
pub mod release;
pub mod release_law;
pub mod rolling;
pub mod room;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod simulation;
