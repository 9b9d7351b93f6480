//! What is read while work runs: clock, memory, temperature, frequency, load, energy. Readers take a root directory.

pub mod clock;

pub use clock::{Clock, ClockQuality, SystemClock, VirtualClock};
