//! What is read while work runs: clock, memory, temperature, frequency, load, energy. Readers take a root directory.
//!
//! A value that was not measured is `None` with a reason, never 0 (see [`crate::sysfs::Missing`]).

pub mod battery;
pub mod clock;
pub mod deadline;
pub mod energy;
pub mod load;
pub mod memory;
pub mod quiet_wait;
pub mod standstill;
pub mod thermal;
pub mod throttling;

pub use clock::{Clock, ClockQuality, SystemClock, VirtualClock};
