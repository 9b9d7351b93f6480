//! Devices as data: this machine's profile, the classes and their histories.

pub mod class;
pub mod compute;
pub mod feature_match;
pub mod probe;
pub mod profile;
pub mod topology;

pub use class::DeviceClass;
pub use profile::DeviceProfile;
pub mod class_spec;
pub mod growth;
pub mod history;
pub mod speed_model;
pub mod speeds;
pub mod table;
