//! What a device should run: files of the catalogue that meet limits, best first, each estimate with its basis.

pub mod asked;
pub mod estimates;
pub mod limits;
pub mod machine;
pub mod need;
pub mod picks;
pub mod rank;
mod rising;
pub mod verdict;
mod why;
