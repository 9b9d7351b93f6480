//! Devices as data: this machine's profile, the classes and their histories.

pub mod class;
pub mod compute;
pub mod feature_match;
pub mod probe;
pub mod profile;
pub mod topology;

pub use class::DeviceClass;
pub use profile::DeviceProfile;
